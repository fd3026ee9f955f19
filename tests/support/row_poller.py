"""A poller with rows that are asked for one by one, and a server that counts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from polytop.api.errors import ApiError
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Cost, NotOffered
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters, Target
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff, RateLimiter, requests_to_reserve

NOW = 1_790_000_130.0
TARGET = Target("ws-1", "PROJECT-1", "https://api.example")
INTERVAL = 30.0
REFUSED = Problem(Kind.REFUSED, "The request was refused as wrong", "Check it.", 400)
FAILED = Problem(Kind.BROKEN, "The server failed", "Wait.", 500)
OFFLINE = Problem(Kind.OFFLINE, "Cannot reach api.example", "Check the network.")
BUSY = Problem(Kind.BUSY, "The API asked to slow down", "Wait.", 429, retry_after=100.0)


def numbers(count: int) -> tuple[str, ...]:
    """Phone numbers."""
    return tuple(f"+44{each:010}" for each in range(count))


class Sent(NamedTuple):
    """One request: when (seconds since the beginning), for which number (None: the total)."""

    at: float
    number: str | None
    start: int
    end: int

    @property
    def newest(self) -> bool:
        """True if it reached up to the running window."""
        return self.end > NOW + self.at


@dataclass
class Server:
    """Answers every question with ones after `latency` seconds, or with what is wrong.

    `ills` are problems by number, None for the total; `ill` is everybody's.
    """

    latency: float = 0.2
    ills: dict[str | None, Problem] = field(default_factory=dict)
    ill: Problem | None = None
    sent: list[Sent] = field(default_factory=list)

    async def fetch(self, query: Query) -> Answer | NotOffered:
        now = asyncio.get_running_loop().time()
        number = query.filters.phone_number
        self.sent.append(Sent(now, number, query.start, query.end))
        await asyncio.sleep(self.latency)
        ill = self.ill or self.ills.get(number)
        if ill is not None:
            raise ApiError(ill)
        if query.slice_by is not None:
            return NotOffered(query.slice_by, "not implemented", Cost(1))
        count = grid.count(query.start, query.end)
        return Answer(Series(query.start, (1,) * count), cost=Cost(1))

    def busiest(self) -> int:
        """The most requests in any span of a minute."""
        times = [each.at for each in self.sent]
        first = most = 0
        for last, at in enumerate(times):
            while at - times[first] >= 60 - 1e-6:
                first += 1
            most = max(most, last - first + 1)
        return most

    def longest_wait(self, number: str | None, until: float) -> float:
        """The longest that `number` had to wait for its next turn, the first one included."""
        times = [each.at for each in self.sent if each.number == number and each.newest]
        return max(two - one for one, two in pairwise((0.0, *times, until)))


def _clock() -> float:
    return NOW + asyncio.get_running_loop().time()


def budget_of(limit: int, interval: float = INTERVAL) -> RateLimiter:
    """At most `limit` requests a minute."""
    return RateLimiter(limit, _clock, requests_to_reserve(interval))


class Rows:
    """A poller of `count` numbers with at most `limit` requests a minute."""

    def __init__(
        self,
        server: Server,
        count: int,
        limit: int = 120,
        *,
        span: int = 1_800,
        compare: Compare = Compare.NONE,
        interval: float = INTERVAL,
        budget: RateLimiter | None = None,
    ) -> None:
        self.server = server
        self.view = View(Filters(), span, None, compare, Breakdown.PHONE_NUMBER, numbers(count))
        self.poller = Poller(
            server.fetch,
            TARGET,
            self.view,
            clock=_clock,
            sleep=asyncio.sleep,
            pacing=Backoff(interval, lambda: 0.5),
            budget=budget or budget_of(limit, interval),
        )
        self.snapshots: list[Snapshot] = []

    @property
    def last(self) -> Snapshot:
        """The last snapshot."""
        return self.snapshots[-1]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The poller beside what is done meanwhile."""
        task = asyncio.create_task(self._taken())
        try:
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _taken(self) -> None:
        async with aclosing(self.poller.snapshots()) as snapshots:
            async for snapshot in snapshots:
                self.snapshots = [*self.snapshots[-1:], snapshot]

    async def until(self, holds: Callable[[Snapshot], object]) -> Snapshot:
        """The first snapshot that `holds`."""
        while not (self.snapshots and holds(self.last)):  # noqa: ASYNC110 - time jumps
            await asyncio.sleep(0.05)
        return self.last
