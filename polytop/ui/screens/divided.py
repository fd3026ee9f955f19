"""The home screen by breakdowns: what the rows are, and narrowing to one of them."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from polytop.model.breakdown import Breakdown, present
from polytop.model.problem import Kind, Problem
from polytop.ui.ports import FeedError
from polytop.ui.screens.keys import Key
from polytop.ui.screens.rows import Rowed
from polytop.ui.view_state import (
    BREAKDOWNS,
    SETTINGS,
    WORDS,
    add_value,
    change_filter,
    narrow,
    next_breakdown,
    normalize_number,
    row_filters,
    set_breakdown,
    useful_breakdowns,
    widen,
)
from polytop.ui.widgets.table_pane import TablePane
from polytop.ui.worker import begun

NOT_THERE = Problem(
    Kind.REFUSED, "These calls carry no variant", "The API cannot filter by what is not there."
)


class Divided(Rowed):
    """The home screen with all breakdowns."""

    BINDINGS: ClassVar[list[BindingType]] = [Key("b", "breakdown", "Next breakdown")]

    def action_breakdown(self) -> None:
        """The next breakdown that has more than one part."""
        state = next_breakdown(self._state)
        if state.breakdown is self._state.breakdown:
            self._tell(self._no_other())
        else:
            self.change(state)
            self.refill()

    def _no_other(self) -> Problem:
        """Why there is no other breakdown."""
        filters, listed = self._state.filters, useful_breakdowns(self._state)
        ones = [WORDS[by].one for by in BREAKDOWNS if present(filters, by) is not None]
        more = [
            WORDS[by].several
            for by in SETTINGS
            if present(filters, by) is None and by not in listed
        ]
        said = (
            f"The screen is narrowed to one {_listed(ones)}: there is nothing else to break down by"
        )
        advice = "Esc goes back."
        if more:
            advice += f" Or add {_listed(more)} in the sidebar (f)."
        return Problem(Kind.REFUSED, said, advice)

    def choose_breakdown(self, by: Breakdown) -> None:
        """Apply a breakdown at once, whatever it has to show."""
        self.change(set_breakdown(self._state, by))
        value = present(self._state.filters, by)
        if value is not None:
            one = WORDS[by].one
            advice = "Esc or f shows all again."
            self._tell(Problem(Kind.REFUSED, f"The screen is narrowed to one {one}", advice))
        elif by not in useful_breakdowns(self._state):
            advice = "Add some in the sidebar (f), or in the profile."
            self._tell(Problem(Kind.REFUSED, f"No {WORDS[by].several} are listed", advice))
        self.refill()

    def choose_filter(self, name: str, value: str | None) -> None:
        """Apply a filter at once; None lets it go."""
        self.choose_filters(change_filter(self._state.filters, name, value))

    def refused(self, name: str, value: str) -> str | None:
        """Why `value` cannot be the filter `name`; None where it can."""
        from polytop.api.query import QueryError, check_filters

        try:
            check_filters(change_filter(self._state.filters, name, value))
        except QueryError as error:
            return f"{error}."
        return None

    def add_value(self, by: Breakdown, value: str) -> None:
        """Show a row for `value` too, which is not :meth:`refused`."""
        if by is Breakdown.PHONE_NUMBER:
            value = normalize_number(value)
        self.change(add_value(self._state, by, value))
        self.refill()

    def keep_values(self) -> None:
        """Make the rows that were added the profile's."""
        begun(self, self._keep_values, group="profile", exit_on_error=True)

    async def _keep_values(self) -> None:
        watch, state = self._session.watch, self._state
        if watch.keep_values is None:
            return
        try:
            await asyncio.to_thread(watch.keep_values, state.languages, state.phone_numbers)
        except FeedError as error:
            self._tell(error.problem)
            return
        self._session.keep_listed(state.languages, state.phone_numbers)
        self.refill()
        self.app.notify("Kept in the profile", timeout=4, markup=False)

    @on(TablePane.Chosen)
    def _narrow_to(self, message: TablePane.Chosen) -> None:
        value = message.row.id
        if value is None:
            self._tell(NOT_THERE)
            return
        if self._alone(value):
            back = "Esc goes back, " if widen(self._state) != self._state else ""
            said = "The screen shows this row alone already"
            self._tell(Problem(Kind.REFUSED, said, f"{back}b breaks it down."))
            return
        self.change(narrow(self._state, row_filters(self._state, value)))

    def _alone(self, value: str) -> bool:
        """Whether the row `value` is what the screen is narrowed to already."""
        filters, by = self._state.filters, self._state.breakdown
        if row_filters(self._state, value) == filters:
            return True
        rows = self._shown.rows if self._shown else None
        named = by is Breakdown.VARIANT and filters.variant_name is not None
        return named and rows is not None and len(rows) == 1


def _listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
