"""The search line: opened below the rows, closed with its result kept or dropped."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    from polytop.ui.widgets.search_input import SearchInput


class Search:
    """Owns the search line of `screen`.

    `text` returns the present search, `show` applies another at every letter. `check` returns
    False, after a notice, where the line must stay open for it holds what is not understood.
    `heir` gets the focus when the line closes.
    """

    def __init__(
        self,
        screen: Screen[None],
        heir: Widget,
        *,
        text: Callable[[], str],
        show: Callable[[str], None],
        changed: Callable[[], None],
        check: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._screen, self._heir = screen, heir
        self._text, self._show, self._changed, self._check = text, show, changed, check
        self._line: SearchInput | None = None

    @property
    def value(self) -> str | None:
        """The text of the open line; None while it is closed."""
        return self._line.value if self._line is not None else None

    @property
    def rows(self) -> int:
        """Rows that the line takes."""
        return 1 if self._line is not None else 0

    @property
    def focused(self) -> bool:
        """True while letters go to the line."""
        return self._line is not None and self._screen.focused is self._line

    def open(self) -> None:
        """Open the line; the very next key is for it."""
        from polytop.ui.widgets.search_input import SearchInput

        if self._line is None:
            self._line = SearchInput(
                self._text(),
                edited=self._show,
                ended=self._close,
                focus_changed=self._changed,
            )
            self._screen.mount(self._line)
        self._screen.set_focus(self._line, scroll_visible=False)
        self._changed()

    def keep(self) -> None:
        """Close the line and keep its result."""
        self._close(True)

    def drop(self) -> None:
        """Close the line and drop its result."""
        self._close(False)

    def _close(self, keep: bool) -> None:
        """Close the line; it stays open where it holds what is not understood."""
        if self._line is None or (keep and not self._check(self._line.value)):
            return
        line, self._line = self._line, None
        line.close(self._heir)
        self._show(line.value if keep else "")
