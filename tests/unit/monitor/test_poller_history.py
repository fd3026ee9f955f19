"""The poller over what it remembers: starts, restarts, and two programs at once."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from simulated_poller import (
    DAY,
    HOUR,
    NOW,
    Asked,
    World,
    ran,
    rows_of,
    soon,
    true,
    until,
    whole,
)

from polytop.model import grid
from polytop.model.frame import live_frame
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import State
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.cache import HistoryCache

END = grid.floor(NOW) + grid.STEP
SANDBOX = Filters(ClientEnv.SANDBOX)


@pytest.fixture
def memory() -> Iterator[HistoryCache]:
    """A history that outlives the program, without a file."""
    with closing(HistoryCache()) as made:
        yield made


# -- the start


async def test_the_first_picture_is_from_history_before_anything_is_asked_or_connected(
    memory: HistoryCache,
) -> None:
    before = await ran(World(memory=memory))
    events: list[str] = []

    async def connect() -> None:
        events.append(f"connect after {len(events)} events")

    later = World(memory=memory, now=NOW + 2 * HOUR, connect=connect)
    async with later.watched() as following:
        known = await following()
        assert (events, later.asked) == ([], [])
        assert (known.state, known.remembered, known.polls) == (State.REMEMBERED, True, 0)
        assert (known.at, known.fetched_at) == (NOW + 2 * HOUR, grid.floor(NOW) + 30)
        assert (known.start, known.end) == (END - 4 * HOUR, END + 2 * HOUR)
        assert known.total == before.total.cut(known.start, known.end)
        assert rows_of(known) == {
            part: series.cut(known.start, known.end) for part, series in rows_of(before).items()
        }
        fresh = await following()
        assert events == ["connect after 0 events"]
        assert (fresh.state, fresh.remembered, fresh.fetched_at) == (State.LIVE, False, fresh.at)
        await true(later, fresh)


async def test_an_empty_history_shows_nothing_before_the_first_answer() -> None:
    world = World()
    async with world.watched() as following:
        assert (await following()).polls == 1


async def test_another_window_before_the_first_answer_is_no_memory_of_nothing() -> None:
    world = World(scenario="hang")
    async with world.watched() as following:
        waiting = await soon(following)
        await until(lambda: world.simulator.count == 2)
        world.poller.look(replace(world.view, span=HOUR))
        snapshot = await waiting
    assert (snapshot.state, snapshot.remembered, snapshot.fetched_at) == (
        State.CONNECTING,
        False,
        None,
    )


async def test_what_is_remembered_stays_where_nothing_can_be_reached(memory: HistoryCache) -> None:
    before = await ran(World(memory=memory))
    later = World(memory=memory, now=NOW + HOUR, scenario="drop")
    async with later.watched() as following:
        known, offline = await following(), await following()
    assert (known.state, offline.state) == (State.REMEMBERED, State.OFFLINE)
    assert offline.fetched_at == known.fetched_at == NOW
    assert offline.total == known.total == before.total.cut(known.start, known.end)


@pytest.mark.parametrize("pause", [0, 400, 5 * HOUR, 3 * DAY])
async def test_a_restart_asks_for_what_was_missed_and_for_what_was_not_final(
    memory: HistoryCache, pause: int
) -> None:
    await ran(World(7 * DAY, memory=memory))
    later = World(7 * DAY, memory=memory, now=NOW + pause)
    async with later.watched() as following:
        await following()
        await true(later, await following())
    first, end = END - grid.STEP - HOUR, grid.floor(NOW + pause) + grid.STEP
    assert later.asked == [Asked(first, end, None), Asked(first, end, "variant")]


async def test_a_restart_with_a_longer_window_asks_for_the_rest_alone(memory: HistoryCache) -> None:
    await ran(World(6 * HOUR, memory=memory))
    later = World(10 * DAY, memory=memory)
    async with later.watched() as following:
        await true(later, await whole(following))
    held = live_frame(END, 6 * HOUR).start
    totals = [(one.start, one.end) for one in later.asked if one.slice_by is None]
    assert sorted(set(totals)) == [
        (live_frame(END, 10 * DAY).start, held - 7 * DAY),
        (held - 7 * DAY, held),
        (END - grid.STEP - HOUR, END),
    ]


async def test_filters_that_change_keep_both_histories(memory: HistoryCache) -> None:
    world = World(memory=memory)
    async with world.watched() as following:
        await following()
        for filters in (SANDBOX, Filters(), SANDBOX):
            world.poller.look(replace(world.view, filters=filters))
            snapshot = await following()
            assert snapshot.view.filters == filters
            await true(world, snapshot)
    spans = [one.end - one.start for one in world.asked[::2]]
    first = END - live_frame(END, 6 * HOUR).start
    assert spans == [first, first, HOUR + grid.STEP, HOUR + grid.STEP]


# -- two programs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "polytop" / "history.sqlite3"


async def test_two_programs_on_one_file(path: Path) -> None:
    with closing(HistoryCache(path)) as one, closing(HistoryCache(path)) as two:
        worlds = [World(14 * DAY, memory=each, interval=120) for each in (one, two)]
        async with worlds[0].watched() as first, worlds[1].watched() as second:
            for _ in range(12):
                snapshots = await asyncio.gather(first(), second())
            for world, following in zip(worlds, (first, second), strict=True):
                # What the other has seen of the running window may be newer.
                await true(world, await whole(following), NOW)
        assert all(snapshot.history_problem is None for snapshot in snapshots)
    with closing(HistoryCache(path)) as memory:
        third = World(14 * DAY, now=max(world.now for world in worlds), memory=memory)
        async with third.watched() as following:
            assert UNKNOWN not in (await following()).total.values
            await true(third, await following())
    assert len(third.asked) == 2


async def test_what_one_program_has_asked_for_another_shows(path: Path) -> None:
    with closing(HistoryCache(path)) as one, closing(HistoryCache(path)) as two:
        world, other = World(memory=one), World(30 * DAY, memory=two)
        async with world.watched() as following:
            await following()
            await ran(other)
            world.poller.look(replace(world.view, span=30 * DAY))
            snapshot = await following()
            assert (snapshot.view.span, snapshot.backfill) == (30 * DAY, None)
            await true(world, snapshot)
        assert len(world.asked) == 2
