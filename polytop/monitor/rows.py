"""Rows that are asked for one by one take turns: who has waited longest is next."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import View
from polytop.model.target import Filters
from polytop.monitor.asking import Fetch, Turn, of_its_own
from polytop.monitor.budget import Budget
from polytop.monitor.history.scope import Scope
from polytop.monitor.outcome import Outcome
from polytop.monitor.pacing import LONGEST_WAIT
from polytop.monitor.underway import UnderWay

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


class Turns:
    """Asks for rows within `budget`; `clock` gives epoch seconds.

    A row that fails waits for its next turn and keeps no other from being asked. Where nothing
    comes back at all, or the server asks to wait, the rest waits for the next plan.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float], budget: Budget) -> None:
        self._clock = clock
        self._under_way: UnderWay[Turn] = UnderWay(fetch, clock, budget, lambda turn: turn.query)
        self._failed: dict[Scope, Failure] = {}
        self._trouble: Problem | None = None
        self._row_of_failures = 0
        self._not_before = 0.0

    def plan(self, rows: Sequence[Turn], since: float) -> None:
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

    def _asked_at(self, scope: Scope, turn: Turn) -> float:
        """When a row had its last turn, whatever came of it; what was refused, as if later."""
        failure = self._failed.get(scope)
        if failure is None:
            return turn.answered_at
        refused = failure.problem.kind is Kind.REFUSED
        return max(turn.answered_at, failure.at + (REFUSED_FOR if refused else 0.0))

    def hold(self) -> None:
        """Ask for nothing more until the next plan."""
        self._under_way.waiting.clear()

    def start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Ask what may be asked now; what is under way."""
        return self._under_way.start() if self.held_up else self._under_way.tasks

    def taken(self) -> tuple[Outcome, ...]:
        """What has been answered since."""
        outcomes = []
        for turn, outcome in self._under_way.over():
            outcomes.append(outcome)
            if outcome.problem is None:
                self._failed.pop(_scope(turn), None)
                self._trouble, self._row_of_failures = None, 0
            else:
                self._note(turn, outcome.problem)
        return tuple(outcomes)

    def _note(self, turn: Turn, problem: Problem) -> None:
        now = self._clock()
        if not of_its_own(problem):
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
    def held_up(self) -> bool:
        """Whether there is more to ask and the budget alone keeps it back."""
        return self._under_way.held_up and self._clock() >= self._not_before

    @property
    def new(self) -> bool:
        """Whether the next row was never answered."""
        waiting = self._under_way.waiting
        return bool(waiting) and not waiting[0].answered_at

    @property
    def idle(self) -> bool:
        """Whether nothing is under way and nothing waits."""
        return not self._under_way.running and not self._under_way.waiting

    async def call_off(self) -> tuple[Outcome, ...]:
        """Ask no more, and forget what went wrong; what has been answered since."""
        outcomes = self.taken()
        self._failed.clear()
        self._trouble, self._row_of_failures = None, 0
        await self._under_way.call_off()
        return outcomes


def alike(one: View | None, two: View) -> bool:
    """Whether two views have rows of the same kind, whatever range they show."""
    return one is not None and (one.filters, one.breakdown) == (two.filters, two.breakdown)


def _scope(turn: Turn) -> Scope:
    query = turn.query
    return Scope(query.target, query.filters, query.slice_by)
