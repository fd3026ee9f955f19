"""The poller over what it remembers: restarts, the past, comparisons, marks, a file that fails."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from monitor_world import (
    DAY,
    HOUR,
    NOW,
    TARGET,
    Asked,
    World,
    rows_of,
    soon,
    until,
    whole,
)

from polytop.api.query import Query
from polytop.model import baseline, grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.baseline import Compare
from polytop.model.problem import Kind
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Progress, Snapshot, State
from polytop.model.target import ClientEnv, Filters
from polytop.monitor.asking import Fetch
from polytop.monitor.history import file
from polytop.monitor.history.store import History
from polytop.monitor.safe import SafeMemory

END = grid.floor(NOW) + grid.STEP
SANDBOX = Filters(ClientEnv.SANDBOX)
Following = Callable[[], Awaitable[Snapshot]]


@pytest.fixture
def memory() -> Iterator[SafeMemory]:
    """What outlives the program, without a file."""
    with closing(SafeMemory()) as made:
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "polytop" / "history.sqlite3"


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


# -- the start


async def test_the_first_picture_is_from_history_before_anything_is_asked_or_connected(
    memory: SafeMemory,
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


async def test_what_is_remembered_stays_where_nothing_can_be_reached(memory: SafeMemory) -> None:
    before = await ran(World(memory=memory))
    later = World(memory=memory, now=NOW + HOUR, scenario="drop")
    async with later.watched() as following:
        known, offline = await following(), await following()
    assert (known.state, offline.state) == (State.REMEMBERED, State.OFFLINE)
    assert offline.fetched_at == known.fetched_at == NOW
    assert offline.total == known.total == before.total.cut(known.start, known.end)


@pytest.mark.parametrize("pause", [0, 400, 5 * HOUR, 3 * DAY])
async def test_a_restart_asks_for_what_was_missed_and_for_what_was_not_final(
    memory: SafeMemory, pause: int
) -> None:
    await ran(World(7 * DAY, memory=memory))
    later = World(7 * DAY, memory=memory, now=NOW + pause)
    async with later.watched() as following:
        await following()
        await true(later, await following())
    first, end = END - grid.STEP - HOUR, grid.floor(NOW + pause) + grid.STEP
    assert later.asked == [Asked(first, end, None), Asked(first, end, "variant")]


async def test_a_restart_with_a_longer_window_asks_for_the_rest_alone(memory: SafeMemory) -> None:
    await ran(World(6 * HOUR, memory=memory))
    later = World(10 * DAY, memory=memory)
    async with later.watched() as following:
        await true(later, await whole(following))
    totals = [(one.start, one.end) for one in later.asked if one.slice_by is None]
    assert sorted(set(totals)) == [
        (END - 10 * DAY, END - 6 * HOUR - 7 * DAY),
        (END - 6 * HOUR - 7 * DAY, END - 6 * HOUR),
        (END - grid.STEP - HOUR, END),
    ]


async def test_filters_that_change_keep_both_histories(memory: SafeMemory) -> None:
    world = World(memory=memory)
    async with world.watched() as following:
        await following()
        for filters in (SANDBOX, Filters(), SANDBOX):
            world.poller.look(replace(world.view, filters=filters))
            snapshot = await following()
            assert snapshot.view.filters == filters
            await true(world, snapshot)
    spans = [one.end - one.start for one in world.asked[::2]]
    assert spans == [6 * HOUR, 6 * HOUR, HOUR + grid.STEP, HOUR + grid.STEP]


# -- the past


async def test_a_past_view_is_filled_while_now_goes_on(memory: SafeMemory) -> None:
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


async def test_what_was_seen_of_the_past_is_not_asked_for_again(memory: SafeMemory) -> None:
    world = World(DAY, memory=memory)
    past = replace(world.view, end=END - 3 * DAY)
    async with world.watched() as following:
        await whole(following)
        for view in (past, world.view, past):
            world.poller.look(view)
            while (snapshot := await following()).view != view:
                pass
            await true(world, await whole(following) if snapshot.filling else snapshot)
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
        while (snapshot := await following()).filling or snapshot.view != views[-1]:
            pass
        await true(world, snapshot)
        for view in reversed(views):
            world.poller.look(view)
            while (snapshot := await following()).view != view or snapshot.filling:
                pass
            await true(world, snapshot)
    answered = [one for one in world.asked if one.slice_by is None and one.end <= END - 6 * HOUR]
    windows = [window for one in answered for window in grid.windows(one.start, one.end)]
    # One that was called off under way may have been asked for once more.
    assert len(windows) <= len(set(windows)) + 6 * 12 * len(views)
    assert set(windows) == set(grid.windows(END - 36 * HOUR, END - 6 * HOUR))


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
        assert first.filling == Progress(0, 6)
        following_on = await soon(following)
        await until(lambda: len(waiting) == 2)
        gate.release()
        assert (await following_on).filling == Progress(1, 6)
        # What is answered in the same breath in which another view is wanted is kept all the same.
        gate.release()
        count = len(answered)
        again = await soon(following)
        await until(lambda: len(answered) > count)
        world.poller.look(short)
        while (snapshot := await again).view != short:
            again = await soon(following)
        assert snapshot.filling is None
        world.poller.look(world.view)
        for _ in range(9):
            gate.release()
        while (snapshot := await following()).filling or snapshot.view != world.view:
            pass
        await true(world, snapshot)
    old = [each for each in answered if each[0] < END - DAY]
    assert len(old) == len(set(old)) == 8


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


async def compared(world: World, snapshot: Snapshot) -> None:
    """The days before are what the service says of them, for the total and for every row."""
    days = baseline.days_of(snapshot.view.compare)
    assert len(snapshot.earlier) == len(days)
    now = grid.floor(snapshot.at)
    for number, series in enumerate(snapshot.earlier):
        shown = baseline.reach(snapshot.start, snapshot.end, days[number])
        shown = shown[0], min(shown[1], now - HOUR)
        assert series.cut(*shown) == await world.truth(*shown)
        truth = await world.true_rows(*shown)
        silent = Series(shown[0], (GAP,) * grid.count(*shown))
        assert snapshot.rows
        for row in snapshot.rows:
            assert row.earlier[number].cut(*shown) == truth.get(row.part.id, silent)


async def test_a_comparison_of_the_past_that_is_chosen_later() -> None:
    world = World(DAY, end=END - 3 * DAY)
    async with world.watched() as following:
        await whole(following)
        view = replace(world.view, compare=Compare.TYPICAL)
        world.poller.look(view)
        chosen = await following()
        assert (chosen.view, len(chosen.earlier)) == (view, 4)
        assert {value for series in chosen.earlier for value in series.values} == {UNKNOWN}
        assert chosen.filling == Progress(0, 8)
        snapshot = await whole(following)
        await compared(world, snapshot)
        await true(world, snapshot)
    assert len(world.asked) == len(set(world.asked)) == 2 + 2 + 8


# -- marks


async def test_a_mark_appears_with_the_next_snapshot(path: Path) -> None:
    with closing(SafeMemory(path)) as memory, closing(History(path)) as other:
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
        assert (await waiting).filling == Progress(0, 4)
        release.set()
        await whole(following)
    assert len(started) == len(set(started)) == 6


# -- the file


async def test_two_programs_on_one_file(path: Path) -> None:
    with closing(SafeMemory(path)) as one, closing(SafeMemory(path)) as two:
        worlds = [World(14 * DAY, memory=each, interval=120) for each in (one, two)]
        async with worlds[0].watched() as first, worlds[1].watched() as second:
            for _ in range(12):
                snapshots = await asyncio.gather(first(), second())
            for world, following in zip(worlds, (first, second), strict=True):
                # What the other has seen of the running window may be newer.
                await true(world, await whole(following), NOW)
        assert all(snapshot.history_problem is None for snapshot in snapshots)
    with closing(SafeMemory(path)) as memory:
        third = World(14 * DAY, now=max(world.now for world in worlds), memory=memory)
        async with third.watched() as following:
            assert (await following()).total.first_unknown() is None
            await true(third, await following())
    assert len(third.asked) == 2


async def test_what_one_program_has_asked_for_another_shows(path: Path) -> None:
    with closing(SafeMemory(path)) as one, closing(SafeMemory(path)) as two:
        world, other = World(memory=one), World(30 * DAY, memory=two)
        async with world.watched() as following:
            await following()
            await ran(other)
            world.poller.look(replace(world.view, span=30 * DAY))
            snapshot = await following()
            assert (snapshot.view.span, snapshot.filling) == (30 * DAY, None)
            await true(world, snapshot)
        assert len(world.asked) == 2


def locked(path: Path) -> Callable[[], None]:
    """Another program begins to write and never ends. Lets go when called."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def overwritten(path: Path) -> Callable[[], None]:
    """Something else is written over all of it, so that no page is what it was."""
    for each in path.parent.iterdir():
        size = each.stat().st_size
        with each.open("r+b") as there:
            there.write((b"" if each == path else bytes(size)) or b"no database " * (size // 12))
    return lambda: None


def deleted(path: Path) -> Callable[[], None]:
    for each in path.parent.iterdir():
        each.unlink()
    return lambda: None


def out_of_reach(path: Path) -> Callable[[], None]:
    """A file stands where the folder was."""
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.write_bytes(b"")
    return lambda: None


@asynccontextmanager
async def broken(
    path: Path, harm: Callable[[Path], Callable[[], None]]
) -> AsyncIterator[tuple[World, Following, Snapshot]]:
    """A world whose file is harmed after it has been read; and the snapshot from before."""
    with closing(SafeMemory(path)) as memory:
        world = World(DAY, memory=memory, compare=Compare.WEEK)
        async with world.watched() as following:
            good = await whole(following)
            over = harm(path)
            try:
                yield world, following, good
            finally:
                over()


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (locked, "in use"),
        (overwritten, "set aside"),
        (deleted, "removed"),
        (out_of_reach, "Not a directory|File exists|cannot be opened"),
    ],
)
async def test_a_file_that_fails_in_the_middle_leaves_the_picture_and_the_polls(
    path: Path,
    harm: Callable[[Path], Callable[[], None]],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(file, "PATIENCE", 0.05)
    caplog.set_level(logging.ERROR, "polytop.api")
    async with broken(path, harm) as (world, following, good):
        for _ in range(25):
            snapshot = await following()
            assert snapshot.state is State.LIVE
            assert snapshot.fault is None
            await true(world, snapshot)
            await compared(world, snapshot)
        assert snapshot.polls == good.polls + 25
        problem = snapshot.history_problem
        assert problem is not None
        assert problem.kind is Kind.BROKEN
        assert re.search(word, problem.summary)
        assert problem.advice.endswith(".")
        # Nothing that was known is asked for again.
        assert {one.end - one.start for one in world.asked[-40:]} <= {
            HOUR + grid.STEP,
            HOUR + 2 * grid.STEP,
        }


@pytest.mark.parametrize("harm", [overwritten, deleted])
async def test_what_is_on_the_screen_is_in_the_new_file_too(
    path: Path, harm: Callable[[Path], Callable[[], None]]
) -> None:
    async with broken(path, harm) as (world, following, _):
        for _ in range(3):
            snapshot = await following()
    with closing(SafeMemory(path)) as memory:
        later = World(DAY, memory=memory, compare=Compare.WEEK, now=world.now)
        async with later.watched() as following:
            known = await following()
            assert (known.total, rows_of(known)) == (snapshot.total, rows_of(snapshot))
            assert known.earlier == snapshot.earlier
            assert known.history_problem is None


async def test_a_file_that_cannot_be_used_from_the_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with closing(SafeMemory(tmp_path / "folder" / "history.sqlite3")) as memory:
        world = World(memory=memory)
        async with world.watched() as following:
            for polls in (1, 2, 3):
                snapshot = await following()
                assert (snapshot.polls, snapshot.state) == (polls, State.LIVE)
                await true(world, snapshot)
                assert snapshot.history_problem is not None
                assert "beyond this run" in snapshot.history_problem.advice


# -- the clock


async def test_what_was_kept_while_the_clock_was_ahead_is_asked_for_again(path: Path) -> None:
    with closing(SafeMemory(path)) as memory:
        ahead = World(DAY, memory=memory, now=NOW + 3 * DAY, scenario="revised")
        async with ahead.watched() as following:
            wrong = await following()
        world = World(DAY, memory=memory)
        async with world.watched() as following:
            known = await following()
            assert known.state is not State.REMEMBERED or known.fetched_at <= NOW
            await true(world, await whole(following))
            while (snapshot := await following()).at < NOW + 2 * HOUR:
                pass
            await true(world, snapshot)
        later = World(DAY, memory=memory, now=NOW + 3 * DAY)
        async with later.watched() as following:
            await following()
            await true(later, await whole(following))
    assert wrong.at == NOW + 3 * DAY


async def test_a_clock_that_jumps_ahead_and_back_while_it_polls() -> None:
    world = World(6 * HOUR)
    async with world.watched() as following:
        await following()
        world.now += 2 * DAY
        await whole(following)
        world.now -= 2 * DAY + HOUR
        await following()
        snapshot = await whole(following)
        assert snapshot.at < NOW
        await true(world, snapshot)
        world.now += 3 * HOUR
        await following()
        await true(world, await whole(following))
