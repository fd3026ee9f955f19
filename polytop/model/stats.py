"""Capacity, severity, and statistics of 5-minute maxima.

The value of a window that is not complete is a lower bound: it counts for *now* and for the *peak*
(which it can only raise), never for a mean, a percentile or a change. The running window is never
complete, any other is if it was fetched after its end: see :class:`polytop.model.series.Series`.
"""

import math
from collections import Counter
from collections.abc import Mapping
from enum import IntEnum
from operator import mul
from typing import NamedTuple

from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.series import Series

CHANGE_SPAN = 900
"""Span of the *change* figure, seconds."""

PLATEAU = 3
"""The fewest windows in a row at the limit that are no coincidence."""

_STRIDE = 288
"""Windows that are skipped together if none reaches the limit."""


class Severity(IntEnum):
    """The severity of a value or an alert rule, from best to worst: max() is the worst.

    UNKNOWN is worse than OK, for it may hide anything, and less bad than what is known to be bad.
    The name is the word that monitoring systems use.
    """

    OK = 0
    UNKNOWN = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def exit_status(self) -> int:
        """The exit status of a monitoring plug-in. Source: Monitoring Plugins Guidelines."""
        return _EXIT_STATUS[self]


_EXIT_STATUS = {
    Severity.OK: 0,
    Severity.WARNING: 1,
    Severity.CRITICAL: 2,
    Severity.UNKNOWN: 3,
}


@frozen
class Capacity:
    """The contracted concurrency, and its two bands as shares of it.

    `limit` is in conversations, None if the user gave none.
    """

    limit: int | None = None
    warning: float = 0.8
    critical: float = 0.9

    @property
    def warning_level(self) -> float | None:
        """Where the warning band starts, in conversations."""
        return None if self.limit is None else _level(self.limit * self.warning)

    @property
    def critical_level(self) -> float | None:
        """Where the critical band starts, in conversations."""
        return None if self.limit is None else _level(self.limit * self.critical)

    def severity(self, value: float) -> Severity:
        """The band that `value` (conversations) is in; OK without a limit.

        A band begins with its level: a value at it is in it.
        """
        if self.critical_level is not None and value >= self.critical_level:
            return Severity.CRITICAL
        if self.warning_level is not None and value >= self.warning_level:
            return Severity.WARNING
        return Severity.OK


def _level(value: float) -> float:
    """Undo the rounding of binary fractions: 56 of 100 is at 56 %."""
    return round(value, 6)


class Reading(NamedTuple):
    """A value and its window (epoch seconds); `provisional` if that window is not complete."""

    window: int
    value: int
    provisional: bool = False


@frozen
class Summary:
    """The statistics of one series over the visible range; None where nothing is known.

    `mean`, `p95` and `p99` (by nearest rank) are of the `complete` windows that have a value;
    `change` is the last complete window against the one 15 minutes before it, if that is complete
    too. `touched_warning`, `touched_critical` and `touched_limit` count the windows that reached
    the level: at most 5 minutes each. `plateau` bounds the latest stretch at the limit.
    """

    now: Reading | None = None
    peak: Reading | None = None
    mean: float | None = None
    p95: int | None = None
    p99: int | None = None
    change: int | None = None
    touched_warning: int = 0
    touched_critical: int = 0
    touched_limit: int = 0
    plateau: tuple[int, int] | None = None
    known: int = 0
    complete: int = 0


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """Nearest-rank percentile (0 < share <= 1) of counted values; None without values.

    Source: the nearest-rank method; the result is always one of the values.
    """
    rank = max(1, math.ceil(share * sum(counts.values())))
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None


def whole_percent(share: float) -> int:
    """A share in whole percent: the nearest, but nothing, the whole and a loss of all exactly.

    So 0, 100 and -100 stand for themselves alone: 29,999 of 30,000 is 99 %, and 1 of it 1 %.
    """
    # Undo the rounding of binary fractions: 1 less 0.875 is as near to 12 as to 13.
    nearest = round(round(share * 100, 6))
    if nearest not in {-100, 0, 100} or share == nearest / 100:
        return nearest
    return nearest + (1 if share > nearest / 100 else -1)


def reading(series: Series, window: int, now: float) -> Reading | None:
    """The value of `window` as it is known at `now` (epoch seconds); None without one."""
    value, runs = series.at(window), window >= grid.floor(now)
    return Reading(window, value, runs or window in series.provisional) if value >= 0 else None


def latest(series: Series, now: float) -> Reading | None:
    """The running window's value so far, else that of the window before it.

    None if neither is known: an older value says nothing about now.
    """
    running = grid.floor(now)
    return reading(series, running, now) or reading(series, running - grid.STEP, now)


def complete_end(series: Series, now: float) -> int:
    """The end of the last window that is complete at `now`; the series' start if none is."""
    for window in range(min(series.end, grid.floor(now)), series.start, -grid.STEP):
        if series.is_complete(window - grid.STEP):
            return window
    return series.start


def complete_value(series: Series, window: int) -> int | None:
    """The value of `window`; None if it is not complete or has none."""
    value = series.at(window)
    return value if value >= 0 and window not in series.provisional else None


def change_at(series: Series, window: int) -> int | None:
    """`window` less the one :data:`CHANGE_SPAN` before; None unless both are complete and known."""
    newer, older = (complete_value(series, at) for at in (window, window - CHANGE_SPAN))
    return None if newer is None or older is None else newer - older


def change(series: Series, now: float) -> int | None:
    """The last complete window less the one :data:`CHANGE_SPAN` before: see :func:`change_at`."""
    return change_at(series, complete_end(series, now) - grid.STEP)


def peak(series: Series, now: float) -> Reading | None:
    """The highest known value and its first window."""
    best = series.highest()
    return None if best < 0 else _first(series, best, now)


def summary(series: Series, now: float, capacity: Capacity | None = None) -> Summary:
    """The statistics of one series at `now` (epoch seconds)."""
    running = grid.floor(now)
    size = max(0, min(len(series), grid.count(series.start, running)))
    # Months have many windows but few different values: count each value once.
    complete = series.counts(0, size)
    known = complete + series.counts(size)
    complete -= Counter(series.at(window) for window in series.provisional if window < running)
    counted, highest = complete.total(), max(known, default=None)
    capacity = capacity or Capacity()
    at_limit = _reaches_limit(highest, capacity)
    return Summary(
        now=latest(series, now),
        peak=None if highest is None else _first(series, highest, now),
        mean=sum(map(mul, complete, complete.values())) / counted if counted else None,
        p95=percentile(complete, 0.95),
        p99=percentile(complete, 0.99),
        change=change(series, now),
        touched_warning=_count_touched(known, capacity.warning_level),
        touched_critical=_count_touched(known, capacity.critical_level),
        touched_limit=_count_touched(known, capacity.limit),
        plateau=plateau(series, running, capacity.limit) if at_limit else None,
        known=known.total(),
        complete=counted,
    )


def _first(series: Series, value: int, now: float) -> Reading | None:
    return reading(series, next(series.find(value)), now)


def _reaches_limit(highest: int | None, capacity: Capacity) -> bool:
    return highest is not None and capacity.limit is not None and highest >= capacity.limit


def _count_touched(known: Counter[int], level: float | None) -> int:
    return 0 if level is None else sum(n for value, n in known.items() if value >= level)


def plateau(series: Series, running: int, limit: int | None) -> tuple[int, int] | None:
    """Start and end of the latest stretch of windows before `running` at the limit, or None.

    It is at least :data:`PLATEAU` windows long. The API does not count rejected calls, so demand
    beyond the limit is not in the data. If any of the windows exceeds the limit, that is no
    ceiling, and there is no plateau. A lower bound proves either as well.
    """
    size = max(0, min(len(series), grid.count(series.start, running)))
    if limit is None or series.highest(0, size) > limit:
        return None
    end = 0
    for last in range(size, 0, -_STRIDE):
        first = max(0, last - _STRIDE)
        if not end and series.highest(first, last) < limit:
            continue
        for at in range(last - 1, first - 1, -1):
            held = series.values[at] >= limit
            if held and not end:
                end = at + 1
            elif not held and end:
                if end - at - 1 >= PLATEAU:
                    return _bounds(series, at + 1, end)
                end = 0
    return _bounds(series, 0, end) if end >= PLATEAU else None


def _bounds(series: Series, first: int, last: int) -> tuple[int, int]:
    return series.start + first * grid.STEP, series.start + last * grid.STEP
