"""Comparison with earlier days: the same local wall-clock time, right where the clocks change."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.baseline import (
    Compare,
    baseline_at,
    build_baseline,
    counterpart_range,
    counterparts,
    days_of,
    find_stretches,
    same_local_time,
    shift_onto,
)
from polytop.model.series import GAP, UNKNOWN, Series

DAY = 86_400
LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
NAMES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "UTC",
)
CHANGES = {
    "Europe/London": ("2025-10-26T01:00", "2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2025-11-02T06:00", "2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2025-10-04T15:30", "2026-04-04T15:00", "2026-10-03T15:30"),
}
"""When the clocks change, UTC."""

DAYS = st.sampled_from([1, 7, 14, 21, 28])


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def exactly(
    earlier: tuple[Series, ...], compare: Compare, window: int, zone: ZoneInfo
) -> float | None:
    """Return the baseline of one window."""
    return baseline_at(earlier, compare, counterparts(compare, window, zone))


@st.composite
def zoned(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """A zone, and a window of 2025 to 2027: every other one within days of a change."""
    name = draw(st.sampled_from(NAMES))
    if name in CHANGES and draw(st.booleans()):
        change = utc(draw(st.sampled_from(CHANGES[name])))
        days = draw(st.sampled_from([0, 0, 1, 7, 14, 28]))
        at = change + days * DAY + draw(st.integers(-40, 40)) * grid.STEP
    else:
        at = draw(st.integers(utc("2025-01-01"), utc("2028-01-01")))
    return ZoneInfo(name), grid.floor(at)


def wall(window: int, zone: tzinfo | None) -> datetime:
    """Return the local wall-clock time: no offset, no fold."""
    return datetime.fromtimestamp(window, zone).replace(tzinfo=None, fold=0)


def sought(window: int, days: int, zone: tzinfo | None) -> int | None:
    """The counterpart by looking at the wall in every window of that day."""
    wanted = wall(window, zone) - timedelta(days=days)
    about = window - days * DAY
    every = grid.windows(about - 3 * 3_600, about + 3 * 3_600)
    return next((each for each in every if wall(each, zone) == wanted), None)


@contextmanager
def machine_in(name: str) -> Iterator[None]:
    """The machine's own zone is `name`, for as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        try:
            yield
        finally:
            patch.undo()
            time.tzset()


# -- one window


@given(zoned(), DAYS)
def test_the_counterpart_shows_the_same_on_the_wall(where: tuple[ZoneInfo, int], days: int) -> None:
    zone, window = where
    found = same_local_time(window, days, zone)
    assert found == sought(window, days, zone)
    if found is not None:
        assert wall(found, zone) == wall(window, zone) - timedelta(days=days)
        assert grid.is_aligned(found)


@given(zoned(), DAYS)
def test_the_machines_own_zone_is_like_any_other(where: tuple[ZoneInfo, int], days: int) -> None:
    zone, window = where
    with machine_in(zone.key):
        assert same_local_time(window, days, None) == same_local_time(window, days, zone)
        one_day = window, window + DAY
        assert find_stretches(*one_day, days, None) == find_stretches(*one_day, days, zone)


@pytest.mark.parametrize(
    ("window", "days", "expected"),
    [
        # British clocks go on at 01:00 GMT of 29 March 2026: there is no 01:30.
        ("2026-03-30T00:30", 1, None),  # Mon 01:30 BST
        ("2026-03-30T00:30", 7, "2026-03-23T01:30"),  # Mon 01:30 GMT
        ("2026-04-05T00:30", 7, None),  # Sun 01:30 BST
        ("2026-04-05T00:30", 14, "2026-03-22T01:30"),
        ("2026-03-29T00:55", 1, "2026-03-28T00:55"),  # Sun 00:55 GMT
        ("2026-03-29T01:00", 1, "2026-03-28T02:00"),  # Sun 02:00 BST
        ("2026-03-30T11:00", 1, "2026-03-29T11:00"),  # both 12:00 BST
        ("2026-03-29T11:00", 1, "2026-03-28T12:00"),  # 12:00 BST and 12:00 GMT
        # They go back at 01:00 GMT of 25 October 2026: 01:30 comes twice.
        ("2026-10-25T00:30", 1, "2026-10-24T00:30"),  # 01:30 BST
        ("2026-10-25T01:30", 1, "2026-10-24T00:30"),  # 01:30 GMT, the same on the wall
        ("2026-10-25T01:30", 7, "2026-10-18T00:30"),
        ("2026-10-26T01:30", 1, "2026-10-25T00:30"),  # the first of the two
        ("2026-11-01T01:30", 7, "2026-10-25T00:30"),
        ("2026-10-26T02:00", 1, "2026-10-25T02:00"),
        ("2026-10-26T01:30", 7, "2026-10-19T00:30"),
    ],
)
def test_london_by_hand(window: str, days: int, expected: str | None) -> None:
    assert same_local_time(utc(window), days, LONDON) == (expected and utc(expected))


@pytest.mark.parametrize(
    ("window", "days", "expected"),
    [
        # Clocks go on at 02:00 EST of 8 March 2026: there is no 02:30.
        ("2026-03-09T06:30", 1, None),  # Mon 02:30 EDT
        ("2026-03-09T05:30", 1, "2026-03-08T06:30"),  # Mon 01:30 EDT, Sun 01:30 EST
        ("2026-03-09T06:30", 7, "2026-03-02T07:30"),  # Mon 02:30 EDT, Mon 02:30 EST
        ("2026-03-15T06:30", 7, None),
        ("2026-03-08T07:00", 1, "2026-03-07T08:00"),  # 03:00 EDT and EST
        # They go back at 02:00 EDT of 1 November 2026: 01:30 comes twice.
        ("2026-11-01T05:30", 1, "2026-10-31T05:30"),  # 01:30 EDT
        ("2026-11-01T06:30", 1, "2026-10-31T05:30"),  # 01:30 EST, the same on the wall
        ("2026-11-02T06:30", 1, "2026-11-01T05:30"),  # the first of the two
        ("2026-11-02T06:30", 7, "2026-10-26T05:30"),
        ("2026-11-08T06:30", 7, "2026-11-01T05:30"),
        ("2026-11-02T07:00", 1, "2026-11-01T07:00"),  # 02:00 EST
    ],
)
def test_new_york_by_hand(window: str, days: int, expected: str | None) -> None:
    assert same_local_time(utc(window), days, NEW_YORK) == (expected and utc(expected))


# -- a range


@given(zoned(), st.integers(0, 700), DAYS)
@example((LONDON, utc("2026-03-29T00:00")), 288, 1)
@example((LONDON, utc("2026-10-25T00:00")), 600, 1)
def test_stretches_are_the_windows_that_have_a_counterpart(
    where: tuple[ZoneInfo, int], size: int, days: int
) -> None:
    zone, start = where
    end = start + size * grid.STEP
    found = find_stretches(start, end, days, zone)
    each = {w: w - one.shift for one in found for w in grid.windows(one.start, one.end)}
    one_by_one = {w: same_local_time(w, days, zone) for w in grid.windows(start, end)}
    assert each == {w: then for w, then in one_by_one.items() if then is not None}
    assert all(one.start < one.end for one in found)
    for one, after in pairwise(found):
        assert one.end <= after.start
        assert one.end < after.start or one.shift != after.shift


def test_years_in_one_piece_are_the_same_as_day_by_day() -> None:
    start, end = utc("2025-01-01"), utc("2027-01-01")
    for zone in (LONDON, NEW_YORK):
        whole = find_stretches(start, end, 7, zone)
        probes = range(start, end, 1_800)
        shift = {w: one.shift for one in whole for w in range(one.start, one.end, grid.STEP)}
        for window in probes:
            then = same_local_time(window, 7, zone)
            assert shift.get(window) == (None if then is None else window - then)


def test_stretches_around_a_change_by_hand() -> None:
    found = find_stretches(utc("2026-03-30T00:00"), utc("2026-03-30T03:00"), 1, LONDON)
    assert [(one.start, one.end, one.shift) for one in found] == [
        (utc("2026-03-30T01:00"), utc("2026-03-30T03:00"), DAY)
    ]
    found = find_stretches(utc("2026-03-29T23:00"), utc("2026-03-30T03:00"), 1, LONDON)
    assert [(one.start, one.end, one.shift) for one in found] == [
        (utc("2026-03-29T23:00"), utc("2026-03-30T00:00"), DAY - 3_600),
        (utc("2026-03-30T01:00"), utc("2026-03-30T03:00"), DAY),
    ]


@given(zoned(), st.integers(0, 400), DAYS)
def test_reach_holds_every_counterpart(where: tuple[ZoneInfo, int], size: int, days: int) -> None:
    zone, start = where
    end = start + size * grid.STEP
    first, last = counterpart_range(start, end, days)
    assert grid.is_aligned(first)
    assert grid.is_aligned(last)
    for one in find_stretches(start, end, days, zone):
        assert first <= one.start - one.shift
        assert one.end - one.shift <= last


@given(zoned(), st.integers(0, 300), DAYS, st.integers(-300, 300), st.integers(0, 500))
def test_laid_moves_values_and_invents_none(
    where: tuple[ZoneInfo, int], size: int, days: int, away: int, known: int
) -> None:
    zone, start = where
    end = start + size * grid.STEP
    # Values tell their window, so that one in a wrong place is seen.
    earlier = Series(start - days * DAY + away * grid.STEP, tuple(range(known)))
    found = shift_onto(earlier, start, end, days, zone)
    assert (found.start, found.end) == (start, end)
    for window in grid.windows(start, end):
        then = same_local_time(window, days, zone)
        assert found.at(window) == (UNKNOWN if then is None else earlier.at(then))


# -- what a range is compared with

VALUES = st.one_of(st.integers(0, 9), st.sampled_from([GAP, UNKNOWN]))


@st.composite
def compared(draw: st.DrawFn) -> tuple[Compare, tuple[Series, ...], int, int, ZoneInfo]:
    """A comparison, its earlier days, and the range."""
    zone, start = draw(zoned())
    end = start + draw(st.integers(1, 30)) * grid.STEP
    compare = draw(st.sampled_from([Compare.DAY, Compare.WEEK, Compare.TYPICAL]))
    earlier = []
    for days in days_of(compare):
        first, last = counterpart_range(start, end, days)
        pattern = draw(st.lists(VALUES, min_size=1, max_size=8))
        size = grid.count(first, last)
        earlier.append(Series(first, tuple((pattern * size)[:size])))
    return compare, tuple(earlier), start, end, zone


def at_that_time(
    earlier: tuple[Series, ...], compare: Compare, window: int, zone: ZoneInfo
) -> list[int]:
    """The values of the same time on the earlier days, marks included."""
    thens = (same_local_time(window, days, zone) for days in days_of(compare))
    return [
        UNKNOWN if then is None else series.at(then)
        for series, then in zip(earlier, thens, strict=True)
    ]


@given(compared())
def test_a_baseline_is_the_median_of_what_is_known(
    case: tuple[Compare, tuple[Series, ...], int, int, ZoneInfo],
) -> None:
    compare, earlier, start, end, zone = case
    found = build_baseline(earlier, compare, start, end, zone)
    needed = 2 if compare is Compare.TYPICAL else 1
    anything = False
    for window in grid.windows(start, end):
        values = at_that_time(earlier, compare, window, zone)
        known = [value for value in values if value >= 0]
        exact = exactly(earlier, compare, window, zone)
        if len(known) < needed:
            assert exact is None
            if found is not None:
                mark = GAP if set(values) == {GAP} else UNKNOWN
                assert found.middle.at(window) == mark
            continue
        anything = True
        assert exact == statistics.median(known)
        assert found is not None
        assert found.middle.at(window) == int(statistics.median(known) + 0.5)
        if compare is Compare.TYPICAL:
            assert found.low is not None
            assert found.high is not None
            assert (found.low.at(window), found.high.at(window)) == (min(known), max(known))
    assert (found is not None) == anything
    if found is not None:
        each = (found.middle, found.low, found.high)
        spans = [one and (one.start, one.end) for one in each]
        bands = (start, end) if compare is Compare.TYPICAL else None
        assert spans == [(start, end), bands, bands]


def test_a_typical_week_by_hand() -> None:
    columns = ((10, 20, 31, 40), (3, 4, UNKNOWN, UNKNOWN), (7, GAP, UNKNOWN, GAP), (GAP,) * 4,
               (GAP, GAP, GAP, UNKNOWN), (0, 0, 5, GAP))  # fmt: skip
    start = utc("2026-11-20T12:00")
    earlier = tuple(
        Series(start - days * DAY, values)
        for days, values in zip(days_of(Compare.TYPICAL), zip(*columns, strict=True), strict=True)
    )
    found = build_baseline(earlier, Compare.TYPICAL, start, start + 1_800, ZoneInfo("UTC"))
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.middle.values == (26, 4, UNKNOWN, GAP, UNKNOWN, 0)
    assert found.low.values == (10, 3, UNKNOWN, GAP, UNKNOWN, 0)
    assert found.high.values == (40, 4, UNKNOWN, GAP, UNKNOWN, 5)
    assert exactly(earlier, Compare.TYPICAL, start, ZoneInfo("UTC")) == 25.5


def test_nothing_to_compare_with() -> None:
    start, end = utc("2026-11-20"), utc("2026-11-21")
    blank = Series(start - DAY, (GAP, UNKNOWN))
    assert build_baseline((), Compare.DAY, start, end, LONDON) is None
    assert build_baseline((blank,), Compare.DAY, start, end, LONDON) is None
    assert build_baseline((blank,), Compare.NONE, start, end, LONDON) is None
    assert exactly((), Compare.WEEK, start, LONDON) is None
    assert exactly((blank,), Compare.NONE, start, LONDON) is None
    assert build_baseline((Series(start - DAY, (0,)),), Compare.DAY, start, end, LONDON) is not None


def test_another_number_of_series_is_refused() -> None:
    with pytest.raises(ValueError, match="4 series, not 1"):
        build_baseline((Series(0, (1,)),), Compare.TYPICAL, DAY, 2 * DAY, LONDON)
