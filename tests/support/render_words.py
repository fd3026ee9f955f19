"""Snapshots, contexts and tiles for the words that painters write."""

import re
from dataclasses import replace
from datetime import UTC

from scripted_feed import draw

from polytop.model import grid
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import ClientEnv, Filters, Target
from polytop.ui.render.chart import Chart
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.plot import area_lines, axis_rows, build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState
from polytop.ui.wall_model import Tile

START = 1_795_089_600
COLOURS = palette(DARK.to_color_system().generate() | DARK.variables)
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")


def snap(values: list[int], limit: int | None = 120, filters: Filters | None = None) -> Snapshot:
    total = Series(START, tuple(values))
    capacity, now = Capacity(limit), total.end - 60.0
    view = View(filters or Filters(), len(total) * grid.STEP)
    found = summary(total, now, capacity)
    return Snapshot(
        now, view, view, total.start, total.end, total, found, None,
        capacity, fetched_at=now - 5, next_at=now + 25, live=found, recent=total,
    )  # fmt: skip


def scene(shot: Snapshot, profile: str = "prod", **changes) -> RenderContext:
    state = replace(ViewState(shot.view.filters), **changes)
    return RenderContext(Subject(profile, TARGET), state, shot.at, Zone(UTC), COLOURS)


def tile(shot: Snapshot) -> Tile:
    return Tile("prod", ClientEnv.LIVE, TARGET, shot)


def text_of(lines) -> str:
    return "\n".join(line.text for line in lines)


def percents(text: str) -> list[str]:
    return re.findall(r"\S+ %", text)


def graph_lines(values: list[int], width: int, height: int, filters: Filters | None = None):
    """The rows of the plot, without title and axis, and the plot itself."""
    shot, chart = snap(values, 120, filters), Chart()
    place = build_plot(
        shot, width, height, choose_scale(max(values), 120, height - axis_rows(height))
    )
    lines = draw(shot, scene(shot), place, area_lines(shot, place, chart), width, height)
    return [line.text[7:] for line in lines[1 : 1 + place.height]], place, shot, chart
