"""A world for the poller: the simulator behind the real client, with a clock moved by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from patience import PATIENCE

from polytop.api.client import Client
from polytop.api.limits import Timeouts
from polytop.api.query import Query
from polytop.api.transport import inprocess
from polytop.model import baseline, grid
from polytop.model.answer import Answer
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.secret import Secret
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.poller import Poller
from polytop.monitor.requests import Fetch
from polytop.monitor.schedule import (
    AT_ONCE,
    REQUESTS_PER_MINUTE,
    REQUESTS_PER_POLL,
    Backoff,
    RateLimiter,
    Use,
    requests_to_reserve,
)
from polytop.monitor.view_data import HistoryStore
from polytop.simulator.app import Simulator, SimulatorConfig

NOW = 1_790_000_130.0
"""A Monday, 14:15:30 UTC."""
HOUR, DAY = 3_600, 86_400
KEY = "k3y-never-shown-0123456789"
TARGET = Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid")
INTERVAL = 30.0

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Asked(NamedTuple):
    """One request: its range, epoch seconds, and what it was sliced by."""

    start: int
    end: int
    slice_by: str | None


class PollBudget:
    """A budget of requests that notes when the latest poll began, and whether it goes on."""

    def __init__(self, limiter: RateLimiter, clock: Callable[[], float]) -> None:
        self._limiter, self._clock = limiter, clock
        self.wait, self.used = limiter.wait, limiter.used
        self.polling, self.poll_began = False, 0.0

    def take(self, requests: int = 1, use: Use = Use.BESIDE) -> bool:
        """Take requests for a poll, or for something beside it."""
        fits = self._limiter.take(requests, use)
        if fits and requests == REQUESTS_PER_POLL:
            self.polling, self.poll_began = True, self._clock()
        return fits

    def settle(self, taken: int, sent: int, at: float, use: Use = Use.BESIDE) -> None:
        """Count the requests that were sent."""
        self._limiter.settle(taken, sent, at, use)
        if taken == REQUESTS_PER_POLL:
            self.polling = False


class World:
    """Everything a poller needs. Time passes while somebody sleeps, and not otherwise.

    `within` puts something between the client and the simulator, `around` between the poller and
    the client. With `doze` False, who sleeps stays asleep until woken. `now` is when it begins; two
    worlds on one `memory` are two starts of the program.
    """

    def __init__(
        self,
        span: int = 6 * HOUR,
        *,
        filters: Filters | None = None,
        scenario: str | None = None,
        interval: float = INTERVAL,
        chance: Callable[[], float] = lambda: 0.5,
        doze: bool = True,
        retry_after: int = 5,
        within: Callable[[Asgi], Asgi] = lambda app: app,
        around: Callable[[Fetch], Fetch] = lambda fetch: fetch,
        patience: float = 30.0,
        now: float = NOW,
        end: int | None = None,
        compare: Compare = Compare.NONE,
        memory: HistoryStore | None = None,
        connect: Callable[[], Awaitable[None]] | None = None,
        breakdown: Breakdown | None = Breakdown.VARIANT,
        values: tuple[str, ...] = (),
    ) -> None:
        self.now, self.doze = now, doze
        self.slept: list[float] = []
        self.sleeping: list[float] = []
        self.asleep = asyncio.Event()
        config = SimulatorConfig(
            clock=self.clock, sleep=self.passing, limit=12, variants=3, retry_after=retry_after
        )
        self.simulator, self._healthy = Simulator(config), Simulator(config)
        self.simulator.set_scenario(scenario)
        self.client = Client(
            TARGET,
            Secret(KEY),
            transport=inprocess(within(self.simulator)),
            at_once=AT_ONCE,
            timeouts=Timeouts(total=patience),
            clock=self.clock,
            now=self.clock,
        )
        self.view = View(filters or Filters(), span, end, compare, breakdown, values)
        limiter = RateLimiter(REQUESTS_PER_MINUTE, self.clock, requests_to_reserve(interval))
        self.budget = PollBudget(limiter, self.clock)
        self.poller = Poller(
            around(self.client.fetch),
            TARGET,
            self.view,
            clock=self.clock,
            sleep=self.sleep,
            pacing=Backoff(interval, chance),
            capacity=Capacity(12),
            memory=memory,
            connect=connect,
            budget=self.budget,
        )

    def clock(self) -> float:
        return self.now

    async def passing(self, seconds: float) -> None:
        """Time passes, and others have their turn."""
        await asyncio.sleep(0)
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        """Sleep for the poller, in the world's time."""
        self.slept.append(seconds)
        self.sleeping.append(seconds)
        self.asleep.set()
        try:
            if not self.doze:
                await asyncio.Event().wait()
            await self.passing(seconds)
        finally:
            self.sleeping.remove(seconds)
            self.asleep.clear()

    @property
    def asked(self) -> list[Asked]:
        """Every request so far, oldest first."""
        pairs = [dict(one.query) for one in self.simulator.requests]
        return [
            Asked(
                round(grid.from_iso(pair["start_time"])),
                round(grid.from_iso(pair["end_time"])),
                pair.get("slice_by"),
            )
            for pair in pairs
        ]

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Callable[[], Awaitable[Snapshot]]]:
        """The poller running; gives a function that waits for the next snapshot."""
        async with (
            asyncio.timeout(PATIENCE),
            self.client,
            aclosing(self.poller.snapshots()) as snapshots,
        ):
            yield lambda: anext(snapshots)

    async def truth(self, start: int, end: int, filters: Filters | None = None) -> Series:
        """Return what a healthy server says of `[start, end)`, the running window provisional."""
        answer = await self._ask(Query(TARGET, filters or self.view.filters, start, end))
        assert answer.total is not None
        return self._with_running(answer.total)

    async def true_rows(
        self, start: int, end: int, filters: Filters | None = None
    ) -> dict[str | None, Series]:
        """The same for the breakdown by variant."""
        chosen = filters or self.view.filters
        query = Query(TARGET, chosen, start, end, slice_by=SliceBy.VARIANT)
        rows = (await self._ask(query)).rows
        return {row.part.id: self._with_running(row.series) for row in rows}

    def _with_running(self, series: Series) -> Series:
        running = grid.floor(self.now)
        here = series.start <= running < series.end
        return replace(series, provisional=frozenset({running} if here else ()))

    async def _ask(self, query: Query) -> Answer:
        async with Client(TARGET, Secret(KEY), transport=inprocess(self._healthy)) as client:
            answer = await client.fetch(query)
        assert isinstance(answer, Answer)
        return answer


async def soon(following: Callable[[], Awaitable[Snapshot]]) -> "asyncio.Future[Snapshot]":
    """The next snapshot, which the poller is already after."""
    waiting = asyncio.ensure_future(following())
    await asyncio.sleep(0)
    return waiting


async def until(happened: Callable[[], object]) -> None:
    """Let others run until something has happened."""
    while not happened():  # noqa: ASYNC110 - what happens has no event of its own
        await asyncio.sleep(0)


async def whole(following: Callable[[], Awaitable[Snapshot]]) -> Snapshot:
    """The first snapshot that lacks nothing and for which nothing is asked."""
    while (snapshot := await following()).backfill or UNKNOWN in snapshot.total.values:
        pass
    return snapshot


def rows_of(snapshot: Snapshot) -> dict[str | None, Series]:
    """Series of the breakdown, by the id of their part."""
    return {row.part.id: row.series for row in snapshot.rows or ()}


def failing(*, sliced: bool, calls: Callable[[], bool] = lambda: True) -> Callable[[Asgi], Asgi]:
    """Puts a gateway in between that refuses sliced questions, or the others, with 503."""

    def within(app: Asgi) -> Asgi:
        async def gateway(scope: Any, receive: Any, send: Any) -> None:
            if (b"slice_by" in scope["query_string"]) is not sliced or not calls():
                await app(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b'{"error_message": "not now"}'})

        return gateway

    return within


async def ran(world: World, polls: int = 1) -> Snapshot:
    """The program runs until it has what it shows, and ends."""
    async with world.watched() as following:
        snapshot = await whole(following)
        while snapshot.polls < polls:
            snapshot = await following()
    return snapshot


async def true(world: World, snapshot: Snapshot, ended: float | None = None) -> None:
    """Total and rows are what the service says; of what had ended when it was asked, or by then."""
    filters = snapshot.view.filters
    assert snapshot.fetched_at is not None
    newest = grid.floor(snapshot.fetched_at if ended is None else ended)
    start, end = snapshot.start, min(snapshot.end, newest)
    assert snapshot.total.cut(start, end) == await world.truth(start, end, filters)
    rows = await world.true_rows(start, end, filters)
    assert {part: series.cut(start, end) for part, series in rows_of(snapshot).items()} == rows
    start = snapshot.recent.start
    assert snapshot.recent.cut(start, newest) == await world.truth(start, newest, filters)
    assert snapshot.recent.at(newest) != UNKNOWN


async def compared(world: World, snapshot: Snapshot) -> None:
    """The days before are what the service says of them, for the total and for every row."""
    days = baseline.days_of(snapshot.view.compare)
    assert len(snapshot.earlier) == len(days)
    now = grid.floor(snapshot.at)
    for number, series in enumerate(snapshot.earlier):
        shown = baseline.counterpart_range(snapshot.start, snapshot.end, days[number])
        shown = shown[0], min(shown[1], now - HOUR)
        assert series.cut(*shown) == await world.truth(*shown)
        truth = await world.true_rows(*shown)
        silent = Series(shown[0], (GAP,) * grid.count(*shown))
        assert snapshot.rows
        for row in snapshot.rows:
            assert row.earlier[number].cut(*shown) == truth.get(row.part.id, silent)
