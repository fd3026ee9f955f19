"""The line in which rows are searched."""

from collections.abc import Callable

from textual import events
from textual.keys import REPLACED_KEYS
from textual.widget import Widget
from textual.widgets import Input

ENDS = {"enter": True, "escape": False}
"""The keys that close the line; True if they keep its result."""

LONGEST = 200
"""Characters of a search: the rows are narrowed at every letter."""


class SearchInput(Input):
    """Calls `edited` with its text at every letter and `ended` when Enter or Esc closes it.

    These are calls and not messages, for keys can come faster than messages are worked on: a key
    that is typed behind the one that closes the line is the screen's, even if it was sent here.
    `ended` gets True if the result stays.
    """

    DEFAULT_CSS = """
    SearchInput { height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; }
    SearchInput:focus { border: none; }
    """

    def __init__(
        self,
        text: str,
        *,
        edited: Callable[[str], None],
        ended: Callable[[bool], None],
        focus_changed: Callable[[], None],
    ) -> None:
        super().__init__(
            text,
            placeholder="rows with …, or now>20 share>=5%   Enter keeps, Esc clears",
            id="find",
            max_length=LONGEST,
            select_on_focus=False,
        )
        self.cursor_blink = False
        self._edited, self._ended, self._focus_changed = edited, ended, focus_changed
        self._over = False

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep the keys that write, edit or close the line from the screen."""
        # Textual has no character for keys that it calls otherwise than Unicode does.
        text = key in REPLACED_KEYS or super().check_consume_key(key, character)
        return text or key in ENDS or key in self._bindings.key_to_bindings

    def on_key(self, event: events.Key) -> None:
        """Close the line, or hand a late key on; all others are text."""
        if self._over:
            event.stop().prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
        elif event.key in ENDS:
            event.stop().prevent_default()
            self._ended(ENDS[event.key])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the rows at every letter."""
        event.stop()
        if not self._over:
            self._edited(event.value)

    def on_focus(self) -> None:
        """Other keys are offered now."""
        self._redraw()

    def on_blur(self) -> None:
        """Other keys are offered now."""
        self._redraw()

    def _redraw(self) -> None:
        if not self._over:
            self._focus_changed()

    def close(self, heir: Widget) -> None:
        """Take the line away; `heir` gets the focus."""
        self._over = True
        self.display = False
        self.screen.set_focus(heir)
        self.remove()
