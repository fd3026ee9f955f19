"""The settings of a profile: what each may be. Refusals never repeat the value."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from polytop.config.errors import SettingError, meant
from polytop.model.address import is_loopback
from polytop.model.target import LANGUAGE, PHONE_NUMBER, REGIONS, ClientEnv

if TYPE_CHECKING:
    from datetime import tzinfo

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d+))?")


def normalize_base_url(setting: str, text: str) -> str:
    """Return the base URL without a trailing slash, scheme and host in lower case.

    Raises SettingError for anything but https (http on this machine alone), and
    for user names, queries, fragments and the API's own path.
    """
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in {"https", "http"}:
        raise SettingError(setting, "is not an https URL", "write it as https://host")
    if re.search(r"[?#@\\\s]", rest) or not rest.isascii():
        problem = "has more than a host and a path (a user name, a query, a fragment)"
        raise SettingError(setting, problem, "write it as https://host")
    authority, slash, path = rest.partition("/")
    host = _HOST.fullmatch(authority)
    if host is None or not _is_host(host) or not _is_port(host["port"]):
        raise SettingError(setting, "names no valid host", "write it as https://host or host:port")
    if scheme == "http" and not is_loopback(host["v6"] or host["name"]):
        problem = "is http, which would send the key in the clear"
        raise SettingError(setting, problem, "use https; http is for this machine (127.0.0.1) only")
    path = path.rstrip("/")
    segments = path.split("/")
    if any(segment in {".", "..", "v1"} for segment in segments):
        raise SettingError(setting, "holds the API's path", "end it before /v1")
    return f"{scheme}://{authority.lower()}{slash if path else ''}{path}"


def _is_port(port: str | None) -> bool:
    return port is None or (len(port) <= 5 and 0 < int(port) < 65_536)


def _is_host(host: re.Match[str]) -> bool:
    if host["v6"] is None:
        labels = host["name"].split(".")
        return all(0 < len(label) < 64 for label in labels) and len(host["name"]) < 254
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(host["v6"])
    except AddressValueError:
        return False
    return True


API_KEY_SOURCES = ("adk",)
"""The places besides polytop's own that a profile may take its key from."""

_MOST_CONVERSATIONS = 1_000_000
_FEWEST_REQUESTS, _MOST_REQUESTS = 10, 600
_LONGEST_TEXT = 200
_OUTSIDE_A_SEGMENT = frozenset("/\\?#%")


def _text(setting: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingError(setting, "is not text", "put it in quotes")
    if not value.strip():
        raise SettingError(setting, "is empty", "give a value or leave the setting out")
    if not value.isprintable() or value != value.strip():
        advice = "take out control characters and spaces at the ends"
        raise SettingError(setting, "has characters that do not belong in it", advice)
    if len(value) > _LONGEST_TEXT:
        raise SettingError(setting, "is too long", f"use at most {_LONGEST_TEXT} characters")
    return value


def _region(setting: str, value: object) -> str:
    text = _text(setting, value)
    if text not in REGIONS:
        raise SettingError(setting, "no such region", meant(text, REGIONS))
    return text


def _base_url(setting: str, value: object) -> str:

    return normalize_base_url(setting, _text(setting, value))


def _identifier(setting: str, value: object) -> str:
    text = _text(setting, value)
    odd = any(char.isspace() or char in _OUTSIDE_A_SEGMENT for char in text)
    if odd or text in {".", ".."}:
        where = "Workspace ID" if setting == "account_id" else "Agent ID"
        problem = "has a space, a slash or another character that no identifier has"
        raise SettingError(setting, problem, f"copy the {where} from Agent Studio")
    return text


def _client_env(setting: str, value: object) -> ClientEnv:
    text = _text(setting, value)
    try:
        return ClientEnv(text)
    except ValueError:
        pass
    raise SettingError(setting, "no such environment", meant(text, [e.value for e in ClientEnv]))


def _limit(setting: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingError(setting, "is not a whole number", "give the contracted concurrency")
    if not 1 <= value <= _MOST_CONVERSATIONS:
        advice = f"use a number from 1 to {_MOST_CONVERSATIONS:,}".replace(",", " ")
        raise SettingError(setting, "is out of range", advice)
    return value


def _requests(setting: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingError(setting, "is not a whole number", "give a number, such as 120")
    if not _FEWEST_REQUESTS <= value <= _MOST_REQUESTS:
        advice = f"use a number from {_FEWEST_REQUESTS} to {_MOST_REQUESTS}"
        raise SettingError(setting, "is out of range", advice)
    return value


def _share(setting: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(setting, "is not a number", "give a share of the limit, such as 0.8")
    if not 0 < value <= 1:
        raise SettingError(setting, "is not above 0 and at most 1", "give a share, such as 0.8")
    return float(value)


def _each(setting: str, value: object, one: Callable[[str, object], str]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise SettingError(setting, "is not a list", 'write it as ["…", "…"]')
    every = tuple(one(setting, each) for each in value)
    if len(set(every)) < len(every):
        raise SettingError(setting, "lists the same value twice", "name each once")
    return every


def _language(setting: str, value: object) -> str:
    text = _text(setting, value)
    if not LANGUAGE.fullmatch(text):
        raise SettingError(setting, "is not a language code", "write it like en-GB")
    return text


def _phone_number(setting: str, value: object) -> str:
    text = _text(setting, value)
    if not PHONE_NUMBER.fullmatch(text):
        advice = "write it like +447856838428: digits alone, with + and the country first"
        raise SettingError(setting, "is not a phone number", advice)
    return text


def _languages(setting: str, value: object) -> tuple[str, ...]:
    return _each(setting, value, _language)


def _phone_numbers(setting: str, value: object) -> tuple[str, ...]:
    return _each(setting, value, _phone_number)


def load_zone(name: str) -> "tzinfo":
    """The time zone of that name. Raises KeyError, ValueError or OSError if there is none."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _timezone(setting: str, value: object) -> str:
    text = _text(setting, value)
    try:
        load_zone(text)
    except (KeyError, ValueError, OSError):
        pass
    else:
        return text
    advice = "use a name such as Europe/London, or leave it out for local time"
    raise SettingError(setting, "no such time zone on this machine", advice)


def _alerts(setting: str, value: object) -> object:
    from polytop.config.alerts import rules_of

    return rules_of(setting, value)


def _api_key_source(setting: str, value: object) -> str:
    text = _text(setting, value)
    if text not in API_KEY_SOURCES:
        advice = 'use "adk" for the key of PolyAI\'s own command line, or leave it out'
        raise SettingError(setting, "no such source", advice)
    return text


CHECKS: Mapping[str, Callable[[str, object], object]] = MappingProxyType(
    {
        "region": _region,
        "base_url": _base_url,
        "account_id": _identifier,
        "project_id": _identifier,
        "client_env": _client_env,
        "limit": _limit,
        "warning": _share,
        "critical": _share,
        "languages": _languages,
        "phone_numbers": _phone_numbers,
        "requests_per_minute": _requests,
        "timezone": _timezone,
        "api_key_source": _api_key_source,
        "alerts": _alerts,
    }
)
"""Every setting of a profile, in the order they are written."""


def check(setting: str, value: object) -> object:
    """Return `value` as the profile stores it. Raises SettingError if it does not fit."""
    if setting not in CHECKS:
        if setting in {"api_key", "api_key_command"}:
            advice = f"move {setting} to credentials.toml, which others cannot read"
            raise SettingError(setting, "does not belong in config.toml", advice)
        if setting == "default_profile":
            advice = "move it to the top of the file, above the first [profiles.NAME]"
            raise SettingError(setting, "stands inside a profile", advice)
        raise SettingError(setting, "no such setting", meant(setting, CHECKS))
    return CHECKS[setting](setting, value)


def check_filter(setting: str, value: str) -> str:
    """Return `value` as a filter. Raises SettingError if the API cannot be asked for it.

    A variant's name is the project's own: it may hold anything but control characters.
    """
    if setting == "language":
        return _language(setting, value)
    if setting == "phone_number":
        return _phone_number(setting, value)
    if not value.strip():
        raise SettingError(setting, "is empty", "give a value or leave it out")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in value):
        raise SettingError(setting, "holds a control character", "take it out")
    return value


def check_name(name: str) -> str:
    """Return `name` if a profile can have it. Raises SettingError otherwise."""
    fits = all(char.isalnum() or char in "-_." for char in name) and len(name) <= 64
    if not name or not fits or name.startswith(("-", ".")):
        advice = "use letters, digits, - _ and . with a letter, a digit or _ first, at most 64"
        raise SettingError("profile name", "cannot be used", advice)
    return name
