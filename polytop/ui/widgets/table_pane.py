"""The breakdown table on the screen: keeps its cursor on the same row through every refresh."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polytop.model.breakdown import Breakdown
from polytop.model.snapshot import Snapshot
from polytop.ui.readings import viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.table import VisibleRows, row_capacity, table, table_layout
from polytop.ui.table_model import (
    TableRow,
    arrange_rows,
    build_rows,
    disambiguate,
    has_rows_to_come,
)
from polytop.ui.time_format import Zone
from polytop.ui.widgets.pane import LineBuffer

_HEAD_ROWS = 2


class TableView(NamedTuple):
    """What the table shows."""

    snapshot: Snapshot
    context: RenderContext
    width: int
    height: int


class _Basis(NamedTuple):
    """What entries are made of."""

    snapshot: Snapshot
    at: int | None
    zone: Zone

    def same(self, other: "_Basis") -> bool:
        """Whether the entries are the same; snapshots are told apart by identity."""
        if self.snapshot is not other.snapshot:
            return False
        return (self.at, self.zone) == (other.at, other.zone)


def add_disambiguation(
    found: Sequence[TableRow], snapshot: Snapshot, names: Mapping[str, str]
) -> Sequence[TableRow]:
    """The rows of variants with their tails, also where their like is known and not shown.

    `names` are those of all variants that are known, by their ids.
    """
    if snapshot.view.breakdown is not Breakdown.VARIANT or len(names) <= len(found):
        return found
    ends = disambiguate(names.items())
    return [
        row._replace(label=row.label + ends[row.id], suffix=ends[row.id])
        if row.id in ends and not row.suffix
        else row
        for row in found
    ]


class TablePane(Widget, can_focus=True):
    """Rows of the breakdown. The cursor is a row's id, not its place."""

    DEFAULT_CSS = "TablePane { height: 1; width: 1fr; }"

    class Chosen(Message):
        """A row was chosen with Enter or a double click."""

        def __init__(self, row: TableRow) -> None:
            super().__init__()
            self.row = row

    class SortBy(Message):
        """A column's head was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer = LineBuffer(self)
        self._picture: TableView | None = None
        self._all: tuple[_Basis, Sequence[TableRow]] | None = None
        self._order: tuple[str, bool, str] | None = None
        self.rows: Sequence[TableRow] = ()
        self._cursor: tuple[str | None, ...] = ()
        self._at = 0
        self._offset = 0
        self._untouched = True

    def draw(self, picture: TableView) -> None:
        """Show `picture`, with the cursor on the row it was on, or where that row was."""
        self._arrange(picture)
        self._picture = picture
        self._paint()

    def _arrange(self, picture: TableView) -> None:
        """The rows in their order: worked out anew only where they, or it, can have changed."""
        snapshot, context, state = picture.snapshot, picture.context, picture.context.state
        at = viewed_window(snapshot, state)
        basis = _Basis(snapshot, at, context.zone)
        order = state.sort, state.reverse, state.search
        if self._all is None or not basis.same(self._all[0]):
            self._begin_anew(snapshot)
            found = build_rows(snapshot, at, context.zone)
            self._all = basis, add_disambiguation(found, snapshot, context.variants)
        elif order == self._order:
            return
        self._order = order
        self.rows = arrange_rows(self._all[1], state)
        self._find_cursor()

    def _begin_anew(self, snapshot: Snapshot) -> None:
        """To the first row of another breakdown: again, as long as its rows are still coming in."""
        before = self._all[0].snapshot if self._all else None
        if before is None or before.view.breakdown is not snapshot.view.breakdown:
            self._untouched = True
        elif not self._untouched or not has_rows_to_come(before):
            self._untouched = False
            return
        self._cursor, self._at = (), 0

    def clear(self) -> None:
        """Show nothing."""
        self._picture, self._all, self.rows = None, None, ()
        self.buffer.show(())

    @property
    def row(self) -> TableRow | None:
        """The row under the cursor."""
        return self.rows[self._at] if self._at < len(self.rows) else None

    def move(self, rows: int) -> None:
        """Move the cursor by `rows`, within the table."""
        self._untouched = False
        self._at = max(0, min(len(self.rows) - 1, self._at + rows))
        self._paint()

    def page(self) -> int:
        """Rows on the screen."""
        if (picture := self._picture) is None:
            return 1
        return max(1, row_capacity(picture.height, picture.snapshot, picture.context))

    def _find_cursor(self) -> None:
        if self._cursor:
            wanted = self._cursor[0]
            found = (at for at, row in enumerate(self.rows) if row.id == wanted)
            self._at = next(found, self._at)
        self._at = max(0, min(self._at, len(self.rows) - 1))

    def _paint(self) -> None:
        if self._picture is None:
            return
        picture, rows = self._picture, self.page()
        lowest = max(0, len(self.rows) - rows)
        self._offset = min(max(self._offset, self._at - rows + 1), self._at, lowest)
        row = self.row
        self._cursor = (row.id,) if row else ()
        shown = VisibleRows(self.rows, self._at, self._offset)
        self.buffer.show(
            table(
                picture.snapshot,
                picture.context,
                shown,
                picture.width,
                picture.height,
                focused=self.has_focus,
            )
        )

    def watch_has_focus(self, value: bool) -> None:
        """Show the cursor, or hide it."""
        super().watch_has_focus(value)
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A head sorts, a row takes the cursor, twice on a row chooses it."""
        if self._picture is None:
            return
        if event.y == 1:
            picture = self._picture
            layout = table_layout(picture.snapshot, picture.context.state, picture.width)
            key = layout.column_at(event.x)
            if key is not None:
                self.post_message(self.SortBy(key))
            return
        at = self._offset + event.y - _HEAD_ROWS
        if event.y < _HEAD_ROWS or not self._offset <= at < min(
            len(self.rows), self._offset + self.page()
        ):
            return
        self._at = at
        self._untouched = False
        self._paint()
        if event.chain == 2:
            self.choose()

    def choose(self) -> None:
        """Choose the row under the cursor."""
        if (row := self.row) is not None:
            self.post_message(self.Chosen(row))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """One row on."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """One row back."""
        event.stop()
        self.move(-1)
