"""The layout of the home screen: how the rows of the terminal are divided."""

from typing import NamedTuple


class Layout(NamedTuple):
    """Rows of each part, 0 without room; together they are the height. `sidebar` is a width.

    `tiny` is a screen with only the number of now and its state.
    """

    header: int
    figures: int
    graph: int
    table: int
    status: int
    tiny: bool = False
    sidebar: int = 0

    @property
    def total(self) -> int:
        """Rows of all parts."""
        return self.header + self.figures + self.graph + self.table + self.status


SIDEBAR = 34
"""Columns of the sidebar with its border."""

TALL = 30
"""Rows from which on a line is kept free for problems."""

_LEAST_GRAPH = 4
"""Rows that words leave to the graph: its title, two rows and the axis."""

_TABLE_HEADS = 3
"""Rows of the table's title, its column heads and its total."""


def lay_out(
    width: int,
    height: int,
    rows: int,
    *,
    alert: int,
    sidebar: bool,
    least: int = 0,
    plan: bool = False,
) -> Layout:
    """The layout for `width` by `height` cells and `rows` of the breakdown.

    `alert` is the number of lines of problems and alerts, the first `least` of which matter more
    than a tall graph; a `plan` has one more figure. Graph and header are the last to go.
    """
    if width < 36 or height < 7:
        return Layout(0, 0, 0, 0, height, tiny=True)
    small = height < 20 or width < 50
    header, figures = 1, 3 if not small else 2 if height >= 9 else 1
    figures += plan and height >= 10
    # A tall terminal keeps a line free, so that nothing moves when a problem appears.
    words = max(min(alert, height // 6), 1 if height >= TALL else 0)
    status = 1 + max(words, min(least, height - header - figures - 1 - _LEAST_GRAPH))
    if small:
        return Layout(header, figures, height - header - figures - status, 0, status)
    room = height - header - figures - status
    graph = max(9, room * 2 // 5)
    table = min(_TABLE_HEADS + max(rows, 3), room - graph)
    side = SIDEBAR if sidebar and width >= 2 * SIDEBAR else 0
    return Layout(header, figures, room - table, table, status, sidebar=side)
