"""Requests: which queries a view needs, and sending them within the budget."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model import baseline, grid
from polytop.model.answer import Answer, Cost, NotOffered, Part, Row, losses_problem
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.target import SliceBy, Target
from polytop.monitor.schedule import RateLimiter
from polytop.monitor.view_data import (
    RangeData,
    ViewData,
    comparison_lead,
    is_slice_behind,
    scoped_series,
    with_lead,
)


@frozen
class PollResult:
    """The answers of one poll, and what failed.

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
    """Await `sleep`, which may return any awaitable."""
    await sleep(seconds)


async def cancel_all(*tasks: asyncio.Future[Any]) -> None:
    """Cancel `tasks` and wait for their end; their errors are dropped."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


log = logging.getLogger("polytop.monitor")

_FOR_ALL = {None, 401, 403, 404}
"""Refusals with these statuses concern the key or the project, not the query."""

Range = tuple[int, int]
_Taken = dict[Scope, list[Range]]


class Fetch(Protocol):
    """Sends one query to the API; raises ApiError."""

    async def __call__(self, query: Query, /) -> Answer | NotOffered: ...


# -- what to ask


def poll_queries(target: Target, data: ViewData, now: float) -> tuple[Query, ...]:
    """Return the queries of every poll: the last hour, and earlier windows that are not final.

    The total and its slice; at most a week. Raises QueryError where the filters cannot be sent.
    """
    end = grid.floor(now) + grid.STEP
    live = with_lead(data, data.live)
    asked = scoped_series(target, data.view, replace(live, values=()))
    return tuple(_query(scope, _unfinal_start(stored, end), end) for scope, stored in asked)


def needs_poll_now(target: Target, data: ViewData, now: float, *, sliced: bool) -> bool:
    """Return True if more than a usual poll is missing, or the slice is behind the total.

    `sliced` is as for :func:`missing_queries`.
    """
    if sliced and is_slice_behind(data):
        return True
    usual = grid.floor(now) - grid.RECENT - grid.STEP
    asked = poll_queries(target, data, now)
    return any(one.start < usual for one in asked if sliced or one.slice_by is None)


@frozen
class RowRequest:
    """A row with a query of its own, and when it was last answered (0 if never).

    `value` is what the row is of.
    """

    value: str
    query: Query
    answered_at: float


def row_requests(target: Target, data: ViewData, now: float) -> tuple[RowRequest, ...]:
    """Return a request for each value of the breakdown, except one that is the total itself."""
    end = grid.floor(now) + grid.STEP
    live = with_lead(data, data.live)
    asked = dict(scoped_series(target, data.view, live)[1:])
    return tuple(
        RowRequest(
            each.value,
            _query(each.scope, _unfinal_start(each.stored, end), end),
            each.stored.newest_asked or 0,
        )
        for each in live.values
        if each.scope in asked
    )


def _query(scope: Scope, start: int, end: int) -> Query:
    return Query(scope.target, scope.filters, start, end, slice_by=scope.slice_by)


def _unfinal_start(stored: StoredSeries, end: int) -> int:
    """Return the start of the windows up to `end` that are not final."""
    runs = stored.lacking(max(stored.start, end - grid.WEEK), end)
    return runs[-1][0] if runs and runs[-1][1] == end else end - grid.STEP


def missing_queries(
    target: Target, data: ViewData, now: float, *, sliced: bool = True
) -> tuple[Query, ...]:
    """Return the queries to send once: for what the view lacks, then its comparison and launch.

    Each in pieces of at most a week, newest first, without overlap; what every poll asks for is
    left out. Rows that are asked for one by one come last: there may be hundreds. `sliced` is
    whether the breakdown can be had.
    """
    end = grid.floor(now) + grid.STEP
    view, live = data.view, with_lead(data, data.live)
    # What is not to be asked for, or is already: by the scope.
    taken: _Taken = {
        scope: [(_unfinal_start(stored, end), end)]
        for scope, stored in scoped_series(target, view, live)
        if sliced or scope.slice_by is None
    }
    found: list[Query] = []
    for data_range, stop in (
        (live, live.total.end),
        (with_lead(data, data.shown), data.end),
        *_missing_comparisons(target, data, taken),
        *((each, each.total.end) for each in (data.launch, data.past) if each),
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
    """Yield the comparison days that lack shown windows, and the end of the range to ask for.

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
    """Return what `stored` lacks up to `stop`, without the taken ranges."""
    start, end = max(0, stored.start), min(stored.end, stop, taken[0][0])
    runs = list(stored.lacking(start, end)) if start < end else []
    for first, last in taken:
        parts = [((one, min(two, first)), (max(one, last), two)) for one, two in runs]
        runs = [part for data_range in parts for part in data_range if part[0] < part[1]]
    return runs


# -- asking


async def ask_all(fetch: Fetch, asked: Sequence[Query], clock: Callable[[], float]) -> PollResult:
    """Send all queries at once; never raises for a failure.

    The answers are dated by when they were asked for: what they say may be older than they are.
    That is by the server's clock, if it told the time, else by `clock`.
    One of which too little could be read is a failure; what it has up to its newest value is kept.
    """
    at = clock()
    replies = await asyncio.gather(*(ask(fetch, query) for query in asked))
    cost, ignored = Cost(), 0
    answers: list[StoredAnswer] = []
    problem = breakdown_problem = not_offered = None
    for query, answer in zip(asked, replies, strict=True):
        if isinstance(answer, Answer):
            cost, ignored = cost + answer.cost, ignored + answer.ignored
            unread = losses_problem(answer, query.end, current=query.end > at)
            if unread is None:
                answers.append(to_stored_answer(query, answer, at))
            else:
                answers += _readable_start(query, answer, at)
                if query.slice_by is None:
                    problem = unread
                else:
                    breakdown_problem = replace(unread, summary=f"Breakdown: {unread.summary}")
            continue
        cost += answer.cost if isinstance(answer, NotOffered) else Cost(requests=1)
        if query.slice_by is None:
            problem = _problem(answer)
        else:
            breakdown_problem = _problem(answer)
            not_offered = query.slice_by if isinstance(answer, NotOffered) else None
    return PollResult(tuple(answers), cost, ignored, problem, breakdown_problem, not_offered)


def _readable_start(query: Query, answer: Answer, at: float) -> Iterator[StoredAnswer]:
    """Yield `answer` up to its newest value, if it has one; the rest counts as not asked for."""
    newest = answer.newest_known
    if newest is not None:
        end = newest + grid.STEP
        stored = to_stored_answer(query, answer, at)
        rows = tuple(replace(row, series=row.series.cut(query.start, end)) for row in stored.rows)
        yield stored._replace(end=end, rows=rows)


def unsendable_result(error: QueryError) -> PollResult:
    """Return the result of a query that may not be sent."""
    return PollResult(problem=Problem(Kind.REFUSED, "This query was not sent", str(error)))


def to_stored_answer(query: Query, answer: Answer, at: float) -> StoredAnswer:
    """Return `answer` to `query` as the history stores it.

    `at`, in epoch seconds, is when it was asked for by this machine: the server's clock knows
    better. Where the server told no time and has had no value for long, this machine's clock may be
    fast: the answer is dated by its newest value, so that nothing that is to come is final.
    """
    rows = answer.rows
    if query.slice_by is None:
        assert answer.total is not None
        rows = (Row(Part(), None, answer.total),)
    newest = query.start if answer.newest_known is None else answer.newest_known
    if answer.asked_at is not None:
        at = answer.asked_at
    elif answer.undated and at > newest + grid.RECENT:
        at = newest + 1.0
    scope = Scope(query.target, query.filters, query.slice_by)
    return StoredAnswer(scope, query.start, query.end, rows, at)


def concerns_one_query(problem: Problem) -> bool:
    """Return True if only this query is concerned: key and server are good."""
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
    """Return the answer, or the problem."""
    try:
        return await fetch(query)
    except ApiError as error:
        return error.problem
    except Exception:
        log.exception("an answer could not be worked on")
        return Problem(
            Kind.BROKEN,
            "Unexpected error in the answer",
            "It goes on trying. The log holds the details: please report them.",
        )


AT_ONCE = 2
"""The most queries that run at once; polls go on beside them."""

Asked = TypeVar("Asked")


class RequestQueue(Generic[Asked]):
    """Sends what `waiting` holds in order; `question` makes the query of an item.

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
        """The number of queries sent so far."""
        self._fetch, self._clock, self._budget, self._question = fetch, clock, budget, question
        self._running: dict[asyncio.Task[PollResult], Asked] = {}

    @property
    def running(self) -> tuple[Asked, ...]:
        """The items whose queries run."""
        return tuple(self._running.values())

    @property
    def tasks(self) -> Iterable[asyncio.Task[PollResult]]:
        """The running tasks."""
        return tuple(self._running)

    @property
    def waits_for_budget(self) -> bool:
        """True if more waits and only the budget keeps it back."""
        return bool(self.waiting) and len(self._running) < AT_ONCE

    def start(
        self, may: Callable[[Asked], bool] | None = None
    ) -> Iterable[asyncio.Task[PollResult]]:
        """Send what may be sent, up to the first that `may` refuses; return the tasks."""
        while (
            self.waits_for_budget and (may is None or may(self.waiting[0])) and self._budget.take()
        ):
            asked = self.waiting.popleft()
            asking = ask_all(self._fetch, (self._question(asked),), self._clock)
            self._running[asyncio.create_task(asking)] = asked
            self.started += 1
        return self.tasks

    def finished(self) -> Iterator[tuple[Asked, PollResult]]:
        """Yield the finished items with their results, each once."""
        for task in [task for task in self._running if task.done()]:
            asked, outcome = self._running.pop(task), task.result()
            self._budget.settle(1, outcome.cost.requests, self._clock())
            yield asked, outcome

    async def cancel(self) -> None:
        """Send no more and cancel what runs."""
        tasks = self.tasks
        self.waiting.clear()
        self._running.clear()
        await cancel_all(*tasks)
