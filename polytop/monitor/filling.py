"""Filling in what the history lacks: a few questions at a time, each kept as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.problem import Problem
from polytop.model.snapshot import Progress
from polytop.monitor.asking import Fetch, Outcome, ask_all
from polytop.monitor.budget import Budget

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
        self._waiting: deque[Query] = deque()
        self._running: set[asyncio.Task[Outcome]] = set()
        self._pieces = self._done = 0
        self._failures = self._spared = 0

    def plan(self, queries: Sequence[Query]) -> None:
        """Ask `queries` next; to be called where nothing is left of the last ones."""
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
            self._running.add(asyncio.create_task(ask_all(self._fetch, (query,), self._clock)))
        return tuple(self._running)

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since; after a failure the rest is left for another time."""
        over = [task for task in self._running if task.done()]
        self._running.difference_update(over)
        self._done += len(over)
        outcomes = tuple(task.result() for task in over)
        if any(outcome.problem for outcome in outcomes):
            self._waiting.clear()
        elif any(outcome.breakdown_problem for outcome in outcomes):
            self._waiting = deque(each for each in self._waiting if each.slice_by is None)
        self._pieces = self._done + len(self._running) + len(self._waiting)
        problems = (outcome.problem or outcome.breakdown_problem for outcome in outcomes)
        self._note(next(filter(None, problems), None))
        return outcomes

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
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return outcomes
