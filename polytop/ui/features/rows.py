"""The rows of the table: cursor, order, columns, lines in the graph, narrowing."""

from collections.abc import Callable
from dataclasses import replace

from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.ui.features.port import Port
from polytop.ui.table_model import TableRow
from polytop.ui.view_state import (
    MOST_CHOSEN,
    ViewContext,
    ViewState,
    choose_columns,
    narrow,
    reverse_sort,
    row_filters,
    sort_by,
    sort_next,
    toggle_line,
    widen,
)
from polytop.ui.widgets.table_pane import TablePane

TOO_MANY = Problem(
    Kind.REFUSED,
    f"{MOST_CHOSEN} lines are drawn already",
    "x on a row takes its line away again, X all of them.",
)
NO_VARIANT = Problem(
    Kind.REFUSED, "These calls carry no variant", "The API cannot filter by what is not there."
)


class Rows:
    """Moves in `table` and changes what it shows; `keep_columns` keeps them for other starts."""

    def __init__(
        self, port: Port, table: TablePane, keep_columns: Callable[[tuple[str, ...]], None]
    ) -> None:
        self._port, self._table, self._keep_columns = port, table, keep_columns

    def move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self._table.move(rows)

    def page(self, pages: int) -> None:
        """Move the cursor by as many rows as the screen shows."""
        self._table.move(pages * self._table.page())

    def choose(self) -> None:
        """Narrow the whole screen to the row under the cursor."""
        self._table.choose()

    def sort_next(self, steps: int = 1) -> None:
        """Sort by the next column, or (-1) by the one before."""
        self._port.store.apply(lambda state, context: sort_next(state, steps, ages=context.ages))

    def sort_by(self, column: str) -> None:
        """Sort by `column`, or reverse its order."""
        self._port.store.apply(lambda state, _: sort_by(state, column))

    def reverse(self) -> None:
        """Reverse the order."""
        self._port.store.apply(lambda state, _: reverse_sort(state))

    def toggle_line(self) -> None:
        """Draw the line of the row under the cursor, or take it away."""
        row = self._table.row
        if row is None or not self._is_there(row):
            return
        row_id = row.id

        def reduce(state: ViewState, _: ViewContext) -> ViewState | Problem:
            return toggle_line(state, row_id) or TOO_MANY

        self._port.store.apply(reduce)

    def clear_lines(self) -> None:
        """Take all lines away."""
        self._port.store.apply(lambda state, _: replace(state, chosen=()))

    def choose_columns(self) -> None:
        """Ask for the columns and their order."""
        from polytop.ui.dialogs.columns import ColumnsScreen

        self._port.ask(ColumnsScreen(self._port.store.state.columns), self._show_columns)

    def _show_columns(self, columns: tuple[str, ...] | None) -> None:
        if columns is None or columns == self._port.store.state.columns:
            return
        self._port.store.apply(lambda state, _: choose_columns(state, columns))
        self._keep_columns(columns)

    def narrow_to(self, row: TableRow) -> None:
        """Narrow the whole screen to `row`."""
        value = row.id
        if value is None:
            self._port.tell(NO_VARIANT)
            return
        if not self._is_there(row):
            return
        self._port.store.apply(lambda state, _: self._narrow(state, value))

    def _is_there(self, row: TableRow) -> bool:
        """Return True if `row` is of the present breakdown: it may be of the one before."""
        snapshot = self._port.snapshot
        if snapshot is None or snapshot.view.breakdown is not self._port.store.state.breakdown:
            return False
        return any(row.id == each.part.id for each in snapshot.rows or ())

    def _narrow(self, state: ViewState, value: str) -> ViewState | Problem:
        if not self._alone(state, value):
            return narrow(state, row_filters(state, value))
        key = self._port.context().commands.key
        back = f"{key('back')} goes back, " if widen(state) != state else ""
        return Problem(
            Kind.REFUSED,
            "The screen shows this row alone already",
            f"{back}{key('breakdown')} breaks it down.",
        )

    def _alone(self, state: ViewState, value: str) -> bool:
        """Return True if the screen is narrowed to the row `value` already."""
        if row_filters(state, value) == state.filters:
            return True
        snapshot = self._port.snapshot
        rows = snapshot.rows if snapshot else None
        named = state.breakdown is Breakdown.VARIANT and state.filters.variant_name is not None
        return named and rows is not None and len(rows) == 1
