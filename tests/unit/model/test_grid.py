"""The 5-minute grid: rounding, pieces, and how moments are written."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polytop.model import grid

MOMENTS = st.integers(-(2**40), 2**40) | st.integers(-(2**50), 2**50).map(lambda ms: ms / 1_000)
POINTS = st.integers(-10_000_000, 10_000_000).map(lambda number: number * grid.STEP)
JUST_BEFORE = math.nextafter(1_790_000_100.0, 0)


@given(MOMENTS)
@example(JUST_BEFORE)
@example(-0.000_000_1)
def test_floor_is_the_window_that_holds_the_moment(moment: float) -> None:
    window = grid.floor(moment)
    assert isinstance(window, int)
    assert grid.is_aligned(window)
    assert window <= moment < window + grid.STEP


@given(MOMENTS)
@example(math.nextafter(1_790_000_100.0, math.inf))
def test_ceil_is_the_first_point_not_before_the_moment(moment: float) -> None:
    point = grid.ceil(moment)
    assert isinstance(point, int)
    assert grid.is_aligned(point)
    assert point - grid.STEP < moment <= point


@given(MOMENTS, MOMENTS)
def test_aligned_rounds_outwards_and_a_second_time_changes_nothing(
    one: float, other: float
) -> None:
    start, end = grid.align(min(one, other), max(one, other))
    assert start <= min(one, other)
    assert end >= max(one, other)
    assert grid.align(start, end) == (start, end)


def test_a_week_that_begins_off_the_grid_is_longer_than_a_week_once_aligned() -> None:
    now = 1_790_000_123
    start, end = grid.align(now - grid.WEEK, now)
    assert end - start == grid.WEEK + grid.STEP


@given(POINTS, st.integers(0, 20_000))
def test_count_is_the_number_of_windows(start: int, size: int) -> None:
    end = start + size * grid.STEP
    assert grid.count(start, end) == size == len(grid.windows(start, end))
    assert grid.count(end, start) == 0


@given(POINTS, st.integers(0, 9_000), st.integers(grid.STEP, grid.WEEK))
def test_pieces_cover_the_range_once_newest_first(start: int, size: int, at_most: int) -> None:
    end = start + size * grid.STEP
    found = list(grid.split_range(start, end, at_most))
    assert [
        point for first, last in reversed(found) for point in grid.windows(first, last)
    ] == list(grid.windows(start, end))
    assert all(grid.STEP <= last - first <= at_most for first, last in found)
    assert found == sorted(found, reverse=True)


@given(POINTS, st.integers(1, 30 * 288))
def test_pieces_are_whole_weeks_but_for_the_oldest(start: int, size: int) -> None:
    found = list(grid.split_range(start, start + size * grid.STEP))
    assert all(last - first == grid.WEEK for first, last in found[:-1])
    assert len(found) == math.ceil(size * grid.STEP / grid.WEEK)


@pytest.mark.parametrize(("start", "end", "at_most"), [(1, 600, 600), (0, 601, 600), (0, 600, 299)])
def test_pieces_refuse_what_is_off_the_grid(start: int, end: int, at_most: int) -> None:
    with pytest.raises(ValueError, match=r"grid|window"):
        list(grid.split_range(start, end, at_most))


@given(st.integers(0, 253_402_214_400))
def test_iso_there_and_back(moment: int) -> None:
    text = grid.to_iso(moment)
    assert text == datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert grid.from_iso(text) == moment
    assert grid.from_iso(text.replace("Z", ".000Z")) == moment
    assert grid.from_iso(text.replace("Z", "+00:00")) == moment


def test_iso_with_another_offset() -> None:
    assert grid.from_iso("2022-04-01T18:35:00+02:00") == grid.from_iso("2022-04-01T16:35:00Z")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2022-04-01", "2022-04-01T16:35:00", "16:35:00Z", "1648830900"]
)
def test_iso_refuses_what_names_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO|offset|isoformat"):
        grid.from_iso(text)
