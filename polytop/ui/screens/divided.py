"""The home screen by breakdowns: what the rows are, and narrowing to one of them."""

import asyncio
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from polytop.model.breakdown import Breakdown, present
from polytop.model.breakdown import narrowed as narrowed_by
from polytop.model.problem import Kind, Problem
from polytop.ui.breakdowns import WORDS
from polytop.ui.dividing import divided, divided_next, narrowed_to, useful, with_value
from polytop.ui.feed import FeedError
from polytop.ui.screens.rows import Rowed
from polytop.ui.state import narrowed
from polytop.ui.widgets.table_pane import TablePane

NOT_THERE = Problem(
    Kind.REFUSED, "These calls carry no variant", "The API cannot filter by what is not there."
)


class Divided(Rowed):
    """The home screen with all breakdowns."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("b", "breakdown", "Next breakdown")]

    def action_breakdown(self) -> None:
        """The next breakdown that has more than one part."""
        state = divided_next(self._state)
        if state.breakdown is self._state.breakdown:
            self._tell(self._no_other())
        else:
            self.change(state)
            self.refill()

    def _no_other(self) -> Problem:
        """Why there is no other breakdown."""
        advice = "Add languages or numbers in the sidebar (f), or in the profile."
        return Problem(Kind.REFUSED, "There is nothing else to break down by", advice)

    def choose_breakdown(self, by: Breakdown) -> None:
        """Apply a breakdown at once, whatever it has to show."""
        self.change(divided(self._state, by))
        value = present(self._state.filters, by)
        if value is not None:
            one = WORDS[by].one
            advice = "Esc or f shows all again."
            self._tell(Problem(Kind.REFUSED, f"The screen is narrowed to one {one}", advice))
        elif by not in useful(self._state):
            advice = "Add some in the sidebar (f), or in the profile."
            self._tell(Problem(Kind.REFUSED, f"No {WORDS[by].several} are listed", advice))
        self.refill()

    def add_value(self, by: Breakdown, value: str) -> None:
        """Show a row for `value` too."""
        from polytop.api.query import QueryError, check_filters

        try:
            check_filters(narrowed_by(self._state.filters, by, value))
        except QueryError as error:
            self._tell(Problem(Kind.REFUSED, f"No row for {value!r}", f"{error}."))
            return
        self.change(with_value(self._state, by, value))
        self.refill()

    def keep_values(self) -> None:
        """Make the rows that were added the profile's."""
        self.run_worker(self._keep_values(), group="profile", exit_on_error=True)

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
        value = message.entry.id
        if value is None:
            self._tell(NOT_THERE)
            return
        self.change(narrowed(self._state, narrowed_to(self._state, value)))
