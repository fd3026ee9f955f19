"""The poller over what it remembers: the past, comparisons, and marks."""

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
    TARGET,
    Asked,
    World,
    compared,
    ran,
    soon,
    true,
    until,
    whole,
)

from polytop.api.query import Query
from polytop.history.store import History
from polytop.model import baseline, grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.baseline import Compare
from polytop.model.frame import live_frame
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Progress, State
from polytop.monitor.cache import HistoryCache
from polytop.monitor.requests import Fetch

END = grid.floor(NOW) + grid.STEP


@pytest.fixture
def memory() -> Iterator[HistoryCache]:
    """A history that outlives the program, without a file."""
    with closing(HistoryCache()) as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "polytop" / "history.sqlite3"


# -- the past


async def test_a_past_view_is_filled_while_now_goes_on(memory: HistoryCache) -> None:
    await ran(World(HOUR, memory=memory))
    world = World(DAY, memory=memory, end=END - 2 * DAY)
    async with world.watched() as following:
        snapshot = await whole(following)
        await true(world, snapshot)
        assert (snapshot.start, snapshot.end) == (END - 3 * DAY, END - 2 * DAY)
        assert not snapshot.following
        before = len(world.asked)
        while (snapshot := await following()).at < NOW + HOUR:
            await true(world, snapshot)
            assert snapshot.live.now is not None
            assert snapshot.total.end == END - 2 * DAY
    assert {one.end - one.start for one in world.asked[before:]} <= {
        HOUR + grid.STEP,
        HOUR + 2 * grid.STEP,
    }


async def test_what_was_seen_of_the_past_is_not_asked_for_again(memory: HistoryCache) -> None:
    world = World(DAY, memory=memory)
    past = replace(world.view, end=END - 3 * DAY)
    async with world.watched() as following:
        await whole(following)
        for view in (past, world.view, past):
            world.poller.look(view)
            while (snapshot := await following()).view != view:
                pass
            await true(world, await whole(following) if snapshot.backfill else snapshot)
    old = [one for one in world.asked if one.end == END - 3 * DAY]
    assert sorted(old, key=str) == sorted(
        [Asked(END - 4 * DAY, END - 3 * DAY, by) for by in (None, "variant")], key=str
    )


async def test_several_pans_in_a_row_end_with_the_last_and_nothing_is_asked_for_twice() -> None:
    world = World(6 * HOUR)
    views = [replace(world.view, end=END - hours * HOUR) for hours in (6, 12, 18, 30, 24)]
    async with world.watched() as following:
        await following()
        for number, view in enumerate(views):
            world.poller.look(view)
            if number % 2:
                assert (await following()).view == view
        while (snapshot := await following()).backfill or snapshot.view != views[-1]:
            pass
        await true(world, snapshot)
        for view in reversed(views):
            world.poller.look(view)
            while (snapshot := await following()).view != view or snapshot.backfill:
                pass
            await true(world, snapshot)
    answered = [one for one in world.asked if one.slice_by is None and one.end <= END - 6 * HOUR]
    windows = [window for one in answered for window in grid.windows(one.start, one.end)]
    # One that was called off under way may have been asked for once more.
    assert len(windows) <= len(set(windows)) + 6 * 12 * len(views)
    # The first poll asked for what its graph shows before its span.
    assert set(windows) == set(grid.windows(END - 36 * HOUR, live_frame(END, 6 * HOUR).start))


async def test_a_filling_that_is_interrupted_goes_on_with_what_was_not_answered() -> None:
    gate, waiting, answered = asyncio.Semaphore(0), list[Query](), list[tuple[int, object]]()

    def around(fetch: Fetch) -> Fetch:
        async def gated(query: Query, /) -> Answer | NotOffered:
            if query.end < END:
                waiting.append(query)
                await gate.acquire()
            answer = await fetch(query)
            answered.append((query.start, query.slice_by))
            return answer

        return gated

    world = World(28 * DAY, around=around, doze=False)
    short = replace(world.view, span=6 * HOUR)
    async with world.watched() as following:
        first = await following()
        assert first.backfill == Progress(0, 8)
        following_on = await soon(following)
        await until(lambda: len(waiting) == 2)
        gate.release()
        assert (await following_on).backfill == Progress(1, 8)
        # What is answered in the same breath in which another view is wanted is kept all the same.
        gate.release()
        count = len(answered)
        again = await soon(following)
        await until(lambda: len(answered) > count)
        world.poller.look(short)
        while (snapshot := await again).view != short:
            again = await soon(following)
        assert snapshot.backfill is None
        world.poller.look(world.view)
        for _ in range(11):
            gate.release()
        while (snapshot := await following()).backfill or snapshot.view != world.view:
            pass
        await true(world, snapshot)
    old = [each for each in answered if each[0] < END - DAY]
    assert len(old) == len(set(old)) == 10


async def test_a_past_view_without_a_breakdown() -> None:
    world = World(DAY, end=END - 9 * DAY, compare=Compare.WEEK, scenario="501")
    async with world.watched() as following:
        snapshot = await whole(following)
        while snapshot.polls < 5:
            snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        (earlier,) = snapshot.earlier
        assert earlier == await world.truth(earlier.start, earlier.end)
    assert (snapshot.state, snapshot.rows) == (State.LIVE, None)
    assert snapshot.breakdown_problem is not None
    # Of the breakdown nothing but what every poll tries.
    assert all(one.end > END - DAY for one in world.asked if one.slice_by)
    assert len([one for one in world.asked if one.end < END - DAY]) == 2


# -- comparisons


@pytest.mark.parametrize("compare", [Compare.DAY, Compare.WEEK, Compare.TYPICAL])
async def test_a_comparison_asks_for_its_days_once_and_with_a_reserve(compare: Compare) -> None:
    days = baseline.days_of(compare)
    world = World(6 * HOUR, compare=compare, interval=300)
    async with world.watched() as following:
        await true(world, await whole(following))
        first = [one for one in world.asked if one.end < END - HOUR]
        assert len(first) == 2 * len(days)
        while (snapshot := await following()).at < NOW + 3 * HOUR:
            pass
        assert [one for one in world.asked if one.end < END - HOUR] == first
        await compared(world, snapshot)


async def test_a_comparison_of_the_past_that_is_chosen_later() -> None:
    world = World(DAY, end=END - 3 * DAY)
    async with world.watched() as following:
        await whole(following)
        view = replace(world.view, compare=Compare.TYPICAL)
        world.poller.look(view)
        chosen = await following()
        assert (chosen.view, len(chosen.earlier)) == (view, 4)
        assert {value for series in chosen.earlier for value in series.values} == {UNKNOWN}
        assert chosen.backfill == Progress(0, 8)
        snapshot = await whole(following)
        await compared(world, snapshot)
        await true(world, snapshot)
    assert len(world.asked) == len(set(world.asked)) == 2 + 2 + 8


# -- marks


async def test_a_mark_appears_with_the_next_snapshot(path: Path) -> None:
    with closing(HistoryCache(path)) as memory, closing(History(path)) as other:
        other.open()
        world = World(memory=memory)
        async with world.watched() as following:
            assert (await following()).marks == ()
            one = other.add_mark(TARGET, NOW - HOUR, "deployed")
            assert (await following()).marks == (one,)
            two = memory.add_mark(TARGET, NOW - 60, "campaign")
            count, waiting = len(world.asked), await soon(following)
            world.poller.show_again()
            while len((snapshot := await waiting).marks) < 2:
                waiting = await soon(following)
            assert snapshot.marks == (one, two)
            assert len(world.asked) <= count + 2


async def test_marks_that_change_do_not_interrupt_a_filling() -> None:
    release, started = asyncio.Event(), list[Query]()

    def around(fetch: Fetch) -> Fetch:
        async def held(query: Query, /) -> Answer | NotOffered:
            started.append(query)
            if query.end < END:
                await release.wait()
            return await fetch(query)

        return held

    world = World(21 * DAY, around=around, doze=False)
    async with world.watched() as following:
        await following()
        waiting = await soon(following)
        await until(lambda: len(started) == 4)
        world.poller.show_again()
        assert (await waiting).backfill == Progress(0, 6)
        release.set()
        await whole(following)
    assert len(started) == len(set(started)) == 8
