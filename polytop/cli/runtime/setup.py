"""The first profile, for the set-up screen: check it, test it, write it to the user's files."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from importlib import import_module
from typing import Any

from polytop.cli.runtime.config import user_config
from polytop.cli.runtime.profiles import load_profiles
from polytop.config.credentials import KEY_VARIABLE, check_key
from polytop.config.errors import ConfigError, SettingError
from polytop.config.paths import Files
from polytop.config.profiles import Profile, build
from polytop.config.resolve import Overrides, filters_of
from polytop.config.settings import check, check_name
from polytop.config.studio_url import parse_studio_url
from polytop.config.toml import show_path
from polytop.model.frozen import frozen
from polytop.model.secret import Secret
from polytop.ui.ports import ConnectionResult, Form, Place, Saved, SetupError

_MISSING = {
    "region": "is not chosen; choose one, or base URL",
    "base_url": "is missing; write it as https://host",
    "account_id": "is missing; copy the Workspace ID from Agent Studio",
    "project_id": "is missing; copy the Agent ID from Agent Studio",
}


@frozen
class FirstProfile:
    """See :class:`polytop.ui.ports.Setup`.

    `options` are those of the command line; `interval` is in seconds. Raises ConfigError if the
    options cannot be given together.
    """

    files: Files
    environ: Mapping[str, str] = field(repr=False)
    options: Overrides
    interval: float

    def __post_init__(self) -> None:
        filters_of(Profile("", "", ""), self.options)

    def start(self) -> Form:
        """An empty form, with the values of the command line."""
        env, limit = self.options.client_env, self.options.limit
        empty = Form()
        return Form(client_env=env or empty.client_env, limit="" if limit is None else str(limit))

    def key_hint(self) -> str:
        """A hint that the variable comes first, if it is set."""
        if not self.environ.get(KEY_VARIABLE):
            return ""
        return f"{KEY_VARIABLE} is set and comes first: leave this empty to store no key"

    def parse(self, address: str) -> Place | str:
        """The project that `address` names, or the error message."""
        try:
            place = parse_studio_url(address)
        except ConfigError as error:
            return str(error)
        return Place(place.region, place.account_id, place.project_id, _name(place.project_id))

    def check(self, form: Form) -> Mapping[str, str]:
        """The errors by field."""
        errors: dict[str, str] = {}
        for name, value in _settings(form).items():
            _note(errors, name, partial(_check_setting, name, value))
        _note(errors, "api_key", partial(self._key, form))
        _note(errors, "name", partial(check_name, form.name))
        return errors

    async def test(self, form: Form) -> ConnectionResult:
        """Request the last hour with the key of the form, or else of the environment."""
        from polytop.cli.runtime.probe import probe

        # In a thread: it takes long enough to be felt.
        await asyncio.to_thread(import_module, "polytop.api.client")
        profile = _profile("this project", form)
        result = await probe(profile, self._key(form), time.time(), "Test failed")
        return ConnectionResult(result.ok, tuple(line.strip() for line in result.lines))

    async def save(self, form: Form) -> Saved:
        """Write both files in a thread. Raises SetupError."""
        try:
            return await asyncio.to_thread(self._write, form)
        except ConfigError as error:
            raise SetupError(str(error)) from None

    def _write(self, form: Form) -> Saved:
        from polytop.config.save import save_profile

        profile = _profile(form.name, form)
        if profile.name in user_config(self.files).names:
            words = "there is a profile of this name by now; choose another name"
            raise SetupError(words, "name")
        key = self._key(form) if form.api_key else None
        save_profile(self.files, profile, key)
        written = "config.toml and credentials.toml" if key else "config.toml"
        folder = show_path(self.files.config.parent)
        profiles = load_profiles(self.interval)
        first = profiles.build(profile, self.options)
        return Saved(f"Wrote {written} in {folder}.", first, profiles)

    def _key(self, form: Form) -> Secret:
        """The key to ask with. Raises ConfigError if it is missing or cannot be a key."""
        if form.api_key:
            return check_key(form.api_key.reveal(), "this field")
        if self.environ.get(KEY_VARIABLE):
            return check_key(self.environ[KEY_VARIABLE], KEY_VARIABLE)
        raise SettingError("api_key", "is missing", f"paste it here, or set {KEY_VARIABLE}")


def _note(errors: dict[str, str], name: str, test: Callable[[], object]) -> None:
    try:
        test()
    except SettingError as error:
        errors[name] = f"{error.problem}; {error.advice}"
    except ConfigError as error:
        errors[name] = str(error)


def _settings(form: Form) -> dict[str, Any]:
    """The form's values as settings of a profile; an empty limit is left out."""
    place = ("region", form.region) if form.base_url is None else ("base_url", form.base_url)
    settings: dict[str, Any] = {
        place[0]: place[1] or "",
        "account_id": form.account_id,
        "project_id": form.project_id,
        "client_env": form.client_env,
    }
    if form.limit:
        digits = form.limit.isascii() and form.limit.isdecimal() and len(form.limit) < 20
        settings["limit"] = int(form.limit) if digits else form.limit
    return settings


def _check_setting(name: str, value: object) -> object:
    if value == "" and name in _MISSING:
        problem, _, advice = _MISSING[name].partition("; ")
        raise SettingError(name, problem, advice)
    return check(name, value)


def _profile(name: str, form: Form) -> Profile:
    """The profile of the form. Raises SettingError if a value is invalid."""
    return build(name, _settings(form))


def _name(project_id: str) -> str:
    """A name for a profile of the project: its slug if it has one."""
    if project_id.upper().startswith("PROJECT-"):
        return Form().name
    try:
        return check_name(project_id)
    except SettingError:
        return Form().name
