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
from polytop.monitor.view_data import (
    RangeData,
    ViewData,
    comparison_lead,
    is_slice_behind,
    scoped_series,
)


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one round brought, and what failed.

    `problem` is the total's, `breakdown_problem` the breakdown's alone; `not_offered` is a slice
    that the server does not have.
    """

    answers: tuple[StoredAnswer, ...] = ()
    cost: Cost = Cost()
    ignored: int = 0
    problem: Problem | None = None
    breakdown_problem: Problem | None = None
    not_offered: SliceBy | None = None


async def await_sleep(sleep: Callable[[float], Awaitable[None]], seconds: float) -> None:
    """`sleep` as a coroutine, whatever it is."""
    await sleep(seconds)


async def cancel_all(*tasks: asyncio.Future[Any]) -> None:
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


def poll_queries(target: Target, data: ViewData, now: float) -> tuple[Query, ...]:
    """What every poll asks: the last hour, and all before it without a final window between.

    The total and its slice; at most a week. Raises QueryError where the filters cannot be sent.
    """
    end = grid.floor(now) + grid.STEP
    asked = scoped_series(target, data.view, replace(data.live, values=()))
    return tuple(_query(scope, _unfinal_start(stored, end), end) for scope, stored in asked)


def needs_poll_now(target: Target, data: ViewData, now: float, *, sliced: bool) -> bool:
    """Whether the next poll would ask for more than polls do, or the slice is behind the total.

    `sliced` is as for :func:`missing_queries`.
    """
    if sliced and is_slice_behind(data):
        return True
    usual = grid.floor(now) - grid.RECENT - grid.STEP
    asked = poll_queries(target, data, now)
    return any(one.start < usual for one in asked if sliced or one.slice_by is None)


@dataclass(frozen=True, slots=True)
class RowRequest:
    """A row that is asked for by itself: its question, and when it was last answered, 0 if never.

    `value` is what the row is of.
    """

    value: str
    query: Query
    answered_at: float


def row_requests(target: Target, data: ViewData, now: float) -> tuple[RowRequest, ...]:
    """The same for each value of the breakdown, but for one that is the total itself."""
    end = grid.floor(now) + grid.STEP
    asked = dict(scoped_series(target, data.view, data.live)[1:])
    return tuple(
        RowRequest(
            each.value,
            _query(each.scope, _unfinal_start(each.stored, end), end),
            each.stored.newest_asked or 0,
        )
        for each in data.live.values
        if each.scope in asked
    )


def _query(scope: Scope, start: int, end: int) -> Query:
    return Query(scope.target, scope.filters, start, end, slice_by=scope.slice_by)


def _unfinal_start(stored: StoredSeries, end: int) -> int:
    """Where the windows begin that are not final, up to `end`."""
    runs = stored.lacking(max(stored.start, end - grid.WEEK), end)
    return runs[-1][0] if runs and runs[-1][1] == end else end - grid.STEP


def missing_queries(
    target: Target, data: ViewData, now: float, *, sliced: bool = True
) -> tuple[Query, ...]:
    """What is to be asked once: what the view lacks, then what it is compared with.

    Each in pieces of at most a week, newest first, without overlap; what every poll asks for is
    left out. Rows that are asked for one by one come last: there may be hundreds. `sliced` is
    whether the breakdown can be had.
    """
    end = grid.floor(now) + grid.STEP
    view = data.view
    # What is not to be asked for, or is already: by the scope.
    taken: _Taken = {
        scope: [(_unfinal_start(stored, end), end)]
        for scope, stored in scoped_series(target, view, data.live)
        if sliced or scope.slice_by is None
    }
    found: list[Query] = []
    for data_range, stop in (
        (data.live, data.live.total.end),
        (data.shown, data.end),
        *_missing_comparisons(target, data, taken),
    ):
        pieces = []
        for place, (scope, stored) in enumerate(scoped_series(target, view, data_range)):
            if scope in taken:
                runs = _missing_runs(stored, stop, taken[scope])
                taken[scope] += runs
                pieces += [
                    (piece, place, scope) for run in runs for piece in grid.split_range(*run)
                ]
        pieces.sort(key=lambda each: (-each[0][1], each[1]))
        found += [_query(scope, *piece) for piece, _, scope in pieces]
    found.sort(key=lambda query: query.filters != view.filters)
    return tuple(found)


def _missing_comparisons(
    target: Target, data: ViewData, taken: _Taken
) -> Iterator[tuple[RangeData, int]]:
    """The days compared with of which a part that is shown lacks, and up to where to ask.

    Asked for further than shown, so that not every new window costs a question.
    """
    view = data.view
    for data_range, days in zip(data.earlier, baseline.days_of(view.compare), strict=True):
        shown = baseline.counterpart_range(data.start, data.end + comparison_lead(view), days)[1]
        asked = scoped_series(target, view, data_range)
        if any(
            _missing_runs(stored, shown, taken[scope]) for scope, stored in asked if scope in taken
        ):
            yield data_range, data_range.total.end


def _missing_runs(stored: StoredSeries, stop: int, taken: Sequence[Range]) -> list[Range]:
    """What `stored` lacks up to `stop`, without the ranges that are taken and before 1970."""
    start, end = max(0, stored.start), min(stored.end, stop, taken[0][0])
    runs = list(stored.lacking(start, end)) if start < end else []
    for first, last in taken:
        parts = [((one, min(two, first)), (max(one, last), two)) for one, two in runs]
        runs = [part for data_range in parts for part in data_range if part[0] < part[1]]
    return runs


# -- asking


async def ask_all(fetch: Fetch, asked: Sequence[Query], clock: Callable[[], float]) -> PollResult:
    """Ask everything at once; never raises for a fault.

    The answers are dated by when they were asked for: what they say may be older than they are.
    """
    at = clock()
    replies = await asyncio.gather(*(ask(fetch, query) for query in asked))
    cost, ignored = Cost(), 0
    answers: list[StoredAnswer] = []
    problem = breakdown_problem = not_offered = None
    for query, answer in zip(asked, replies, strict=True):
        if isinstance(answer, Answer):
            answers.append(to_stored_answer(query, answer, at))
            cost, ignored = cost + answer.cost, ignored + answer.ignored
            continue
        cost += answer.cost if isinstance(answer, NotOffered) else Cost(requests=1)
        if query.slice_by is None:
            problem = _problem(answer)
        else:
            breakdown_problem = _problem(answer)
            not_offered = query.slice_by if isinstance(answer, NotOffered) else None
    return PollResult(tuple(answers), cost, ignored, problem, breakdown_problem, not_offered)


def unsendable_result(error: QueryError) -> PollResult:
    """The outcome of a question that may not be sent."""
    return PollResult(problem=Problem(Kind.REFUSED, "This query was not sent", str(error)))


def to_stored_answer(query: Query, answer: Answer, at: float) -> StoredAnswer:
    """`answer` to `query`, asked at `at` (epoch seconds), as it is kept."""
    rows = answer.rows
    if query.slice_by is None:
        assert answer.total is not None
        rows = (Row(Part(), None, answer.total),)
    scope = Scope(query.target, query.filters, query.slice_by)
    return StoredAnswer(scope, query.start, query.end, rows, at)


def concerns_one_query(problem: Problem) -> bool:
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
    def waits_for_budget(self) -> bool:
        """Whether there is more to ask and the budget alone keeps it back."""
        return bool(self.waiting) and len(self._running) < AT_ONCE

    def start(
        self, may: Callable[[Asked], bool] | None = None
    ) -> Iterable[asyncio.Task[PollResult]]:
        """Ask what may be asked now, up to the first that `may` not; what is under way."""
        while (
            self.waits_for_budget and (may is None or may(self.waiting[0])) and self._budget.take()
        ):
            asked = self.waiting.popleft()
            asking = ask_all(self._fetch, (self._question(asked),), self._clock)
            self._running[asyncio.create_task(asking)] = asked
            self.started += 1
        return self.tasks

    def finished(self) -> Iterator[tuple[Asked, PollResult]]:
        """What has been answered since, each once."""
        for task in [task for task in self._running if task.done()]:
            asked, outcome = self._running.pop(task), task.result()
            self._budget.settle(1, outcome.cost.requests, self._clock())
            yield asked, outcome

    async def cancel(self) -> None:
        """Ask no more; what is not answered yet is given up."""
        tasks = self.tasks
        self.waiting.clear()
        self._running.clear()
        await cancel_all(*tasks)
