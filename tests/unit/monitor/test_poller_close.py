"""An end at any moment: nothing that was started is left running."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from patience import PATIENCE
from simulated_poller import DAY, World, soon, until

from polytop.api.query import Query
from polytop.model.answer import Answer, NotOffered
from polytop.model.snapshot import Snapshot
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.requests import Fetch

SANDBOX = Filters(ClientEnv.SANDBOX)


@asynccontextmanager
async def nothing_left() -> AsyncGenerator[None, None]:
    """Check that every task that starts within is over at the end, even one about to end."""
    before = asyncio.all_tasks()
    async with asyncio.timeout(PATIENCE):
        yield
        # A generator that nobody closed is closed by a task of the loop, which begins now.
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_closed_between_two_snapshots() -> None:
    world = World(14 * DAY)
    async with nothing_left(), world.client, aclosing(world.poller.snapshots()) as snapshots:
        async for _ in snapshots:
            break
    assert len(world.asked) == 2


async def ended(
    world: World, following: Callable[[], Awaitable[Snapshot]], at: Callable[[], object]
) -> None:
    """Wait for a snapshot until something has happened, then no more."""
    waiting = await soon(following)
    await until(at)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_cancelled_while_it_sleeps() -> None:
    world = World(doze=False)
    async with nothing_left(), world.watched() as following:
        await following()
        async with nothing_left():
            await ended(world, following, world.asleep.is_set)
    assert not world.asleep.is_set()


async def test_cancelled_while_an_answer_hangs() -> None:
    over: list[str | None] = []

    def around(fetch: Fetch) -> Fetch:
        async def noting(query: Query, /) -> Answer | NotOffered:
            try:
                return await fetch(query)
            finally:
                over.append(query.slice_by)

        return noting

    world = World(scenario="hang", around=around)
    async with nothing_left(), world.watched() as following:
        async with nothing_left():
            await ended(world, following, lambda: world.simulator.count == 2)
        assert sorted(over, key=str) == [None, "variant"]


async def test_a_poll_that_is_given_up_leaves_nothing_running() -> None:
    running: set[object] = set()

    def around(fetch: Fetch) -> Fetch:
        async def noting(query: Query, /) -> Answer | NotOffered:
            running.add(query)
            try:
                return await fetch(query)
            finally:
                running.discard(query)

        return noting

    world = World(scenario="hang", around=around)
    async with world.watched() as following:
        waiting = await soon(following)
        await until(lambda: len(running) == 2)
        world.simulator.set_scenario(None)
        world.poller.look(replace(world.view, filters=SANDBOX))
        await waiting
        assert not running


class Sleepless(World):
    """A world in which nobody can sleep."""

    async def sleep(self, seconds: float) -> None:
        raise RuntimeError("no sleep")


async def test_a_sleep_that_fails_is_not_hidden() -> None:
    world = Sleepless()
    async with nothing_left(), world.watched() as following:
        await following()
        with pytest.raises(RuntimeError, match="no sleep"):
            await following()
