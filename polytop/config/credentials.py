"""Where a profile's API key comes from, and reading it. No error and no repr holds a key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from polytop.config import adk, paths, tomltext
from polytop.config.errors import ConfigError, NoKey, SettingError, nearest
from polytop.config.private import read_private
from polytop.config.profiles import Profile
from polytop.model.secret import Secret
from polytop.model.text import printable

KEY_VARIABLE = "POLYTOP_API_KEY"
SETTINGS = ("api_key", "api_key_command")

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LONGEST_KEY = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """A place that gives a key: the key itself, or the command that prints it."""

    origin: str
    key: Secret | None = None
    command: Secret | None = None


def check_key(text: str, origin: str) -> Secret:
    """`text`, without white space around it, as a key that fits a header.

    Raises ConfigError, which never shows it, where it is not one line of visible ASCII.
    """
    stripped = text.strip()
    if not stripped:
        raise ConfigError(f"the key from {origin} is empty", "give the key from Agent Studio")
    if not _VISIBLE.fullmatch(stripped) or len(stripped) > _LONGEST_KEY:
        problem = f"the key from {origin} is not one line of visible ASCII characters"
        raise ConfigError(problem, "copy it again from Agent Studio, API Keys")
    return Secret(stripped)


def locate(
    profile: Profile,
    environ: Mapping[str, str],
    path: Path | None = None,
    home: Path | None = None,
) -> Found | None:
    """The first place that gives a key for `profile`, or None; runs no command.

    `path` is credentials.toml and `home` the folder that holds ``.poly``; both have their usual
    values. Raises ConfigError where a place on the way is broken, or open to others.
    """
    if environ.get(KEY_VARIABLE):
        return Found(KEY_VARIABLE, check_key(environ[KEY_VARIABLE], KEY_VARIABLE))
    found = _in_file(profile.name, path or paths.credentials_file())
    if found is None and profile.api_key_source == "adk":
        place = adk.find(profile.region, environ, home or Path.home())
        if place is not None:
            return Found(place[0], check_key(place[1], place[0]))
    return found


def read_key(
    profile: Profile,
    environ: Mapping[str, str],
    path: Path | None = None,
    home: Path | None = None,
    seconds: float = 30.0,
) -> Secret:
    """The API key for `profile`, from the first place that gives one.

    An ``api_key_command`` is run for at most `seconds`: call this where waiting hurts nobody.
    Raises NoKey where there is none, ConfigError where a place on the way is broken.
    """
    found = locate(profile, environ, path, home)
    if found is None:
        raise _no_key(profile)
    if found.command is None:
        return found.key or Secret("")
    from polytop.config.command import output_of

    try:
        output = output_of(found.command, seconds)
    except ConfigError as error:
        name = printable(profile.name, 64)
        raise ConfigError(f"profile {name}: {error.message}", error.advice) from None
    return check_key(output.reveal(), "api_key_command")


def _no_key(profile: Profile) -> NoKey:
    name = printable(profile.name, 64)
    advice = (
        f"set {KEY_VARIABLE}, or store one with: polytop profile edit {name} --api-key-stdin, "
        f"or name a command that prints it: polytop profile edit {name} --api-key-command CMD"
    )
    if profile.ad_hoc:
        advice = f"set {KEY_VARIABLE}, or choose a profile that has one with -p NAME"
    return NoKey(f"no API key for profile {name}", advice)


def parse_credentials(text: str, path: Path) -> Mapping[str, object]:
    """The profiles' tables in `text`, which stands in `path`. Raises ConfigError."""
    data = tomltext.parse(text, path, secret=True)
    for setting in data:
        if setting != "profiles":
            problem = "stands outside a profile" if setting in SETTINGS else "no such setting"
            advice = "keep keys under [profiles.NAME]"
            raise SettingError(_safe(setting), problem, advice).inside(
                _place(path, text, [setting])
            )
    tables = data.get("profiles", {})
    if not isinstance(tables, dict):
        problem, advice = "is not a table", "write each as [profiles.NAME]"
        raise SettingError("profiles", problem, advice).inside(tomltext.shown(path))
    return tables


def _in_file(name: str, path: Path) -> Found | None:
    text = read_private(path)
    if text is None:
        return None
    table = parse_credentials(text, path).get(name)
    if table is None:
        return None
    keys = ["profiles", name]
    place = f"{_place(path, text, keys)}, profile {printable(name, 64)}"
    if not isinstance(table, dict):
        advice = 'write api_key = "…" under [profiles.NAME]'
        raise SettingError("profile", "is not a table", advice).inside(place)
    for setting, value in table.items():
        if setting not in SETTINGS:
            raise _unknown(setting).inside(_place(path, text, [*keys, setting]))
        if not isinstance(value, str) or not value.strip():
            problem, advice = "is empty or not text", "put it in quotes or take it out"
            raise SettingError(setting, problem, advice).inside(place)
    if len(table) > 1:
        problem, advice = "stands beside api_key_command", "keep one of the two"
        raise SettingError("api_key", problem, advice).inside(place)
    if "api_key_command" in table:
        return Found("api_key_command in credentials.toml", command=Secret(table[SETTINGS[1]]))
    if "api_key" in table:
        return Found("credentials.toml", check_key(table["api_key"], place))
    return None


def _unknown(setting: str) -> SettingError:
    close = nearest(setting, SETTINGS)
    advice = f"did you mean {close}?" if close else "use api_key or api_key_command"
    return SettingError(_safe(setting), "no such setting", advice)


def _safe(setting: str) -> str:
    """A setting's name, unless it may be a key that was pasted in the name's place."""
    plain = re.fullmatch(r"[a-z_]{1,24}", setting)
    return setting if plain else "a name that may be a key and is not shown"


def _place(path: Path, text: str, keys: list[str]) -> str:
    line = tomltext.line_of(text, keys)
    return tomltext.shown(path) if line is None else f"{tomltext.shown(path)}, line {line}"
