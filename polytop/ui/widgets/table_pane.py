"""The breakdown table on the screen: keeps its cursor on the same row through every refresh."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from polytop.model.snapshot import Snapshot
from polytop.ui.moment import moment
from polytop.ui.paint.table import Shown, layout, row_capacity, table
from polytop.ui.scene import Scene
from polytop.ui.table import Entry, arranged, entries
from polytop.ui.widgets.pane import Pane

_HEAD_ROWS = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """What the table shows."""

    snapshot: Snapshot
    scene: Scene
    width: int
    height: int


class TablePane(Pane, can_focus=True):
    """Rows of the breakdown. The cursor is a row's id, not its place."""

    class Chosen(Message):
        """A row was chosen with Enter or a double click."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    class SortBy(Message):
        """A column's head was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._picture: Picture | None = None
        self._entries: Sequence[Entry] = ()
        self._cursor: str | None = None
        self._at = 0
        self._offset = 0

    def draw(self, picture: Picture) -> None:
        """Show `picture`, with the cursor on the row it was on, or where that row was."""
        before = self._picture
        same = before is not None and before.snapshot is picture.snapshot
        if not (same and before and before.scene.state == picture.scene.state):
            scene, at = picture.scene, moment(picture.snapshot, picture.scene.state)
            self._entries = arranged(entries(picture.snapshot, at, scene.zone), scene.state)
            self._find_cursor()
        self._picture = picture
        self._paint()

    def clear(self) -> None:
        """Show nothing."""
        self._picture, self._entries = None, ()
        self.show(())

    @property
    def entry(self) -> Entry | None:
        """The row under the cursor."""
        return self._entries[self._at] if self._at < len(self._entries) else None

    def move(self, rows: int) -> None:
        """Move the cursor by `rows`, within the table."""
        self._at = max(0, min(len(self._entries) - 1, self._at + rows))
        self._paint()

    def page(self) -> int:
        """Rows on the screen."""
        return row_capacity(self._picture.height) if self._picture else 1

    def _find_cursor(self) -> None:
        found = [at for at, entry in enumerate(self._entries) if entry.id == self._cursor]
        if self._picture is not None and found:
            self._at = found[0]
        self._at = max(0, min(self._at, len(self._entries) - 1))

    def _paint(self) -> None:
        if self._picture is None:
            return
        picture, rows = self._picture, self.page()
        lowest = max(0, len(self._entries) - rows)
        self._offset = min(max(self._offset, self._at - rows + 1), self._at, lowest)
        entry = self.entry
        self._cursor = entry.id if entry else None
        shown = Shown(self._entries, self._at, self._offset)
        self.show(
            table(
                picture.snapshot,
                picture.scene,
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
            view = self._picture.snapshot.view
            key = layout(self._picture.width, view.span, view.compare).column_at(event.x)
            if key is not None:
                self.post_message(self.SortBy(key))
            return
        at = self._offset + event.y - _HEAD_ROWS
        if event.y < _HEAD_ROWS or not self._offset <= at < min(
            len(self._entries), self._offset + self.page()
        ):
            return
        self._at = at
        self._paint()
        if event.chain == 2:
            self.choose()

    def choose(self) -> None:
        """Choose the row under the cursor."""
        if (entry := self.entry) is not None:
            self.post_message(self.Chosen(entry))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """One row on."""
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """One row back."""
        event.stop()
        self.move(-1)
