"""The poller over a file that fails in the middle of it, and a clock that is wrong."""

import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from simulated_poller import (
    DAY,
    HOUR,
    NOW,
    World,
    compared,
    rows_of,
    true,
    whole,
)

from polytop.history import database
from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.problem import Kind
from polytop.model.snapshot import Snapshot, State
from polytop.monitor.cache import HistoryCache

END = grid.floor(NOW) + grid.STEP
Following = Callable[[], Awaitable[Snapshot]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "polytop" / "history.sqlite3"


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
    with closing(HistoryCache(path)) as memory:
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
    monkeypatch.setattr(database, "PATIENCE", 0.05)
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
    with closing(HistoryCache(path)) as memory:
        later = World(DAY, memory=memory, compare=Compare.WEEK, now=world.now)
        async with later.watched() as following:
            known = await following()
            assert (known.total, rows_of(known)) == (snapshot.total, rows_of(snapshot))
            assert known.earlier == snapshot.earlier
            assert known.history_problem is None


async def test_a_file_that_cannot_be_used_from_the_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with closing(HistoryCache(tmp_path / "folder" / "history.sqlite3")) as memory:
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
    with closing(HistoryCache(path)) as memory:
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
