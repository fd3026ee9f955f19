"""Series: cutting, revising, merging, reducing; value, gap and unknown are three things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series, group_maxima

VALUES = st.integers(UNKNOWN, 6)
STARTS = st.integers(-12, 12).map(lambda number: number * grid.STEP)
SERIES = st.builds(Series, STARTS, st.lists(VALUES, max_size=16).map(tuple))
FILLED = st.builds(Series, STARTS, st.lists(VALUES, min_size=1, max_size=16).map(tuple))


def told(series: Series) -> dict[int, int]:
    """Return the known windows of a series with their values."""
    pairs = zip(grid.windows(series.start, series.end), series.values, strict=True)
    return {window: value for window, value in pairs if value != UNKNOWN}


def test_a_series_starts_on_the_grid() -> None:
    with pytest.raises(ValueError, match="5-minute grid"):
        Series(301)


@given(SERIES, st.integers(-9_000, 9_000))
def test_at_tells_the_window_that_holds_the_moment(series: Series, moment: int) -> None:
    assert series.at(moment) == told(series).get(grid.floor(moment), UNKNOWN)


@given(SERIES)
def test_known_are_the_values_without_marks(series: Series) -> None:
    assert dict(series.known()) == {at: value for at, value in told(series).items() if value >= 0}
    assert [window for window, _ in series.known()] == sorted(dict(series.known()))


@given(SERIES, STARTS, st.integers(0, 20))
def test_cut_spans_the_range_and_changes_no_window(series: Series, start: int, size: int) -> None:
    end = start + size * grid.STEP
    cut = series.cut(start, end)
    assert (cut.start, cut.end, len(cut)) == (start, end, size)
    assert told(cut) == {at: value for at, value in told(series).items() if start <= at < end}
    assert cut.cut(start, end) == cut


@given(FILLED, SERIES)
def test_merge_later_wins_but_for_gaps_and_the_unknown(old: Series, new: Series) -> None:
    expected = told(old)
    for window, value in told(new).items():
        if value != GAP or expected.get(window, GAP) < 0:
            expected[window] = value
    assert told(old.merge(new)) == expected


@given(SERIES, SERIES)
def test_merge_spans_both_and_twice_is_once(old: Series, new: Series) -> None:
    once = old.merge(new)
    assert once.merge(new) == once
    for each in (old, new):
        assert not each.values or (once.start <= each.start and once.end >= each.end)


@given(SERIES)
def test_merge_by_itself_or_by_nothing_is_the_same(series: Series) -> None:
    assert series.merge(series) == series
    assert series.merge(Series(0)) == series
    blank = Series(series.start, (UNKNOWN,) * len(series))
    assert series.merge(blank) == series
    assert blank.merge(series) == series


def test_merge_by_hand() -> None:
    old = Series(0, (5, 5, 5, GAP, GAP, UNKNOWN, UNKNOWN))
    new = Series(0, (3, GAP, UNKNOWN, 7, UNKNOWN, GAP, 0))
    assert old.merge(new).values == (3, 5, 5, 7, GAP, GAP, 0)


def test_merge_across_a_hole_does_not_know_the_hole() -> None:
    assert Series(0, (1,)).merge(Series(900, (2,))).values == (1, UNKNOWN, UNKNOWN, 2)


@given(st.lists(VALUES, max_size=40), st.integers(1, 12))
def test_reduced_loses_no_peak(values: list[int], size: int) -> None:
    found = group_maxima(values, size)
    assert len(found) == -(-len(values) // size)
    assert max(found, default=None) == max(values, default=None)
    for index, value in enumerate(values):
        assert found[index // size] >= value
    assert all(value in values[i * size : (i + 1) * size] for i, value in enumerate(found))


def test_reduced_in_groups_of_none() -> None:
    with pytest.raises(ValueError, match="at least one"):
        group_maxima([1], 0)
