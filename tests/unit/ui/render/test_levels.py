"""Levels that share a row share their name."""

from render_live import scene, snap
from scripted_feed import draw

from polytop.ui.render.chart import Chart
from polytop.ui.render.plot import area_lines, build_plot
from polytop.ui.render.scale import choose_scale


def test_levels_that_share_a_row_share_their_name():
    shot, chart = snap([5] * 30), Chart()
    place = build_plot(shot, 80, 9, choose_scale(119, 120, 7))
    lines = draw(shot, scene(), place, area_lines(shot, place, chart), 80, 9)
    words = "\n".join(line.text for line in lines)
    assert place.row(96) == place.row(108)
    assert " warning 96 · critical 108 " in words
    assert " limit 120 " in words
