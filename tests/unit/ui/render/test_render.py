"""Painters and what they stand on: exact widths, no peak lost, honest colours."""

from hypothesis import given
from hypothesis import strategies as st
from render_live import BAD, scene, snap

from polytop.ui.layout import lay_out
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.header import header
from polytop.ui.render.status import problem_lines, status_line
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.table_model import build_rows

values = st.lists(st.integers(-2, 150), min_size=1, max_size=80)


@given(values, st.integers(36, 200), st.booleans())
def test_every_line_is_exactly_as_wide_as_asked(found, width, broken):
    shot = snap(found, problem=BAD if broken else None)
    here = scene()
    place = lay_out(width, 40, 8, alert=2, sidebar=False)
    rows = build_rows(shot)
    lines = [
        header(shot, here, width),
        *(line for rows in (1, 2, 3) for line in figures_block(shot, here, width, rows)),
        *(line for rows in range(1, 9) for line in number_block(shot, here, width, rows)),
        *problem_lines(shot, here, width),
        status_line(shot, here, width),
        *table(shot, here, VisibleRows(rows, 2, 0), width, place.table),
    ]
    assert {line.cell_length for line in lines} == {width}
    assert "\x1b" not in "".join(line.text for line in lines)
