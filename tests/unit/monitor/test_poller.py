"""The poller on a healthy server: what it asks for, when, and what it makes of the answers."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from simulated_poller import (
    DAY,
    HOUR,
    INTERVAL,
    NOW,
    Asked,
    World,
    failing,
    rows_of,
    soon,
    until,
    whole,
)

from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.frame import live_frame
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import State
from polytop.model.stats import summary
from polytop.model.target import Filters
from polytop.monitor.poller import PATIENCE
from polytop.monitor.requests import AT_ONCE, Fetch

END = grid.floor(NOW) + grid.STEP


def both(start: int, end: int) -> list[Asked]:
    """The total and the breakdown."""
    return [Asked(start, end, None), Asked(start, end, "variant")]


# -- what is asked for


async def test_the_first_poll_fills_the_window_with_one_question_for_each() -> None:
    world = World()
    async with world.watched() as following:
        snapshot = await following()
        assert world.asked == both(live_frame(END, 6 * HOUR).start, END)
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
    assert grid.RECENT == HOUR
    # The window that has just become final is asked for once more.
    finals = [grid.STEP if two > one else 0 for one, two in pairwise(ends)]
    assert world.asked[2:] == [
        one
        for end, final in zip(ends[1:], finals, strict=True)
        for one in both(end - grid.STEP - HOUR - final, end)
    ]


async def test_after_a_long_pause_what_was_missed_and_what_was_not_final_then() -> None:
    world = World(12 * HOUR)
    async with world.watched() as following:
        await following()
        world.now += 5 * HOUR
        snapshot = await following()
        assert world.asked[2:] == both(END - grid.STEP - HOUR, snapshot.end)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)


async def test_a_pause_longer_than_a_week_is_made_up_for_in_pieces() -> None:
    world = World(30 * DAY)
    async with world.watched() as following:
        await whole(following)
        world.now += 9 * DAY
        before = len(world.asked)
        snapshot = await whole(following)
        end = grid.floor(NOW + 9 * DAY) + grid.STEP
        assert not set(both(end - grid.WEEK, end)) - set(world.asked[before:])
        older = [one for one in world.asked[before:] if END < one.end <= end - grid.WEEK]
        assert {one.end for one in older} == {end - grid.WEEK}
        assert END - 2 * HOUR <= min(one.start for one in older) <= END
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)


async def test_a_month_comes_week_by_week_newest_first_each_shown_as_it_comes() -> None:
    world = World(30 * DAY, doze=False)
    pieces = list(grid.split_range(live_frame(END, 30 * DAY).start, END))
    async with world.watched() as following:
        snapshots = [await following()]
        assert snapshots[0].total.cut(END - grid.WEEK, END) == await world.truth(
            END - grid.WEEK, END
        )
        while (snapshot := await following()).backfill is not None:
            snapshots.append(snapshot)
        assert world.asked == [one for piece in pieces for one in both(*piece)]
        for one in snapshots:
            assert (one.start, one.end) == (END - 30 * DAY, END)
        known = [sum(value != UNKNOWN for value in one.total.values) for one in snapshots]
        assert known == sorted(known)
        done = [one.backfill.done for one in snapshots[1:] if one.backfill]
        assert done == sorted(set(done))
        assert {one.backfill.pieces for one in snapshots[1:] if one.backfill} == {8}
        assert snapshot.total == await world.truth(END - 30 * DAY, END)
        assert rows_of(snapshot) == await world.true_rows(END - 30 * DAY, END)
        waiting = await soon(following)
        await until(world.asleep.is_set)
        world.poller.wake()
        await waiting
    assert world.asked[10:] == both(END - grid.STEP - HOUR, END)


async def test_while_a_month_comes_polls_go_on() -> None:
    release, started = asyncio.Event(), list[Query]()

    def around(fetch: Fetch) -> Fetch:
        async def slow_for_old(query: Query, /) -> Answer | NotOffered:
            started.append(query)
            if query.end < END:
                await release.wait()
            return await fetch(query)

        return slow_for_old

    world = World(30 * DAY, around=around)
    async with world.watched() as following:
        polls = [(await following()).polls for _ in range(4)]
        assert polls == [1, 2, 3, 4]
        old = [query for query in started if query.end < END]
        assert len(old) == AT_ONCE
        release.set()
        snapshot = await whole(following)
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
    totals = [(one.start, one.end) for one in world.asked if one.end < END and not one.slice_by]
    assert len(totals) == len(set(totals)) == 4


async def test_weeks_of_the_breakdown_that_failed_are_made_up_for() -> None:
    broken = [False, True]
    world = World(
        14 * DAY, within=failing(sliced=True, calls=lambda: bool(broken) and broken.pop(0))
    )
    async with world.watched() as following:
        while UNKNOWN in (snapshot := await following()).total.values:
            pass
        for _ in range(6):
            snapshot = await following()
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
        assert snapshot.backfill is None
        before = len(world.asked)
        await following()
    assert len(world.asked) == before + 2
    assert broken == []


@pytest.mark.parametrize("span", [1_800, 1_801, 2_000])
async def test_a_window_shorter_than_what_alerts_look_at(span: int) -> None:
    world = World(span)
    async with world.watched() as following:
        first = await following()
        for _ in range(12):
            snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert snapshot.end - snapshot.start == grid.ceil(span)
        assert snapshot.recent == await world.truth(snapshot.end - 3 * HOUR, snapshot.end)
        assert snapshot.live.now == snapshot.summary.now
    assert world.asked[:2] == both(first.end - 3 * HOUR, first.end)
    assert all(one.end - one.start <= 2 * HOUR for one in world.asked[2:])


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


def hold_up(release: asyncio.Event, started: list[Query]) -> Callable[[Fetch], Fetch]:
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
    world = World(doze=False, around=hold_up(release, started))
    async with world.watched() as following:
        first = asyncio.ensure_future(following())
        await until(lambda: len(started) == 2)
        for _ in range(3):
            world.now += 0.5
            running = world.poller.wake()
            assert running is not None
            assert not running.given_up
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
    world = World(around=hold_up(release, started))
    async with world.watched() as following:
        first = asyncio.ensure_future(following())
        await until(lambda: len(started) == 2)
        world.now += PATIENCE + 5 * HOUR
        assert world.poller.wake() == (PATIENCE + 5 * HOUR, True)
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
        assert (snapshot.state, snapshot.end) == (State.LIVE, END - HOUR)
        assert snapshot.at == NOW - HOUR + INTERVAL
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        world.now += HOUR
        await following()
        snapshot = await following()
        assert snapshot.total == await world.truth(snapshot.start, snapshot.end)
        assert rows_of(snapshot) == await world.true_rows(snapshot.start, snapshot.end)
