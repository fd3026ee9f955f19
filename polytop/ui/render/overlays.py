"""Drawn over the area of the graph: the comparison, the plan, lines of chosen rows, and marks."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.style import Style

from polytop.model import grid
from polytop.model.baseline import build_baseline
from polytop.model.frozen import frozen
from polytop.model.mark import Mark
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot
from polytop.ui.render.numbers import EIGHTHS
from polytop.ui.render.plot import GUTTER, Plot
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.text import (
    BAND,
    BLANK,
    BLANK_CHARS,
    COMPARISON,
    MARK,
    PLAN,
    PLAN_SIGN,
    Cell,
    fit,
)
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook


class ComparisonLine(NamedTuple):
    """The comparison or the plan: its maximum in each column of the plot.

    It is below zero where it is unknown. `low` and `high` are the range of the typical week or of
    the plan; they are empty for a single day. `weeks` are the fewest and the most weeks that a
    window of it is of.
    """

    middle: tuple[int, ...]
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    weeks: tuple[int, int] | None = None

    @property
    def peak(self) -> int:
        """The highest value; 0 if none is known."""
        return max((0, *self.middle, *self.high))


class PlanOverlay(NamedTuple):
    """What a launch draws: the line of its plan, if that is shown, and its marks."""

    line: ComparisonLine | None
    marks: tuple[Mark, ...]


NO_PLAN = PlanOverlay(None, ())


def build_comparison(snapshot: Snapshot, zone: Zone, width: int) -> ComparisonLine | None:
    """The comparison for a graph of `width` cells; None if it is unknown. May take milliseconds.

    It does not depend on the scale, which has to show it.
    """
    frame = graph_frame(snapshot)
    columns = width - GUTTER - 1
    start, end = grid.align(frame.start, frame.end)
    base = build_baseline(snapshot.earlier, snapshot.view.compare, start, end, zone.info)
    if base is None or columns < 1:
        return None

    def reduce(series: Series | None) -> tuple[int, ...]:
        return () if series is None else column_maxima(series, frame, columns)

    return ComparisonLine(reduce(base.middle), reduce(base.low), reduce(base.high), base.weeks)


def highest_value(
    snapshot: Snapshot,
    comparison: ComparisonLine | None,
    chosen: Sequence[str | None] = (),
    plan: ComparisonLine | None = None,
) -> int:
    """The value that the scale must show: the peak of all that is drawn."""
    peak, rows = snapshot.summary.peak, highest_chosen(snapshot, chosen)
    forecast = max(snapshot.outlook.forecast.high, default=0) if snapshot.outlook else 0
    total = peak.value if peak else 0
    lines = (line.peak for line in (comparison, plan) if line)
    return max(total, rows, math.ceil(forecast), *lines)


def draw_forecast(
    outlook: "Outlook", running: int, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw the forecast's range as a shade past the window `running`, and its middle as a line."""
    found = outlook.forecast
    columns: dict[int, list[int]] = {}
    for at, window in enumerate(outlook.windows):
        if window is not None and window > running:
            for column in plot.columns(window):
                columns.setdefault(column, []).append(at)
    for column, places in columns.items():
        if not 0 <= column < plot.width:
            continue
        high, low = max(found.high[at] for at in places), min(found.low[at] for at in places)
        middle = plot.row(max(found.points[at] for at in places))
        for row in range(plot.row(high), plot.row(low) + 1):
            cell = cells[row][column]
            if cell.char in BLANK_CHARS and not cell.text:
                cells[row][column] = Cell(FLAT if row == middle else BAND, palette.band)


def draw_range(
    line: ComparisonLine, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw the range of the typical week or of the plan as a shade in blank cells."""
    for column, (low, high) in enumerate(zip(line.low, line.high, strict=True)):
        if low < 0 or high < 0:
            continue
        for row in range(plot.row(high), plot.row(low) + 1):
            if cells[row][column].char in BLANK_CHARS and not cells[row][column].text:
                cells[row][column] = Cell(BAND, palette.band)


def draw_thin_line(
    values: Sequence[int], char: str, style: Style, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw a line of `char`, over the area too; the area's crest keeps its shape."""
    for column, value in enumerate(values):
        if value < 0:
            continue
        row = plot.row(value)
        cell, above = cells[row][column], cells[row - 1][column] if row else BLANK
        if cell.text:
            continue
        crest = not cell.is_background and (above.is_background or above.text)
        cells[row][column] = Cell(cell.char if crest else char, style)


_APART = 24
"""Columns from one digit on a line of a row to the next."""

_ASIDE = 6
"""Columns by which a digit may give way to another."""

FLAT, STEEP = "─", "│"
_UP, _DOWN = ("╯", "╭"), ("╮", "╰")
"""Corners of a line that rises or falls: where it leaves a row, and where it reaches one."""


@frozen
class RowLine:
    """The line of a chosen row: its value in each column, and the row of the plot of that.

    An unknown value is below zero, and its row is None.
    """

    sign: str
    style: Style
    values: tuple[int, ...]
    rows: tuple[int | None, ...]


def chosen_rows(
    snapshot: Snapshot, chosen: Sequence[str | None]
) -> tuple[tuple[int, RowView], ...]:
    """The chosen rows that exist, each with its index in `chosen`."""
    if not chosen:
        return ()
    rows = {row.part.id: row for row in snapshot.rows or ()}
    return tuple((at, rows[id_]) for at, id_ in enumerate(chosen) if id_ in rows)


def highest_chosen(snapshot: Snapshot, chosen: Sequence[str | None]) -> int:
    """The peak of the chosen rows; 0 if none is known."""
    rows = chosen_rows(snapshot, chosen)
    return max((row.summary.peak.value for _, row in rows if row.summary.peak), default=0)


def row_lines(
    snapshot: Snapshot, palette: Palette, plot: Plot, chosen: Sequence[str | None]
) -> tuple[RowLine, ...]:
    """The lines of the chosen rows: the maximum in each column, so that no peak is lost."""
    lines = []
    for at, row in chosen_rows(snapshot, chosen):
        values = column_maxima(row.series, plot.frame, plot.width, row.lead)
        rows = tuple(plot.row(value) if value >= 0 else None for value in values)
        lines.append(RowLine(str(at + 1), palette.lines[at % len(palette.lines)], values, rows))
    return tuple(lines)


def plan_sign(plan: ComparisonLine, palette: Palette, plot: Plot) -> RowLine:
    """The line of the plan with its letter."""
    rows = tuple(plot.row(value) if value >= 0 else None for value in plan.middle)
    return RowLine(PLAN_SIGN, palette.plan, plan.middle, rows)


def draw_row_lines(lines: Sequence[RowLine], cells: Sequence[list[Cell]]) -> None:
    """Draw the lines of chosen rows, the first chosen on top."""
    for line in reversed(lines):
        before: int | None = None
        for column, row in enumerate(line.rows):
            if row is not None:
                _draw_step(line, column, row, row if before is None else before, cells)
            before = row


def _draw_step(
    line: RowLine, column: int, row: int, before: int, cells: Sequence[list[Cell]]
) -> None:
    """Draw one column of a line that comes from the row `before`."""
    leaving, coming = _UP if row < before else _DOWN
    chars = dict.fromkeys(range(min(row, before) + 1, max(row, before)), STEEP)
    chars |= {row: FLAT} if row == before else {before: leaving, row: coming}
    for at, char in chars.items():
        if not cells[at][column].text:
            cells[at][column] = Cell(char, line.style)


def write_signs(lines: Sequence[RowLine], cells: Sequence[list[Cell]]) -> None:
    """Write the digits of the lines, the first chosen first."""
    for line in lines:
        _write_sign(line, cells)


def _write_sign(line: RowLine, cells: Sequence[list[Cell]]) -> None:
    """Write the digit of a line at its right end and at intervals, beside other digits."""
    known = [column for column, row in enumerate(line.rows) if row is not None]
    if not known:
        return
    for right in range(known[-1], known[0] - 1, -_APART):
        for column in range(right, max(known[0], right - _ASIDE) - 1, -1):
            row = line.rows[column]
            if row is not None and not cells[row][column].text:
                cells[row][column] = cells[row][column].over(line.sign, line.style, text=True)
                break


_ROWS = 3
"""Rows over which the texts of marks are spread; more if the graph is high."""

_LONGEST, _LEAST = 24, 5
"""Most cells of a text, and the least that a longer text is cut to."""


def draw_marks(
    marks: Sequence[Mark], palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Draw the marks in the frame; a text without room is left out."""
    texts = _by_column(marks, plot)
    for column in texts:
        for line in cells:
            line[column] = _cross(line[column], palette)
    for column, text in texts.items():
        rows = cells[: min(max(_ROWS, len(cells) // 4), len(cells) - 1)]
        # In the first row with room for the whole text, else for a part of it.
        any(
            _write_mark(line, column, text, palette, least)
            for least in (_LONGEST, _LEAST)
            for line in rows
        )


def _by_column(marks: Sequence[Mark], plot: Plot) -> dict[int, str]:
    """The text of each column with marks; of several marks, the first and how many more."""
    columns: dict[int, list[str]] = {}
    for mark in sorted(marks, key=lambda each: (each.at, each.id)):
        if 0 <= (column := plot.column(mark.at)) < plot.width:
            columns.setdefault(column, []).append(mark.text)
    return {
        column: texts[0] if len(texts) == 1 else f"{texts[0][:_LONGEST]} +{len(texts) - 1}"
        for column, texts in columns.items()
    }


def _cross(cell: Cell, palette: Palette) -> Cell:
    """`cell` with the line of a mark through it; area and comparison keep their shape."""
    dots = "\u2800" < cell.char <= "\u28ff"
    shape = cell.ground is not None and (dots or cell.char in EIGHTHS[1:])
    if cell.text or cell.char in (COMPARISON, PLAN) or shape:
        return cell
    return cell.over(MARK if cell.is_background else cell.char, palette.muted)


def _write_mark(line: list[Cell], column: int, text: str, palette: Palette, least: int) -> bool:
    """Write `text` right of `column`, else left of it; return False if it does not fit.

    It is cut to no less than `least` cells. It may cross the line of another mark, never its text.
    """
    if line[column].text:
        return False  # The text of another mark is over this one's line.
    whole = fit(text, _LONGEST).rstrip()
    size = cell_len(whole)
    for step, edge in ((1, len(line)), (-1, -1)):
        room = _room(line, range(column + step, edge, step)) - 1
        if room < min(size, least):
            continue
        shown = fit(text, min(room, size))
        if step > 0:
            _write(line, column + 1, f" {shown}", palette)
        else:
            _write(line, column - cell_len(shown) - 1, f"{shown} ", palette)
        return True
    return False


def _room(line: Sequence[Cell], columns: range) -> int:
    """Free cells up to the next text, less two: with one between them, two texts read as one."""
    for at, column in enumerate(columns):
        if line[column].text:
            return max(0, at - 2)
    return len(columns)


def _write(line: list[Cell], start: int, text: str, palette: Palette) -> None:
    """Write one character per cell; a wide one also takes the cell after it."""
    at = start
    for char in text:
        width = cell_len(char)
        if width == 0:
            continue
        line[at] = line[at].over(char, palette.mark, text=True)
        if width == 2:
            line[at + 1] = line[at + 1].over("", palette.mark, text=True)
        at += width
