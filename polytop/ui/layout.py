"""How the rows of the terminal are shared out: pure arithmetic."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Rows of each part, 0 where it has no room; they add up to the height.

    `tiny` means: nothing but the number and its state.
    """

    header: int
    figures: int
    gauge: int
    graph: int
    table: int
    status: int
    tiny: bool = False
    sidebar: int = 0

    @property
    def total(self) -> int:
        """All the rows."""
        return self.header + self.figures + self.gauge + self.graph + self.table + self.status


SIDEBAR = 34
"""Columns of the sidebar, its border included."""

TALL = 30
"""Rows from which there is room to spare."""

_TABLE_HEADS = 3
"""The table's title, its column heads and the total's row."""


def lay_out(width: int, height: int, rows: int, *, alert: int, sidebar: bool) -> Layout:
    """Share `height` rows of `width` columns out; `rows` is how many the breakdown has.

    `alert` is how many lines of words are due (an error, say). Graph and header stay longest.
    """
    if width < 36 or height < 7:
        return Layout(0, 0, 0, 0, 0, height, tiny=True)
    # A tall terminal keeps a line for words: nothing moves when there is one to be said.
    status = 1 + max(min(alert, height // 6), 1 if height >= TALL else 0)
    if height < 20 or width < 50:
        figures = 2 if height >= 9 else 1
        header = 1
        return Layout(header, figures, 0, height - header - figures - status, 0, status)
    header, figures, gauge = 1, 2, 1
    room = height - header - figures - gauge - status
    least = max(9, room * 2 // 5)
    table = min(_TABLE_HEADS + max(rows, 3), room - least)
    side = SIDEBAR if sidebar and width >= 2 * SIDEBAR else 0
    return Layout(header, figures, gauge, room - table, table, status, sidebar=side)
