"""A small chart of blocks, with the limit as a line: for tiles and for the smallest screens."""

from collections.abc import Sequence

from textual.strip import Strip

from polytop.model.series import UNKNOWN
from polytop.model.stats import Capacity, Severity
from polytop.ui.render.numbers import EIGHTHS
from polytop.ui.render.text import LEVELS, Cell, cells_strip
from polytop.ui.theme import Palette


def block_heights(values: Sequence[int], rows: int, limit: int | None) -> list[int]:
    """The height of each bar in eighths of a row; 0 for an unknown value alone.

    All charts of one height have one scale: the limit is in the middle of the top row, or at the
    top of a single one, and more than fits is cut. Without a limit the highest value is the top.
    """
    full = 8 * rows
    top = max(values, default=UNKNOWN) if limit is None else limit
    room = full if limit is None or rows == 1 else full - 4
    return [
        0 if value < 0 else max(1, min(full, round(value / top * room))) if top > 0 else 1
        for value in values
    ]


def block_lines(
    values: Sequence[int], rows: int, capacity: Capacity, palette: Palette, lead: int = 2
) -> list[Strip]:
    """Bars of `values` in `rows` lines after `lead` blanks; the tops have the severity's colour."""
    styles = {Severity.WARNING: palette.warning, Severity.CRITICAL: palette.critical}
    heights = block_heights(values, rows, capacity.limit)
    tops = [styles.get(capacity.severity(value), palette.spark) for value in values]
    strips = []
    for row in reversed(range(rows)):
        cells = [Cell()] * lead
        for height, top in zip(heights, tops, strict=True):
            part = max(0, min(8, height - 8 * row))
            if not part and rows > 1 and row == rows - 1 and capacity.limit is not None:
                cells.append(Cell(LEVELS[0], palette.critical))
            else:
                crest = height <= 8 * (row + 1) or row == rows - 1
                cells.append(Cell(EIGHTHS[part], top if crest else palette.fill))
        strips.append(cells_strip(cells, len(cells)))
    return strips
