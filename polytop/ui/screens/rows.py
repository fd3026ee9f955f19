"""The home screen's rows: their lines in the graph, and the columns of the table."""

from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message

from polytop.model.problem import Kind, Problem
from polytop.ui.screens.keys import Key
from polytop.ui.screens.timed import Timed
from polytop.ui.table_model import has_old_rows
from polytop.ui.view_state import MOST_CHOSEN, NAME, ViewState, sort_keys, sort_next, toggle_line

TOO_MANY = Problem(
    Kind.REFUSED,
    f"{MOST_CHOSEN} lines are drawn already",
    "x on a row takes its line away again, X all of them.",
)


class Rowed(Timed):
    """The home screen with what can be done with rows and columns."""

    class ColumnsChosen(Message):
        """The user wants `columns`, now and at every start."""

        def __init__(self, columns: tuple[str, ...]) -> None:
            super().__init__()
            self.columns = columns

    BINDINGS: ClassVar[list[BindingType]] = [
        Key("x", "pick", "Draw the row's line, or no longer"),
        Key("X", "pick_none", "Draw no row's line"),
        Key("C", "columns", "Columns"),
    ]

    def adopt(self, state: ViewState) -> None:
        """Lines belong to a breakdown: the next one begins without any."""
        if state.view.breakdown is not self._state.view.breakdown:
            state = replace(state, chosen=())
        super().adopt(state)

    def action_sort(self) -> None:
        """Sort by the next column."""
        old = self._shown is not None and has_old_rows(self._shown)
        self.change(sort_next(self._state, ages=old))

    def action_pick(self) -> None:
        """Draw the line of the row under the cursor, or no longer."""
        entry = self._board.table.row
        if entry is None:
            return
        state = toggle_line(self._state, entry.id)
        if state is None:
            self._tell(TOO_MANY)
        else:
            self.change(state)

    def action_pick_none(self) -> None:
        """Draw no row's line."""
        self.change(replace(self._state, chosen=()))

    def action_columns(self) -> None:
        """Choose and order the columns."""
        from polytop.ui.screens.columns import ColumnsScreen

        self.app.push_screen(ColumnsScreen(self._state.columns), self._show_columns)

    def _show_columns(self, columns: tuple[str, ...] | None) -> None:
        if columns is None or columns == self._state.columns:
            return
        state = replace(self._state, columns=columns)
        if state.sort not in sort_keys(columns, ages=True):
            # What cannot be seen is not sorted by.
            state = replace(state, sort=columns[0] if columns else NAME, reverse=False)
        self.change(state)
        self.post_message(self.ColumnsChosen(columns))
