"""Requests beside the polls: rows one by one, and windows that the history lacks."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from polytop.api.query import Query
from polytop.history.types import Scope
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Progress, View
from polytop.model.target import Filters
from polytop.monitor.requests import Fetch, PollResult, RequestQueue, RowRequest, concerns_one_query
from polytop.monitor.schedule import LONGEST_WAIT, RateLimiter

_SPARED = (1, 2, 4, 8)
"""Polls to wait before a retry, after the first failure, the second, and so on."""


class Backfill:
    """Sends queries for older windows in their order; it can be cancelled at any moment.

    `clock` gives epoch seconds: answers are dated by it. No more is asked than `budget` allows.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: RateLimiter) -> None:
        self.problem: Problem | None = None
        """Why the last queries stopped; None while they are tried again."""
        self._under_way: RequestQueue[Query] = RequestQueue(
            fetch, clock, budget, lambda query: query
        )
        self._whole: Filters | None = None
        self._pieces = self._done = 0
        self._failures = self._spared = 0

    def plan(self, queries: Sequence[Query], whole: Filters) -> None:
        """Send `queries` next. Call it when nothing is left of the last ones.

        Those under other filters than `whole` are about one row each.
        """
        self._whole = whole
        self._under_way.waiting.extend(queries)
        self._pieces, self._done = len(queries), 0
        self.problem = None

    def due(self) -> bool:
        """Return True if missing windows may be planned after this poll."""
        self._spared = max(0, self._spared - 1)
        return self.progress is None and not self._spared

    def start(self, *, rows: bool = True) -> Iterable[asyncio.Task[PollResult]]:
        """Send what may be sent, without `rows` nothing for single rows; return the tasks."""
        return self._under_way.start(None if rows else lambda each: each.filters == self._whole)

    def collect(self) -> tuple[PollResult, ...]:
        """Return the results since the last call; after a failure the rest is dropped for now.

        The failure of one row is no reason to leave the others.
        """
        over = list(self._under_way.finished())
        for query, outcome in over:
            self._drop(query, outcome)
        self._done += len(over)
        left = len(self._under_way.running) + len(self._under_way.waiting)
        self._pieces = self._done + left
        problems = (outcome.problem or outcome.breakdown_problem for _, outcome in over)
        self._note(next(filter(None, problems), None))
        return tuple(outcome for _, outcome in over)

    def _drop(self, query: Query, outcome: PollResult) -> None:
        """Drop the queries that would fail as `query` did."""
        if outcome.problem is not None:
            alone = concerns_one_query(outcome.problem) and query.filters != self._whole
            self._keep(lambda each: alone and each.filters != query.filters)
        elif outcome.breakdown_problem is not None:
            self._keep(lambda each: each.slice_by is None)

    def _keep(self, wanted: Callable[[Query], bool]) -> None:
        left = self._under_way.waiting
        self._under_way.waiting = deque(each for each in left if wanted(each))

    def _note(self, problem: Problem | None) -> None:
        """Count one failure for all that was planned together."""
        if problem is not None and self.problem is None:
            self._spared = _SPARED[min(self._failures, len(_SPARED) - 1)]
            self._failures += 1
        self.problem = problem or self.problem
        if self.problem is None and self.progress is None:
            self._failures = 0

    @property
    def of_row(self) -> bool:
        """True if the next query is about a single row."""
        waiting = self._under_way.waiting
        return bool(waiting) and waiting[0].filters != self._whole

    @property
    def started(self) -> int:
        """The number of queries sent so far."""
        return self._under_way.started

    @property
    def waits_for_budget(self) -> bool:
        """True if only the budget keeps the next query back."""
        return self._under_way.waits_for_budget

    @property
    def progress(self) -> Progress | None:
        """The progress; None if nothing is left."""
        return Progress(self._done, self._pieces) if self._done < self._pieces else None

    async def cancel(self) -> tuple[PollResult, ...]:
        """Send no more and forget failures; return the results since the last call."""
        outcomes = self.collect()
        self._pieces = self._done = self._failures = self._spared = 0
        self.problem = None
        await self._under_way.cancel()
        return outcomes


TOGETHER = 2.0
"""Rows that come in within so many seconds are shown together."""

REFUSED_FOR = 900.0
"""Seconds to wait before a refused row is asked for again."""

_IN_A_ROW = 3
"""The number of rows failing in a row after which the fault is not the rows'."""


@frozen
class Failure:
    """Why a row failed, and when (epoch seconds)."""

    value: str
    problem: Problem
    at: float


class RowQueue:
    """Requests rows one by one within `budget`; `clock` gives epoch seconds.

    A row that fails waits for its next turn and keeps no other from being asked. Where nothing
    comes back at all, or the server asks to wait, the rest waits for the next plan.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: RateLimiter) -> None:
        self._clock = clock
        self._under_way: RequestQueue[RowRequest] = RequestQueue(
            fetch, clock, budget, lambda turn: turn.query
        )
        self._failed: dict[Scope, Failure] = {}
        self._trouble: Problem | None = None
        self._row_of_failures = 0
        self._not_before = 0.0

    def plan(self, rows: Sequence[RowRequest], since: float) -> None:
        """Request those of `rows` next that were not requested after `since`.

        They take the place of what still waits, the longest wait first.
        """
        running = {_scope(turn) for turn in self._under_way.running}
        scopes = {_scope(turn): turn for turn in rows}
        self._failed = {scope: each for scope, each in self._failed.items() if scope in scopes}
        due = [
            (asked_at, turn)
            for scope, turn in scopes.items()
            if scope not in running and (asked_at := self._asked_at(scope, turn)) < since
        ]
        due.sort(key=lambda pair: pair[0])
        self._under_way.waiting = deque(turn for _, turn in due)

    def _asked_at(self, scope: Scope, turn: RowRequest) -> float:
        """Return when a row was last requested; a refused one counts as later."""
        failure = self._failed.get(scope)
        if failure is None:
            return turn.answered_at
        refused = failure.problem.kind is Kind.REFUSED
        return max(turn.answered_at, failure.at + (REFUSED_FOR if refused else 0.0))

    def hold(self) -> None:
        """Send nothing more until the next plan."""
        self._under_way.waiting.clear()

    def start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Send what may be sent now; return the running tasks."""
        return self._under_way.start() if self.waits_for_budget else self._under_way.tasks

    def collect(self) -> tuple[PollResult, ...]:
        """Return the results since the last call."""
        outcomes = []
        for turn, outcome in self._under_way.finished():
            outcomes.append(outcome)
            if outcome.problem is None:
                self._failed.pop(_scope(turn), None)
                self._trouble, self._row_of_failures = None, 0
            else:
                self._note(turn, outcome.problem)
        return tuple(outcomes)

    def _note(self, turn: RowRequest, problem: Problem) -> None:
        now = self._clock()
        if not concerns_one_query(problem):
            self._trouble = problem
            self._not_before = now + min(problem.retry_after or 0.0, LONGEST_WAIT)
            self.hold()
            return
        self._failed[_scope(turn)] = Failure(turn.value, problem, now)
        self._row_of_failures += problem.kind is not Kind.REFUSED
        if self._row_of_failures >= _IN_A_ROW:
            self._row_of_failures = 0
            self.hold()

    @property
    def problem(self) -> Problem | None:
        """Why a row failed when it was last requested."""
        if self._trouble is not None or not self._failed:
            return self._trouble
        first, *others = sorted(self._failed.values(), key=lambda each: each.at)
        more = f" and {len(others)} more" if others else ""
        said = f"No answer for {first.value}{more}: {first.problem.summary}"
        return replace(first.problem, summary=said)

    @property
    def failing(self) -> frozenset[Filters]:
        """The filters of the rows that failed when they were last requested."""
        return frozenset(scope.filters for scope in self._failed)

    @property
    def started(self) -> int:
        """The number of queries sent so far."""
        return self._under_way.started

    @property
    def waits_for_budget(self) -> bool:
        """True if more waits and only the budget keeps it back."""
        return self._under_way.waits_for_budget and self._clock() >= self._not_before

    @property
    def new(self) -> bool:
        """True if the next row was never answered."""
        waiting = self._under_way.waiting
        return bool(waiting) and not waiting[0].answered_at

    @property
    def idle(self) -> bool:
        """True if nothing runs and nothing waits."""
        return not self._under_way.running and not self._under_way.waiting

    async def cancel(self) -> tuple[PollResult, ...]:
        """Send no more and forget failures; return the results since the last call."""
        outcomes = self.collect()
        self._failed.clear()
        self._trouble, self._row_of_failures = None, 0
        await self._under_way.cancel()
        return outcomes


def has_same_rows(one: View | None, two: View) -> bool:
    """Return True if two views have the same rows, whatever span they show."""
    return one is not None and (one.filters, one.breakdown) == (two.filters, two.breakdown)


def _scope(turn: RowRequest) -> Scope:
    query = turn.query
    return Scope(query.target, query.filters, query.slice_by)


class BackgroundRequests:
    """Shares what `budget` leaves between rows and older windows: while both wait, each gets half.

    Rows that were never asked for go before the past of others.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: RateLimiter) -> None:
        self.backfill = Backfill(fetch, clock, budget)
        self.rows = RowQueue(fetch, clock, budget)
        self._budget = budget
        self._lead = 0
        """By how much rows led when only one of the two waited last."""

    def start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Send what may be sent now; return the running tasks."""
        rows, pieces = self.rows, self.backfill
        if rows.new or not (rows.waits_for_budget and pieces.waits_for_budget):
            self._lead = rows.started - pieces.started
        if rows.new:
            return (*rows.start(), *pieces.start(rows=False))
        if rows.started - pieces.started <= self._lead:
            return (*rows.start(), *pieces.start())
        return (*pieces.start(), *rows.start())

    @property
    def wait(self) -> float | None:
        """Seconds until more can be sent; None if the budget is not what holds it up."""
        last = self.rows.new and self.backfill.of_row
        held_up = self.rows.waits_for_budget or (self.backfill.waits_for_budget and not last)
        return self._budget.wait() if held_up else None

    def plan_backfill(self, queries: Sequence[Query], whole: Filters) -> None:
        """Send `queries` next, except those of failing rows; see :meth:`Backfill.plan`."""
        failing = self.rows.failing
        self.backfill.plan([each for each in queries if each.filters not in failing], whole)

    def hold(self) -> None:
        """Request no more rows until the next plan."""
        self.rows.hold()

    async def cancel(self, *, rows: bool = True) -> tuple[PollResult, ...]:
        """Send no more, with `rows` no rows either; return the results since the last call."""
        filled = await self.backfill.cancel()
        return (*filled, *await self.rows.cancel()) if rows else filled
