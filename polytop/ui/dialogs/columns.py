"""The columns dialog: which are shown, and in what order."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from polytop.ui.render.table import COLUMNS as DRAWN
from polytop.ui.view_state import COLUMN_KEYS, COLUMN_MEANINGS, DEFAULT_COLUMNS, move_column
from polytop.ui.widgets.scrolling import ChoiceList

_HEADS = {key: "VERSUS" if key == "versus" else DRAWN[key].head for key in COLUMN_KEYS}
_HEAD_WIDTH = max(len(head) for head in _HEADS.values())

_KEYS = "space shows or hides · < > moves · r defaults · Enter keeps · Esc goes back"


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """Gives back the chosen columns in order; None if nothing changes."""

    CSS_PATH = "../styles/columns.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,C", "dismiss(None)", "Go back"),
        Binding("space", "show_or_hide", "Show or hide"),
        Binding("less_than_sign,shift+up", "shift(-1)", "To the left"),
        Binding("greater_than_sign,shift+down", "shift(1)", "To the right"),
        Binding("r", "restore", "The usual ones"),
    ]

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self._shown = set(columns)
        self._order = _with_hidden(columns)
        self._list = ChoiceList(*self._options(), markup=False)

    def _options(self) -> list[Option]:
        return [Option(Content(self._line(key))) for key in self._order]

    def _line(self, key: str) -> str:
        mark = "●" if key in self._shown else "○"
        return f"{mark} {_HEADS[key]:<{_HEAD_WIDTH}}  {COLUMN_MEANINGS[key]}"

    def compose(self) -> ComposeResult:
        """Show the list and its keys."""
        with Vertical(id="columns"):
            yield Static("Columns, from left to right", markup=False, id="columns-head")
            yield self._list
            yield Static(_KEYS, markup=False, id="columns-keys")

    def on_mount(self) -> None:
        """Focus the first column."""
        self._list.highlighted = 0
        self._list.focus()

    def _show(self, at: int) -> None:
        self._list.clear_options()
        self._list.add_options(self._options())
        self._list.highlighted = at

    def action_show_or_hide(self) -> None:
        """Show the column, or hide it."""
        at = self._list.highlighted or 0
        self._shown ^= {self._order[at]}
        self._show(at)

    def action_shift(self, by: int) -> None:
        """Move the column by a place."""
        at = self._list.highlighted or 0
        self._order = move_column(self._order, at, by)
        self._show(max(0, min(len(self._order) - 1, at + by)))

    def action_restore(self) -> None:
        """Restore the default columns and their order."""
        self._shown, self._order = set(DEFAULT_COLUMNS), _with_hidden(DEFAULT_COLUMNS)
        self._show(0)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the chosen columns back."""
        event.stop()
        self.dismiss(tuple(key for key in self._order if key in self._shown))


def _with_hidden(columns: Sequence[str]) -> tuple[str, ...]:
    """Return `columns`, followed by the hidden ones."""
    return (*columns, *(key for key in COLUMN_KEYS if key not in columns))
