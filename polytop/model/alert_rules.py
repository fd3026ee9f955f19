"""The rules of alerts, as values. `polytop.alerts` applies them."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from polytop.model.frozen import frozen
from polytop.model.stats import Capacity, Severity

NOON = 720
"""Minutes from midnight to noon."""


class Missing(StrEnum):
    """The meaning of a window that is missing from the answer."""

    KEEP = "keep"
    """Neither good nor bad: it changes nothing."""

    OK = "ok"
    BREACH = "breach"

    UNKNOWN = "unknown"
    """Unknown: if it could change the state, the state is UNKNOWN."""


class Channel(StrEnum):
    """A way to notify the user on the terminal, besides the screen."""

    BELL = "bell"
    DESKTOP = "desktop"


@frozen
class Level:
    """A number of conversations, or with `percent` a percentage of the limit."""

    number: float
    percent: bool = False

    def conversations(self, limit: int | None) -> float | None:
        """The level in conversations; None for a percentage without a limit."""
        if not self.percent:
            return self.number
        return None if limit is None else self.number * limit / 100

    def __str__(self) -> str:
        return f"{self.number:.12g} %" if self.percent else f"{self.number:.12g}"


@frozen
class Above:
    """At or above `level`. Clears at or under `clear`, or below `level` if that is None."""

    level: Level
    clear: Level | None = None


@frozen
class Below:
    """At or below `level`. Clears at or over `clear`, or above `level` if that is None."""

    level: Level
    clear: Level | None = None


@frozen
class Rise:
    """At least `by` above the lowest of the `within` windows before."""

    by: Level
    within: int = 3


@frozen
class Fall:
    """At least `by` below the highest of the `within` windows before."""

    by: Level
    within: int = 3


@frozen
class Silent:
    """At most `most` conversations when there should be more."""

    most: int = 0


@frozen
class Stale:
    """No good answer for this many `seconds`."""

    seconds: int


@frozen
class LimitWithin:
    """The forecast reaches the limit within this many `seconds`.

    Clears where its range stays below.
    """

    seconds: int


Condition = Above | Below | Rise | Fall | Silent | Stale | LimitWithin


@frozen
class Schedule:
    """When a rule applies, in local time; at other times the rule is OK.

    `hours` are start and end in minutes since midnight, the end exclusive. An end before the start
    is on the next day. `days` (Monday is 0) are the days on which the hours begin. None means at
    all hours, or on all days.
    """

    hours: tuple[int, int] | None = None
    days: tuple[int, ...] | None = None

    def covers(self, moment: float, zone: tzinfo | None) -> bool:
        """Return True if `moment` (epoch seconds) is in it; `zone` None is the machine's own."""
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


@frozen
class Rule:
    """One alert: raised if `times` of the last `windows` windows meet the `condition`.

    `cooldown` is the least time between two notifications and `exec_timeout` the time limit of
    its command, both in seconds. `exec` is a program with its arguments, empty for none. `tell`
    are the channels on the terminal.
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
    def of_windows(self) -> bool:
        """True if it judges windows; the others judge how old answers are, or the forecast."""
        return not isinstance(self.condition, Stale | LimitWithin)

    @property
    def reach(self) -> int:
        """The number of windows that it needs, the newest included."""
        before = self.condition.within if isinstance(self.condition, Rise | Fall) else 0
        return self.windows + before

    def levels(self) -> tuple[Level, ...]:
        """The levels that it compares values with."""
        match self.condition:
            case Above(level, clear) | Below(level, clear):
                return (level,) if clear is None else (level, clear)
            case Rise(by) | Fall(by):
                return (by,)
            case _:
                return ()


def default_rules(capacity: Capacity) -> tuple[Rule, ...]:
    """The rules of a profile without rules of its own: its two bands, shown on the screen alone.

    Empty without a limit.
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
