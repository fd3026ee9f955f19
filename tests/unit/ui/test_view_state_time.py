"""Moving through time: what is shown stays in bounds, and the cursor in what is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.target import Filters
from polytop.ui.view_state import (
    FARTHEST,
    SPANS,
    ViewState,
    bounds,
    follow_now,
    go_to,
    jump_to_edge,
    keep_cursor_in_span,
    pan,
    point_at,
    set_comparison,
    step_cursor,
    zoom,
)

HOUR = 3_600
NEWEST = 1_790_000_100 // 300 * 300 + 300
LIVE = ViewState(Filters())

MOVES = st.one_of(
    st.integers(-50, 50).map(lambda n: lambda s, t: step_cursor(s, n * grid.STEP, t)),
    st.booleans().map(lambda last: lambda s, t: jump_to_edge(s, t, last=last)),
    st.integers(-9, 9).map(lambda n: lambda s, t: pan(s, n, t)),
    st.sampled_from([-1, 1]).map(lambda n: lambda s, t: zoom(s, n, t)),
    st.floats(-2 * FARTHEST, 86_400).map(lambda back: lambda s, t: go_to(s, t + back, t)),
    st.just(lambda s, t: follow_now(s)),
)


@given(st.lists(MOVES, max_size=25), st.integers(0, 40))
def test_whatever_is_done_the_range_and_the_cursor_are_in_bounds(moves, passed):
    state, newest = LIVE, NEWEST
    for move in moves:
        state = move(state, newest)
        newest += passed * grid.STEP
        state = keep_cursor_in_span(state, newest)
        start, end = bounds(state, newest)
        assert end - start == state.span
        assert start >= NEWEST - FARTHEST
        assert end <= newest
        assert grid.is_aligned(start)
        assert state.span in SPANS
        if state.cursor_at is not None:
            assert start <= state.cursor_at < end
            assert grid.is_aligned(state.cursor_at)
        assert state.end is None or state.end < newest or passed == 0


def test_the_first_step_is_the_running_window_and_the_next_goes_back():
    one = step_cursor(LIVE, -600, NEWEST)
    assert (one.cursor_at, one.end) == (NEWEST - 300, None)
    assert step_cursor(one, -600, NEWEST).cursor_at == NEWEST - 900


def test_the_cursor_drags_the_range_along():
    state = jump_to_edge(LIVE, NEWEST, last=False)
    assert state.cursor_at == NEWEST - 6 * HOUR
    state = step_cursor(state, -HOUR, NEWEST)
    assert bounds(state, NEWEST)[0] == state.cursor_at == NEWEST - 7 * HOUR
    state = step_cursor(state, 6 * HOUR, NEWEST)
    assert (state.cursor_at, state.end) == (NEWEST - HOUR, NEWEST - HOUR + 300)
    assert step_cursor(state, 5 * HOUR, NEWEST).end is None


def test_panning_goes_by_a_quarter_and_comes_back_to_now():
    back = pan(LIVE, -1, NEWEST)
    assert back.end == NEWEST - 90 * 60
    assert back.cursor_at == back.end - 300
    assert pan(back, 1, NEWEST).end is None
    assert pan(LIVE, 1, NEWEST) == LIVE


def test_panning_takes_the_cursor_with_it():
    state = point_at(LIVE, NEWEST - 3 * HOUR, NEWEST)
    back = pan(state, -2, NEWEST)
    assert (back.end, back.cursor_at) == (NEWEST - 3 * HOUR, NEWEST - 6 * HOUR)


@pytest.mark.parametrize("steps", [1, -1])
def test_zooming_keeps_the_cursor_where_it_was_on_the_screen(steps):
    state = go_to(LIVE, NEWEST - 100 * HOUR, NEWEST)
    start, end = bounds(state, NEWEST)
    share = (state.cursor_at - start) / (end - start)
    near = zoom(state, steps, NEWEST)
    low, high = bounds(near, NEWEST)
    assert near.span == (3 * HOUR if steps > 0 else 12 * HOUR)
    assert near.cursor_at == state.cursor_at
    assert (near.cursor_at - low) / (high - low) == pytest.approx(share, abs=0.03)


def test_zooming_about_the_pointer():
    about = NEWEST - 5 * HOUR
    near = zoom(LIVE, 1, NEWEST, about)
    assert bounds(near, NEWEST)[0] <= about < bounds(near, NEWEST)[1]
    assert near.cursor_at is None


def test_zooming_without_a_cursor_follows_now():
    assert zoom(LIVE, 1, NEWEST).end is None
    assert zoom(LIVE, -1, NEWEST).end is None


def test_there_is_a_longest_and_a_shortest_span():
    shortest = ViewState(Filters(), span=SPANS[0])
    assert zoom(shortest, 1, NEWEST) == shortest
    longest = ViewState(Filters(), span=SPANS[-1])
    assert zoom(longest, -1, NEWEST) == longest
    assert SPANS[-1] == 90 * 86_400


def test_going_to_a_moment_that_is_shown_moves_nothing_else():
    there = go_to(LIVE, NEWEST - 2 * HOUR - 17, NEWEST)
    assert (there.end, there.cursor_at) == (None, NEWEST - 2 * HOUR - 300)


def test_going_far_puts_the_moment_in_the_middle():
    there = go_to(LIVE, NEWEST - 1_000 * HOUR, NEWEST)
    start, end = bounds(there, NEWEST)
    assert there.cursor_at == NEWEST - 1_000 * HOUR
    assert (start + end) / 2 == pytest.approx(there.cursor_at, abs=300)


def test_the_comparisons_go_round():
    seen = []
    state = LIVE
    for _ in Compare:
        seen.append(state.compare)
        state = set_comparison(state)
        assert set_comparison(state, steps=-1).compare is seen[-1]
    assert state == LIVE
    assert set(seen) == set(Compare)
    assert set_comparison(LIVE, Compare.DAY).compare is Compare.DAY
