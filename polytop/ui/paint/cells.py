"""Single characters with their styles: what the plot is put together from, layer by layer."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


class Cell(NamedTuple):
    """One character with its style; `text` is part of a word and is not drawn over."""

    char: str = " "
    style: Style | None = None
    text: bool = False

    @property
    def behind(self) -> bool:
        """Whether nothing is here but what stands behind the area."""
        return self.char in _BEHIND and not self.text


BLANK = Cell()

NOTHING = " \u2800"
"""Characters that show nothing."""

BAND, GHOST, MARK, CURSOR = "░", "┄", "┊", "│"
"""The range of the weeks, what is compared with, a mark, and the cursor."""

LEVELS = "╌┈"
"""The limit, and the levels below it."""

_BEHIND = NOTHING + BAND + LEVELS


def joined(cells: Sequence[Cell], width: int) -> Strip:
    """Cells as a strip, neighbours of one style as one segment."""
    runs = groupby(cells, key=lambda cell: cell.style)
    return Strip([Segment("".join(c.char for c in run), style) for style, run in runs], width)
