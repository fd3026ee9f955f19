"""What single windows say about a rule: pure functions over the series that is held.

The running window is a lower bound that still rises, and so is one that was fetched as it ended.
Such a window may show that a level was reached, and nothing else: not that calls are few, and not
that all is well.
"""

from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum, auto

from polytop.model import grid
from polytop.model.alert_rules import Above, Below, Fall, Level, Missing, Rise, Rule, Silent
from polytop.model.series import GAP, UNKNOWN, Series

SETTLED = 60
"""Seconds after its end from which an answer's value of a window is no lower bound any more.

An answer takes time, clocks differ, and the API promises nothing about when a window is final.
"""

LATE = 900
"""Seconds after its end for which a window that answers leave out may still come."""

UNSEEN = 300
"""Seconds after its end for which nobody may have asked about a window."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known at `now`: `series` by the answer of `fetched_at`, None before the first.

    `answered_at` is the last answer to anything, `awaited_since` since when the next is waited
    for: later, where nobody asked meanwhile. `limit` is None where there is none.
    `watched` is False while something else than what the rules are about is asked for.
    """

    now: float
    series: Series
    fetched_at: float | None
    awaited_since: float
    limit: int | None = None
    zone: tzinfo | None = None
    watched: bool = True
    answered_at: float | None = None

    @property
    def running(self) -> int:
        """Start of the window that runs at `now`."""
        return grid.floor(self.now)

    @property
    def fetched(self) -> float:
        """When the series was last asked for."""
        return self.now if self.fetched_at is None else self.fetched_at

    def settled(self, window: int) -> bool:
        """Whether the answer, a value or none, that is held of `window` counts as final."""
        value = self.series.at(window)
        age = self.fetched - (window + grid.STEP)
        return value != UNKNOWN and age >= (SETTLED if value >= 0 else LATE)

    def left_out(self, window: int) -> bool:
        """Whether an answer after the end of `window` had no value for it."""
        return self.series.at(window) == GAP and self.fetched >= window + grid.STEP

    def newest(self) -> int:
        """The newest window that is settled, or that nobody asked about in time."""
        window = self.running - grid.STEP
        while not self.settled(window):
            unseen = self.series.at(window) < 0 and not self.left_out(window)
            if unseen and self.now >= window + grid.STEP + UNSEEN:
                break
            window -= grid.STEP
        return window


class WindowVerdict(Enum):
    """What one window says."""

    BAD = auto()
    BETWEEN = auto()
    """Not bad, and not good enough to clear."""
    GOOD = auto()
    OPEN = auto()
    """The API left it out, and that counts for nothing: not yet, or not at all."""
    UNKNOWN = auto()


_MISSING = {
    Missing.KEEP: WindowVerdict.OPEN,
    Missing.OK: WindowVerdict.GOOD,
    Missing.BREACH: WindowVerdict.BAD,
    Missing.UNKNOWN: WindowVerdict.UNKNOWN,
}


def mark(rule: Rule, evidence: Evidence, window: int) -> WindowVerdict:
    """What `window` says about `rule`.

    A window outside the rule's hours is good. One that was not fetched is unknown whatever the
    rule says of missing data: that nobody asked is neither silence nor a reason to clear.
    """
    if not rule.schedule.covers(window, evidence.zone):
        return WindowVerdict.GOOD
    value, settled = evidence.series.at(window), evidence.settled(window)
    if evidence.left_out(window):
        return _MISSING[rule.missing] if settled else WindowVerdict.OPEN
    found = WindowVerdict.UNKNOWN if value < 0 else _compared(rule, evidence, window, value)
    if settled or (found is WindowVerdict.BAD and isinstance(rule.condition, Above | Rise)):
        return found
    return WindowVerdict.UNKNOWN


def _compared(rule: Rule, evidence: Evidence, window: int, value: int) -> WindowVerdict:
    condition, limit = rule.condition, evidence.limit
    match condition:
        case Above(level, clear):
            return _reached(value, level, clear, limit, sign=1)
        case Below(level, clear):
            return _reached(value, level, clear, limit, sign=-1)
        case Silent(most):
            return WindowVerdict.BAD if value <= most else WindowVerdict.GOOD
        case Rise(by, _) | Fall(by, _):
            other, least = reference(rule, evidence, window), by.conversations(limit)
            if other is None or least is None:
                return WindowVerdict.UNKNOWN
            moved = value - other if isinstance(condition, Rise) else other - value
            return WindowVerdict.BAD if moved >= least else WindowVerdict.GOOD
    raise TypeError("a rule about stale data looks at no window")


def _reached(
    value: int, level: Level, clear: Level | None, limit: int | None, *, sign: int
) -> WindowVerdict:
    bound = level.conversations(limit)
    good = None if clear is None else clear.conversations(limit)
    if bound is None:
        return WindowVerdict.UNKNOWN
    if sign * value >= sign * bound:
        return WindowVerdict.BAD
    return (
        WindowVerdict.GOOD if good is None or sign * value <= sign * good else WindowVerdict.BETWEEN
    )


def reference(rule: Rule, evidence: Evidence, window: int) -> int | None:
    """What a rise or a fall in `window` is measured from: settled windows before it, or None."""
    condition = rule.condition
    assert isinstance(condition, Rise | Fall)
    before = range(window - condition.within * grid.STEP, window, grid.STEP)
    settled = (evidence.series.at(one) for one in before if evidence.settled(one))
    known = [value for value in settled if value >= 0]
    return (min if isinstance(condition, Rise) else max)(known, default=None)
