"""Filling in what the history lacks: a few questions at a time, each kept as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.problem import Problem
from polytop.model.snapshot import Progress
from polytop.model.target import Filters
from polytop.monitor.asking import Fetch, of_its_own
from polytop.monitor.budget import Budget
from polytop.monitor.outcome import Outcome
from polytop.monitor.underway import UnderWay

_SPARED = (1, 2, 4, 8)
"""Polls that pass before what failed is tried again: after the first time, and so on."""


class Filling:
    """Asks questions in their order; called off at any moment, what was answered is handed out.

    `clock` gives epoch seconds: answers are dated by it. No more is asked than `budget` allows.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: Budget) -> None:
        self.problem: Problem | None = None
        """Why the last questions broke off; None while they are tried again."""
        self._under_way: UnderWay[Query] = UnderWay(fetch, clock, budget, lambda query: query)
        self._whole: Filters | None = None
        self._pieces = self._done = 0
        self._failures = self._spared = 0

    def plan(self, queries: Sequence[Query], whole: Filters) -> None:
        """Ask `queries` next; to be called where nothing is left of the last ones.

        Those under other filters than `whole` are about one row each.
        """
        self._whole = whole
        self._under_way.waiting.extend(queries)
        self._pieces, self._done = len(queries), 0
        self.problem = None

    def due(self) -> bool:
        """Whether a poll that has come in is one after which to look for what lacks."""
        self._spared = max(0, self._spared - 1)
        return self.progress is None and not self._spared

    def start(self, *, rows: bool = True) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now, without `rows` nothing about one row; what is under way."""
        return self._under_way.start(None if rows else lambda each: each.filters == self._whole)

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since; after a failure the rest is left for another time.

        The failure of one row is no reason to leave the others.
        """
        over = list(self._under_way.over())
        for query, outcome in over:
            self._drop(query, outcome)
        self._done += len(over)
        left = len(self._under_way.running) + len(self._under_way.waiting)
        self._pieces = self._done + left
        problems = (outcome.problem or outcome.breakdown_problem for _, outcome in over)
        self._note(next(filter(None, problems), None))
        return tuple(outcome for _, outcome in over)

    def _drop(self, query: Query, outcome: Outcome) -> None:
        """Ask nothing more that would fail as `query` did."""
        if outcome.problem is not None:
            alone = of_its_own(outcome.problem) and query.filters != self._whole
            self._keep(lambda each: alone and each.filters != query.filters)
        elif outcome.breakdown_problem is not None:
            self._keep(lambda each: each.slice_by is None)

    def _keep(self, wanted: Callable[[Query], bool]) -> None:
        left = self._under_way.waiting
        self._under_way.waiting = deque(each for each in left if wanted(each))

    def _note(self, problem: Problem | None) -> None:
        """One failure is counted of all that was planned together."""
        if problem is not None and self.problem is None:
            self._spared = _SPARED[min(self._failures, len(_SPARED) - 1)]
            self._failures += 1
        self.problem = problem or self.problem
        if self.problem is None and self.progress is None:
            self._failures = 0

    @property
    def of_row(self) -> bool:
        """Whether the next question is about one row."""
        waiting = self._under_way.waiting
        return bool(waiting) and waiting[0].filters != self._whole

    @property
    def started(self) -> int:
        """Questions asked so far."""
        return self._under_way.started

    @property
    def held_up(self) -> bool:
        """Whether the budget alone keeps the next question back."""
        return self._under_way.held_up

    @property
    def progress(self) -> Progress | None:
        """How far it has come; None where nothing is left."""
        return Progress(self._done, self._pieces) if self._done < self._pieces else None

    async def call_off(self) -> tuple[Outcome, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.taken()
        self._pieces = self._done = self._failures = self._spared = 0
        self.problem = None
        await self._under_way.call_off()
        return outcomes
