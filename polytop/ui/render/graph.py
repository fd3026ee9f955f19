"""The graph: an area drawn by the chart, with layers over it and axes around it."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Severity
from polytop.ui.readings import viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.overlays import (
    ComparisonLine,
    draw_comparison_band,
    draw_comparison_line,
    draw_marks,
    draw_row_lines,
    row_lines,
)
from polytop.ui.render.plot import GUTTER, Plot, axis_rows
from polytop.ui.render.scale import time_ticks
from polytop.ui.render.text import (
    BLANK,
    BLANK_CHARS,
    CURSOR,
    LEVELS,
    MARK,
    Cell,
    Line,
    blank,
    cells_strip,
    fit,
    section_head,
)
from polytop.ui.render.title import title
from polytop.ui.theme import Palette

_OPEN, _OPEN_ASCII = "\u2895", "."
"""Fills the area of a window that is not complete."""


class GraphBody(NamedTuple):
    """The plot without its cursor, as rows of cells and as lines.

    It depends on the snapshot, the palette, the plot, the comparison and the chosen rows only, so
    that a cursor can move without a new body.
    """

    cells: tuple[tuple[Cell, ...], ...]
    lines: tuple[Strip, ...]
    comparison: ComparisonLine | None


def draw_body(
    snapshot: Snapshot,
    palette: Palette,
    plot: Plot,
    area: Sequence[str],
    comparison: ComparisonLine | None,
    chosen: Sequence[str | None] = (),
) -> GraphBody:
    """Draw area, levels, comparison, lines of the chosen rows and marks. Takes milliseconds."""
    cells = area_cells(snapshot, palette, plot, area)
    draw_unknown(snapshot, palette, plot, cells)
    draw_levels(snapshot, palette, plot, cells)
    if comparison is not None:
        draw_comparison_band(comparison, palette, plot, cells)
        draw_comparison_line(comparison, palette, plot, cells)
    draw_row_lines(row_lines(snapshot, palette, plot, chosen), cells)
    draw_marks(snapshot.marks, palette, plot, cells)
    lines = tuple(cells_strip(line, plot.width) for line in cells)
    return GraphBody(tuple(map(tuple, cells)), lines, comparison)


def draw_graph(
    snapshot: Snapshot,
    context: RenderContext,
    plot: Plot,
    body: GraphBody,
    width: int,
    height: int,
) -> tuple[Strip, ...]:
    """The whole graph: `body` with its title, cursor and axes."""
    palette, column = context.palette, cursor_column(snapshot, context, plot)
    strips = body.lines
    if column is not None:
        strips = tuple(
            _draw_cursor(strip, cells[column], column, palette)
            for strip, cells in zip(body.lines, body.cells, strict=True)
        )
    labels = value_labels(plot)
    lines = [title(snapshot, context, plot, body.comparison, width)]
    for row, strip in enumerate(strips):
        label = labels.get(row)
        head = Line().add(f"{label or '':>{GUTTER - 1}} ", palette.muted)
        head.add("┤" if label else "│", palette.faint)
        lines.append(Strip.join([head.strip(GUTTER + 1), strip]))
    lines += time_axis(context, plot, width, axis_rows(height) - 1, column)
    return tuple((lines + [blank(width)] * height)[:height])


def cursor_column(snapshot: Snapshot, context: RenderContext, plot: Plot) -> int | None:
    """The column of the plot under the cursor; None without a cursor in the plot."""
    if context.state.cursor_at is None:
        return None
    window = viewed_window(snapshot, context.state)
    column = -1 if window is None else plot.line_of(window)
    return column if 0 <= column < plot.width else None


def _draw_cursor(strip: Strip, cell: Cell, column: int, palette: Palette) -> Strip:
    """`strip` with the cursor in `column`; the character of `cell` stays if it is not blank."""
    if cell_len(cell.char) != 1:
        return strip
    free = cell.is_background or (cell.char == MARK and not cell.text)
    cursor = Strip([Segment(CURSOR if free else cell.char, palette.cursor_line)], 1)
    return Strip.join([strip.crop(0, column), cursor, strip.crop(column + 1)])


def value_labels(plot: Plot) -> dict[int, str]:
    """Labels of the value axis by row; of two in one row, the higher value stays."""
    labels: dict[int, str] = {}
    for value in range(0, plot.scale.top + 1, plot.scale.step):
        labels[plot.row(value)] = str(value)
    return labels


def time_axis(
    context: RenderContext, plot: Plot, width: int, rows: int, cursor: int | None = None
) -> list[Strip]:
    """Times at the bottom; with two `rows` also a line of ticks. `cursor` is a column."""
    palette = context.palette
    ticks = [
        (plot.column(stamp), text)
        for stamp, text in time_ticks(plot.frame, plot.width, context.zone)
    ]
    line = Line().add(" " * GUTTER)
    line.add("└", palette.faint)
    if rows > 1:
        marks = {column for column, _ in ticks}
        for column in range(plot.width):
            if column == cursor:
                line.add("▲", palette.cursor_line)
            else:
                line.add("┬" if column in marks else "─", palette.faint)
    labels = _time_labels(context, width, centred=rows > 1, ticks=ticks)
    if rows == 1 and cursor is not None and cursor < width - GUTTER - 1:
        strip = labels.strip(width)
        at = GUTTER + 1 + cursor
        here = Line().add("▲", palette.cursor_line).strip(1)
        return [Strip.join([strip.crop(0, at), here, strip.crop(at + 1)])]
    return ([line.strip(width)] if rows > 1 else []) + [labels.strip(width)]


def _time_labels(
    context: RenderContext, width: int, *, centred: bool, ticks: Sequence[tuple[int, str]]
) -> Line:
    """Times below their ticks, `centred` or starting there."""
    labels = Line().add(" " * (GUTTER + 1))
    for column, text in ticks:
        start = GUTTER + 1 + column - (len(text) // 2 if centred else 0)
        first = start == labels.width == GUTTER + 1
        if first or (labels.width < start and start + len(text) <= width):
            labels.pad_to(start).add(text, context.palette.muted)
    return labels


def area_cells(
    snapshot: Snapshot, palette: Palette, plot: Plot, area: Sequence[str]
) -> list[list[Cell]]:
    """The area as rows of cells, coloured by severity; what is not complete is filled lightly."""
    provisional = {
        column
        for window in snapshot.provisional
        for column in range(plot.column(window), plot.column(window + grid.STEP - 1) + 1)
    }
    bands = _bands(snapshot, plot)
    rows = []
    above = " " * plot.width
    for row, text in enumerate(area):
        cells = []
        for column, char in enumerate(text):
            crest = above[column] in BLANK_CHARS
            style = bands[column].style(row, crest=crest, palette=palette)
            cells.append(_area_cell(char, style, crest=crest, provisional=column in provisional))
        rows.append(cells)
        above = text
    return rows


class Bands(NamedTuple):
    """The rows from which on upwards a column has a severity's colour; -1: none."""

    warning: int = -1
    critical: int = -1

    def style(self, row: int, *, crest: bool, palette: Palette) -> Style:
        """The colour of the area in `row`; `crest` is its topmost cell."""
        if row <= self.critical:
            return palette.critical
        if row <= self.warning:
            return palette.warning
        return palette.accent if crest else palette.fill


def _bands(snapshot: Snapshot, plot: Plot) -> tuple[Bands, ...]:
    """The bands of each column: a column has the colours that its own value has reached."""
    warning, critical = snapshot.capacity.warning_level, snapshot.capacity.critical_level
    if warning is None or critical is None:
        return (Bands(),) * plot.width
    rows = plot.row(warning), plot.row(critical)
    bands = {
        Severity.OK: Bands(),
        Severity.WARNING: Bands(rows[0]),
        Severity.CRITICAL: Bands(*rows),
    }
    values = plot.maxima(snapshot.total, snapshot.lead)
    return tuple(bands[snapshot.capacity.severity(value)] for value in values)


def _area_cell(char: str, style: Style, *, crest: bool, provisional: bool) -> Cell:
    if char in BLANK_CHARS:
        return BLANK
    if provisional and not crest:
        return Cell(_OPEN if ord(char) >= 0x2800 else _OPEN_ASCII, style)
    return Cell(char, style)


def draw_unknown(
    snapshot: Snapshot, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw ``·`` for a gap and ``?`` for an unknown window on the base line."""
    values = plot.maxima(snapshot.total, snapshot.lead)
    base = cells[-1]
    for column in range(max(0, min(plot.width, plot.column(snapshot.running)))):
        if base[column].char not in BLANK_CHARS:
            continue
        if values[column] == GAP:
            base[column] = Cell("·", palette.muted)
        elif values[column] == UNKNOWN:
            base[column] = Cell("?", palette.muted)


class LevelName(NamedTuple):
    """The name of a level, without its number and with it."""

    word: str
    whole: str
    style: Style


def draw_levels(
    snapshot: Snapshot, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw the lines of the limit and the levels below it behind the area, with their names."""
    capacity = snapshot.capacity
    if capacity.limit is None or not plot.scale.shows_limit:
        return
    assert capacity.warning_level is not None
    assert capacity.critical_level is not None
    levels: tuple[tuple[float, str, str, Style], ...] = (
        (capacity.warning_level, "warning", "┈", palette.warning),
        (capacity.critical_level, "critical", "┈", palette.critical),
        (capacity.limit, "limit", "╌", palette.critical),
    )
    rows: dict[int, list[LevelName]] = {}
    for level, word, char, style in levels:
        row = plot.row(level)
        rows.setdefault(row, []).append(LevelName(word, f"{word} {level:g}", style))
        line = cells[row]
        for column, cell in enumerate(line):
            if cell.is_background:
                line[column] = Cell(char, style)
    inside = {row: _inside_area(cells, row) for row in rows}
    for row, names in rows.items():
        if any(cell.char in LEVELS for cell in cells[row]):
            _write_names(cells[row], inside[row], names)


def _inside_area(cells: Sequence[list[Cell]], row: int) -> list[bool]:
    """True for each column of `row` whose area goes on above, where a word hides no value.

    False in the running window.
    """
    if row == 0:
        return [False] * len(cells[0])
    pairs = zip(cells[row], cells[row - 1], strict=True)
    return [
        not cell.is_background and not above.is_background and cell.char not in (_OPEN, _OPEN_ASCII)
        for cell, above in pairs
    ]


def _write_names(line: list[Cell], inside: Sequence[bool], names: Sequence[LevelName]) -> None:
    """Write the names of a row's levels: together, else apart, else without numbers."""
    style = names[-1].style
    # The longest is the hardest to place.
    apart = sorted(names, key=lambda name: -len(name.whole))
    for pieces in (
        [(" · ".join(name.whole for name in names), style)],
        [(name.whole, name.style) for name in apart],
        [(" · ".join(name.word for name in names), style)],
        [(name.word, name.style) for name in apart],
    ):
        trial = list(line)
        if all(_write_name(trial, inside, *piece) for piece in pieces):
            line[:] = trial
            return
    for name in apart:
        any(_write_name(line, inside, text, name.style) for text in (name.whole, name.word))


def _write_name(line: list[Cell], inside: Sequence[bool], name: str, style: Style) -> bool:
    """Write `name` at the right end, at the left end or between; return False without room.

    It covers the line of its level, and the area only below its crest.
    """
    text = f" {name} "
    last = len(line) - len(text)
    free = [cell.char in LEVELS for cell in line]
    pairs = zip(line, free, inside, strict=True)
    below = [here or (within and not cell.text) for cell, here, within in pairs]
    for room in (free, below):
        for start in (last - 1, 1, *range(last, -1, -1)):
            if 0 <= start <= last and all(room[start : start + len(text)]):
                line[start : start + len(text)] = [Cell(char, style, True) for char in text]
                return True
    return False


def empty_graph(context: RenderContext, width: int, height: int, words: str) -> tuple[Strip, ...]:
    """An empty graph with a message in its middle, before the first data."""
    palette = context.palette
    lines = [
        section_head([("Concurrent conversations", palette.strong)], Line(), width, palette.faint)
    ]
    lines += [blank(width)] * (height - 1)
    if height >= 3:
        shown = fit(words, min(len(words), width - 2))
        lines[height // 2] = (
            Line().pad_to((width - len(shown)) // 2).add(shown, palette.muted).strip(width)
        )
    return tuple(lines[:height])
