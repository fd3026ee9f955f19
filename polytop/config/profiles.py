"""Profiles, and reading them from the file."""

from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from polytop.config import file_access, toml
from polytop.config.errors import ConfigError, SettingError, UnknownProfile, meant, nearest, one_of
from polytop.config.settings import (
    CHECKS,
    HistorySettings,
    check,
    check_name,
    history_settings,
    key_settings,
    load_zone,
)
from polytop.model.frozen import frozen
from polytop.model.phone import calling_code
from polytop.model.target import REGIONS, ClientEnv, Target
from polytop.model.text import compose, printable

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.model.alert_rules import Rule
    from polytop.model.stats import Capacity

AD_HOC = "(env)"
"""The name of a profile made of options and variables alone; no stored profile can have it."""

_TOP = ("default_profile", "profiles", "history", "keys")


@frozen
class Profile:
    """A profile: what to watch and how. Exactly one of `region` and `base_url` is set."""

    name: str
    account_id: str
    project_id: str
    region: str | None = None
    base_url: str | None = None
    client_env: ClientEnv = ClientEnv.LIVE
    limit: int | None = None
    """The contracted concurrency, conversations."""
    warning: float = 0.8
    """Share of the limit."""
    critical: float = 0.9
    """Share of the limit, above `warning`."""
    languages: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    requests_per_minute: int = 120
    """The most requests to the project in any minute."""
    timezone: str | None = None
    """An IANA name; None is the machine's own."""
    api_key_source: str | None = None
    """``adk`` if the key may come from the vendor's own places."""
    alerts: "tuple[Rule, ...] | None" = None
    """None stands for the default rules of a limit; an empty list for no rules."""

    def target(self) -> Target:
        """Return the project that the profile watches."""
        base_url = self.base_url or REGIONS[self.region or ""]
        return Target(self.account_id, self.project_id, base_url, self.region)

    def capacity(self) -> "Capacity":
        """The limit and its bands."""
        from polytop.model.stats import Capacity

        return Capacity(self.limit, self.warning, self.critical)

    def zone(self) -> "tzinfo | None":
        """The time zone; None is the machine's own."""
        return None if self.timezone is None else load_zone(self.timezone)

    def rules(self) -> "tuple[Rule, ...]":
        """The alert rules in force."""
        from polytop.model.alert_rules import default_rules

        return default_rules(self.capacity()) if self.alerts is None else self.alerts

    @property
    def ad_hoc(self) -> bool:
        """True if options and environment variables alone make up this profile."""
        return self.name == AD_HOC

    def settings(self) -> dict[str, Any]:
        """Return the settings to write: `client_env`, and all that differ from their defaults."""
        defaults = {each.name: each.default for each in fields(self)}
        values = {name: getattr(self, name) for name in CHECKS}
        return {
            name: _plain(name, value)
            for name, value in values.items()
            if name == "client_env" or value != defaults[name]
        }


def _plain(name: str, value: Any) -> object:
    if name == "alerts":
        from polytop.config.alerts import table_of

        return list(map(table_of, value))
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, ClientEnv) else value


def build(name: str, settings: Mapping[str, object]) -> Profile:
    """The profile of these settings. Raises SettingError for the first that does not fit."""
    code = _calling_code(settings)
    values: dict[str, Any] = {name: check(name, value, code) for name, value in settings.items()}
    if ("region" in values) == ("base_url" in values):
        if "region" in values:
            raise SettingError("base_url", "stands beside a region", "give one of the two")
        raise SettingError("region", "is missing", f"add {one_of(REGIONS)}, or a base_url")
    for setting, called in (("account_id", "Workspace ID"), ("project_id", "Agent ID")):
        if setting not in values:
            raise SettingError(setting, "is missing", f"add the {called} from Agent Studio")
    profile = Profile(name, **values)
    if profile.warning >= profile.critical:
        problem = f"{profile.warning:g} is not below critical, {profile.critical:g}"
        raise SettingError("warning", problem, "set warning below critical, both shares")
    if profile.alerts:
        from polytop.config.alerts import check_limit

        check_limit(profile.alerts, profile.limit)
    return profile


def _calling_code(settings: Mapping[str, object]) -> str | None:
    """The calling code of the country that settings tell, which are not checked yet."""
    region = settings.get("region")
    texts = []
    for name in ("languages", "phone_numbers"):
        value = settings.get(name)
        every = value if isinstance(value, list | tuple) else ()
        texts.append([each for each in every if isinstance(each, str)])
    return calling_code(region if isinstance(region, str) else None, *texts)


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@frozen
class Config:
    """The content of `path`: `names` in the file's order, each in `profiles` or in `broken`."""

    path: Path
    default_profile: str | None = None
    names: tuple[str, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=_nothing)
    broken: Mapping[str, ConfigError] = field(default_factory=_nothing)
    history: HistorySettings = field(default_factory=HistorySettings)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=_nothing)
    """The keys by the commands that they are to be bound to, as written; see ui/keymap."""

    @property
    def default(self) -> str | None:
        """The profile that is used where none is named: the default, or the only one."""
        return self.default_profile or (self.names[0] if len(self.names) == 1 else None)

    def profile(self, name: str) -> Profile:
        """The profile called `name`. Raises UnknownProfile, or what is wrong with it."""
        if name in self.broken:
            raise self.broken[name]
        if name not in self.profiles:
            raise UnknownProfile(f"no profile is called {printable(name, 64)}", self._others(name))
        return self.profiles[name]

    def _others(self, name: str) -> str:
        if not self.names:
            return "there is none yet: add one with polytop profile add NAME"
        there = ", ".join(printable(each, 64) for each in self.names)
        close = nearest(name, self.names)
        hint = f"did you mean {printable(close, 64)}? " if close else ""
        return f"{hint}there are: {there}"


def load_config(path: Path) -> Config:
    """The profiles in `path`; none where the file does not exist.

    A profile that does not fit is in `broken` with its error and keeps no other from being
    used. Raises ConfigError where the file cannot be read or is no TOML, or where a setting
    outside the profiles does not fit.
    """
    text = file_access.read(path)
    return Config(path) if text is None else parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Parse a text that is, or will be, in `path`; see load_config."""
    data = toml.parse(text, path)
    for setting in data:
        if setting not in _TOP:
            raise _misplaced_error(setting, text, path)
    default = data.get("default_profile")
    if default is not None and not isinstance(default, str):
        problem = SettingError("default_profile", "is not text", "put the profile's name in quotes")
        raise problem.inside(toml.show_place(path, text, ["default_profile"]))
    tables = data.get("profiles", {})
    if not isinstance(tables, dict):
        problem = SettingError("profiles", "is not a table", "write each as [profiles.NAME]")
        raise problem.inside(toml.show_place(path, text, ["profiles"]))
    profiles: dict[str, Profile] = {}
    broken: dict[str, ConfigError] = {}
    for written, table in tables.items():
        name = compose(written)
        try:
            check_name(name)
            if not isinstance(table, dict):
                raise SettingError("profile", "is not a table", f"write it as [profiles.{name}]")
            profiles[name] = build(name, table)
        except SettingError as error:
            where = f"profile {printable(name, 64)}"
            broken[name] = _locate(error, path, text, ["profiles", written], where)
    try:
        history = history_settings(data.get("history", {}))
    except SettingError as error:
        raise _locate(error, path, text, ["history"], "history") from None
    try:
        keys = MappingProxyType(key_settings(data.get("keys", {})))
    except SettingError as error:
        raise _locate(error, path, text, ["keys"], "keys") from None
    mapping = MappingProxyType(profiles)
    names, default = tuple(map(compose, tables)), default and compose(default)
    return Config(path, default, names, mapping, MappingProxyType(broken), history, keys)


def key_error(error: SettingError, path: Path) -> ConfigError:
    """`error`, of a setting of ``[keys]``, with its line in the file `path`."""
    return _locate(error, path, file_access.read(path) or "", ["keys"], "keys")


def _locate(
    error: SettingError, path: Path, text: str, table: list[str], called: str
) -> ConfigError:
    """`error` with the line of its setting in the `table` (keys) that is `called` so."""
    own = [*table, error.setting]
    line = toml.line_of(text, own) or toml.line_of(text, table)
    if error.setting == "alerts":
        from polytop.config.alerts import AlertError, line_of

        if isinstance(error, AlertError):
            line = line_of(text, table[-1], error.index) or line
    shown = SettingError(printable(error.setting, 40), error.problem, error.advice)
    return shown.inside(f"{toml.show_line(path, line)}, {called}")


def _misplaced_error(setting: str, text: str, path: Path) -> ConfigError:
    """The error for a setting outside the profiles: one of a profile's own, or unknown."""
    if setting in CHECKS:
        problem, advice = "stands outside a profile", "put it under [profiles.NAME]"
    elif setting.startswith("api_key"):
        problem, advice = "does not belong in config.toml", "move it to credentials.toml"
    else:
        problem, advice = "no such setting", meant(setting, _TOP)
    error = SettingError(printable(setting, 40), problem, advice)
    return error.inside(toml.show_place(path, text, [setting]))
