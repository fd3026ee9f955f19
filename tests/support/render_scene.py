"""Snapshots and contexts for painters: a range that follows now, or one that is over."""

from dataclasses import replace
from datetime import UTC

from scripted_feed import draw

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.baseline import Compare, days_of
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters, Target
from polytop.ui.render.chart import Chart
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.overlays import build_comparison, highest_value
from polytop.ui.render.plot import GUTTER, Plot, area_lines, build_plot
from polytop.ui.render.scale import choose_scale
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

START = 1_763_542_800  # Wed 2025-11-19 09:00 UTC
DAY = 86_400
COLOURS = palette(DARK.variables | {"foreground": DARK.foreground, "error": DARK.error})


def before(found: list[int], compare: Compare, lower: int) -> tuple[Series, ...]:
    """Return the series to compare with: the values less `lower`, an hour more at either end."""
    lead = [UNKNOWN] * 12
    values = tuple(value - lower if value >= lower else value for value in found)
    return tuple(
        Series(START - days * DAY - 3_600, (*lead, *values, *lead)) for days in days_of(compare)
    )


def snap(
    found: list[int], *, compare: Compare = Compare.WEEK, lower: int = 10, past: bool = False,
    **changes: object,
) -> Snapshot:  # fmt: skip
    """A range from START; it follows now, or ended a day ago."""
    total, capacity = Series(START, tuple(found)), Capacity(120)
    now = total.end + (DAY if past else 0) - 60.0
    earlier = before(found, compare, lower)
    rows = tuple(
        RowView(Part(f"v{at}"), name, series, summary(series, now, capacity), earlier)
        for at, (name, series) in enumerate(
            (("Main", total), ("Half", Series(START, tuple(v // 2 if v > 0 else v for v in found))))
        )
    )
    view = View(Filters(), len(total) * grid.STEP, total.end if past else None, compare)
    recent = Series(grid.floor(now) - 600, (50, 60, 70))
    shot = Snapshot(
        now, view, view, total.start, total.end, total, summary(total, now, capacity), rows,
        capacity, fetched_at=now - 5, next_at=now + 25, earlier=earlier, recent=recent,
        live=summary(recent, now, capacity),
    )  # fmt: skip
    return replace(shot, **changes)


def scene(shot: Snapshot, *, cursor: int | None = None, zone: Zone | None = None, **changes):
    state = ViewState(
        Filters(), span=shot.view.span, end=shot.view.end, compare=shot.view.compare,
        cursor_at=cursor, **changes,
    )  # fmt: skip
    target = Target("ws-x", "PROJECT-y", "https://api.example", "uk-1")
    return RenderContext(Subject("prod", target), state, shot.at + 1, zone or Zone(UTC), COLOURS)


def drawn(shot: Snapshot, here: RenderContext, width: int = 120, height: int = 21):
    """The graph's lines and the plot that they were drawn by."""
    chart, found = Chart(), build_comparison(shot, here.zone, width)
    place = build_plot(
        shot, width, height, choose_scale(highest_value(shot, found), 120, height - 3)
    )
    return draw(shot, here, place, area_lines(shot, place, chart), width, height, found), place


def column(lines, place: Plot, at: int) -> str:
    """One column of the plot from the top to the base line."""
    return "".join(line.text[GUTTER + 1 + at] for line in lines[1 : 1 + place.height])


def style_at(line, at: int):
    """The style of cell `at`."""
    for segment in line:
        at -= segment.cell_length
        if at < 0:
            return segment.style
    return None


def text_of(lines) -> str:
    return "\n".join(line.text for line in lines)
