"""The lines of chosen rows, over the area: a colour and a digit for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style

from polytop.model.snapshot import RowView, Snapshot
from polytop.ui.paint.cells import Cell
from polytop.ui.paint.plot import Plot
from polytop.ui.palette import Palette
from polytop.ui.scale import dots

_APART = 24
"""Columns from one digit on a line to the next."""

_ASIDE = 6
"""Columns by which a digit may leave its place to another."""

FLAT, STEEP = "─", "│"
_UP, _DOWN = ("╯", "╭"), ("╮", "╰")
"""Corners of a line that rises or falls: where it leaves a row, and where it comes to one."""


@dataclass(frozen=True, slots=True)
class Trace:
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


def highest(snapshot: Snapshot, chosen: Sequence[str | None]) -> int:
    """The highest value of the chosen rows; 0 where none is known."""
    rows = chosen_rows(snapshot, chosen)
    return max((row.summary.peak.value for _, row in rows if row.summary.peak), default=0)


def traces(
    snapshot: Snapshot, palette: Palette, place: Plot, chosen: Sequence[str | None]
) -> tuple[Trace, ...]:
    """The lines of the chosen rows, a value a column, by maximum: no peak is lost."""
    return tuple(
        Trace(
            str(at + 1),
            palette.lines[at % len(palette.lines)],
            tuple(
                None if value < 0 else place.row(value)
                for value in dots(row.series, place.frame, place.width)
            ),
        )
        for at, row in chosen_rows(snapshot, chosen)
    )


def lay_traces(found: Sequence[Trace], cells: Sequence[list[Cell]]) -> None:
    """The lines, the first chosen on top, and then their digits."""
    for trace in reversed(found):
        before: int | None = None
        for column, row in enumerate(trace.rows):
            if row is not None:
                _lay_step(trace, column, row, row if before is None else before, cells)
            before = row
    for trace in found:
        _lay_signs(trace, cells)


def _lay_step(
    trace: Trace, column: int, row: int, before: int, cells: Sequence[list[Cell]]
) -> None:
    """One column of a line that comes from the row `before`."""
    leaving, coming = _UP if row < before else _DOWN
    chars = dict.fromkeys(range(min(row, before) + 1, max(row, before)), STEEP)
    chars |= {row: FLAT} if row == before else {before: leaving, row: coming}
    for at, char in chars.items():
        if not cells[at][column].text:
            cells[at][column] = Cell(char, trace.style)


def _lay_signs(trace: Trace, cells: Sequence[list[Cell]]) -> None:
    """The digit at the right end of the line and here and there on it, beside other digits."""
    known = [column for column, row in enumerate(trace.rows) if row is not None]
    if not known:
        return
    for wished in range(known[-1], known[0] - 1, -_APART):
        for column in range(wished, max(known[0], wished - _ASIDE) - 1, -1):
            row = trace.rows[column]
            if row is not None and not cells[row][column].text:
                cells[row][column] = Cell(trace.sign, trace.style, True)
                break
