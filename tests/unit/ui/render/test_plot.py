"""Columns and windows belong together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from render_scene import START

from polytop.model import grid
from polytop.model.series import Series
from polytop.ui.render.plot import Plot
from polytop.ui.render.scale import (
    Frame,
    choose_scale,
    column_maxima,
    column_step,
    column_windows,
)


@given(st.integers(1, 400), st.integers(1, 500), st.integers(0, 50))
def test_columns_and_windows_belong_together(width, count, lead):
    span = Frame(START - lead * grid.STEP, START + count * grid.STEP)
    place = Plot(width, 9, span, choose_scale(9, None, 9))
    values_ = tuple(range(count))
    reduced = column_maxima(Series(START, values_), span, width)
    for at, window in enumerate(grid.windows(START, START + count * grid.STEP)):
        line = place.line_of(window)
        assert window in place.windows(line)
        assert place.column(window) - 1 <= line <= place.column(window + grid.STEP - 1)
        assert reduced[line] >= at


@given(st.integers(1, 400), st.integers(1, 9_000), st.integers(0, 10**6))
def test_a_column_stands_for_whole_windows_and_every_window_has_its_column(width, count, start):
    span = Frame(start * grid.STEP, (start + count) * grid.STEP)
    step = column_step(span, width)
    assert step % grid.STEP == 0
    assert (step - grid.STEP) * width < 3 * span.seconds
    shown = [column_windows(span, width, at) for at in range(width)]
    assert {len(each) * grid.STEP for each in shown} == {step}
    assert set(grid.windows(*span)) <= {window for each in shown for window in each}
    # Two columns show the same or nothing in common.
    for one, two in pairwise(shown):
        assert two.start - one.start in {0, step}
