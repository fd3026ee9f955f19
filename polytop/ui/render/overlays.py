"""The ghost: what the range shown is compared with, as a thin line with its range behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style

from polytop.model import grid
from polytop.model.baseline import build_baseline
from polytop.model.mark import Mark
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot
from polytop.ui.render.plot import GUTTER, Plot
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.text import BAND, BLANK, BLANK_CHARS, COMPARISON, MARK, Cell, fit
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone

_APART = 24
"""Columns from one digit on a line to the next."""

_ASIDE = 6
"""Columns by which a digit may leave its place to another."""

FLAT, STEEP = "─", "│"
_UP, _DOWN = ("╯", "╭"), ("╮", "╰")
"""Corners of a line that rises or falls: where it leaves a row, and where it comes to one."""


@dataclass(frozen=True, slots=True)
class RowLine:
    """A line: the row of the plot in each column, None where nothing is known."""

    sign: str
    style: Style
    rows: tuple[int | None, ...]


def chosen_rows(
    snapshot: Snapshot, chosen: Sequence[str | None]
) -> tuple[tuple[int, RowView], ...]:
    """Those rows that are chosen and there, each with its place among `chosen`."""
    if not chosen:
        return ()
    found = {row.part.id: row for row in snapshot.rows or ()}
    return tuple((at, found[id_]) for at, id_ in enumerate(chosen) if id_ in found)


def highest_chosen(snapshot: Snapshot, chosen: Sequence[str | None]) -> int:
    """The highest value of the chosen rows; 0 where none is known."""
    rows = chosen_rows(snapshot, chosen)
    return max((row.summary.peak.value for _, row in rows if row.summary.peak), default=0)


def row_lines(
    snapshot: Snapshot, palette: Palette, plot: Plot, chosen: Sequence[str | None]
) -> tuple[RowLine, ...]:
    """The lines of the chosen rows, a value a column, by maximum: no peak is lost."""
    return tuple(
        RowLine(
            str(at + 1),
            palette.lines[at % len(palette.lines)],
            tuple(
                None if value < 0 else plot.row(value)
                for value in column_maxima(row.series, plot.frame, plot.width)
            ),
        )
        for at, row in chosen_rows(snapshot, chosen)
    )


def draw_row_lines(found: Sequence[RowLine], cells: Sequence[list[Cell]]) -> None:
    """The lines, the first chosen on top, and then their digits."""
    for line in reversed(found):
        before: int | None = None
        for column, row in enumerate(line.rows):
            if row is not None:
                _lay_step(line, column, row, row if before is None else before, cells)
            before = row
    for line in found:
        _lay_signs(line, cells)


def _lay_step(
    line: RowLine, column: int, row: int, before: int, cells: Sequence[list[Cell]]
) -> None:
    """One column of a line that comes from the row `before`."""
    leaving, coming = _UP if row < before else _DOWN
    chars = dict.fromkeys(range(min(row, before) + 1, max(row, before)), STEEP)
    chars |= {row: FLAT} if row == before else {before: leaving, row: coming}
    for at, char in chars.items():
        if not cells[at][column].text:
            cells[at][column] = Cell(char, line.style)


def _lay_signs(line: RowLine, cells: Sequence[list[Cell]]) -> None:
    """The digit at the right end of the line and here and there on it, beside other digits."""
    known = [column for column, row in enumerate(line.rows) if row is not None]
    if not known:
        return
    for wished in range(known[-1], known[0] - 1, -_APART):
        for column in range(wished, max(known[0], wished - _ASIDE) - 1, -1):
            row = line.rows[column]
            if row is not None and not cells[row][column].text:
                cells[row][column] = Cell(line.sign, line.style, True)
                break


_ROWS = 3
"""Rows over which texts that are close together are spread; more where the graph is high."""

_LONGEST, _LEAST = 24, 5
"""Cells that a text takes at most, and with fewer of which a longer one is left out."""


def draw_marks(
    marks: Sequence[Mark], palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The marks inside the frame; a text for which there is no room is left out."""
    texts = _by_column(marks, plot)
    for column in texts:
        for line in cells:
            line[column] = _crossed(line[column], palette)
    for column, text in texts.items():
        rows = cells[: min(max(_ROWS, len(cells) // 4), len(cells) - 1)]
        # In the first row that has room for all of it, else for a part.
        any(
            _lay_text(line, column, text, palette, least)
            for least in (_LONGEST, _LEAST)
            for line in rows
        )


def _by_column(marks: Sequence[Mark], plot: Plot) -> dict[int, str]:
    """What is written beside each column that has a mark; of several, the first and how many."""
    found: dict[int, list[str]] = {}
    for mark in sorted(marks, key=lambda each: (each.at, each.id)):
        if 0 <= (column := plot.column(mark.at)) < plot.width:
            found.setdefault(column, []).append(mark.text)
    return {
        column: texts[0] if len(texts) == 1 else f"{texts[0][:_LONGEST]} +{len(texts) - 1}"
        for column, texts in found.items()
    }


def _crossed(cell: Cell, palette: Palette) -> Cell:
    """A cell of the line: the area and the ghost keep their shape."""
    if cell.text:
        return cell
    if cell.char == COMPARISON:
        return cell
    return Cell(MARK if cell.is_background else cell.char, palette.muted)


def _lay_text(line: list[Cell], column: int, text: str, palette: Palette, least: int) -> bool:
    """Write `text` at the right of `column`, or at its left; False where it does not fit.

    It is cut to no less than `least` cells. It may cross the line of another mark, never its text.
    """
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
    """Cells up to the next text, one of them left free before it."""
    for at, column in enumerate(columns):
        if line[column].text:
            return max(0, at - 1)
    return len(columns)


def _write(line: list[Cell], start: int, text: str, palette: Palette) -> None:
    """One character per cell; a wide one takes the cell after it as well."""
    at = start
    for char in text:
        width = cell_len(char)
        if width == 0:
            continue
        line[at] = Cell(char, palette.mark, True)
        if width == 2:
            line[at + 1] = Cell("", palette.mark, True)
        at += width


class ComparisonLine(NamedTuple):
    """What is compared with, a value for each column of the plot, by maximum.

    Below zero where nothing is known. `low` and `high` bound the range of the weeks; they are
    empty where one day alone is compared with.
    """

    middle: tuple[int, ...]
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()

    @property
    def peak(self) -> int:
        """The highest value of all; 0 where none is known."""
        return max((0, *self.middle, *self.high))


def build_comparison(snapshot: Snapshot, zone: Zone, width: int) -> ComparisonLine | None:
    """The ghost in a graph of `width` cells, up to the right edge; None where nothing is known.

    It does not depend on the scale, which has to hold it. May take milliseconds.
    """
    frame = graph_frame(snapshot)
    columns = width - GUTTER - 1
    start, end = grid.align(frame.start, frame.end)
    found = build_baseline(snapshot.earlier, snapshot.view.compare, start, end, zone.info)
    if found is None or columns < 1:
        return None

    def reduced(series: Series | None) -> tuple[int, ...]:
        return () if series is None else column_maxima(series, frame, columns)

    return ComparisonLine(reduced(found.middle), reduced(found.low), reduced(found.high))


def draw_comparison_band(
    found: ComparisonLine, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The range of the weeks as a shade in what is blank."""
    for column, (low, high) in enumerate(zip(found.low, found.high, strict=True)):
        if low < 0 or high < 0:
            continue
        for row in range(plot.row(high), plot.row(low) + 1):
            if cells[row][column].char in BLANK_CHARS and not cells[row][column].text:
                cells[row][column] = Cell(BAND, palette.band)


def draw_comparison_line(
    found: ComparisonLine, palette: Palette, plot: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The line itself: seen on the area too, except that it leaves the area's crest its shape."""
    for column, value in enumerate(found.middle):
        if value < 0:
            continue
        row = plot.row(value)
        cell, above = cells[row][column], cells[row - 1][column] if row else BLANK
        if cell.text:
            continue
        crest = not cell.is_background and (above.is_background or above.text)
        cells[row][column] = Cell(cell.char if crest else COMPARISON, palette.comparison)


def highest_value(
    snapshot: Snapshot, found: ComparisonLine | None, chosen: Sequence[str | None] = ()
) -> int:
    """The value that the scale has to hold: the peak shown, the ghost's, or a chosen row's."""
    peak = snapshot.summary.peak
    rows = 0
    if chosen:
        rows = highest_chosen(snapshot, chosen)
    return max(peak.value if peak else 0, found.peak if found else 0, rows)
