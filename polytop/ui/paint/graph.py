"""The graph: an area drawn by the chart, and layer by layer what belongs around it."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from polytop.model.snapshot import Snapshot
from polytop.ui.moment import moment
from polytop.ui.paint.area import area_cells, lay_levels, lay_unknown
from polytop.ui.paint.axis import time_axis, value_labels
from polytop.ui.paint.cells import CURSOR, MARK, Cell, joined
from polytop.ui.paint.ghost import Ghost, lay_band, lay_line
from polytop.ui.paint.line import Line, blank, fitted, rule
from polytop.ui.paint.plot import GUTTER, Plot, axis_rows
from polytop.ui.paint.title import title
from polytop.ui.palette import Palette
from polytop.ui.scene import Scene


class Ground(NamedTuple):
    """The plot without what moves under the user's hand: rows of cells, and the same as lines.

    It depends on the snapshot, the palette, the plot, the ghost and the chosen rows alone.
    """

    cells: tuple[tuple[Cell, ...], ...]
    lines: tuple[Strip, ...]
    ghost: Ghost | None


def ground(
    snapshot: Snapshot,
    palette: Palette,
    place: Plot,
    area: Sequence[str],
    ghost: Ghost | None,
    chosen: Sequence[str | None] = (),
) -> Ground:
    """Area, levels, range and line of the comparison, lines of chosen rows, marks.

    Takes milliseconds.
    """
    cells = area_cells(snapshot, palette, place, area)
    lay_unknown(snapshot, palette, place, cells)
    lay_levels(snapshot, palette, place, cells)
    if ghost is not None:
        lay_band(ghost, palette, place, cells)
        lay_line(ghost, palette, place, cells)
    if chosen:
        from polytop.ui.paint.lines import lay_traces, traces

        lay_traces(traces(snapshot, palette, place, chosen), cells)
    if snapshot.marks:
        from polytop.ui.paint.marks import lay_marks

        lay_marks(snapshot.marks, palette, place, cells)
    lines = tuple(joined(line, place.width) for line in cells)
    return Ground(tuple(map(tuple, cells)), lines, ghost)


def over(
    snapshot: Snapshot, scene: Scene, place: Plot, below: Ground, width: int, height: int
) -> tuple[Strip, ...]:
    """The whole graph on the ground `below`: title, cursor, axes."""
    column = cursor_column(snapshot, scene, place)
    body = below.lines
    if column is not None:
        body = tuple(
            _under_cursor(strip, line[column], column, scene.palette)
            for strip, line in zip(below.lines, below.cells, strict=True)
        )
    labels, palette = value_labels(place), scene.palette
    lines = [title(snapshot, scene, place, below.ghost, width)]
    for row, strip in enumerate(body):
        label = labels.get(row)
        head = Line().add(f"{label or '':>{GUTTER - 1}} ", palette.muted)
        head.add("┤" if label else "│", palette.faint)
        lines.append(Strip.join([head.strip(GUTTER + 1), strip]))
    lines += time_axis(scene, place, width, axis_rows(height) - 1, column)
    return tuple((lines + [blank(width)] * height)[:height])


def graph(
    snapshot: Snapshot,
    scene: Scene,
    place: Plot,
    area: Sequence[str],
    width: int,
    height: int,
    ghost: Ghost | None = None,
) -> tuple[Strip, ...]:
    """The whole graph: title, plot, time axis."""
    below = ground(snapshot, scene.palette, place, area, ghost, scene.state.chosen)
    return over(snapshot, scene, place, below, width, height)


def cursor_column(snapshot: Snapshot, scene: Scene, place: Plot) -> int | None:
    """The column of the plot under the cursor; None without one, or where it is outside."""
    if scene.state.cursor_at is None:
        return None
    window = moment(snapshot, scene.state)
    column = -1 if window is None else place.line_of(window)
    return column if 0 <= column < place.width else None


def _under_cursor(strip: Strip, cell: Cell, column: int, palette: Palette) -> Strip:
    """A line with the cursor in `column`, which holds `cell`: what is there keeps its shape."""
    if cell_len(cell.char) != 1:
        return strip
    free = cell.behind or (cell.char == MARK and not cell.text)
    crossed = Strip([Segment(CURSOR if free else cell.char, palette.cursor_line)], 1)
    return Strip.join([strip.crop(0, column), crossed, strip.crop(column + 1)])


def empty_graph(scene: Scene, width: int, height: int, words: str) -> tuple[Strip, ...]:
    """A frame with a word in its middle, before the first data."""
    palette: Palette = scene.palette
    lines = [rule([("Concurrent conversations", palette.strong)], Line(), width, palette.faint)]
    lines += [blank(width)] * (height - 1)
    if height >= 3:
        said = fitted(words, min(len(words), width - 2))
        lines[height // 2] = (
            Line().to((width - len(said)) // 2).add(said, palette.muted).strip(width)
        )
    return tuple(lines[:height])
