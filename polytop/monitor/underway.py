"""Questions under way: a few at a time, and no more than the budget allows."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from polytop.api.query import Query
from polytop.monitor.asking import Fetch, ask_all
from polytop.monitor.budget import Budget
from polytop.monitor.outcome import Outcome
from polytop.monitor.tasks import given_up

AT_ONCE = 2
"""Questions under way at a time; polls go on beside them."""

Asked = TypeVar("Asked")


class UnderWay(Generic[Asked]):
    """Asks what `waiting` holds in its order; `question` says what is asked for one of these.

    `clock` gives epoch seconds: answers are dated by it.
    """

    def __init__(
        self,
        fetch: Fetch,
        clock: Callable[[], float],
        budget: Budget,
        question: Callable[[Asked], Query],
    ) -> None:
        self.waiting: deque[Asked] = deque()
        self.started = 0
        """Questions asked so far."""
        self._fetch, self._clock, self._budget, self._question = fetch, clock, budget, question
        self._running: dict[asyncio.Task[Outcome], Asked] = {}

    @property
    def running(self) -> tuple[Asked, ...]:
        """What is asked for now."""
        return tuple(self._running.values())

    @property
    def tasks(self) -> Iterable[asyncio.Task[Outcome]]:
        """Their tasks."""
        return tuple(self._running)

    @property
    def held_up(self) -> bool:
        """Whether there is more to ask and the budget alone keeps it back."""
        return bool(self.waiting) and len(self._running) < AT_ONCE

    def start(self, may: Callable[[Asked], bool] | None = None) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now, up to the first that `may` not; what is under way."""
        while self.held_up and (may is None or may(self.waiting[0])) and self._budget.take():
            asked = self.waiting.popleft()
            asking = ask_all(self._fetch, (self._question(asked),), self._clock)
            self._running[asyncio.create_task(asking)] = asked
            self.started += 1
        return self.tasks

    def over(self) -> Iterator[tuple[Asked, Outcome]]:
        """What has been answered since, each once."""
        for task in [task for task in self._running if task.done()]:
            asked, outcome = self._running.pop(task), task.result()
            self._budget.settle(1, outcome.cost.requests, self._clock())
            yield asked, outcome

    async def call_off(self) -> None:
        """Ask no more; what is not answered yet is given up."""
        tasks = self.tasks
        self.waiting.clear()
        self._running.clear()
        await given_up(*tasks)
