"""The alerts of a profile: ``[[profiles.NAME.alerts]]`` tables as rules, and back.

Refusals name the alert and the setting, and never repeat the value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from polytop.config import tomltext
from polytop.config.alert_settings import DAYS, SETTINGS
from polytop.config.errors import SettingError, meant
from polytop.model.alert_rules import (
    Above,
    Below,
    Condition,
    Fall,
    Level,
    Missing,
    Rise,
    Rule,
    Schedule,
    Silent,
    Stale,
)
from polytop.model.text import printable

KINDS = ("above", "below", "rise", "fall", "silent", "stale")
"""Settings of which an alert has exactly one."""

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
        if limit is None and any(level.percent for level in rule.levels()):
            kind = _kind(rule.condition)
            problem = "is a percentage of the limit, and the profile has no limit"
            error = SettingError(kind, problem, "add limit to the profile, or give a number")
            raise AlertError(index, _quoted(rule.name), error)


def tables(found: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules as they are written to the file: all that differs from its default."""
    return [_table(rule) for rule in found]


def line_of(text: str, name: str, index: int) -> int | None:
    """The line, from 1, on which the alert at `index` of the profile `name` begins, or None.

    Where the text up to a line holds one alert more than before it, the alert begins there.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "[[" in line and len(_alerts_in("\n".join(lines[:number]), name)) > index:
            return number
    return None


def _alerts_in(text: str, name: str) -> Sequence[object]:
    data: object = tomltext.data_of(text + "\n")
    for key in ("profiles", name, "alerts"):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, list) else ()


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
    windowed = tuple(each for each in KINDS if each != "stale")
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
    match kind:
        case "above":
            return Above(value, _cleared(value, values.pop("clear", None), sign=1))
        case "below":
            return Below(value, _cleared(value, values.pop("clear", None), sign=-1))
        case "rise":
            return Rise(value, **_popped(values, "within"))
        case "fall":
            return Fall(value, **_popped(values, "within"))
        case "silent":
            return Silent(value)
        case _:
            return Stale(value)


def _popped(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: values.pop(name)} if name in values else {}


def _cleared(level: Level, clear: Level | None, *, sign: int) -> Level | None:
    if clear is None:
        return None
    if clear.percent is not level.percent:
        advice = "write both as numbers, or both as percentages"
        raise SettingError("clear", "is not in the unit of the level", advice)
    if sign * clear.number >= sign * level.number:
        side = "below" if sign > 0 else "above"
        raise SettingError("clear", f"is not {side} the level", f"set it {side}, or take it out")
    return clear


# -- back to the file


def _table(rule: Rule) -> dict[str, Any]:
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
        values["severity"] = rule.severity.value
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


def _plain(level: Level) -> object:
    if level.percent:
        return f"{level.number:.6f}".rstrip("0").rstrip(".") + "%"
    return int(level.number) if level.number == int(level.number) else level.number


def _length(seconds: int) -> str:
    fits = ((size, unit) for size, unit in _UNITS if seconds >= size and seconds % size == 0)
    size, unit = next(fits, (1, "s"))
    return f"{seconds // size}{unit}"


def _kind(condition: Condition) -> str:
    return type(condition).__name__.lower()


def _usual_missing(condition: Condition) -> Missing:
    """An answer that leaves silent windows out is as good as one with zeros."""
    return Missing.BREACH if isinstance(condition, Silent) else Missing.KEEP


def _quoted(name: str) -> str:
    return f'"{printable(name, 64)}"'


def _label(index: int, table: object) -> str:
    name = table.get("name") if isinstance(table, Mapping) else None
    return _quoted(name) if isinstance(name, str) and name.strip() else f"number {index + 1}"
