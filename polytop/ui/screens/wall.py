"""The wall: every profile as a tile, the one with the least headroom first."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from polytop.ui.ports import FeedError
from polytop.ui.screens.keys import Key
from polytop.ui.screens.walled import Walled
from polytop.ui.sessions import NO_ALERT, SNOOZE
from polytop.ui.widgets.wall_pane import WallPane


class WallScreen(Walled):
    """The wall with its keys."""

    DEFAULT_CSS = """
    WallScreen { layout: vertical; }
    WallScreen #wall { height: 1fr; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Key("left,h", "move(-1, 0)", "Left", show=False),
        Key("right,l", "move(1, 0)", "Right", show=False),
        Key("down,j", "move(0, 1)", "Down", show=False),
        Key("up,k", "move(0, -1)", "Up", show=False),
        Key("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Key("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Key("home,g", "page(-1000)", "First", show=False),
        Key("end,G", "page(1000)", "Last", show=False),
        Key("enter", "open", "Open the profile"),
        Key("escape,w", "back", "Back"),
        Key("slash", "find", "Find profiles"),
        Key("r", "refresh", "Ask all now"),
        Key("u", "utc", "UTC or local time"),
        Key("a", "acknowledge", "Acknowledge"),
        Key("A", "snooze", "Snooze"),
    ]

    def action_move(self, right: int, down: int) -> None:
        """Move the cursor by tiles."""
        self._wall.move(right, down)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self._wall.page(pages)

    @on(WallPane.Moved)
    def _moved(self) -> None:
        self._notice = None
        self._draw_lines(self.look())

    def action_open(self) -> None:
        """Open the profile under the cursor."""
        if (tile := self._chosen) is not None:
            self._open(tile.name)

    @on(WallPane.Chosen)
    def _clicked(self, message: WallPane.Chosen) -> None:
        self._open(message.name)

    def _open(self, name: str) -> None:
        try:
            watch = self._singly.watch(name)
        except FeedError as error:
            self._notice = error.problem
            self.redraw()
            return
        self._covered = True
        self.app.push_screen(self._open_monitor(watch, self._followers))

    def action_back(self) -> None:
        """Show all tiles again, else go back to the monitor that the wall was opened from."""
        if self._search:
            self.search("")
        elif self._home is not None:
            self._covered = True
            self._home.come_back(self._followers)
            self.dismiss()

    def action_refresh(self) -> None:
        """Ask all of them now."""
        self._notice, self._asked_at = None, self._stopwatch()
        self._followers.wake()
        self.redraw()

    def action_acknowledge(self) -> None:
        """Tell no more of what is raised for the profile under the cursor, until it has cleared."""
        tile = self._chosen
        self._silenced(tile is not None and self._followers.acknowledge(tile.name))

    def action_snooze(self) -> None:
        """Tell nobody of that profile for an hour; end a snooze that runs."""
        tile = self._chosen
        self._silenced(tile is not None and self._followers.snooze(tile.name, SNOOZE))

    def _silenced(self, done: bool) -> None:
        self._notice = None if done else NO_ALERT
        self.redraw()

    def action_utc(self) -> None:
        """UTC or local time."""
        self._utc = not self._utc
        self.redraw()

    def action_find(self) -> None:
        """Open the line in which profiles are searched; the very next key is for it."""
        from polytop.ui.widgets.search_input import SearchInput

        if self._find is None:
            self._find = SearchInput(self._search)
            self.mount(self._find)
        self.set_focus(self._find, scroll_visible=False)
        self.redraw()

    def close_find(self, *, keep: bool) -> None:
        """Close the search line, with its result kept or let go."""
        if self._find is None:
            return
        found, self._find = self._find, None
        found.close(self._wall)
        self.search(found.value if keep else "")

    def search(self, text: str) -> None:
        """Show only profiles whose name holds `text`."""
        self._search = text
        self.redraw()

    def commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Title, meaning and call of what the palette of commands offers here."""
        yield "Refresh", "Ask all profiles now", self.action_refresh
        yield "Open", "The profile under the cursor", self.action_open
        yield "Find profiles", "Show only those whose name holds a text", self.action_find
        yield "UTC or local time", "Change the clock", self.action_utc
        yield "Back", "To the monitor", self.action_back
