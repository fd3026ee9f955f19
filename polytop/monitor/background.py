"""What is asked for beside the polls: rows in turn, and what the history lacks."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from polytop.api.query import Query
from polytop.history.types import Scope
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Progress, View
from polytop.model.target import Filters
from polytop.monitor.requests import Fetch, PollResult, RequestQueue, RowRequest, concerns_one_query
from polytop.monitor.schedule import LONGEST_WAIT, RateLimiter

_SPARED = (1, 2, 4, 8)
"""Polls that pass before what failed is tried again: after the first time, and so on."""


class Backfill:
    """Asks questions in their order; called off at any moment, what was answered is handed out.

    `clock` gives epoch seconds: answers are dated by it. No more is asked than `budget` allows.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: RateLimiter) -> None:
        self.problem: Problem | None = None
        """Why the last questions broke off; None while they are tried again."""
        self._under_way: RequestQueue[Query] = RequestQueue(
            fetch, clock, budget, lambda query: query
        )
        self._whole: Filters | None = None
        self._pieces = self._done = 0
        self._failures = self._spared = 0

    def plan(self, queries: Sequence[Query], whole: Filters) -> None:
        """Ask `queries` next; to be called where nothing is left of the last ones.

        Those under other filters than `whole` are about one row each.
        """
        self._whole = whole
        self._under_way.waiting.extend(queries)
        self._pieces, self._done = len(queries), 0
        self.problem = None

    def due(self) -> bool:
        """Whether a poll that has come in is one after which to look for what lacks."""
        self._spared = max(0, self._spared - 1)
        return self.progress is None and not self._spared

    def start(self, *, rows: bool = True) -> Iterable[asyncio.Task[PollResult]]:
        """Ask what may be asked now, without `rows` nothing about one row; what is under way."""
        return self._under_way.start(None if rows else lambda each: each.filters == self._whole)

    def collect(self) -> tuple[PollResult, ...]:
        """What has been answered since; after a failure the rest is left for another time.

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
        """Ask nothing more that would fail as `query` did."""
        if outcome.problem is not None:
            alone = concerns_one_query(outcome.problem) and query.filters != self._whole
            self._keep(lambda each: alone and each.filters != query.filters)
        elif outcome.breakdown_problem is not None:
            self._keep(lambda each: each.slice_by is None)

    def _keep(self, wanted: Callable[[Query], bool]) -> None:
        left = self._under_way.waiting
        self._under_way.waiting = deque(each for each in left if wanted(each))

    def _note(self, problem: Problem | None) -> None:
        """One failure is counted of all that was planned together."""
        if problem is not None and self.problem is None:
            self._spared = _SPARED[min(self._failures, len(_SPARED) - 1)]
            self._failures += 1
        self.problem = problem or self.problem
        if self.problem is None and self.progress is None:
            self._failures = 0

    @property
    def of_row(self) -> bool:
        """Whether the next question is about one row."""
        waiting = self._under_way.waiting
        return bool(waiting) and waiting[0].filters != self._whole

    @property
    def started(self) -> int:
        """Questions asked so far."""
        return self._under_way.started

    @property
    def waits_for_budget(self) -> bool:
        """Whether the budget alone keeps the next question back."""
        return self._under_way.waits_for_budget

    @property
    def progress(self) -> Progress | None:
        """How far it has come; None where nothing is left."""
        return Progress(self._done, self._pieces) if self._done < self._pieces else None

    async def cancel(self) -> tuple[PollResult, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.collect()
        self._pieces = self._done = self._failures = self._spared = 0
        self.problem = None
        await self._under_way.cancel()
        return outcomes


TOGETHER = 2.0
"""Seconds within which rows that come in are shown together."""

REFUSED_FOR = 900.0
"""How long a row that the server refuses is left alone, seconds."""

_IN_A_ROW = 3
"""Rows that fail one after the other: then it is not for the rows that they do."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row could not be had, and when that was (epoch seconds)."""

    value: str
    problem: Problem
    at: float


class RowQueue:
    """Asks for rows within `budget`; `clock` gives epoch seconds.

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
        """Ask next for those of `rows` that were not asked for `since` then.

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
        """When a row had its last turn, whatever came of it; what was refused, as if later."""
        failure = self._failed.get(scope)
        if failure is None:
            return turn.answered_at
        refused = failure.problem.kind is Kind.REFUSED
        return max(turn.answered_at, failure.at + (REFUSED_FOR if refused else 0.0))

    def hold(self) -> None:
        """Ask for nothing more until the next plan."""
        self._under_way.waiting.clear()

    def start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Ask what may be asked now; what is under way."""
        return self._under_way.start() if self.waits_for_budget else self._under_way.tasks

    def collect(self) -> tuple[PollResult, ...]:
        """What has been answered since."""
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
        """Why a row could not be had when it was last asked for."""
        if self._trouble is not None or not self._failed:
            return self._trouble
        first, *others = sorted(self._failed.values(), key=lambda each: each.at)
        more = f" and {len(others)} more" if others else ""
        said = f"No answer for {first.value}{more}: {first.problem.summary}"
        return replace(first.problem, summary=said)

    @property
    def failing(self) -> frozenset[Filters]:
        """What rows are asked with that could not be had when they were last asked for."""
        return frozenset(scope.filters for scope in self._failed)

    @property
    def started(self) -> int:
        """Questions asked so far."""
        return self._under_way.started

    @property
    def waits_for_budget(self) -> bool:
        """Whether there is more to ask and the budget alone keeps it back."""
        return self._under_way.waits_for_budget and self._clock() >= self._not_before

    @property
    def new(self) -> bool:
        """Whether the next row was never answered."""
        waiting = self._under_way.waiting
        return bool(waiting) and not waiting[0].answered_at

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not self._under_way.running and not self._under_way.waiting

    async def cancel(self) -> tuple[PollResult, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.collect()
        self._failed.clear()
        self._trouble, self._row_of_failures = None, 0
        await self._under_way.cancel()
        return outcomes


def has_same_rows(one: View | None, two: View) -> bool:
    """Whether two views have rows of the same kind, whatever range they show."""
    return one is not None and (one.filters, one.breakdown) == (two.filters, two.breakdown)


def _scope(turn: RowRequest) -> Scope:
    query = turn.query
    return Scope(query.target, query.filters, query.slice_by)


class BackgroundRequests:
    """Rows and older weeks share what `budget` leaves: while both wait, each gets half.

    Rows that were never asked for go before the past of others.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: RateLimiter) -> None:
        self.backfill = Backfill(fetch, clock, budget)
        self.rows = RowQueue(fetch, clock, budget)
        self._budget = budget
        self._lead = 0
        """How many more rows than pieces had been asked for when last only one of them waited."""

    def start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Ask what may be asked now; what is under way."""
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
        """Seconds until more can be asked for; None where it is not the budget that holds it up."""
        last = self.rows.new and self.backfill.of_row
        held_up = self.rows.waits_for_budget or (self.backfill.waits_for_budget and not last)
        return self._budget.wait() if held_up else None

    def plan_backfill(self, queries: Sequence[Query], whole: Filters) -> None:
        """Ask `queries` next, but for rows that fail; see :meth:`Backfill.plan`."""
        failing = self.rows.failing
        self.backfill.plan([each for each in queries if each.filters not in failing], whole)

    def hold(self) -> None:
        """Ask for no more rows until the next plan."""
        self.rows.hold()

    async def cancel(self, *, rows: bool = True) -> tuple[PollResult, ...]:
        """Ask no more, with `rows` for none of these either; what has been answered since."""
        filled = await self.backfill.cancel()
        return (*filled, *await self.rows.cancel()) if rows else filled
