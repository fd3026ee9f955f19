"""Levels, touched windows and plateaus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.series import GAP, Series
from polytop.model.stats import PLATEAU, Capacity, plateau, summary

LIMIT = 10


@given(st.integers(1, 10_000), st.integers(1, 100))
def test_a_level_is_reached_by_the_very_number(limit, percent):
    capacity = Capacity(limit, percent / 100, 1.0)
    assert capacity.warning_level == pytest.approx(limit * percent / 100)
    if limit * percent % 100 == 0:
        assert limit * percent // 100 >= capacity.warning_level


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ("9 9 9 9 9 9", None),
        ("9 T T 9 9 9", None),
        ("9 T T T 9 9", (1, 4)),
        ("T T T 9 9 9", (0, 3)),
        ("9 9 9 T T T", (3, 6)),
        ("T T T 9 T T", (0, 3)),
        ("T T T 9 T T T", (4, 7)),
        ("T T . T T 9", None),
        ("T T T T T T", (0, 6)),
        ("", None),
        ("T T T 9 X 9", None),
        ("X 9 9 T T T", None),
        ("X X X X X X", None),
    ],
)
def test_a_plateau_is_three_windows_in_a_row_at_the_limit(values, found):
    known = {"9": 9, "T": LIMIT, "X": LIMIT + 1, ".": GAP}
    series = Series(0, tuple(known[each] for each in values.split()))
    expected = None if found is None else tuple(at * grid.STEP for at in found)
    assert plateau(series, series.end, LIMIT) == expected


@given(st.lists(st.integers(-2, 12), max_size=40), st.integers(0, 45))
def test_a_plateau_is_complete_known_and_long_enough(values, running):
    series = Series(0, tuple(values))
    found = plateau(series, running * grid.STEP, LIMIT)
    if found is not None:
        start, end = found
        assert end - start >= PLATEAU * grid.STEP
        assert end <= running * grid.STEP
        assert all(series.at(window) == LIMIT for window in grid.windows(start, end))
        assert max(values[:running]) == LIMIT


def test_touched_windows_count_the_running_one_and_skip_gaps():
    series = Series(0, (8, 10, GAP, 11, 8))
    found = summary(series, series.end - 1, Capacity(LIMIT, 0.8, 0.9))
    assert (found.touched_warning, found.touched_limit) == (4, 2)
    assert (found.p95, found.p99) == (11, 11)
