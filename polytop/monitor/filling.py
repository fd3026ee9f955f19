"""Filling in what the history lacks: a few questions at a time, each kept as it comes."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from polytop.api.query import Query
from polytop.model.snapshot import Progress
from polytop.monitor.asking import Fetch, Outcome, ask_all

AT_ONCE = 2
"""Questions under way at a time; polls go on beside them."""


class Filling:
    """Asks `queries` in their order; called off at any moment, what was answered is kept."""

    def __init__(
        self,
        fetch: Fetch,
        queries: Sequence[Query] = (),
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._waiting = deque(queries)
        self._running: dict[asyncio.Task[Outcome], Query] = {}
        self._pieces, self._done = len(queries), 0

    def start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now; what is under way."""
        while self._waiting and len(self._running) < AT_ONCE:
            query = self._waiting.popleft()
            task = asyncio.create_task(ask_all(self._fetch, (query,), self._clock))
            self._running[task] = query
        return tuple(self._running)

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since; after a failure the rest is left for another time."""
        over = [task for task in self._running if task.done()]
        for task in over:
            del self._running[task]
        self._done += len(over)
        outcomes = tuple(task.result() for task in over)
        if any(outcome.problem for outcome in outcomes):
            self._waiting.clear()
        elif any(outcome.breakdown_problem for outcome in outcomes):
            self._waiting = deque(each for each in self._waiting if each.slice_by is None)
        self._pieces = self._done + len(self._running) + len(self._waiting)
        return outcomes

    @property
    def progress(self) -> Progress | None:
        """How far it has come; None where nothing is left."""
        return Progress(self._done, self._pieces) if self._done < self._pieces else None

    async def call_off(self) -> None:
        """Ask no more."""
        self._waiting.clear()
        tasks = tuple(self._running)
        self._running.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
