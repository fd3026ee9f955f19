"""What a window is compared with: the same local wall-clock time on earlier days.

A day on which the clocks change is not 24 hours long, so that a counterpart is found on the
local clock and not by seconds. A `zone` of None is the machine's own.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series

_DAY = 86_400
_EPOCH = datetime(1970, 1, 1)
_SECOND = timedelta(seconds=1)

_PROBE = 6 * 3_600
"""Seconds between two looks at a zone's offset; no zone changes it and back again so soon."""

_WEEKS_NEEDED = 2
"""Weeks that must be known of a window for a typical one."""


class Compare(StrEnum):
    """The comparison that is shown; TYPICAL is the median of the same time in four weeks."""

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
    """How many days before each of the days compared with is, the latest first."""
    return _DAYS[compare]


def same_local_time(window: int, days: int, zone: tzinfo | None) -> int | None:
    """Start of the window (epoch seconds) that the local clock called the same, `days` days before.

    None where the clock skipped that time. Of a time that it showed twice, the first; both
    windows of an hour that comes twice have the same counterpart on a day that has it once.
    """
    # Arithmetic is on the wall clock, and its result is the first of two alike.
    wanted = datetime.fromtimestamp(window, zone) - timedelta(days=days)
    found = int(wanted.timestamp())
    shown = datetime.fromtimestamp(found, zone)
    return found if shown.replace(tzinfo=None) == wanted.replace(tzinfo=None) else None


class Stretch(NamedTuple):
    """The windows of `[start, end)` compare with those `shift` seconds before."""

    start: int
    end: int
    shift: int


def find_stretches(start: int, end: int, days: int, zone: tzinfo | None) -> tuple[Stretch, ...]:
    """The aligned range `[start, end)` with its counterparts of :func:`same_local_time`.

    Maximal, oldest first, disjoint; a window without counterpart is in none.
    """
    back = days * _DAY
    before = tuple(_split_by_offset(start - back - _DAY, end - back + _DAY, zone))
    found: list[Stretch] = []
    for first, last, offset in _split_by_offset(start, end, zone):
        reached = first
        for older_first, older_last, older in before:
            shift = back + older - offset
            # Where two pieces of the earlier clock show the same time, the first has it.
            begin, stop = max(reached, older_first + shift), min(last, older_last + shift)
            if begin < stop:
                reached = stop
                _append(found, Stretch(begin, stop, shift))
    return tuple(found)


def _append(found: list[Stretch], stretch: Stretch) -> None:
    if found and found[-1].end == stretch.start and found[-1].shift == stretch.shift:
        stretch = Stretch(found.pop().start, stretch.end, stretch.shift)
    found.append(stretch)


def _split_by_offset(start: int, end: int, zone: tzinfo | None) -> Iterator[tuple[int, int, int]]:
    """The aligned range in pieces of one offset from UTC: start, end, offset in seconds."""
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
    """The first window after `low` that has not `offset`, as `low` has and `high` has not."""
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
    """The aligned range that holds every counterpart of `[start, end)` in any zone.

    That is `days` times 24 hours before, and an hour more at either end, which is what clocks
    change by.
    """
    back = days * _DAY
    return grid.align(start - back - 3_600, end - back + 3_600)


def shift_onto(earlier: Series, start: int, end: int, days: int, zone: tzinfo | None) -> Series:
    """`earlier` moved onto exactly the aligned range `[start, end)`, `days` days later.

    UNKNOWN where a window has no counterpart or `earlier` does not reach.
    """
    values: list[int] = []
    at = start
    for each in find_stretches(start, end, days, zone):
        values += [UNKNOWN] * grid.count(at, each.start)
        values += earlier.cut(each.start - each.shift, each.end - each.shift).values
        at = each.end
    values += [UNKNOWN] * grid.count(at, end)
    return Series(start, tuple(values))


class Baseline(NamedTuple):
    """What a range is compared with, each series over exactly that range.

    `low` and `high` are the range of the weeks, for TYPICAL alone.
    """

    middle: Series
    low: Series | None = None
    high: Series | None = None


def build_baseline(
    earlier: Sequence[Series], compare: Compare, start: int, end: int, zone: tzinfo | None
) -> Baseline | None:
    """What the aligned range `[start, end)` is compared with; None where nothing is known.

    `earlier` has one series for each of ``days_of(compare)``, in that order, or none at all. A
    typical window is the median of the weeks known, at least two of them; that of an even number
    is the mean of the two in the middle, rounded half up. Where there is none, it is a GAP if all
    weeks have one, else UNKNOWN. Raises ValueError for another number of series.
    """
    pairs = _pair_with_days(earlier, compare)
    if not pairs:
        return None
    moved = [shift_onto(series, start, end, days, zone) for series, days in pairs]
    found = _build_typical(start, moved) if compare is Compare.TYPICAL else Baseline(moved[0])
    return found if max(found.middle.values, default=UNKNOWN) >= 0 else None


def _pair_with_days(earlier: Sequence[Series], compare: Compare) -> list[tuple[Series, int]]:
    """Every series with how many days before it is; none where there is nothing to compare."""
    days = days_of(compare)
    if not (earlier and days):
        return []
    if len(earlier) != len(days):
        raise ValueError(f"{compare} compares with {len(days)} series, not {len(earlier)}")
    return list(zip(earlier, days, strict=True))


def _build_typical(start: int, weeks: Sequence[Series]) -> Baseline:
    middle, low, high = [], [], []
    for values in zip(*(week.values for week in weeks), strict=True):
        ordered = sorted(values)
        if ordered[0] < 0:
            ordered = _known_or_mark(ordered)
        half = len(ordered) // 2
        middle.append((ordered[half] + ordered[-half - 1] + 1) // 2)
        low.append(ordered[0])
        high.append(ordered[-1])
    return Baseline(*(Series(start, tuple(values)) for values in (middle, low, high)))


def _known_or_mark(ordered: list[int]) -> list[int]:
    """Those values that are known, or the mark that stands for too few of them."""
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
    """What the window whose :func:`counterparts` are `then` is compared with.

    As :func:`build_baseline` has it, but the median is not rounded.
    """
    known = []
    for (series, _), moment in zip(_pair_with_days(earlier, compare), then, strict=False):
        value = UNKNOWN if moment is None else series.at(moment)
        if value >= 0:
            known.append(value)
    if len(known) < (_WEEKS_NEEDED if compare is Compare.TYPICAL else 1):
        return None
    known.sort()
    half = len(known) // 2
    return (known[half] + known[-half - 1]) / 2
