"""The cursor on the graph, and a range that is past."""

from render_scene import COLOURS, DAY, START, column, drawn, scene, snap, style_at, text_of
from scripted_feed import draw

from polytop.model import grid
from polytop.model.mark import Mark
from polytop.ui.readings import viewed_window
from polytop.ui.render.chart import Chart
from polytop.ui.render.graph import draw_body, draw_graph
from polytop.ui.render.overlays import build_comparison, highest_value
from polytop.ui.render.plot import GUTTER, area_lines, build_plot
from polytop.ui.render.scale import Frame, choose_scale, graph_frame
from polytop.ui.render.text import CURSOR


def test_the_cursor_is_a_line_that_keeps_the_area_its_shape():
    shot = snap([60] * 72, lower=30)
    bare, place = drawn(shot, scene(shot))
    at = place.line_of(START + 36 * grid.STEP)
    lines, _ = drawn(shot, scene(shot, cursor=START + 36 * grid.STEP))
    under, over_it = column(bare, place, at), column(lines, place, at)
    for before_, after in zip(under, over_it, strict=True):
        assert after == (CURSOR if before_ in " ╌┈" else before_)
    assert CURSOR in over_it
    styles = {style_at(line, GUTTER + 1 + at) for line in lines[1 : 1 + place.height]}
    assert styles == {COLOURS.cursor_line}
    assert lines[1 + place.height].text[GUTTER + 1 + at] == "▲"
    elsewhere = [row for row in range(1, len(lines)) if lines[row].text[:GUTTER] == " " * GUTTER]
    assert all(lines[row].text[GUTTER] in "│└ " for row in elsewhere)


def test_a_low_graph_shows_the_cursor_in_the_line_of_times():
    shot = snap([60] * 72)
    cursor = START + 40 * grid.STEP
    lines, place = drawn(shot, scene(shot, cursor=cursor), 80, 9)
    assert lines[-1].text[GUTTER + 1 + place.line_of(cursor)] == "▲"


def test_a_cursor_outside_the_frame_draws_no_line():
    shot = snap([60] * 30)
    lines, _ = drawn(shot, scene(shot, cursor=START - DAY))
    assert CURSOR not in text_of(lines[1:]).replace(" │", "")
    assert "not fetched" in lines[0].text


def test_the_cursor_is_laid_over_a_ground_that_is_kept():
    shot = snap([60] * 72, marks=(Mark(1, START + 9_000, "名前"),))
    here = scene(shot)
    found = build_comparison(shot, here.zone, 120)
    place = build_plot(shot, 120, 21, choose_scale(highest_value(shot, found), 120, 18))
    area = area_lines(shot, place, Chart())
    below = draw_body(shot, here.palette, place, area, found)
    for at in range(72):
        there = scene(shot, cursor=START + at * grid.STEP)
        lines = draw_graph(shot, there, place, below, 120, 21)
        assert lines == draw(shot, there, place, area, 120, 21, found)
        assert {line.cell_length for line in lines} == {120}


def test_a_past_range_fills_the_frame_and_says_its_ends():
    shot = snap([60] * 72, past=True)
    assert graph_frame(shot) == Frame(shot.start, shot.end)
    lines, place = drawn(shot, scene(shot))
    assert "Wed 19 09:00 – Wed 19 15:00" in lines[0].text
    assert lines[1 + place.row(30)].text[GUTTER + 1 :] == "⣿" * place.width
    assert viewed_window(shot, scene(shot).state) == shot.end - grid.STEP
