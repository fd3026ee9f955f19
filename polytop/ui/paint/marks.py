"""Marks on the graph: dotted verticals with their texts beside them, at the top."""

from collections.abc import Sequence

from rich.cells import cell_len

from polytop.model.mark import Mark
from polytop.ui.paint.cells import GHOST, MARK, Cell
from polytop.ui.paint.line import fitted
from polytop.ui.paint.plot import Plot
from polytop.ui.palette import Palette

_ROWS = 3
"""Rows over which texts that are close together are spread; more where the graph is high."""

_LONGEST, _LEAST = 24, 5
"""Cells that a text takes at most, and with fewer of which a longer one is left out."""


def lay_marks(
    marks: Sequence[Mark], palette: Palette, place: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The marks inside the frame; a text for which there is no room is left out."""
    texts = _by_column(marks, place)
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


def _by_column(marks: Sequence[Mark], place: Plot) -> dict[int, str]:
    """What is written beside each column that has a mark; of several, the first and how many."""
    found: dict[int, list[str]] = {}
    for mark in sorted(marks, key=lambda each: (each.at, each.id)):
        if 0 <= (column := place.column(mark.at)) < place.width:
            found.setdefault(column, []).append(mark.text)
    return {
        column: texts[0] if len(texts) == 1 else f"{texts[0][:_LONGEST]} +{len(texts) - 1}"
        for column, texts in found.items()
    }


def _crossed(cell: Cell, palette: Palette) -> Cell:
    """A cell of the line: the area and the ghost keep their shape."""
    if cell.text:
        return cell
    if cell.char == GHOST:
        return cell
    return Cell(MARK if cell.behind else cell.char, palette.muted)


def _lay_text(line: list[Cell], column: int, text: str, palette: Palette, least: int) -> bool:
    """Write `text` at the right of `column`, or at its left; False where it does not fit.

    It is cut to no less than `least` cells. It may cross the line of another mark, never its text.
    """
    whole = fitted(text, _LONGEST).rstrip()
    size = cell_len(whole)
    for step, edge in ((1, len(line)), (-1, -1)):
        room = _room(line, range(column + step, edge, step)) - 1
        if room < min(size, least):
            continue
        shown = fitted(text, min(room, size))
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
