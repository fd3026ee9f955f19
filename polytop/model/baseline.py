"""The comparison: the same local wall-clock time on earlier days.

A day on which the clocks change is not 24 hours long. A counterpart is therefore found by the
local clock and not by a number of seconds. A `zone` of None is the machine's own.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import complete_value

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)

_PROBE = 6 * 3_600
"""Seconds between two probes of a zone's offset; no zone changes it twice in that time."""

_WEEKS_NEEDED = 2
"""Known weeks that a typical value of a window needs."""


class Compare(StrEnum):
    """The kind of comparison; TYPICAL is the median of the same time in the last four weeks."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    TYPICAL = "typical"


_DAYS = {
    Compare.NONE: (),
    Compare.DAY: (1,),
    Compare.WEEK: (7,),
    Compare.TYPICAL: (7, 14, 21, 28),
}


def days_of(compare: Compare) -> tuple[int, ...]:
    """How many days ago each compared day is, the latest first."""
    return _DAYS[compare]


def same_local_time(window: int, days: int, zone: tzinfo | None) -> int | None:
    """Start of the window (epoch seconds) at the same local time, `days` days before.

    None if the clock skipped that time. If it showed that time twice, the first is meant. Both
    windows of an hour that comes twice have one counterpart on a day that has it once.
    """
    # The arithmetic is on the wall clock; of two equal times its result is the first.
    wanted = datetime.fromtimestamp(window, zone) - timedelta(days=days)
    window = int(wanted.timestamp())
    shown = datetime.fromtimestamp(window, zone)
    return window if shown.replace(tzinfo=None) == wanted.replace(tzinfo=None) else None


class Stretch(NamedTuple):
    """The windows of `[start, end)` have their counterparts `shift` seconds before."""

    start: int
    end: int
    shift: int


def find_stretches(start: int, end: int, days: int, zone: tzinfo | None) -> tuple[Stretch, ...]:
    """Cut the aligned range `[start, end)` into stretches with one shift each.

    The counterparts are those of :func:`same_local_time`. The stretches are as long as possible,
    disjoint and oldest first; a window without a counterpart is in none.
    """
    back = days * _DAY
    before = tuple(offset_pieces(start - back - _DAY, end - back + _DAY, zone))
    stretches: list[Stretch] = []
    for first, last, offset in offset_pieces(start, end, zone):
        reached = first
        for older_first, older_last, older in before:
            shift = back + older - offset
            # If two pieces of the earlier clock show the same time, the first has it.
            begin, stop = max(reached, older_first + shift), min(last, older_last + shift)
            if begin < stop:
                reached = stop
                _append(stretches, Stretch(begin, stop, shift))
    return tuple(stretches)


def _append(stretches: list[Stretch], stretch: Stretch) -> None:
    if stretches and (stretches[-1].end, stretches[-1].shift) == (stretch.start, stretch.shift):
        stretch = Stretch(stretches.pop().start, stretch.end, stretch.shift)
    stretches.append(stretch)


def offset_pieces(start: int, end: int, zone: tzinfo | None) -> Iterator[tuple[int, int, int]]:
    """Cut the aligned range into pieces with one offset from UTC: start, end, offset (seconds)."""
    first, offset = start, _offset(start, zone)
    at = start
    while at < end:
        probe = min(end, at + _PROBE)
        if _offset(probe, zone) != offset:
            change = _find_change(at, probe, offset, zone)
            yield first, change, offset
            first, offset = change, _offset(change, zone)
        at = probe
    if first < end:
        yield first, end, offset


def _find_change(low: int, high: int, offset: int, zone: tzinfo | None) -> int:
    """Find the first window after `low` without `offset`, which `low` has and `high` has not."""
    while high - low > grid.STEP:
        middle = grid.floor((low + high) / 2)
        if _offset(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(moment: int, zone: tzinfo | None) -> int:
    local = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
    return (local - _EPOCH) // _SECOND - moment


def counterpart_range(start: int, end: int, days: int) -> tuple[int, int]:
    """The aligned range with every counterpart of `[start, end)` in any zone.

    It is `days` times 24 hours before, and an hour longer at either end, by which clocks change.
    """
    back = days * _DAY
    return grid.align(start - back - 3_600, end - back + 3_600)


def shift_onto(earlier: Series, start: int, end: int, days: int, zone: tzinfo | None) -> Series:
    """Move `earlier` by `days` days onto exactly the aligned range `[start, end)`.

    A window without a complete counterpart, or beyond `earlier`, is UNKNOWN.
    """
    values: list[int] = []
    at = start
    for each in find_stretches(start, end, days, zone):
        values += [UNKNOWN] * grid.count(at, each.start)
        part = earlier.cut(each.start - each.shift, each.end - each.shift)
        values += part.complete().values
        at = each.end
    values += [UNKNOWN] * grid.count(at, end)
    return Series(start, tuple(values))


class Baseline(NamedTuple):
    """The comparison of a range; each series spans exactly that range.

    `low` and `high` are the bounds of the weeks, for TYPICAL alone; `weeks` the fewest and the most
    weeks of a window.
    """

    middle: Series
    low: Series | None = None
    high: Series | None = None
    weeks: tuple[int, int] | None = None


def build_baseline(
    earlier: Sequence[Series], compare: Compare, start: int, end: int, zone: tzinfo | None
) -> Baseline | None:
    """Build the comparison of the aligned range `[start, end)`; None if nothing is known.

    `earlier` has one series for each of ``days_of(compare)``, in that order, or none at all. A
    typical window is the median of the known weeks, at least two of them; of an even number it is
    the mean of the two in the middle, rounded half up. With fewer it is a GAP if all weeks have
    one, else UNKNOWN. Raises ValueError for another number of series.
    """
    pairs = _pair_with_days(earlier, compare)
    if not pairs:
        return None
    moved = [shift_onto(series, start, end, days, zone) for series, days in pairs]
    typical = compare is Compare.TYPICAL
    baseline = _build_typical(start, moved) if typical else Baseline(moved[0])
    return baseline if max(baseline.middle.values, default=UNKNOWN) >= 0 else None


def _pair_with_days(earlier: Sequence[Series], compare: Compare) -> list[tuple[Series, int]]:
    """Pair every series with its number of days ago; empty if there is nothing to compare."""
    days = days_of(compare)
    if not (earlier and days):
        return []
    if len(earlier) != len(days):
        raise ValueError(f"{compare} compares with {len(days)} series, not {len(earlier)}")
    return list(zip(earlier, days, strict=True))


def _build_typical(start: int, weeks: Sequence[Series]) -> Baseline:
    middle, low, high, known = [], [], [], set()
    for values in zip(*(week.values for week in weeks), strict=True):
        ordered = sorted(values)
        if ordered[0] < 0:
            ordered = _known_or_mark(ordered)
        half = len(ordered) // 2
        middle.append((ordered[half] + ordered[-half - 1] + 1) // 2)
        low.append(ordered[0])
        high.append(ordered[-1])
        if ordered[0] >= 0:
            known.add(len(ordered))
    bounds = (min(known), max(known)) if known else None
    series = (Series(start, tuple(values)) for values in (middle, low, high))
    return Baseline(next(series), next(series), next(series), bounds)


def _known_or_mark(ordered: list[int]) -> list[int]:
    """The known values, or the mark for too few of them."""
    known = [value for value in ordered if value >= 0]
    if len(known) >= _WEEKS_NEEDED:
        return known
    return [GAP if set(ordered) == {GAP} else UNKNOWN]


def counterparts(compare: Compare, window: int, zone: tzinfo | None) -> tuple[int | None, ...]:
    """:func:`same_local_time` of `window` on each of ``days_of(compare)``."""
    return tuple(same_local_time(window, days, zone) for days in days_of(compare))


def baseline_at(
    earlier: Sequence[Series], compare: Compare, then: Sequence[int | None]
) -> float | None:
    """The comparison of the one window whose :func:`counterparts` are `then`.

    As in :func:`build_baseline`, but the median is not rounded. None if too little is known.
    """
    return _median(_known_at(earlier, compare, then), compare)


def _known_at(earlier: Sequence[Series], compare: Compare, then: Sequence[int | None]) -> list[int]:
    """The values of the windows `then` that are known, in order of size."""
    known = []
    for (series, _), moment in zip(_pair_with_days(earlier, compare), then, strict=False):
        value = None if moment is None else complete_value(series, moment)
        if value is not None:
            known.append(value)
    return sorted(known)


def typical_value(known: Sequence[int], least: int = _WEEKS_NEEDED) -> float | None:
    """The median of `known`, in ascending order; None of fewer than `least` values (1 or more)."""
    if len(known) < least:
        return None
    half = len(known) // 2
    return (known[half] + known[-half - 1]) / 2


def _median(known: Sequence[int], compare: Compare) -> float | None:
    return typical_value(known, _WEEKS_NEEDED if compare is Compare.TYPICAL else 1)


class Versus(NamedTuple):
    """A value less the comparison; `share` is of the comparison, None if that is zero.

    `days` are the earlier days that the comparison is of.
    """

    difference: int
    share: float | None
    days: int = 1


def versus_at(
    value: int | None, earlier: Sequence[Series], compare: Compare, then: Sequence[int | None]
) -> Versus | None:
    """`value` less the comparison of the window whose :func:`counterparts` are `then`.

    The comparison is rounded half up, as its line in the graph is. None if either is unknown.
    """
    if value is None or compare is Compare.NONE:
        return None
    known = _known_at(earlier, compare, then)
    base = _median(known, compare)
    if base is None:
        return None
    against = math.floor(base + 0.5)
    share = (value - against) / against if against else None
    return Versus(value - against, share, len(known))
