"""The graph has the size that is asked for, and shows gaps as gaps."""

import pytest
from render_live import START, scene, snap
from scripted_feed import draw

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN
from polytop.ui.render.chart import Chart
from polytop.ui.render.plot import GUTTER, area_lines, axis_rows, build_plot
from polytop.ui.render.scale import choose_scale


@pytest.mark.parametrize("width", [36, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [4, 9, 18, 40])
def test_the_graph_is_exactly_as_large_as_asked(width, height):
    shot, chart = snap([5, 100, GAP, 0, UNKNOWN, 119, 40] * 8), Chart()
    peak = shot.summary.peak.value
    place = build_plot(shot, width, height, choose_scale(peak, 120, height - axis_rows(height)))
    area = area_lines(shot, place, chart)
    lines = draw(shot, scene(), place, area, width, height)
    assert len(lines) == height
    assert {line.cell_length for line in lines} == {width}


def test_gaps_and_what_was_not_fetched_are_no_values():
    shot, chart = snap([50, GAP, UNKNOWN, 0, 50, 50, 50, 50, 50, 50, 50, 50]), Chart()
    place = build_plot(shot, 100 + GUTTER + 1, 21, choose_scale(50, None, 18))
    lines = draw(shot, scene(), place, area_lines(shot, place, chart), 107, 21)
    base = lines[18].text[GUTTER + 1 :]
    columns = {
        window: base[place.column(START + window * grid.STEP) + 1] for window in (0, 1, 2, 3)
    }
    assert columns[1] == "·"
    assert columns[2] == "?"
    assert columns[3] == "⣀"
    assert columns[0] == "⣿"
