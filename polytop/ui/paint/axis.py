"""The graph's axes: values at the left, time below."""

from collections.abc import Sequence

from textual.strip import Strip

from polytop.ui.paint.line import Line
from polytop.ui.paint.plot import GUTTER, Plot
from polytop.ui.scale import time_ticks
from polytop.ui.scene import Scene


def value_labels(place: Plot) -> dict[int, str]:
    """Row to label; where two fall on one row, the higher value stays."""
    found: dict[int, str] = {}
    for value in range(0, place.scale.top + 1, place.scale.step):
        found[place.row(value)] = str(value)
    return found


def time_axis(
    scene: Scene, place: Plot, width: int, rows: int, cursor: int | None = None
) -> list[Strip]:
    """The line of ticks where there are two rows, and their labels; `cursor` is a column."""
    palette = scene.palette
    ticks = [
        (place.column(stamp), text)
        for stamp, text in time_ticks(place.frame, place.width, scene.zone)
    ]
    line = Line().add(" " * GUTTER)
    line.add("└", palette.faint)
    if rows > 1:
        marks = {column for column, _ in ticks}
        for column in range(place.width):
            if column == cursor:
                line.add("▲", palette.cursor_line)
            else:
                line.add("┬" if column in marks else "─", palette.faint)
    labels = _labels(scene, width, centred=rows > 1, ticks=ticks)
    if rows == 1 and cursor is not None and cursor < width - GUTTER - 1:
        strip = labels.strip(width)
        at = GUTTER + 1 + cursor
        here = Line().add("▲", palette.cursor_line).strip(1)
        return [Strip.join([strip.crop(0, at), here, strip.crop(at + 1)])]
    return ([line.strip(width)] if rows > 1 else []) + [labels.strip(width)]


def _labels(scene: Scene, width: int, *, centred: bool, ticks: Sequence[tuple[int, str]]) -> Line:
    """Times below their ticks; where there is no line of ticks, they begin there."""
    labels = Line().add(" " * (GUTTER + 1))
    for column, text in ticks:
        start = GUTTER + 1 + column - (len(text) // 2 if centred else 0)
        first = start == labels.width == GUTTER + 1
        if first or (labels.width < start and start + len(text) <= width):
            labels.to(start).add(text, scene.palette.muted)
    return labels
