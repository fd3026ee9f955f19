"""Questions under way: a few at a time, and no more than the budget allows."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model import baseline, grid
from polytop.model.answer import Answer, Cost, NotOffered, Part, Row
from polytop.model.problem import Kind, Problem
from polytop.model.target import SliceBy, Target
from polytop.monitor.schedule import RateLimiter
from polytop.monitor.view_data import RangeData, ViewData, ahead, behind, sides


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one round brought, and what failed.

    `problem` is the total's, `breakdown_problem` the breakdown's alone; `not_offered` is a slice
    that the server does not have.
    """

    kept: tuple[StoredAnswer, ...] = ()
    cost: Cost = Cost()
    ignored: int = 0
    problem: Problem | None = None
    breakdown_problem: Problem | None = None
    not_offered: SliceBy | None = None


async def slept(sleep: Callable[[float], Awaitable[None]], seconds: float) -> None:
    """`sleep` as a coroutine, whatever it is."""
    await sleep(seconds)


async def given_up(*tasks: asyncio.Future[Any]) -> None:
    """Cancel `tasks` and wait for their end; what they raise is nobody's any more."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


log = logging.getLogger("polytop.monitor")

_FOR_ALL = {None, 401, 403, 404}
"""Statuses of refusals that say nothing of the question, but of the key or the project."""

Range = tuple[int, int]
_Taken = dict[Scope, list[Range]]


class Fetch(Protocol):
    """Asks the API one question; raises ApiError."""

    async def __call__(self, query: Query, /) -> Answer | NotOffered: ...


# -- what to ask


def newest(target: Target, picture: ViewData, now: float) -> tuple[Query, ...]:
    """What every poll asks: the last hour, and all before it without a final window between.

    The total and its slice; at most a week. Raises QueryError where the filters cannot be sent.
    """
    end = grid.floor(now) + grid.STEP
    asked = sides(target, picture.view, replace(picture.live, values=()))
    return tuple(_query(scope, _since(held, end), end) for scope, held in asked)


def overdue(target: Target, picture: ViewData, now: float, *, sliced: bool) -> bool:
    """Whether the next poll would ask for more than polls do, or the slice is behind the total.

    `sliced` is as for :func:`lacking`.
    """
    if sliced and behind(picture):
        return True
    usual = grid.floor(now) - grid.RECENT - grid.STEP
    asked = newest(target, picture, now)
    return any(one.start < usual for one in asked if sliced or one.slice_by is None)


@dataclass(frozen=True, slots=True)
class Turn:
    """A row that is asked for by itself: its question, and when it was last answered, 0 if never.

    `value` is what the row is of.
    """

    value: str
    query: Query
    answered_at: float


def turns(target: Target, picture: ViewData, now: float) -> tuple[Turn, ...]:
    """The same for each value of the breakdown, but for one that is the total itself."""
    end = grid.floor(now) + grid.STEP
    asked = dict(sides(target, picture.view, picture.live)[1:])
    return tuple(
        Turn(
            each.value, _query(each.scope, _since(each.held, end), end), each.held.newest_asked or 0
        )
        for each in picture.live.values
        if each.scope in asked
    )


def _query(scope: Scope, start: int, end: int) -> Query:
    return Query(scope.target, scope.filters, start, end, slice_by=scope.slice_by)


def _since(held: StoredSeries, end: int) -> int:
    """Where the windows begin that are not final, up to `end`."""
    runs = held.lacking(max(held.start, end - grid.WEEK), end)
    return runs[-1][0] if runs and runs[-1][1] == end else end - grid.STEP


def lacking(
    target: Target, picture: ViewData, now: float, *, sliced: bool = True
) -> tuple[Query, ...]:
    """What is to be asked once: what the view lacks, then what it is compared with.

    Each in pieces of at most a week, newest first, without overlap; what every poll asks for is
    left out. Rows that are asked for one by one come last: there may be hundreds. `sliced` is
    whether the breakdown can be had.
    """
    end = grid.floor(now) + grid.STEP
    view = picture.view
    # What is not to be asked for, or is already: by the scope.
    taken: _Taken = {
        scope: [(_since(held, end), end)]
        for scope, held in sides(target, view, picture.live)
        if sliced or scope.slice_by is None
    }
    found: list[Query] = []
    for pair, stop in (
        (picture.live, picture.live.total.end),
        (picture.shown, picture.end),
        *_earlier(target, picture, taken),
    ):
        pieces = []
        for place, (scope, held) in enumerate(sides(target, view, pair)):
            if scope in taken:
                runs = _left(held, stop, taken[scope])
                taken[scope] += runs
                pieces += [
                    (piece, place, scope) for run in runs for piece in grid.split_range(*run)
                ]
        pieces.sort(key=lambda each: (-each[0][1], each[1]))
        found += [_query(scope, *piece) for piece, _, scope in pieces]
    found.sort(key=lambda query: query.filters != view.filters)
    return tuple(found)


def _earlier(target: Target, picture: ViewData, taken: _Taken) -> Iterator[tuple[RangeData, int]]:
    """The days compared with of which a part that is shown lacks, and up to where to ask.

    Asked for further than shown, so that not every new window costs a question.
    """
    view = picture.view
    for pair, days in zip(picture.earlier, baseline.days_of(view.compare), strict=True):
        shown = baseline.counterpart_range(picture.start, picture.end + ahead(view), days)[1]
        asked = sides(target, view, pair)
        if any(_left(held, shown, taken[scope]) for scope, held in asked if scope in taken):
            yield pair, pair.total.end


def _left(held: StoredSeries, stop: int, taken: Sequence[Range]) -> list[Range]:
    """What `held` lacks up to `stop`, without the ranges that are taken and before 1970."""
    start, end = max(0, held.start), min(held.end, stop, taken[0][0])
    runs = list(held.lacking(start, end)) if start < end else []
    for first, last in taken:
        parts = [((one, min(two, first)), (max(one, last), two)) for one, two in runs]
        runs = [part for pair in parts for part in pair if part[0] < part[1]]
    return runs


# -- asking


async def ask_all(fetch: Fetch, asked: Sequence[Query], clock: Callable[[], float]) -> PollResult:
    """Ask everything at once; never raises for a fault.

    The answers are dated by when they were asked for: what they say may be older than they are.
    """
    at = clock()
    answers = await asyncio.gather(*(ask(fetch, query) for query in asked))
    cost, ignored = Cost(), 0
    kept: list[StoredAnswer] = []
    problem = breakdown_problem = not_offered = None
    for query, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Answer):
            kept.append(kept_as(query, answer, at))
            cost, ignored = cost + answer.cost, ignored + answer.ignored
            continue
        cost += answer.cost if isinstance(answer, NotOffered) else Cost(requests=1)
        if query.slice_by is None:
            problem = _problem(answer)
        else:
            breakdown_problem = _problem(answer)
            not_offered = query.slice_by if isinstance(answer, NotOffered) else None
    return PollResult(tuple(kept), cost, ignored, problem, breakdown_problem, not_offered)


def unsendable(error: QueryError) -> PollResult:
    """The outcome of a question that may not be sent."""
    return PollResult(problem=Problem(Kind.REFUSED, "This query was not sent", str(error)))


def kept_as(query: Query, answer: Answer, at: float) -> StoredAnswer:
    """`answer` to `query`, asked at `at` (epoch seconds), as it is kept."""
    rows = answer.rows
    if query.slice_by is None:
        assert answer.total is not None
        rows = (Row(Part(), None, answer.total),)
    scope = Scope(query.target, query.filters, query.slice_by)
    return StoredAnswer(scope, query.start, query.end, rows, at)


def of_its_own(problem: Problem) -> bool:
    """Whether other questions may well be answered: the key is good, and the server is there."""
    if problem.kind is Kind.REFUSED:
        return problem.status not in _FOR_ALL
    return problem.kind is Kind.BROKEN


def _problem(answer: NotOffered | Problem) -> Problem:
    if isinstance(answer, Problem):
        return answer
    return Problem(
        Kind.REFUSED,
        f"The API does not offer a breakdown by {answer.slice_by}",
        "Choose another breakdown.",
        status=501,
        error_message=answer.error_message,
    )


async def ask(fetch: Fetch, query: Query) -> Answer | NotOffered | Problem:
    """One answer, or why there is none."""
    try:
        return await fetch(query)
    except ApiError as error:
        return error.problem
    except Exception:
        log.exception("an answer could not be worked on")
        return Problem(
            Kind.BROKEN,
            "polytop stumbled over the answer",
            "It goes on trying. The log holds the details: please report them.",
        )


AT_ONCE = 2
"""Questions under way at a time; polls go on beside them."""

Asked = TypeVar("Asked")


class RequestQueue(Generic[Asked]):
    """Asks what `waiting` holds in its order; `question` says what is asked for one of these.

    `clock` gives epoch seconds: answers are dated by it.
    """

    def __init__(
        self,
        fetch: Fetch,
        clock: Callable[[], float],
        budget: RateLimiter,
        question: Callable[[Asked], Query],
    ) -> None:
        self.waiting: deque[Asked] = deque()
        self.started = 0
        """Questions asked so far."""
        self._fetch, self._clock, self._budget, self._question = fetch, clock, budget, question
        self._running: dict[asyncio.Task[PollResult], Asked] = {}

    @property
    def running(self) -> tuple[Asked, ...]:
        """What is asked for now."""
        return tuple(self._running.values())

    @property
    def tasks(self) -> Iterable[asyncio.Task[PollResult]]:
        """Their tasks."""
        return tuple(self._running)

    @property
    def held_up(self) -> bool:
        """Whether there is more to ask and the budget alone keeps it back."""
        return bool(self.waiting) and len(self._running) < AT_ONCE

    def start(
        self, may: Callable[[Asked], bool] | None = None
    ) -> Iterable[asyncio.Task[PollResult]]:
        """Ask what may be asked now, up to the first that `may` not; what is under way."""
        while self.held_up and (may is None or may(self.waiting[0])) and self._budget.take():
            asked = self.waiting.popleft()
            asking = ask_all(self._fetch, (self._question(asked),), self._clock)
            self._running[asyncio.create_task(asking)] = asked
            self.started += 1
        return self.tasks

    def over(self) -> Iterator[tuple[Asked, PollResult]]:
        """What has been answered since, each once."""
        for task in [task for task in self._running if task.done()]:
            asked, outcome = self._running.pop(task), task.result()
            self._budget.settle(1, outcome.cost.requests, self._clock())
            yield asked, outcome

    async def call_off(self) -> None:
        """Ask no more; what is not answered yet is given up."""
        tasks = self.tasks
        self.waiting.clear()
        self._running.clear()
        await given_up(*tasks)
