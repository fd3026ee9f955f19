"""The settings of an alert: what each may be. Refusals never repeat the value."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from polytop.config.errors import SettingError, meant
from polytop.model import duration
from polytop.model.alert_rules import Level, Missing, Severity, Way

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LARGEST = 1_000_000
_MOST_WINDOWS = 288
_PERCENT = re.compile(r"(\d{1,4}(?:\.\d{1,6})?)\s*%")
_HOURS = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)")


def _text(setting: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingError(setting, "is not text", "put it in quotes")
    return value


def _name(setting: str, value: object) -> str:
    text = _text(setting, value)
    if not text.strip() or text != text.strip() or not text.isprintable() or len(text) > 64:
        advice = "use 1 to 64 characters, without control characters and spaces at the ends"
        raise SettingError(setting, "cannot be used", advice)
    return text


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST else None


def _level(setting: str, value: object) -> Level:
    """A number of conversations, or a percentage of the limit."""
    if isinstance(value, str) and (written := _PERCENT.fullmatch(value.strip())):
        return Level(float(written[1]), percent=True)
    number = _number(value)
    if number is None:
        problem = "is neither a number nor a percentage"
        raise SettingError(setting, problem, 'write 108, or "90%" of the limit')
    return Level(number)


def _above_zero(setting: str, value: object) -> Level:
    level = _level(setting, value)
    if level.number <= 0:
        raise SettingError(setting, "is not above 0", 'write 20, or "15%" of the limit')
    return level


def _silent(setting: str, value: object) -> int:
    if value is True:
        return 0
    number = _number(value)
    if number is None or number != int(number):
        problem = "is neither true nor a whole number"
        raise SettingError(setting, problem, "write true, or the most that is still silence")
    return int(number)


def _seconds(least: int, most: int) -> Callable[[str, object], int]:
    def seconds(setting: str, value: object) -> int:
        try:
            found = duration.parse(_text(setting, value))
        except ValueError:
            found = -1
        if not least <= found <= most:
            between = f"from {duration.exact(least)} to {duration.exact(most)}"
            problem = "is no length of time that fits"
            raise SettingError(setting, problem, f'write it like "15m", {between}')
        return found

    return seconds


def _windows(setting: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_WINDOWS:
        advice = f"give a number of 5-minute windows, 1 to {_MOST_WINDOWS}"
        raise SettingError(setting, "is no number of windows", advice)
    return value


def _hours(setting: str, value: object) -> tuple[int, int]:
    written = _HOURS.fullmatch(_text(setting, value).strip())
    if written:
        from_hour, from_minute, to_hour, to_minute = map(int, written.groups())
        start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        minutes_fit = from_minute < 60 and to_minute < 60
        if minutes_fit and start < 1_440 and end <= 1_440 and start != end:
            return start, end
    raise SettingError(setting, "are no hours of the day", 'write them like "08:00-20:00"')


def _days(setting: str, value: object) -> tuple[int, ...]:
    chosen: set[int] = set()
    for part in _text(setting, value).lower().split(","):
        first, _, last = (each.strip() for each in part.partition("-"))
        last = last or ("" if "-" in part else first)
        if first not in DAYS or last not in DAYS:
            advice = 'write them like "mon-fri" or "mon,wed,sat-sun"'
            raise SettingError(setting, "are no days of the week", advice)
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7
        chosen.update((start + step) % 7 for step in range(length + 1))
    return tuple(sorted(chosen))


def _choice(kind: type[Severity] | type[Missing]) -> Callable[[str, object], object]:
    def choice(setting: str, value: object) -> object:
        text = _text(setting, value)
        known = [each.value for each in kind]
        if text not in known:
            raise SettingError(setting, "is none of its choices", meant(text, known))
        return kind(text)

    return choice


def _tell(setting: str, value: object) -> tuple[Way, ...]:
    if not isinstance(value, list | tuple):
        raise SettingError(setting, "is not a list", 'write it as ["bell", "desktop"]')
    known = [each.value for each in Way]
    for each in value:
        if each not in known:
            raise SettingError(setting, "names no way to tell", meant(str(each), known))
    return tuple(way for way in Way if way.value in value)


def _exec(setting: str, value: object) -> tuple[str, ...]:
    words = tuple(value) if isinstance(value, list | tuple) else ()
    if not 1 <= len(words) <= 50 or not all(isinstance(word, str) for word in words):
        advice = 'write program and arguments as ["/usr/local/bin/page", "polytop"]'
        raise SettingError(setting, "is not a list of words", advice)
    if any(len(word) > 1_000 or "\0" in word for word in words):
        raise SettingError(setting, "has a word that is too long or holds NUL", "shorten it")
    if not words[0] or words[0].startswith("~") or ("/" in words[0] and words[0][0] != "/"):
        advice = "give its whole path, or its name alone: no shell expands it"
        raise SettingError(setting, "begins with a program that cannot be found", advice)
    return words


SETTINGS: Mapping[str, Callable[[str, object], Any]] = MappingProxyType(
    {
        "name": _name,
        "above": _above_zero,
        "below": _level,
        "rise": _above_zero,
        "fall": _above_zero,
        "silent": _silent,
        "stale": _seconds(60, 604_800),
        "clear": _level,
        "within": _windows,
        "times": _windows,
        "windows": _windows,
        "hours": _hours,
        "days": _days,
        "missing": _choice(Missing),
        "cooldown": _seconds(0, 604_800),
        "severity": _choice(Severity),
        "tell": _tell,
        "exec": _exec,
        "exec_timeout": _seconds(1, 300),
    }
)
"""Every setting of an alert, in the order in which they are written."""
