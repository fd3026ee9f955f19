"""The line in which rows are searched."""

from typing import TYPE_CHECKING, cast

from textual import events
from textual.keys import REPLACED_KEYS
from textual.widget import Widget
from textual.widgets import Input

if TYPE_CHECKING:
    from polytop.ui.screens.monitor import MonitorScreen

_ENDS = {"enter": True, "escape": False}
"""The keys that close the line, and whether they keep what was found."""


class SearchInput(Input):
    """Filters rows while one types; Enter keeps the filter, Esc lets it go.

    Keys can come faster than they are worked on: those that were sent here before the line was
    closed, and are typed behind the key that closes it, are the screen's.
    """

    DEFAULT_CSS = """
    SearchInput { height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; }
    SearchInput:focus { border: none; }
    """

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            placeholder="rows with …, or now>20 share>=5%   Enter keeps, Esc clears",
            id="find",
            select_on_focus=False,
        )
        self.cursor_blink = False
        self._over = False

    @property
    def _home(self) -> "MonitorScreen":
        return cast("MonitorScreen", self.screen)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """What is typed here, edits or closes the line is not for the screen."""
        # Textual has no character for keys that it calls otherwise than Unicode does.
        text = key in REPLACED_KEYS or super().check_consume_key(key, character)
        return text or key in _ENDS or key in self._bindings.key_to_bindings

    def on_key(self, event: events.Key) -> None:
        """Close the line, or hand a late key on; all others are text."""
        if self._over:
            event.stop().prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in _ENDS:
            event.stop().prevent_default()
            self._home.close_find(keep=_ENDS[event.key])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the rows at every letter."""
        event.stop()
        if not self._over:
            self._home.search(event.value)

    def on_focus(self) -> None:
        """Other keys are offered now."""
        self._redraw()

    def on_blur(self) -> None:
        """Other keys are offered now."""
        self._redraw()

    def _redraw(self) -> None:
        if not self._over:
            self._home.redraw()

    def close(self, heir: Widget) -> None:
        """Take the line away; `heir` gets the focus."""
        self._over = True
        self.display = False
        self.screen.set_focus(heir)
        self.remove()
