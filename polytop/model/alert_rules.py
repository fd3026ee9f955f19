"""When to alert: the values of a rule. What they mean for data is worked out by the monitor."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from polytop.model.stats import Capacity, Severity

NOON = 720
"""Minutes from midnight to noon."""


class Missing(StrEnum):
    """What a window counts as that the API left out of its answer."""

    KEEP = "keep"
    """Neither good nor bad: it can turn nothing."""

    OK = "ok"
    BREACH = "breach"

    UNKNOWN = "unknown"
    """Not known: where it could turn the state, the state is UNKNOWN."""


class Channel(StrEnum):
    """A way to notify the user on the terminal, besides the screen."""

    BELL = "bell"
    DESKTOP = "desktop"


@dataclass(frozen=True, slots=True)
class Level:
    """A number of conversations, or with `percent` that many hundredths of the limit."""

    number: float
    percent: bool = False

    def conversations(self, limit: int | None) -> float | None:
        """The level in conversations; None for a percentage of a limit that is not known."""
        if not self.percent:
            return self.number
        return None if limit is None else self.number * limit / 100

    def __str__(self) -> str:
        return f"{self.number:.12g} %" if self.percent else f"{self.number:.12g}"


@dataclass(frozen=True, slots=True)
class Above:
    """At or above `level`. Good again at or under `clear`, or below `level` where it is None."""

    level: Level
    clear: Level | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """At or below `level`. Good again at or over `clear`, or above `level` where it is None."""

    level: Level
    clear: Level | None = None


@dataclass(frozen=True, slots=True)
class Rise:
    """At least `by` more than the lowest of the `within` windows before."""

    by: Level
    within: int = 3


@dataclass(frozen=True, slots=True)
class Fall:
    """At least `by` less than the highest of the `within` windows before."""

    by: Level
    within: int = 3


@dataclass(frozen=True, slots=True)
class Silent:
    """At most `most` conversations where there should be more."""

    most: int = 0


@dataclass(frozen=True, slots=True)
class Stale:
    """No good answer for `seconds`."""

    seconds: int


Condition = Above | Below | Rise | Fall | Silent | Stale


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a rule counts, in local time; outside it the rule is OK.

    `hours` is from and to, minutes since midnight, the end exclusive; an end before the start is
    on the next day, and `days` (Monday is 0) says on which the hours begin. None is no bound.
    """

    hours: tuple[int, int] | None = None
    days: tuple[int, ...] | None = None

    def covers(self, moment: float, zone: tzinfo | None) -> bool:
        """Whether `moment` (epoch seconds) is in it; `zone` None is the machine's own."""
        if self.hours is None and self.days is None:
            return True
        local = datetime.fromtimestamp(moment, zone)
        minute = local.hour * 60 + local.minute
        start, end = self.hours or (0, 2 * NOON)
        if start < end:
            inside = start <= minute < end
        else:
            inside = minute >= start or minute < end
            if minute < end:
                local -= timedelta(days=1)
        return inside and (self.days is None or local.weekday() in self.days)


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert: raised where `times` of the last `windows` windows meet the `condition`.

    `cooldown` and `exec_timeout` are in seconds: within the first it is not told again, after the
    second its command is ended. `exec` is a program and its arguments, empty for none.
    """

    name: str
    condition: Condition
    times: int = 1
    windows: int = 1
    cooldown: int = 0
    missing: Missing = Missing.KEEP
    severity: Severity = Severity.CRITICAL
    schedule: Schedule = Schedule()
    tell: tuple[Channel, ...] = ()
    exec: tuple[str, ...] = ()
    exec_timeout: float = 10

    @property
    def reach(self) -> int:
        """How many windows back from the newest one it looks, that one included."""
        before = self.condition.within if isinstance(self.condition, Rise | Fall) else 0
        return self.windows + before

    def levels(self) -> tuple[Level, ...]:
        """Every level that it compares with."""
        match self.condition:
            case Above(level, clear) | Below(level, clear):
                return (level,) if clear is None else (level, clear)
            case Rise(by) | Fall(by):
                return (by,)
            case _:
                return ()


def default_rules(capacity: Capacity) -> tuple[Rule, ...]:
    """The rules of a profile that has none of its own: its two bands, shown on the screen alone.

    None without a limit.
    """
    if capacity.limit is None:
        return ()
    bands = ((Severity.WARNING, capacity.warning), (Severity.CRITICAL, capacity.critical))
    return tuple(
        Rule(
            severity.name.lower(),
            Above(Level(round(share * 100, 9), percent=True)),
            severity=severity,
        )
        for severity, share in bands
    )
