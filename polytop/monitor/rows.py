"""Rows that are asked for one by one take turns: who has waited longest is next."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.problem import Kind, Problem
from polytop.monitor.asking import Fetch, Outcome, ask_all
from polytop.monitor.budget import Budget
from polytop.monitor.history.scope import Scope

AT_ONCE = 3
"""Rows that are asked for at a time."""

TOGETHER = 1.0
"""Seconds within which rows that come in are shown together."""


class Turns:
    """Asks for rows within `budget`; `clock` gives epoch seconds."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: Budget) -> None:
        self.problem: Problem | None = None
        """Why a row could not be had, of those that were asked last."""
        self.refused: frozenset[Scope] = frozenset()
        """What the server will not answer; it is not asked for again under the same view."""
        self._fetch, self._clock, self._budget = fetch, clock, budget
        self._waiting: deque[Query] = deque()
        self._running: dict[asyncio.Task[Outcome], Query] = {}

    def plan(self, queries: Sequence[Query]) -> None:
        """Ask `queries` next, in their order, in the place of what still waits."""
        running = {_scope(query) for query in self._running.values()}
        but = running | self.refused
        self._waiting = deque(query for query in queries if _scope(query) not in but)

    def start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now; what is under way."""
        while self._waiting and len(self._running) < AT_ONCE and self._budget.take():
            query = self._waiting.popleft()
            task = asyncio.create_task(ask_all(self._fetch, (query,), self._clock))
            self._running[task] = query
        return tuple(self._running)

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since. Where nothing comes back, the rest waits for a poll."""
        over = [task for task in self._running if task.done()]
        outcomes = []
        for task in over:
            query, outcome = self._running.pop(task), task.result()
            outcomes.append(outcome)
            if outcome.problem is None:
                continue
            self.problem = outcome.problem
            if outcome.problem.kind is Kind.REFUSED:
                self.refused |= {_scope(query)}
            else:
                self._waiting.clear()
        if over and all(outcome.problem is None for outcome in outcomes) and not self.refused:
            self.problem = None
        return tuple(outcomes)

    @property
    def held_up(self) -> bool:
        """Whether the budget alone keeps the next question back."""
        return bool(self._waiting) and len(self._running) < AT_ONCE

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not self._running and not self._waiting

    async def call_off(self) -> tuple[Outcome, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.taken()
        tasks = tuple(self._running)
        self._waiting.clear()
        self._running.clear()
        self.problem, self.refused = None, frozenset()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return outcomes


def _scope(query: Query) -> Scope:
    return Scope(query.target, query.filters, query.slice_by)
