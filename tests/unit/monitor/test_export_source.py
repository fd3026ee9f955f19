"""The answers to a long range: in order, a few ahead, asked for again where that may help."""

import asyncio
from contextlib import aclosing, closing
from dataclasses import dataclass, field

import pytest

from polytop.api import errors
from polytop.api.query import Query
from polytop.history.store import History
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.target import Filters, Target
from polytop.monitor.export_source import AnswerStream, ExportHistory

TARGET = Target("a", "b", "https://api.example")
START = grid.floor(1_790_000_000)


def failure(kind: type[errors.ApiError], retry_after: float | None = None) -> errors.ApiError:
    return kind(Problem(Kind.BROKEN, kind.__name__, "wait", retry_after=retry_after))


@dataclass
class World:
    """A server that fails as it is told, per request; waits that take no time and are noted."""

    failures: list[errors.ApiError | None] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def fetch(self, query: Query) -> Answer | NotOffered:
        self.asked.append(query.start)
        error = self.failures.pop(0) if self.failures else None
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            # Later ones take less time, so that only care keeps the order.
            for _ in range(20 - len(self.asked)):
                await asyncio.sleep(0)
        finally:
            self.running -= 1
        if error is not None:
            raise error
        return Answer(Series(query.start, (1,)))

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(0)

    def answers(self, weeks: int = 5) -> AnswerStream:
        query = Query(TARGET, Filters(), START, START + weeks * grid.WEEK)
        return AnswerStream(
            self.fetch,
            query.pieces()[::-1],
            sleep=self.sleep,
            waiting=lambda seconds, _: self.waits.append(seconds),
        )

    async def starts(self, weeks: int = 5) -> list[int]:
        async with aclosing(self.answers(weeks).in_order()) as found:
            return [answer.total.start async for answer in found if answer.total]


def test_a_final_window_without_a_value_is_exported_as_the_final_answer_left_it() -> None:
    query = Query(TARGET, Filters(), START, START + 600)
    with closing(History(None)) as history:
        past = ExportHistory(history, lambda: START + 9_000.0)
        history.open()
        past.keep(query, Answer(Series(START, (5, 81))), START + 400.0)
        assert past.read(query) is None
        past.keep(query, Answer(Series(START, (6, GAP))), START + 8_000.0)
        found = past.read(query)
    assert found is not None
    assert found.total is not None
    assert list(found.total.known()) == [(START, 6)]


WEEKS = [START + number * grid.WEEK for number in range(5)]


async def test_oldest_first_and_two_at_a_time_after_the_first() -> None:
    world = World()
    assert await world.starts() == WEEKS == world.asked
    assert world.most == 2


async def test_a_failure_that_may_pass_is_asked_again() -> None:
    busy = failure(errors.RateLimited, 7.0)
    world = World([failure(errors.ServerFailed), None, busy, failure(errors.TimedOut), None])
    assert await world.starts() == WEEKS
    assert sorted(world.waits) == [1.0, 1.0, 7.0]


@pytest.mark.parametrize(
    ("error", "requests"),
    [
        (failure(errors.Unauthorized), 1),
        (failure(errors.NotFound), 1),
        (failure(errors.ConnectionFailed), 1),
        (failure(errors.TlsFailed), 1),
        (failure(errors.TooLarge), 1),
        (failure(errors.RateLimited, 3_600), 1),
        (failure(errors.ServerFailed), 3),
        (failure(errors.UnexpectedAnswer), 3),
    ],
)
async def test_a_failure_that_lasts_ends_it(error: errors.ApiError, requests: int) -> None:
    world = World([error] * 9)
    with pytest.raises(type(error)):
        await world.starts()
    assert len(world.asked) == requests
    assert world.running == 0


async def test_who_leaves_calls_off_what_is_under_way() -> None:
    world = World()
    async with aclosing(world.answers().in_order()) as found:
        await anext(found)
        await anext(found)
    assert world.running == 0
    assert len(world.asked) < 5


async def test_a_slice_that_is_not_offered_is_said_in_words() -> None:
    async def fetch(_: Query) -> NotOffered:
        return NotOffered("phone_number", "not implemented")

    query = Query(TARGET, Filters(), START, START + 600)
    world = World()
    answers = AnswerStream(fetch, [query], sleep=world.sleep, waiting=lambda *_: None)
    with pytest.raises(errors.NotImplementedByServer) as caught:
        await anext(answers.in_order())
    assert "breakdown by phone_number" in caught.value.problem.summary
    assert "--phone-number" in caught.value.problem.advice
