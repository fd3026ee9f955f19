"""The settings of a profile and of the history: what each may be.

Refusals never repeat the value.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from polytop.config.checks import Check, check_text, choice, list_of, matching, whole
from polytop.config.errors import ConfigError, SettingError, meant
from polytop.model import timeparse
from polytop.model.address import is_loopback
from polytop.model.frozen import frozen
from polytop.model.phone import parse_number
from polytop.model.target import LANGUAGE, REGIONS, ClientEnv
from polytop.model.text import compose, printable

if TYPE_CHECKING:
    from datetime import tzinfo

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d+))?")


def normalize_base_url(setting: str, value: object) -> str:
    """Return the base URL without a trailing slash, scheme and host in lower case.

    Raises SettingError for anything but https (http on this machine alone), and
    for user names, queries, fragments and the API's own path.
    """
    scheme, separator, rest = check_text(setting, value).partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in {"https", "http"}:
        raise SettingError(setting, "is not an https URL", "write it as https://host")
    if re.search(r"[?#@\\\s]", rest) or not rest.isascii():
        problem = "has more than a host and a path (a user name, a query, a fragment)"
        raise SettingError(setting, problem, "write it as https://host")
    authority, slash, path = rest.partition("/")
    host = _HOST.fullmatch(authority)
    if host is None or not _is_host(host):
        raise SettingError(setting, "names no valid host", "write it as https://host or host:port")
    if scheme == "http" and not is_loopback(host["v6"] or host["name"]):
        problem = "is http, which would send the key in the clear"
        raise SettingError(setting, problem, "use https; http is for this machine (127.0.0.1) only")
    path = path.rstrip("/")
    segments = path.split("/")
    if any(segment in {".", "..", "v1"} for segment in segments):
        raise SettingError(setting, "holds the API's path", "end it before /v1")
    return f"{scheme}://{authority.lower()}{slash if path else ''}{path}"


def _is_host(host: re.Match[str]) -> bool:
    port = host["port"] or "443"
    if len(port) > 5 or not 0 < int(port) < 65_536:
        return False
    if host["v6"] is None:
        labels = host["name"].split(".")
        return all(0 < len(label) < 64 for label in labels) and len(host["name"]) < 254
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(host["v6"])
    except AddressValueError:
        return False
    return True


_OUTSIDE_A_SEGMENT = frozenset("/\\?#%")

_language = matching(LANGUAGE, "is not a language code", "write it like en-GB")


def _phone_number(code: str | None) -> Check:
    """A check for a number in E.164; `code` is the calling code of the country that is told."""

    def check_number(setting: str, value: object) -> str:
        text = check_text(setting, value)
        try:
            return parse_number(text, code)
        except ValueError as error:
            raise SettingError(setting, "is not a phone number in E.164", str(error)) from None

    return check_number


def _identifier(setting: str, value: object) -> str:
    text = check_text(setting, value)
    odd = any(char.isspace() or char in _OUTSIDE_A_SEGMENT for char in text)
    if odd or text in {".", ".."}:
        where = "Workspace ID" if setting == "account_id" else "Agent ID"
        problem = "has a space, a slash or another character that no identifier has"
        raise SettingError(setting, problem, f"copy the {where} from Agent Studio")
    return text


def _share(setting: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(setting, "is not a number", "give a share of the limit, such as 0.8")
    if not 0 < value <= 1:
        raise SettingError(setting, "is not above 0 and at most 1", "give a share, such as 0.8")
    return float(value)


def load_zone(name: str) -> "tzinfo":
    """The time zone of that name. Raises ConfigError if there is none."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    message = f"this machine does not know the time zone {printable(name, 64)}"
    raise ConfigError(message, "install its zones: the package tzdata, by pip too")


def _is_zone(name: str) -> bool:
    try:
        load_zone(name)
    except ConfigError:
        return False
    return True


def _timezone(setting: str, value: object) -> str:
    text = check_text(setting, value)
    # Without any zones it cannot be checked: whoever needs the zone says so.
    if _is_zone(text) or not _is_zone("UTC"):
        return text
    advice = "use a name such as Europe/London, or leave it out for local time"
    raise SettingError(setting, "no such time zone on this machine", advice)


def _alerts(setting: str, value: object) -> object:
    from polytop.config.alerts import rules_of

    return rules_of(setting, value)


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "region": choice(dict(zip(REGIONS, REGIONS, strict=True)), "no such region"),
        "base_url": normalize_base_url,
        "account_id": _identifier,
        "project_id": _identifier,
        "client_env": choice({env.value: env for env in ClientEnv}, "no such environment"),
        "limit": whole(1, 1_000_000, "give the contracted concurrency"),
        "warning": _share,
        "critical": _share,
        "languages": list_of(_language),
        "phone_numbers": list_of(_phone_number(None)),
        "requests_per_minute": whole(10, 600, "give a number, such as 120"),
        "timezone": _timezone,
        "api_key_source": choice(
            {"adk": "adk"},
            "no such source",
            'use "adk" for the key of PolyAI\'s own command line, or leave it out',
        ),
        "alerts": _alerts,
    }
)
"""Every setting of a profile, in the order they are written."""


def check(setting: str, value: object, code: str | None = None) -> object:
    """Return `value` as the profile stores it. Raises SettingError if it does not fit.

    `code` is the calling code of the profile's country, if that is known.
    """
    if setting == "phone_numbers":
        return list_of(_phone_number(code))(setting, value)
    if setting not in CHECKS:
        if setting in {"api_key", "api_key_command"}:
            advice = f"move {setting} to credentials.toml, which others cannot read"
            raise SettingError(setting, "does not belong in config.toml", advice)
        if setting == "default_profile":
            advice = "move it to the top of the file, above the first [profiles.NAME]"
            raise SettingError(setting, "stands inside a profile", advice)
        raise SettingError(setting, "no such setting", meant(setting, CHECKS))
    return CHECKS[setting](setting, value)


def check_filter(setting: str, value: str, code: str | None = None) -> str:
    """Return `value` as a filter. Raises SettingError if the API cannot be asked for it.

    A variant's name is the project's own: it may hold anything but control characters. `code` is
    the calling code of the profile's country, if that is known.
    """
    form = {"language": _language, "phone_number": _phone_number(code)}.get(setting)
    if form is not None:
        return str(form(setting, value))
    if not value.strip():
        raise SettingError(setting, "is empty", "give a value or leave it out")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in value):
        raise SettingError(setting, "holds a control character", "take it out")
    return compose(value) if setting == "variant_name" else value


def check_name(name: str) -> str:
    """Return `name` if a profile can have it. Raises SettingError otherwise."""
    fits = all(char.isalnum() or char in "-_." for char in name) and len(name) <= 64
    if not name or not fits or name.startswith(("-", ".")):
        advice = "use letters, digits, - _ and . with a letter, a digit or _ first, at most 64"
        raise SettingError("profile name", "cannot be used", advice)
    return name


# -- the table [history]

LEAST_SIZE, MOST_SIZE = 1_000_000, 1_000_000_000_000
"""Bounds of `max_size`, bytes."""

_UNITS = MappingProxyType({"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12})
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([kmgt]b)", re.ASCII | re.IGNORECASE)


@frozen
class HistorySettings:
    """The history's settings: at most `max_age` seconds back, in a file of `max_size` bytes."""

    enabled: bool = True
    max_age: int = 400 * 86_400
    max_size: int = 200_000_000


def parse_size(value: object) -> int:
    """Return the bytes of ``200MB``, ``1.5 GB`` or ``800kB`` (powers of 1000).

    Raises ValueError that says how to write one, also outside its bounds.
    """
    written = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = round(float(written[1]) * _UNITS[written[2].lower()]) if written else 0
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise ValueError("write a size like 200MB or 1.5GB, from 1MB to 1TB")
    return size


def parse_age(value: object) -> int:
    """Return the seconds of ``400d`` or ``12w``. Raises ValueError as parse_size does."""
    try:
        seconds = timeparse.parse_duration(value) if isinstance(value, str) else 0
    except ValueError:
        seconds = 0
    if not 86_400 <= seconds <= 36_500 * 86_400:
        raise ValueError("write an age like 400d or 12w, from 1d to 36500d")
    return seconds


def _parse_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


_HISTORY = {"enabled": _parse_flag, "max_age": parse_age, "max_size": parse_size}


def history_settings(table: object) -> HistorySettings:
    """The settings of `table`. Raises SettingError for the first that does not fit."""
    if not isinstance(table, dict):
        raise SettingError("history", "is not a table", "write it as [history]")
    values: dict[str, Any] = {}
    for setting, value in table.items():
        if setting not in _HISTORY:
            raise SettingError(setting, "no such setting", meant(setting, _HISTORY))
        try:
            values[setting] = _HISTORY[setting](value)
        except ValueError as error:
            raise SettingError(setting, "does not fit", str(error)) from None
    return HistorySettings(**values)


def key_settings(table: object) -> dict[str, tuple[str, ...]]:
    """The keys of each command in `table`, as written. Raises SettingError for another value."""
    advice = 'write a key as "R", several as ["r", "F5"], none as []'
    if not isinstance(table, dict):
        raise SettingError("keys", "is not a table", 'write it as [keys], then refresh = "R"')
    found: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        keys = [value] if isinstance(value, str) else value
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise SettingError(name, "is neither a key nor a list of keys", advice)
        found[name] = tuple(keys)
    return found
