"""Painters of time: the cursor, the comparison and its range, marks, the past, progress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_scene import START, drawn, scene, snap, text_of

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.mark import Mark
from polytop.model.series import GAP, UNKNOWN
from polytop.model.snapshot import Progress
from polytop.ui.ascii import to_ascii
from polytop.ui.readings import viewed_window
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.header import header
from polytop.ui.render.plot import GUTTER
from polytop.ui.render.status import status_line
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.table_model import build_rows

COMPARES = list(Compare)
values = st.lists(st.integers(-2, 150), min_size=1, max_size=60)


@given(
    values, st.sampled_from(COMPARES), st.booleans(), st.integers(36, 200),
    st.one_of(st.none(), st.integers(-30, 90)), st.sampled_from([4, 9, 18]),
)  # fmt: skip
def test_every_line_is_exactly_as_wide_as_asked(found, compare, past, width, at, height):
    marks = (Mark(1, START + 60, "\x1b[31mde名前ploy" * 4), Mark(2, START + 700, "x"))
    shot = snap(found, compare=compare, past=past, marks=marks, backfill=Progress(2, 13))
    here = scene(shot, cursor=None if at is None else START + at * grid.STEP)
    lines, _ = drawn(shot, here, width, height)
    assert len(lines) == height
    looked = viewed_window(shot, here.state)
    rows = build_rows(shot, looked, here.zone)
    lines += (
        header(shot, here, width), status_line(shot, here, width),
        *figures_block(shot, here, width, 3), *figures_block(shot, here, width, 1),
        *number_block(shot, here, width, 3), *table(shot, here, VisibleRows(rows, 0, 0), width, 9),
    )  # fmt: skip
    assert {line.cell_length for line in lines} == {width}
    assert "\x1b" not in text_of(lines)
    assert to_ascii(text_of(lines).replace("\n", "")).isascii()


@pytest.mark.parametrize("found", [[5], [GAP] * 9, [UNKNOWN] * 9, [0]])
@pytest.mark.parametrize("width", [GUTTER + 2, GUTTER + 4, 80])
def test_little_data_and_one_column_are_drawn(found, width):
    shot = snap(found)
    lines, place = drawn(shot, scene(shot, cursor=START), width, 9)
    assert place.width == width - GUTTER - 1
    assert {line.cell_length for line in lines} == {width}
