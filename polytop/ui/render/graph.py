"""The graph: an area drawn by the chart, with layers over it and axes around it."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.model.series import GAP, UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Severity
from polytop.ui.readings import viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.overlays import (
    NO_PLAN,
    ComparisonLine,
    PlanOverlay,
    draw_forecast,
    draw_marks,
    draw_range,
    draw_row_lines,
    draw_thin_line,
    plan_sign,
    row_lines,
    write_signs,
)
from polytop.ui.render.plot import GUTTER, Plot, axis_rows, provisional_columns
from polytop.ui.render.scale import time_ticks
from polytop.ui.render.solid import Dots, solid_cells
from polytop.ui.render.text import (
    BLANK,
    BLANK_CHARS,
    COMPARISON,
    CURSOR,
    LEVELS,
    MARK,
    PLAN,
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
    launch: PlanOverlay = NO_PLAN,
) -> GraphBody:
    """Draw area, levels, comparison, plan, lines of the chosen rows and marks. Takes milliseconds.

    `area` is drawn unless the palette has colours for a solid graph. The range is that of the plan
    where it has one, else that of the comparison.
    """
    plan = launch.line
    ranged = plan if plan is not None and plan.high else comparison
    if palette.solid is None:
        cells = area_cells(snapshot, palette, plot, area)
    else:
        cells = solid_cells(snapshot, palette.solid, plot, ranged)
    draw_unknown(snapshot, palette, plot, cells)
    if snapshot.outlook is not None:
        draw_forecast(snapshot.outlook, snapshot.running, palette, plot, cells)
    levels = shown_levels(snapshot, palette, plot)
    lines = row_lines(snapshot, palette, plot, chosen)
    both = ((comparison, COMPARISON, palette.comparison), (plan, PLAN, palette.plan))
    thin = [(line.middle, char, style) for line, char, style in both if line is not None]
    if palette.solid is None:
        draw_levels(levels, plot, cells)
        if ranged is not None:
            draw_range(ranged, palette, plot, cells)
        for values, char, style in thin:
            draw_thin_line(values, char, style, plot, cells)
        draw_row_lines(lines, cells)
    else:
        dots = Dots(plot)
        for level in levels:
            columns = level_columns(level, levels, plot)
            dots.level(level.value, level.style, columns, whole=level.char == LEVELS[0])
        for values, _, style in thin:
            dots.line(values, style)
        for line in reversed(lines):
            dots.line(line.values, line.style)
        write_level_names(levels, plot, cells)
        dots.draw(cells)
    signs = lines if plan is None else (*lines, plan_sign(plan, palette, plot))
    write_signs(signs, cells)
    draw_marks((*snapshot.marks, *launch.marks), palette, plot, cells)
    strips = tuple(cells_strip(line, plot.width) for line in cells)
    return GraphBody(tuple(map(tuple, cells)), strips, comparison)


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
    shown = cell.over(CURSOR if free else cell.char, palette.cursor_line)
    cursor = Strip([Segment(shown.char, shown.style)], 1)
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
    provisional = provisional_columns(snapshot, plot)
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
        if values[column] == GAP:
            base[column] = base[column].over("·", palette.muted)
        elif values[column] == UNKNOWN:
            base[column] = base[column].over("?", palette.muted)


class Level(NamedTuple):
    """The limit or a level below it, with the character of its line."""

    value: float
    word: str
    char: str
    style: Style


def shown_levels(snapshot: Snapshot, palette: Palette, plot: Plot) -> tuple[Level, ...]:
    """The levels that are drawn, from the lowest; none without a limit, or far below it."""
    capacity = snapshot.capacity
    if capacity.limit is None or not plot.scale.shows_limit:
        return ()
    assert capacity.warning_level is not None
    assert capacity.critical_level is not None
    return (
        Level(capacity.warning_level, "warning", LEVELS[1], palette.warning),
        Level(capacity.critical_level, "critical", LEVELS[1], palette.critical),
        Level(capacity.limit, "limit", LEVELS[0], palette.critical),
    )


_TURN = 4
"""Cells after which levels of one row take turns."""


def level_columns(level: Level, levels: Sequence[Level], plot: Plot) -> list[int]:
    """The columns in which the line of `level` is drawn: levels of one row take turns."""
    beside = [each for each in levels if plot.row(each.value) == plot.row(level.value)]
    turn = beside.index(level)
    return [at for at in range(plot.width) if at // _TURN % len(beside) == turn]


def draw_levels(levels: Sequence[Level], plot: Plot, cells: Sequence[list[Cell]]) -> None:
    """Draw the lines of the levels behind the area, with their names over it."""
    for level in levels:
        line = cells[plot.row(level.value)]
        for column in level_columns(level, levels, plot):
            if line[column].is_background:
                line[column] = Cell(level.char, level.style)
    write_level_names(levels, plot, cells)


def write_level_names(levels: Sequence[Level], plot: Plot, cells: Sequence[list[Cell]]) -> None:
    """Write the names of the levels at the left, where they stay whatever comes and goes.

    Those of one row stand beside each other, without their numbers if there is little room. One
    that would hide the crest of the area is left out.
    """
    rows: dict[int, list[Level]] = {}
    for level in reversed(levels):
        rows.setdefault(plot.row(level.value), []).append(level)
    free = {row: _free_for_words(cells, row) for row in rows}
    for row, beside in rows.items():
        line, start = cells[row], 1
        whole = [f" {level.word} {level.value:g} " for level in beside]
        words = whole if sum(map(len, whole)) < plot.width else [f" {x.word} " for x in beside]
        for level, word in zip(beside, words, strict=True):
            end = start + len(word)
            if end < plot.width and all(free[row][start:end]):
                for column, char in enumerate(word, start):
                    line[column] = line[column].over(char, level.style, text=True)
            start = end


def _free_for_words(cells: Sequence[list[Cell]], row: int) -> list[bool]:
    """True for each column of `row` where a word hides no value.

    That is behind the area, within it, and wherever a background shows it.
    """
    above = cells[row - 1] if row else [BLANK] * len(cells[row])
    return [
        cell.ground is not None
        or cell.is_background
        or (not over.is_background and cell.char not in (_OPEN, _OPEN_ASCII))
        for cell, over in zip(cells[row], above, strict=True)
    ]


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
