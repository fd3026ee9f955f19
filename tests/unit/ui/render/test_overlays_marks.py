"""Marks over the graph, with their texts."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from render_scene import COLOURS, START, drawn, scene, snap, text_of
from rich.cells import cell_len

from polytop.model import grid
from polytop.model.mark import Mark
from polytop.ui.render.overlays import draw_marks
from polytop.ui.render.plot import Plot
from polytop.ui.render.scale import Frame, choose_scale
from polytop.ui.render.text import BLANK, MARK


def rows_of(width: int, count: int = 6):
    return [[BLANK] * width for _ in range(count)]


def text_rows(cells) -> list[str]:
    return ["".join(cell.char for cell in row) for row in cells]


def place_of(width: int) -> Plot:
    return Plot(width, 6, Frame(START, START + width * grid.STEP), choose_scale(9, None, 6))


def test_marks_are_dotted_lines_with_their_texts_beside_them():
    cells = rows_of(40)
    draw_marks((Mark(1, START + 5 * grid.STEP, "deploy"),), COLOURS, place_of(40), cells)
    found = text_rows(cells)
    assert found[0] == " " * 5 + "┊ deploy" + " " * 27
    assert all(row[5] == MARK for row in found)


def test_texts_that_are_close_are_spread_over_rows_and_then_left_out():
    marks = tuple(Mark(at, START + at * 2 * grid.STEP, f"mark {at}") for at in range(1, 6))
    cells = rows_of(60)
    draw_marks(marks, COLOURS, place_of(60), cells)
    found = text_rows(cells)
    texts = "\n".join(found)
    assert [at for at in range(1, 6) if f"mark {at}" in texts] == [1, 2, 3, 5]
    assert all(row.count(MARK) == 5 for row in found[3:])


@given(st.lists(st.integers(0, 58), min_size=2, max_size=6, unique=True))
def test_two_texts_of_a_row_are_told_apart(columns):
    marks = [Mark(at, START + column * grid.STEP, f"a{at} b") for at, column in enumerate(columns)]
    cells = rows_of(60)
    draw_marks(tuple(marks), COLOURS, place_of(60), cells)
    for row in text_rows(cells):
        names = [part for part in row.replace(MARK, "  ").split("  ") if part.strip()]
        assert all(len(name.split()) == 2 for name in names)


def test_a_text_is_cut_only_where_no_row_has_room_for_it():
    marks = (
        Mark(1, START + 10 * grid.STEP, "deployed"),
        Mark(2, START + 28 * grid.STEP, "rolled back"),
    )
    cells = rows_of(30)
    draw_marks(marks, COLOURS, place_of(30), cells)
    found = text_rows(cells)
    assert "┊ deployed" in found[0]
    assert "rolled back ┊" in found[1]
    assert "…" not in "\n".join(found)
    low = rows_of(30, 2)
    draw_marks(marks, COLOURS, place_of(30), low)
    assert "roll… ┊" in text_rows(low)[0]


def test_marks_at_the_edges_and_outside():
    marks = (
        Mark(1, START, "first"), Mark(2, START + 40 * grid.STEP - 1, "last"),
        Mark(3, START - 1, "before"), Mark(4, START + 40 * grid.STEP, "after"),
    )  # fmt: skip
    cells = rows_of(40)
    draw_marks(marks, COLOURS, place_of(40), cells)
    row = text_rows(cells)[0]
    assert row.startswith("┊ first ")
    assert row.endswith("last ┊")
    assert "before" not in row
    assert "after" not in row


def test_a_hostile_text_is_made_safe_and_cut():
    cells = rows_of(60)
    text = "\x1b[31m\u202e名前" * 9
    draw_marks((Mark(1, START + 600, text),), COLOURS, place_of(60), cells)
    row = text_rows(cells)[0]
    assert "\x1b" not in row
    assert "\u202e" not in row
    assert "…" in row
    assert sum(map(cell_len, row)) == 60


def test_marks_of_one_column_share_a_line_and_say_how_many_more():
    marks = tuple(Mark(at, START + at, f"m{at}") for at in range(3))
    cells = rows_of(30)
    draw_marks(marks, COLOURS, place_of(30), cells)
    assert text_rows(cells)[0].startswith("┊ m0 +2 ")


@given(
    st.lists(st.tuples(st.integers(0, 59), st.text(min_size=1, max_size=80)), max_size=12),
    st.integers(1, 60),
)
def test_marks_keep_every_row_its_width_and_every_line(found, width):
    marks = tuple(Mark(at, START + column_ * 300, text) for at, (column_, text) in enumerate(found))
    cells = rows_of(width)
    draw_marks(marks, COLOURS, place_of(width), cells)
    for row in cells:
        assert sum(cell_len(cell.char) for cell in row) == width
    shown = {column_ for column_, _ in found if column_ < width}
    for column_ in shown:
        assert cells[-1][column_].char == MARK


def test_the_names_of_levels_are_not_written_over():
    shot = snap([60] * 72)
    marks = tuple(Mark(at, START + at * 900, f"number {at}") for at in range(26))
    lines, _ = drawn(replace(shot, marks=marks), scene(shot))
    for name in ("limit 120", "critical 108", "warning 96"):
        assert name in text_of(lines)
