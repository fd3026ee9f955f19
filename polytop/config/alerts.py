"""The alerts of a profile: ``[[profiles.NAME.alerts]]`` tables as rules, and back.

Refusals name the alert and the setting, and never repeat the value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from polytop.config import toml
from polytop.config.checks import Check, choice
from polytop.config.errors import SettingError, meant
from polytop.model import grid, timeparse
from polytop.model.alert_rules import (
    Above,
    Below,
    Channel,
    Condition,
    Fall,
    Level,
    LimitWithin,
    Missing,
    Rise,
    Rule,
    Schedule,
    Silent,
    Stale,
)
from polytop.model.stats import Severity
from polytop.model.text import printable

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LARGEST = 1_000_000
_MOST_WINDOWS = 288
_PERCENT = re.compile(r"(\d{1,4}(?:\.\d{1,6})?)\s*%")
_FORECAST = re.compile(r"limit\s+within\s+(\S+)")
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


def _seconds(least: int, most: int) -> Check:
    def seconds(setting: str, value: object) -> int:
        try:
            found = timeparse.parse_duration(_text(setting, value))
        except ValueError:
            found = -1
        if not least <= found <= most:
            between = f"from {timeparse.exact_duration(least)} to {timeparse.exact_duration(most)}"
            problem = "is not a duration that fits"
            raise SettingError(setting, problem, f'write it like "15m", {between}')
        return found

    return seconds


def _forecast(setting: str, value: object) -> int:
    """The seconds of ``limit within 30m``."""
    from polytop.model.forecast import HORIZON

    written = _FORECAST.fullmatch(_text(setting, value).strip())
    try:
        found = timeparse.parse_duration(written[1]) if written else 0
    except ValueError:
        found = 0
    if not grid.STEP <= found <= HORIZON:
        advice = 'write "limit within 30m", from 5m to 90m'
        raise SettingError(setting, "is no forecast that fits", advice)
    return found


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


_CHOICE = "is none of its choices"
_MISSING = {each.value: each for each in Missing}
_SEVERITIES = {each.name.lower(): each for each in (Severity.WARNING, Severity.CRITICAL)}


def _tell(setting: str, value: object) -> tuple[Channel, ...]:
    if not isinstance(value, list | tuple):
        raise SettingError(setting, "is not a list", 'write it as ["bell", "desktop"]')
    known = [each.value for each in Channel]
    for each in value:
        if each not in known:
            raise SettingError(setting, "names no way to tell", meant(str(each), known))
    return tuple(way for way in Channel if way.value in value)


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


SETTINGS: Mapping[str, Check] = MappingProxyType(
    {
        "name": _name,
        "above": _above_zero,
        "below": _level,
        "rise": _above_zero,
        "fall": _above_zero,
        "silent": _silent,
        "stale": _seconds(60, 604_800),
        "forecast": _forecast,
        "clear": _level,
        "within": _windows,
        "times": _windows,
        "windows": _windows,
        "hours": _hours,
        "days": _days,
        "missing": choice(_MISSING, _CHOICE),
        "cooldown": _seconds(0, 604_800),
        "severity": choice(_SEVERITIES, _CHOICE),
        "tell": _tell,
        "exec": _exec,
        "exec_timeout": _seconds(1, 300),
    }
)
"""Every setting of an alert, in the order they are written."""


KINDS: Mapping[str, Callable[..., Condition]] = MappingProxyType(
    {each.__name__.lower(): each for each in (Above, Below, Rise, Fall, Silent, Stale)}
    | {"forecast": LimitWithin}
)
"""Settings of which an alert has exactly one, and the condition that each stands for."""

_MOST_RULES = 50
_UNITS = ((604_800, "w"), (86_400, "d"), (3_600, "h"), (60, "m"))


class AlertError(SettingError):
    """A fault in the alert at `index` of its profile's list."""

    def __init__(self, index: int, label: str, error: SettingError) -> None:
        problem = f"{label}: {error.setting} {error.problem}"
        super().__init__("alerts", problem, error.advice)
        self.index = index


def rules_of(setting: str, value: object) -> tuple[Rule, ...]:
    """The rules of the list of tables `value`. Raises SettingError for the first that misfits."""
    if not isinstance(value, list | tuple):
        advice = "write each alert as [[profiles.NAME.alerts]]"
        raise SettingError(setting, "is not a list of tables", advice)
    if len(value) > _MOST_RULES:
        raise SettingError(setting, "holds too many", f"use at most {_MOST_RULES}")
    found: list[Rule] = []
    for index, table in enumerate(value):
        try:
            rule = _rule(table)
            if any(rule.name == other.name for other in found):
                raise SettingError("name", "is another alert's too", "give each its own")
        except SettingError as error:
            raise AlertError(index, _label(index, table), error) from None
        found.append(rule)
    return tuple(found)


def check_limit(found: Sequence[Rule], limit: int | None) -> None:
    """Raises AlertError for the first rule that counts in percent where there is no limit."""
    for index, rule in enumerate(found):
        kind, problem, advice = _kind(rule.condition), "", "add limit to the profile"
        if any(level.percent for level in rule.levels()):
            problem, advice = "a percentage of", f"{advice}, or give a number"
        elif isinstance(rule.condition, LimitWithin):
            problem = "about"
        if limit is None and problem:
            problem = f"is {problem} the limit, and the profile has no limit"
            raise AlertError(index, _quote(rule.name), SettingError(kind, problem, advice))


def line_of(text: str, name: str, index: int) -> int | None:
    """The line, from 1, on which the alert at `index` of the profile `name` begins, or None."""
    headers = toml.spans(text).get(("profiles", name, "alerts"), ())
    return headers[index][0] if index < len(headers) else None


# -- one table


def _rule(table: object) -> Rule:
    if not isinstance(table, Mapping):
        raise SettingError("alert", "is not a table", "write it as [[profiles.NAME.alerts]]")
    for setting in table:
        if setting not in SETTINGS:
            shown = printable(str(setting), 40)
            raise SettingError(shown, "is no setting of an alert", meant(shown, SETTINGS))
    if "name" not in table:
        raise SettingError("name", "is missing", "say what the alert is called")
    values = {name: SETTINGS[name](name, value) for name, value in table.items()}
    kinds = [kind for kind in KINDS if kind in values]
    if len(kinds) != 1:
        problem = "stands beside " + kinds[0] if kinds else "is missing"
        setting = kinds[1] if kinds else "condition"
        raise SettingError(setting, problem, f"give exactly one of {', '.join(KINDS)}")
    _fitting(kinds[0], values)
    if "times" in values and values["times"] > values["windows"]:
        raise SettingError("times", "is more than windows", "times of the last windows are bad")
    condition = _condition(kinds[0], values)
    schedule = Schedule(values.pop("hours", None), values.pop("days", None))
    values.setdefault("missing", _usual_missing(condition))
    return Rule(condition=condition, schedule=schedule, **values)


def _fitting(kind: str, values: Mapping[str, Any]) -> None:
    """Refuse settings that say nothing beside this kind of alert, or that lack another."""
    apart: dict[str, tuple[str, ...]] = {"clear": ("above", "below"), "within": ("rise", "fall")}
    windowed = tuple(each for each in KINDS if each not in {"stale", "forecast"})
    apart |= dict.fromkeys(("times", "windows", "missing"), windowed)
    for setting, kinds in apart.items():
        if setting in values and kind not in kinds:
            advice = f"take it out: it goes with {' and '.join(kinds)}"
            raise SettingError(setting, f"says nothing beside {kind}", advice)
    for one, other in (("times", "windows"), ("windows", "times")):
        if one in values and other not in values:
            raise SettingError(one, f"stands without {other}", "give both: 2 times of 3 windows")


def _condition(kind: str, values: dict[str, Any]) -> Condition:
    value = values.pop(kind)
    more = {name: values.pop(name) for name in ("clear", "within") if name in values}
    if "clear" in more:
        level, clear = value, more["clear"]
        if clear.percent is not level.percent:
            advice = "write both as numbers, or both as percentages"
            raise SettingError("clear", "is not in the unit of the level", advice)
        side, clears = "below", clear.number < level.number
        if kind == "below":
            side, clears = "above", clear.number > level.number
        if not clears:
            advice = f"set it {side}, or take it out"
            raise SettingError("clear", f"is not {side} the level", advice)
    return KINDS[kind](value, **more)


# -- back to the file


def table_of(rule: Rule) -> dict[str, Any]:
    """The rule as it is written to the file: all that differs from its default."""
    plain = Rule(rule.name, rule.condition)
    values: dict[str, Any] = {"name": rule.name, **_condition_values(rule.condition)}
    if (rule.times, rule.windows) != (1, 1):
        values |= {"times": rule.times, "windows": rule.windows}
    if rule.schedule.hours is not None:
        values["hours"] = "-".join(
            f"{each // 60:02}:{each % 60:02}" for each in rule.schedule.hours
        )
    if rule.schedule.days is not None:
        values["days"] = ",".join(DAYS[day] for day in rule.schedule.days)
    if rule.missing is not _usual_missing(rule.condition):
        values["missing"] = rule.missing.value
    if rule.cooldown != plain.cooldown:
        values["cooldown"] = _length(rule.cooldown)
    if rule.severity is not plain.severity:
        values["severity"] = rule.severity.name.lower()
    if rule.tell:
        values["tell"] = [way.value for way in rule.tell]
    if rule.exec:
        values["exec"] = list(rule.exec)
    if rule.exec_timeout != plain.exec_timeout:
        values["exec_timeout"] = _length(round(rule.exec_timeout))
    return values


def _condition_values(condition: Condition) -> dict[str, Any]:
    match condition:
        case Above(level, clear) | Below(level, clear):
            values = {_kind(condition): _plain(level)}
            return values if clear is None else {**values, "clear": _plain(clear)}
        case Rise(by, within) | Fall(by, within):
            values = {_kind(condition): _plain(by)}
            return values if within == type(condition)(by).within else {**values, "within": within}
        case Silent(most):
            return {"silent": most}
        case Stale(seconds):
            return {"stale": _length(seconds)}
        case LimitWithin(seconds):
            return {"forecast": f"limit within {_length(seconds)}"}


def _plain(level: Level) -> object:
    if level.percent:
        return f"{level.number:.6f}".rstrip("0").rstrip(".") + "%"
    return int(level.number) if level.number == int(level.number) else level.number


def _length(seconds: int) -> str:
    fits = ((size, unit) for size, unit in _UNITS if seconds >= size and seconds % size == 0)
    size, unit = next(fits, (1, "s"))
    return f"{seconds // size}{unit}"


def _kind(condition: Condition) -> str:
    return next(name for name, kind in KINDS.items() if type(condition) is kind)


def _usual_missing(condition: Condition) -> Missing:
    """An answer that leaves silent windows out is as good as one with zeros."""
    return Missing.BREACH if isinstance(condition, Silent) else Missing.KEEP


def _quote(name: str) -> str:
    return f'"{printable(name, 64)}"'


def _label(index: int, table: object) -> str:
    name = table.get("name") if isinstance(table, Mapping) else None
    return _quote(name) if isinstance(name, str) and name.strip() else f"number {index + 1}"
