"""The breakdown table on the screen: its cursor stays on the same row through every refresh."""

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polytop.model.snapshot import Snapshot
from polytop.ui.readings import viewed_window
from polytop.ui.render.context import RenderRequest
from polytop.ui.render.table import VisibleRows, row_capacity, table, table_layout
from polytop.ui.table_model import (
    TableRow,
    add_disambiguation,
    arrange_rows,
    build_rows,
    has_rows_to_come,
)
from polytop.ui.time_format import Zone
from polytop.ui.widgets.pane import LineBuffer

_HEAD_ROWS = 2


def _same_rows(one: RenderRequest, other: RenderRequest) -> bool:
    """True if both have the same rows, in whatever order; snapshots count by identity."""
    return one.snapshot is other.snapshot and _rows_key(one) == _rows_key(other)


def _rows_key(request: RenderRequest) -> tuple[int | None, Zone]:
    return viewed_window(request.snapshot, request.context.state), request.context.zone


class TablePane(Widget, can_focus=True):
    """Rows of the breakdown, with a cursor that stays on its row."""

    DEFAULT_CSS = "TablePane { height: 1; width: 1fr; }"

    class Chosen(Message):
        """A row was chosen with Enter or a double click."""

        def __init__(self, row: TableRow) -> None:
            super().__init__()
            self.row = row

    class SortBy(Message):
        """The head of a column was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer = LineBuffer(self)
        self._request: RenderRequest | None = None
        self._unsorted: tuple[RenderRequest, Sequence[TableRow]] | None = None
        """All the rows, and the request that they were built for."""
        self._order: tuple[str, bool, str] | None = None
        self.rows: Sequence[TableRow] = ()
        """The rows that match the search, in their order."""
        self._row_id: tuple[str | None, ...] = ()
        """The id of the row under the cursor, if there is one; None is an id too."""
        self._at = 0
        self._offset = 0
        self._untouched = True
        """True until the user moves the cursor."""

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def draw(self, request: RenderRequest) -> None:
        """Draw `request` with the cursor on the same row as before, or in its place."""
        self._update_rows(request)
        self._request = request
        self._draw()

    def _update_rows(self, request: RenderRequest) -> None:
        """Build the rows again if they can have changed, and sort them again if needed."""
        snapshot, context, state = request.snapshot, request.context, request.context.state
        order = state.sort, state.reverse, state.search
        if self._unsorted is None or not _same_rows(request, self._unsorted[0]):
            self._reset_cursor(snapshot)
            rows = build_rows(
                snapshot, viewed_window(snapshot, state), context.zone, context.subject.speed
            )
            self._unsorted = request, add_disambiguation(rows, snapshot, context.variants)
        elif order == self._order:
            return
        self._order = order
        self.rows = arrange_rows(self._unsorted[1], state)
        self._find_cursor()

    def _reset_cursor(self, snapshot: Snapshot) -> None:
        """Go to the first row of another breakdown, again while its rows are still to come."""
        before = self._unsorted[0].snapshot if self._unsorted else None
        if before is None or before.view.breakdown is not snapshot.view.breakdown:
            self._untouched = True
        elif not self._untouched or not has_rows_to_come(before):
            self._untouched = False
            return
        self._row_id, self._at = (), 0

    def _find_cursor(self) -> None:
        if self._row_id:
            places = (at for at, row in enumerate(self.rows) if row.id == self._row_id[0])
            self._at = next(places, self._at)
        self._at = max(0, min(self._at, len(self.rows) - 1))

    def _draw(self) -> None:
        if self._request is None:
            return
        snapshot, context, width, height = self._request
        lowest = max(0, len(self.rows) - self.page())
        self._offset = min(max(self._offset, self._at - self.page() + 1), self._at, lowest)
        self._row_id = (self.row.id,) if self.row else ()
        visible = VisibleRows(self.rows, self._at, self._offset)
        self.buffer.show(table(snapshot, context, visible, width, height, focused=self.has_focus))

    def clear(self) -> None:
        """Show nothing."""
        self._request, self._unsorted, self.rows = None, None, ()
        self.buffer.show(())

    @property
    def row(self) -> TableRow | None:
        """The row under the cursor."""
        return self.rows[self._at] if self._at < len(self.rows) else None

    def move(self, rows: int) -> None:
        """Move the cursor by `rows`, within the table."""
        self._untouched = False
        self._at = max(0, min(len(self.rows) - 1, self._at + rows))
        self._draw()

    def page(self) -> int:
        """Rows on the screen."""
        if self._request is None:
            return 1
        snapshot, context, _, height = self._request
        return max(1, row_capacity(height, snapshot, context))

    def watch_has_focus(self, value: bool) -> None:
        """Show or hide the cursor."""
        super().watch_has_focus(value)
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Sort by a head; put the cursor on a row; choose it with a double click."""
        if self._request is None:
            return
        if event.y == 1:
            snapshot, context, width, _ = self._request
            key = table_layout(snapshot, context.state, width).column_at(event.x)
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
        self._draw()
        if event.chain == 2:
            self.choose()

    def choose(self) -> None:
        """Choose the row under the cursor."""
        if (row := self.row) is not None:
            self.post_message(self.Chosen(row))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.move(-1)
