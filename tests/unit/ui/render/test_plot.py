"""Columns and windows belong together."""

from hypothesis import given
from hypothesis import strategies as st
from render_scene import START

from polytop.model import grid
from polytop.model.series import Series
from polytop.ui.render.plot import Plot
from polytop.ui.render.scale import Frame, choose_scale, column_maxima


@given(st.integers(1, 400), st.integers(1, 500), st.integers(0, 50))
def test_columns_and_windows_belong_together(width, count, lead):
    span = Frame(START - lead * 60, START + count * grid.STEP)
    place = Plot(width, 9, span, choose_scale(9, None, 9))
    for column_ in {0, width // 2, width - 1}:
        windows = place.windows(column_)
        assert len(windows) >= 1
        starting = [window for window in windows if place.column(window) == column_]
        assert starting == list(windows) or len(windows) == 1
    window = START + (count // 2) * grid.STEP
    assert place.column(window) <= place.line_of(window) <= place.column(window + grid.STEP - 1)
    values_ = tuple(range(count))
    reduced = column_maxima(Series(START, values_), span, width)
    assert reduced[place.line_of(window)] >= count // 2
