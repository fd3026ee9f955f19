"""The lines of rows over the graph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_feed import made, series
from textual.theme import BUILTIN_THEMES

from polytop.model.breakdown import Breakdown
from polytop.model.series import UNKNOWN
from polytop.ui.ascii import to_ascii
from polytop.ui.render.graph import area_cells
from polytop.ui.render.overlays import (
    chosen_rows,
    draw_row_lines,
    highest_value,
    row_lines,
    write_signs,
)
from polytop.ui.render.plot import build_plot
from polytop.ui.render.scale import choose_scale, column_maxima
from polytop.ui.render.text import Cell
from polytop.ui.theme import DARK, LIGHT, palette

COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})


def grid_of(place):
    return [[Cell() for _ in range(place.width)] for _ in range(place.height)]


@given(
    st.lists(st.integers(UNKNOWN, 90), min_size=3, max_size=90),
    st.lists(st.integers(UNKNOWN, 200), min_size=3, max_size=90),
    st.integers(12, 160),
    st.integers(5, 40),
)
def test_every_column_of_a_line_is_at_its_value_and_each_line_has_its_digit(a, b, width, height):
    size = min(len(a), len(b))
    shot = made([200] * size, {"a": a[:size], "b": b[:size]})
    chosen = ("gone", "b", "a")
    place = build_plot(
        shot, width, height, choose_scale(highest_value(shot, None, chosen), 120, height)
    )
    found = row_lines(shot, COLOURS, place, chosen)
    assert [trace.sign for trace in found] == ["2", "3"]
    cells = grid_of(place)
    draw_row_lines(found[:1], cells)
    write_signs(found[:1], cells)
    values = column_maxima(series(b[:size]), place.frame, place.width)
    for column, value in enumerate(values):
        drawn = [row for row in range(place.height) if cells[row][column].char != " "]
        assert bool(drawn) == (value >= 0)
        assert value < 0 or place.row(value) in drawn
    signs = [cell for line in cells for cell in line if cell.char == "2"]
    assert bool(signs) == any(value >= 0 for value in values)
    assert {cell.style for cell in signs} <= {COLOURS.lines[1]}


def test_words_and_digits_are_not_drawn_over():
    shot = made([50] * 30, {"a": [20] * 30, "b": [20] * 30})
    place = build_plot(shot, 60, 20, choose_scale(50, None, 18))
    cells = grid_of(place)
    row = place.row(20)
    cells[row] = [Cell("x", None, True)] * 10 + cells[row][10:]
    found = row_lines(shot, COLOURS, place, ("a", "b"))
    draw_row_lines(found, cells)
    write_signs(found, cells)
    text = "".join(cell.char for cell in cells[row])
    assert text.startswith("x" * 10)
    assert "1" in text
    assert "2" in text
    assert to_ascii(text).isascii()
    assert "?" not in to_ascii("╭╮╯╰─│")


def test_the_scale_holds_a_row_that_exceeds_the_total():
    shot = made((5, 6), {"live": (5, 6), "sandbox": (400, 3)}, Breakdown.CLIENT_ENV)
    assert highest_value(shot, None) == 6
    assert highest_value(shot, None, ("sandbox", "gone")) == 400


def test_lines_lie_over_the_area():
    shot = made([50] * 40, {"a": [20] * 40})
    place = build_plot(shot, 60, 20, choose_scale(50, None, 18))
    cells = area_cells(shot, COLOURS, place, ["⣿" * place.width] * place.height)
    draw_row_lines(row_lines(shot, COLOURS, place, ("a",)), cells)
    assert "─" in {cell.char for cell in cells[place.row(20)]}
    assert chosen_rows(shot, ()) == ()


@pytest.mark.parametrize("theme", [DARK, LIGHT, *BUILTIN_THEMES.values()], ids=lambda t: t.name)
def test_every_theme_has_colours_for_lines(theme):
    variables = {"foreground": "#fff", "background": "#000", **theme.variables}
    found = palette(variables).lines
    assert len(found) >= 6
    assert len(set(found)) == len(found)
