"""Judge single windows by a rule: pure functions over the latest series.

The value of the running window is a lower bound that still rises, and so is that of a window
fetched as it ended. Such a value can prove that a level was reached, and nothing else: neither
that calls are few nor that all is well.
"""

from dataclasses import replace
from datetime import tzinfo
from enum import Enum, auto
from typing import TYPE_CHECKING

from polytop.model import grid
from polytop.model.alert_rules import Above, Below, Fall, Level, Missing, Rise, Rule, Silent
from polytop.model.frozen import frozen
from polytop.model.series import GAP, Series

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook

SETTLED = 60
"""Seconds after a window's end from which its value is no longer a lower bound.

An answer takes time, clocks differ, and the API does not say when a window is final.
"""

LATE = 900
"""Seconds after its end during which a window missing from the answers may still appear."""

UNSEEN = 300
"""Seconds after its end during which a window may not have been requested yet."""


@frozen
class Evidence:
    """The data known at `now`: `series` from the answer of `fetched_at`, None before the first.

    `answered_at` is the time of the last answer under any filters. `awaited_since` is since when
    the next answer is awaited; it starts anew after a pause of the polls. `limit` is None without
    one. `watched` is False while the poller asks for a selection of the calls. `outlook` is the
    forecast, None without one.
    """

    now: float
    series: Series
    fetched_at: float | None
    awaited_since: float
    limit: int | None = None
    zone: tzinfo | None = None
    watched: bool = True
    answered_at: float | None = None
    outlook: "Outlook | None" = None

    @property
    def running(self) -> int:
        """Start of the window that runs at `now`."""
        return grid.floor(self.now)

    @property
    def fetched(self) -> float:
        """Time of the series' last answer; `now` before the first."""
        return self.now if self.fetched_at is None else self.fetched_at

    def settled(self, window: int) -> bool:
        """Return True if `window`, a value or a gap, is complete and counts as final for a rule.

        A rule waits longer than :meth:`Series.is_complete` says.
        """
        age = self.fetched - (window + grid.STEP)
        wait = SETTLED if self.series.at(window) >= 0 else LATE
        return self.series.is_complete(window) and age >= wait

    def left_out(self, window: int) -> bool:
        """Return True if an answer after the end of `window` had no value for it."""
        ended = self.fetched >= window + grid.STEP
        return ended and self.series.at(window) == GAP and self.series.is_complete(window)

    def newest_settled(self) -> int | None:
        """The newest settled window; None without any."""
        windows = range(self.running - grid.STEP, self.series.start - grid.STEP, -grid.STEP)
        return next((window for window in windows if self.settled(window)), None)

    def as_of(self, window: int) -> "Evidence":
        """The same as it was when `window` was the newest settled one."""
        end = window + grid.STEP
        return replace(self, now=end + SETTLED, series=self.series.cut(self.series.start, end))

    def newest(self) -> int:
        """The newest window that is settled, or that was not requested in time."""
        window = self.running - grid.STEP
        while not self.settled(window):
            unseen = self.series.at(window) < 0 and not self.left_out(window)
            if unseen and self.now >= window + grid.STEP + UNSEEN:
                break
            window -= grid.STEP
        return window


class WindowVerdict(Enum):
    """The verdict on one window."""

    BAD = auto()
    BETWEEN = auto()
    """Neither bad nor good enough to clear the alert."""
    GOOD = auto()
    OPEN = auto()
    """Missing from the answer, which does not count, or does not count yet."""
    UNKNOWN = auto()


_MISSING = {
    Missing.KEEP: WindowVerdict.OPEN,
    Missing.OK: WindowVerdict.GOOD,
    Missing.BREACH: WindowVerdict.BAD,
    Missing.UNKNOWN: WindowVerdict.UNKNOWN,
}


def judge_window(rule: Rule, evidence: Evidence, window: int) -> WindowVerdict:
    """Judge `window` by `rule`.

    A window outside the rule's schedule is good. One that was never fetched is unknown, whatever
    the rule says of missing data: it is neither silence nor a reason to clear.
    """
    if not rule.schedule.covers(window, evidence.zone):
        return WindowVerdict.GOOD
    value, settled = evidence.series.at(window), evidence.settled(window)
    if evidence.left_out(window):
        return _MISSING[rule.missing] if settled else WindowVerdict.OPEN
    verdict = WindowVerdict.UNKNOWN if value < 0 else _compare(rule, evidence, window, value)
    if settled or (verdict is WindowVerdict.BAD and isinstance(rule.condition, Above | Rise)):
        return verdict
    return WindowVerdict.UNKNOWN


def _compare(rule: Rule, evidence: Evidence, window: int, value: int) -> WindowVerdict:
    condition, limit = rule.condition, evidence.limit
    match condition:
        case Above(level, clear):
            return _compare_level(value, level, clear, limit, sign=1)
        case Below(level, clear):
            return _compare_level(value, level, clear, limit, sign=-1)
        case Silent(most):
            return WindowVerdict.BAD if value <= most else WindowVerdict.GOOD
        case Rise(by, _) | Fall(by, _):
            other, least = reference_value(rule, evidence, window), by.conversations(limit)
            if other is None or least is None:
                return WindowVerdict.UNKNOWN
            moved = value - other if isinstance(condition, Rise) else other - value
            return WindowVerdict.BAD if moved >= least else WindowVerdict.GOOD
    raise TypeError("this rule has no windows")


def _compare_level(
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


def reference_value(rule: Rule, evidence: Evidence, window: int) -> int | None:
    """The value that a rise or fall in `window` is measured from; None without settled windows."""
    condition = rule.condition
    assert isinstance(condition, Rise | Fall)
    before = range(window - condition.within * grid.STEP, window, grid.STEP)
    settled = (evidence.series.at(one) for one in before if evidence.settled(one))
    known = [value for value in settled if value >= 0]
    return (min if isinstance(condition, Rise) else max)(known, default=None)
