"""The snapshot of a past range: what is asked for, repeated, kept and compared."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest

from polytop.api.errors import ConnectionFailed, RateLimited
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.baseline import Compare
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.range_source import FetchProgress, RangeFetch, with_week_before

NOW = 1_790_000_130.0
END = grid.floor(NOW) - 86_400
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
BUSY = Problem(Kind.BUSY, "Too many requests", "Wait.", 429)
GONE = Problem(Kind.OFFLINE, "Cannot reach api.example", "Check the network.")


class Server:
    """Answers each window with its number since the epoch, modulo 100; `fails` may raise first."""

    def __init__(self, fails: Callable[[int], None] = lambda _: None) -> None:
        self.asked: list[Query] = []
        self._fails = fails

    async def fetch(self, query: Query) -> Answer:
        self.asked.append(query)
        self._fails(len(self.asked))
        windows = grid.windows(query.start, query.end)
        series = Series(query.start, tuple(window // grid.STEP % 100 for window in windows))
        if query.slice_by is SliceBy.VARIANT:
            return Answer(rows=(Row(Part("a"), "A", series),))
        return Answer(total=series)


def fetched(
    server: Server,
    memory: HistoryCache | None,
    span: int = 3_600,
    compare: Compare = Compare.WEEK,
) -> tuple[Snapshot, list[FetchProgress], list[Problem]]:
    """The snapshot of the hours before a day ago, the progress, and the waits."""
    progress: list[FetchProgress] = []
    waits: list[Problem] = []

    async def sleep(_: float) -> None:
        return

    source = RangeFetch(
        server.fetch, TARGET, memory, clock=lambda: NOW, sleep=sleep,
        waiting=lambda _, problem: waits.append(problem), progress=progress.append,
    )  # fmt: skip
    with closing(source):
        view = View(Filters(), span, END, compare)
        return asyncio.run(source.snapshot(view, Capacity(120))), progress, waits


def test_totals_come_first_then_rows_each_a_week_at_most() -> None:
    server = Server()
    found, progress, _ = fetched(server, None, span=10 * 86_400)
    slices = [query.slice_by for query in server.asked]
    assert slices == sorted(slices, key=lambda each: each is not None)
    assert all(query.end - query.start <= grid.WEEK for query in server.asked)
    assert progress[-1].done == progress[-1].pieces == len(server.asked)
    assert found.summary.known == 10 * 288
    assert (found.fault, found.breakdown_problem) == (None, None)
    assert found.rows is not None
    assert [row.part.id for row in found.rows] == ["a"]


def test_what_is_kept_is_not_asked_for_again() -> None:
    with closing(HistoryCache()) as memory:
        first, _, _ = fetched(Server(), memory)
        server = Server()
        again, progress, _ = fetched(server, memory)
    assert (server.asked, progress) == ([], [])
    assert again.total == first.total
    assert again.earlier == first.earlier


def test_a_failure_that_may_pass_is_tried_again() -> None:
    def fails(number: int) -> None:
        if number == 2:
            raise RateLimited(BUSY)

    found, _, waits = fetched(Server(fails), None)
    assert waits == [BUSY]
    assert found.fault is None


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_failure_for_good_leaves_what_came_before_it(after: int) -> None:
    def fails(number: int) -> None:
        if number > after:
            raise ConnectionFailed(GONE)

    server = Server(fails)
    found, _, _ = fetched(server, None)
    assert (found.summary.known > 0) == (after > 0)
    problems = (found.fault and found.fault.problem, found.breakdown_problem)
    assert problems == ((GONE, GONE) if after < 2 else (None, GONE))


def test_the_week_before_comes_from_what_is_kept_and_changes_nothing_else() -> None:
    with closing(HistoryCache()) as memory:
        beside, _, _ = fetched(Server(), memory)
        alone, _, _ = fetched(Server(), memory, compare=Compare.NONE)
        found = with_week_before(alone, memory, TARGET)
        assert with_week_before(beside, memory, TARGET) is beside
    assert alone.earlier == ()
    assert found.earlier == beside.earlier
    assert found.rows is not None
    assert beside.rows is not None
    assert [row.earlier for row in found.rows] == [row.earlier for row in beside.rows]
    rows = tuple(row._replace(earlier=()) for row in found.rows)
    assert replace(found, view=alone.view, earlier=(), rows=rows) == replace(alone, earlier=())
