"""Levels that share a row: each has its name and its part of the line."""

import pytest
from render_live import COLOURS, scene, snap
from render_scene import style_at
from scripted_feed import draw

from polytop.ui.render.chart import Chart
from polytop.ui.render.graph import level_columns, shown_levels
from polytop.ui.render.plot import GUTTER, area_lines, build_plot
from polytop.ui.render.scale import choose_scale


@pytest.mark.parametrize(("width", "height"), [(80, 9), (60, 8), (36, 4)])
def test_levels_that_share_a_row_have_names_and_parts_of_the_line_of_their_own(width, height):
    shot, chart = snap([5] * 30), Chart()
    place = build_plot(shot, width, height, choose_scale(119, 120, height - 2))
    lines = draw(shot, scene(), place, area_lines(shot, place, chart), width, height)
    levels = shown_levels(shot, COLOURS, place)
    assert place.row(96) == place.row(108)
    for level in levels:
        line = lines[1 + place.row(level.value)]
        beside = [each for each in levels if place.row(each.value) == place.row(level.value)]
        room = sum(len(f" {each.word} {each.value:g} ") for each in beside) < place.width
        name = f" {level.word} {level.value:g} " if room else f" {level.word} "
        at = line.text.find(name)
        if at >= 0:
            assert style_at(line, at + 1) == level.style
        else:
            assert width == 36
        for column in level_columns(level, levels, place):
            if line.text[GUTTER + 1 + column] in "╌┈":
                assert style_at(line, GUTTER + 1 + column) == level.style
        assert len(level_columns(level, levels, place)) >= place.width // len(beside) - 4
