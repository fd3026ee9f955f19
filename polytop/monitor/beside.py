"""What is asked for beside the polls: rows in turn, and what the history lacks."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.target import Filters
from polytop.monitor.asking import Fetch
from polytop.monitor.budget import Budget
from polytop.monitor.filling import Filling
from polytop.monitor.outcome import Outcome
from polytop.monitor.rows import Turns


class Beside:
    """Rows and older weeks share what `budget` leaves: while both wait, each gets half.

    Rows that were never asked for go before the past of others.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: Budget) -> None:
        self.filling = Filling(fetch, clock, budget)
        self.turns = Turns(fetch, clock, budget)
        self._budget = budget
        self._lead = 0
        """How many more rows than pieces had been asked for when last only one of them waited."""

    def start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now; what is under way."""
        rows, pieces = self.turns, self.filling
        if rows.new or not (rows.held_up and pieces.held_up):
            self._lead = rows.started - pieces.started
        if rows.new:
            return (*rows.start(), *pieces.start(rows=False))
        if rows.started - pieces.started <= self._lead:
            return (*rows.start(), *pieces.start())
        return (*pieces.start(), *rows.start())

    @property
    def wait(self) -> float | None:
        """Seconds until more can be asked for; None where it is not the budget that holds it up."""
        last = self.turns.new and self.filling.of_row
        held_up = self.turns.held_up or (self.filling.held_up and not last)
        return self._budget.wait() if held_up else None

    def plan_filling(self, queries: Sequence[Query], whole: Filters) -> None:
        """Ask `queries` next, but for rows that fail; see :meth:`Filling.plan`."""
        failing = self.turns.failing
        self.filling.plan([each for each in queries if each.filters not in failing], whole)

    def hold(self) -> None:
        """Ask for no more rows until the next plan."""
        self.turns.hold()

    async def call_off(self, *, rows: bool = True) -> tuple[Outcome, ...]:
        """Ask no more, with `rows` for none of these either; what has been answered since."""
        filled = await self.filling.call_off()
        return (*filled, *await self.turns.call_off()) if rows else filled
