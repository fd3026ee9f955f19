"""Machines whose clock is wrong, on one history: what is asked, shown and kept is by the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from itertools import permutations
from pathlib import Path

import httpx
import pytest

from polytop.api.client import Client
from polytop.api.query import Query
from polytop.api.transport import inprocess
from polytop.model import grid
from polytop.model.answer import Answer
from polytop.model.secret import Secret
from polytop.model.server_clock import ServerClock
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.one_shot import fetch_snapshot
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff
from polytop.simulator.app import Simulator, SimulatorConfig

HOUR = 3_600
START = 1_790_000_130.0
TARGET = Target("ws-simulator", "PROJECT-simulator", "http://simulator.example")
VIEW = View(Filters(), 6 * HOUR)
WRONG = {"right": 0, "slow": -3 * HOUR, "fast": 3 * HOUR, "much too fast": 40 * 86_400}


class Undated(httpx.AsyncBaseTransport):
    """A proxy that takes the dates out of the answers."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        del response.headers["date"]
        return response


class World:
    """The true time, and the server that knows it."""

    def __init__(self, *, dated: bool = True) -> None:
        self.now, self.dated = START, dated
        self.wrong = 0.0
        self.service = Simulator(SimulatorConfig(clock=lambda: self.now))

    def client(self, clock: ServerClock | None) -> Client:
        transport = inprocess(self.service)
        if not self.dated:
            transport = Undated(transport)
        now = clock or (lambda: self.now)
        return Client(TARGET, Secret("simulator"), transport=transport, now=now)

    def clock(self) -> ServerClock:
        return ServerClock(lambda: self.now + self.wrong)

    async def look(self, memory: HistoryCache) -> Snapshot:
        """One look with the machine's clock."""
        clock = self.clock()
        async with self.client(clock) as client:
            return await fetch_snapshot(client.fetch, TARGET, VIEW, clock=clock, memory=memory)

    async def truth(self, start: int, end: int) -> tuple[int, ...]:
        """What the server says of the complete windows."""
        async with self.client(None) as client:
            answer = await client.fetch(Query(TARGET, Filters(), start, end))
        assert isinstance(answer, Answer)
        assert answer.total is not None
        return answer.total.values

    async def check(self, snapshot: Snapshot) -> None:
        """The snapshot is of now, and every complete window is as the server says."""
        end = grid.floor(self.now)
        assert snapshot.end == end + grid.STEP
        assert abs(snapshot.at - self.now) < 2
        assert snapshot.complete_until == end
        values = snapshot.total.cut(snapshot.start, end).values
        assert values == await self.truth(snapshot.start, end)
        assert min(values) >= 0


@pytest.fixture
def memory(tmp_path: Path) -> AsyncIterator[HistoryCache]:
    with closing(HistoryCache(tmp_path / "history.sqlite3")) as made:
        yield made  # type: ignore[misc]


@pytest.mark.parametrize(
    "order", [*permutations(WRONG, 3), ("fast", "fast", "right")], ids="-".join
)
async def test_looks_with_wrong_and_right_clocks_in_every_order(
    memory: HistoryCache, order: tuple[str, ...]
) -> None:
    world = World()
    for name in order:
        world.wrong = WRONG[name]
        found = await world.look(memory)
        await world.check(found)
        problem = found.clock_problem
        assert (problem is None) is (name == "right")
        if problem is not None:
            assert ("slow" if name == "slow" else "fast") in problem.summary
        world.now += 47 * 60
    # Long after the time that the fast clock showed.
    world.now += 4 * HOUR
    world.wrong = 0
    await world.check(await world.look(memory))


@pytest.mark.parametrize("names", [("fast", "right"), ("right", "slow"), ("slow", "fast")])
async def test_two_processes_with_different_clocks(tmp_path: Path, names: tuple[str, str]) -> None:
    world, path = World(), tmp_path / "history.sqlite3"
    with closing(HistoryCache(path)) as one, closing(HistoryCache(path)) as two:
        for _ in range(5):
            for name, memory in zip(names, (one, two), strict=True):
                world.wrong = WRONG[name]
                await world.check(await world.look(memory))
                world.now += 700


@pytest.mark.parametrize("name", WRONG)
async def test_without_a_date_nothing_that_was_to_come_is_final(
    memory: HistoryCache, name: str
) -> None:
    world = World(dated=False)
    world.wrong = WRONG[name]
    found = await world.look(memory)
    told = found.clock_problem.summary if found.clock_problem else ""
    assert ("told no time" in told) is ("fast" in name)
    world.wrong = 0
    world.now += 5 * HOUR
    await world.check(await world.look(memory))


@pytest.mark.parametrize("jumps", [(0, 3), (3, 0), (-3, 0), (-3, 3), (3, -3)])
async def test_a_monitor_whose_clock_is_set_while_it_runs(
    memory: HistoryCache, jumps: tuple[int, int]
) -> None:
    world = World()
    clock = world.clock()

    async def sleep(seconds: float) -> None:
        world.now += seconds
        await asyncio.sleep(0)

    async with world.client(clock) as client:
        poller = Poller(
            client.fetch,
            TARGET,
            VIEW,
            clock=clock,
            sleep=sleep,
            pacing=Backoff(30.0, lambda: 0.5),
            memory=memory,
        )
        async with aclosing(poller.snapshots()) as snapshots:
            for jump in jumps:
                world.wrong = jump * HOUR
                polls = None
                async for snapshot in snapshots:
                    polls = snapshot.polls if polls is None else polls
                    if snapshot.polls < polls + 6 or snapshot.backfill is not None:
                        continue
                    assert (snapshot.clock_problem is None) is (jump == 0)
                    end = snapshot.complete_until
                    values = snapshot.total.cut(snapshot.start, end).values
                    assert values == await world.truth(snapshot.start, end)
                    assert world.now - snapshot.at < 60
                    break
