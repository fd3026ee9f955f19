"""Slots of the local wall clock, over days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.slots import local_slots, slot_windows

LONDON = ZoneInfo("Europe/London")
DAY = 288
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def slot_of(wall: str) -> int:
    """The slot of a time on the wall clock."""
    return utc(wall) // grid.STEP


def day_of_numbers(start: int, size: int = 2 * DAY) -> Series:
    return Series(start, tuple(range(size)))


def test_an_hour_that_is_skipped_has_no_value() -> None:
    series = day_of_numbers(utc("2026-03-29T00:00"), 36)
    slots = local_slots(series, LONDON)
    assert slots.first == slot_of("2026-03-29T00:00")
    assert slots.values == (*range(12), *(UNKNOWN,) * 12, *range(12, 36))
    assert slot_windows(slot_of("2026-03-29T00:55"), 14, series.start, LONDON) == (
        utc("2026-03-29T00:55"),
        *(None,) * 12,
        utc("2026-03-29T01:00"),
    )


def test_of_an_hour_that_comes_twice_the_second_counts() -> None:
    start = utc("2026-10-25T00:00")
    slots = local_slots(day_of_numbers(start, 36), LONDON)
    assert slots.first == slot_of("2026-10-25T01:00")
    assert slots.values == tuple(range(12, 36))
    # While the second hour runs, the last slot is that of the last window.
    half = local_slots(day_of_numbers(start, 18), LONDON)
    assert half.values == tuple(range(12, 18))
    late = local_slots(day_of_numbers(start + 1_800, 12), LONDON)
    assert late == (slot_of("2026-10-25T01:00"), tuple(range(6, 12)))


def test_what_is_to_come_lies_after_the_last_window_in_an_hour_that_comes_twice() -> None:
    first, second = utc("2026-10-25T00:30"), utc("2026-10-25T01:30")
    slot = slot_of("2026-10-25T01:30")
    assert slot_windows(slot, 7, first, LONDON) == (
        *grid.windows(first, first + 1_800),
        utc("2026-10-25T02:00"),
    )
    assert slot_windows(slot, 7, second, LONDON) == tuple(grid.windows(second, second + 2_100))


def test_only_complete_windows_have_a_value() -> None:
    start = utc("2026-06-01T00:00")
    series = Series(start, (5, GAP, 7), frozenset({start + 600}))
    assert local_slots(series, LONDON).values == (5, GAP, UNKNOWN)
    assert local_slots(Series(start), LONDON).values == ()


@pytest.mark.parametrize("name", ZONES)
@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1)), st.integers(1, 3 * DAY))
def test_a_window_has_the_slot_that_the_clock_on_the_wall_shows(
    name: str, moment: datetime, size: int
) -> None:
    zone = ZoneInfo(name)
    start = grid.floor(moment.replace(tzinfo=UTC).timestamp())
    slots = local_slots(Series(start, tuple(range(size))), zone)
    shown: dict[int, int] = {}
    for index in range(size):
        wall = datetime.fromtimestamp(start + index * grid.STEP, zone).replace(tzinfo=None)
        shown[(wall - datetime(1970, 1, 1)) // timedelta(seconds=grid.STEP)] = index
    last = max(shown, key=lambda slot: shown[slot])
    assert slots.first + len(slots.values) - 1 == last
    for place, value in enumerate(slots.values):
        assert value == shown.get(slots.first + place, UNKNOWN)
    following = start + size * grid.STEP
    (window,) = slot_windows(last + 1, 1, following, zone)
    assert window is None or window >= following
