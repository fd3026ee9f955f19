"""The poller on a healthy server: what it asks for, when, and what it makes of the answers."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from monitor_world import DAY, HOUR, INTERVAL, NOW, Asked, World, failing, rows_of, until

from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import State
from polytop.model.stats import summary
from polytop.model.target import Filters
from polytop.monitor.asking import RECENT, Fetch
from polytop.monitor.poller import PATIENCE

END = grid.floor(NOW) + grid.STEP


def both(start: int, end: int) -> list[Asked]:
    """The total and the breakdown."""
    return [Asked(start, end, None), Asked(start, end, "variant")]


# -- what is asked for


async def test_the_first_poll_fills_the_window_with_one_question_for_each() -> None:
    world = World()
    async with world.watched() as following:
        snapshot = await following()
        assert world.asked == both(END - 6 * HOUR, END)
        assert (snapshot.start, snapshot.end) == (END - 6 * HOUR, END)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
    assert snapshot.summary == summary(snapshot.total, NOW, snapshot.capacity)
    assert (snapshot.state, snapshot.at, snapshot.fetched_at) == (State.LIVE, NOW, NOW)
    assert (snapshot.cost.requests, snapshot.polls, snapshot.ignored) == (2, 1, 0)
    assert snapshot.cost.received > 1_000


async def test_later_polls_ask_for_the_last_hour_and_the_running_window() -> None:
    world = World()
    async with world.watched() as following:
        for _ in range(25):
            snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    ends = [grid.floor(NOW + INTERVAL * poll) + grid.STEP for poll in range(25)]
    assert len(set(ends)) == 3
    assert RECENT == HOUR
    assert world.asked[2:] == [one for end in ends[1:] for one in both(end - grid.STEP - HOUR, end)]


async def test_after_a_long_pause_what_was_missed_and_what_was_not_final_then() -> None:
    world = World(12 * HOUR)
    async with world.watched() as following:
        await following()
        world.now += 5 * HOUR
        snapshot = await following()
        assert world.asked[2:] == both(END - HOUR, snapshot.end)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)


async def test_a_pause_longer_than_a_week_is_made_up_for_in_pieces() -> None:
    world = World(30 * DAY)
    async with world.watched() as following:
        while (await following()).total.first_unknown() is not None:
            pass
        world.now += 9 * DAY
        before = len(world.asked)
        await following()
        snapshot = await following()
        end = snapshot.end
        assert world.asked[before:] == [
            *both(end - grid.WEEK, end),
            *both(END - HOUR, end - grid.WEEK),
        ]
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)


async def test_a_month_comes_week_by_week_newest_first_each_shown_as_it_comes() -> None:
    world = World(30 * DAY)
    pieces = list(grid.pieces(END - 30 * DAY, END))
    async with world.watched() as following:
        snapshots = [await following() for _ in pieces]
        assert world.slept == []
        assert world.asked == [one for piece in pieces for one in both(*piece)]
        for snapshot, (start, _) in zip(snapshots, pieces, strict=True):
            assert (snapshot.start, snapshot.end) == (END - 30 * DAY, END)
            assert snapshot.total.cut(start, END) == await world.truth(start, END)
            assert set(snapshot.total.cut(END - 30 * DAY, start).values) <= {UNKNOWN}
        assert rows_of(snapshots[-1]) == await world.true_rows(END - 30 * DAY, END)
        await following()
    assert world.asked[10:] == both(END - grid.STEP - HOUR, END)
    assert len(world.slept) == 1


async def test_weeks_of_the_breakdown_that_failed_are_made_up_for() -> None:
    broken = [False, True]
    world = World(
        14 * DAY, within=failing(sliced=True, calls=lambda: bool(broken) and broken.pop(0))
    )
    async with world.watched() as following:
        await following()
        partial = await following()
        assert partial.breakdown_problem is not None
        assert partial.total.first_unknown() is None
        while (snapshot := await following()).breakdown_problem or world.slept == []:
            pass
        snapshot = await following()
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
        before = len(world.asked)
        await following()
    assert world.asked[before:] == both(snapshot.end - grid.STEP - HOUR, snapshot.end)


@pytest.mark.parametrize("span", [1_800, 1_801, 2_000])
async def test_a_window_shorter_than_what_is_asked_again(span: int) -> None:
    world = World(span)
    async with world.watched() as following:
        for _ in range(12):
            snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    assert snapshot.start == grid.floor(snapshot.end - span)
    assert all(one.end - one.start == snapshot.end - snapshot.start for one in world.asked)


async def test_filters_are_sent() -> None:
    filters = Filters(language="en-GB", phone_number="+447856838428")
    world = World(filters=filters)
    async with world.watched() as following:
        snapshot = await following()
    assert snapshot.view.filters == filters
    for one in world.simulator.requests:
        assert set(one.query) >= {("language", "en-GB"), ("phone_number", "+447856838428")}


# -- when


class Slow:
    """Answers take `seconds` of the world's time; notes what runs at once and what happens when."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.world: World
        self.running: list[str | None] = []
        self.events: list[str] = []

    def around(self, fetch: Fetch) -> Fetch:
        async def slowly(query: Query, /) -> Answer | NotOffered:
            assert query.slice_by not in self.running
            assert not self.world.asleep.is_set()
            self.running.append(query.slice_by)
            self.events.append("ask")
            for _ in range(10):
                await self.world.passing(self.seconds / 20)
            answer = await fetch(query)
            self.running.remove(query.slice_by)
            self.events.append("answer")
            return answer

        return slowly


async def test_it_sleeps_after_it_has_fetched_however_slow_the_answer() -> None:
    slow = Slow(10 * INTERVAL)
    world = slow.world = World(around=slow.around)
    async with world.watched() as following:
        snapshots = [await following() for _ in range(4)]
    assert slow.events == ["ask", "ask", "answer", "answer"] * 4
    assert world.slept == [INTERVAL] * 3
    apart = [two.at - one.at for one, two in pairwise(snapshots)]
    assert apart == pytest.approx([11 * INTERVAL] * 3)


async def test_the_interval_counts_from_the_answer_not_from_when_it_was_taken() -> None:
    world = World()
    async with world.watched() as following:
        snapshot = await following()
        assert snapshot.next_at == NOW + INTERVAL
        world.now += 12
        await following()
        world.now += 500
        await following()
    assert world.slept == [INTERVAL - 12, 0]


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 27.0), (0.25, 28.5), (0.75, 31.5)])
async def test_jitter(chance: float, delay: float) -> None:
    world = World(chance=lambda: chance)
    async with world.watched() as following:
        await following()
        await following()
    assert world.slept == pytest.approx([delay])


async def test_it_wakes_when_woken() -> None:
    world = World(doze=False)
    async with world.watched() as following:
        await following()
        for polls in (2, 3):
            waiting = asyncio.ensure_future(following())
            await until(world.asleep.is_set)
            assert not waiting.done()
            world.poller.wake()
            assert (await waiting).polls == polls
    assert len(world.asked) == 6
    assert len(world.slept) == 2


def held_up(release: asyncio.Event, started: list[Query]) -> Callable[[Fetch], Fetch]:
    """Answers wait until they are let go."""

    def around(fetch: Fetch) -> Fetch:
        async def held(query: Query, /) -> Answer | NotOffered:
            started.append(query)
            await release.wait()
            return await fetch(query)

        return held

    return around


async def test_waking_during_a_poll_makes_no_other() -> None:
    release, started = asyncio.Event(), list[Query]()
    world = World(doze=False, around=held_up(release, started))
    async with world.watched() as following:
        first = asyncio.ensure_future(following())
        await until(lambda: len(started) == 2)
        for _ in range(3):
            world.poller.wake()
            await asyncio.sleep(0)
        release.set()
        assert (await first).polls == 1
        second = asyncio.ensure_future(following())
        await until(world.asleep.is_set)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not second.done()
        second.cancel()
        await asyncio.wait([second])
    assert len(started) == 2


async def test_waking_just_after_an_answer_makes_no_other() -> None:
    world = World(doze=False)
    async with world.watched() as following:
        await following()
        world.poller.wake()
        waiting = asyncio.ensure_future(following())
        await until(world.asleep.is_set)
        for _ in range(20):
            await asyncio.sleep(0)
        assert world.asleep.is_set()
        waiting.cancel()
        await asyncio.wait([waiting])
    assert len(world.asked) == 2


async def test_waking_during_a_poll_that_has_lasted_too_long_asks_again() -> None:
    release, started = asyncio.Event(), list[Query]()
    world = World(around=held_up(release, started))
    async with world.watched() as following:
        first = asyncio.ensure_future(following())
        await until(lambda: len(started) == 2)
        world.now += PATIENCE + 5 * HOUR
        world.poller.wake()
        await until(lambda: len(started) == 4)
        release.set()
        snapshot = await first
        assert snapshot.polls == 1
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    assert len(world.asked) == 2


async def test_a_clock_that_is_set_back_breaks_nothing() -> None:
    world = World()
    async with world.watched() as following:
        await following()
        world.now -= HOUR
        snapshot = await following()
        assert (snapshot.state, snapshot.at, snapshot.end) == (State.LIVE, NOW - HOUR, END - HOUR)
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        world.now += HOUR
        await following()
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
