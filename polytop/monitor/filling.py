"""Filling in what the history lacks: a few questions at a time, each kept as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.problem import Problem
from polytop.model.snapshot import Progress
from polytop.model.target import Filters
from polytop.monitor.asking import Fetch, ask_all, of_its_own
from polytop.monitor.budget import Budget
from polytop.monitor.outcome import Outcome
from polytop.monitor.tasks import given_up

AT_ONCE = 2
"""Questions under way at a time; polls go on beside them."""

_SPARED = (1, 2, 4, 8)
"""Polls that pass before what failed is tried again: after the first time, and so on."""


class Filling:
    """Asks questions in their order; called off at any moment, what was answered is handed out.

    `clock` gives epoch seconds: answers are dated by it. No more is asked than `budget` allows.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: Budget) -> None:
        self.problem: Problem | None = None
        """Why the last questions broke off; None while they are tried again."""
        self._fetch, self._clock, self._budget = fetch, clock, budget
        self.started = 0
        """Questions asked so far."""
        self._waiting: deque[Query] = deque()
        self._running: dict[asyncio.Task[Outcome], Query] = {}
        self._whole: Filters | None = None
        self._pieces = self._done = 0
        self._failures = self._spared = 0

    def plan(self, queries: Sequence[Query], whole: Filters) -> None:
        """Ask `queries` next; to be called where nothing is left of the last ones.

        Those under other filters than `whole` are about one row each.
        """
        self._whole = whole
        self._waiting.extend(queries)
        self._pieces, self._done = len(queries), 0
        self.problem = None

    def due(self) -> bool:
        """Whether a poll that has come in is one after which to look for what lacks."""
        self._spared = max(0, self._spared - 1)
        return self.progress is None and not self._spared

    def start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now; what is under way."""
        while self._waiting and len(self._running) < AT_ONCE and self._budget.take():
            query = self._waiting.popleft()
            task = asyncio.create_task(ask_all(self._fetch, (query,), self._clock))
            self._running[task] = query
            self.started += 1
        return tuple(self._running)

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since; after a failure the rest is left for another time.

        The failure of one row is no reason to leave the others.
        """
        over = [(task, query) for task, query in self._running.items() if task.done()]
        outcomes = []
        for task, query in over:
            del self._running[task]
            outcomes.append(outcome := task.result())
            self._budget.settle(1, outcome.cost.requests, self._clock())
            self._drop(query, outcome)
        self._done += len(over)
        self._pieces = self._done + len(self._running) + len(self._waiting)
        problems = (outcome.problem or outcome.breakdown_problem for outcome in outcomes)
        self._note(next(filter(None, problems), None))
        return tuple(outcomes)

    def _drop(self, query: Query, outcome: Outcome) -> None:
        """Ask nothing more that would fail as `query` did."""
        if outcome.problem is not None:
            alone = of_its_own(outcome.problem) and query.filters != self._whole
            self._keep(lambda each: alone and each.filters != query.filters)
        elif outcome.breakdown_problem is not None:
            self._keep(lambda each: each.slice_by is None)

    def _keep(self, wanted: Callable[[Query], bool]) -> None:
        self._waiting = deque(each for each in self._waiting if wanted(each))

    def _note(self, problem: Problem | None) -> None:
        """One failure is counted of all that was planned together."""
        if problem is not None and self.problem is None:
            self._spared = _SPARED[min(self._failures, len(_SPARED) - 1)]
            self._failures += 1
        self.problem = problem or self.problem
        if self.problem is None and self.progress is None:
            self._failures = 0

    @property
    def held_up(self) -> bool:
        """Whether the budget alone keeps the next question back."""
        return bool(self._waiting) and len(self._running) < AT_ONCE

    @property
    def progress(self) -> Progress | None:
        """How far it has come; None where nothing is left."""
        return Progress(self._done, self._pieces) if self._done < self._pieces else None

    async def call_off(self) -> tuple[Outcome, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.taken()
        tasks = tuple(self._running)
        self._waiting.clear()
        self._running.clear()
        self._pieces = self._done = self._failures = self._spared = 0
        self.problem = None
        await given_up(*tasks)
        return outcomes
