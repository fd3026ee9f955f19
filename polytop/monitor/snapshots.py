"""What is kept, and what is shown of it; the slow work is done in threads."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from polytop.history.types import StoredSeries
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, Progress, RequestBudget, RowView, Snapshot, View
from polytop.model.stats import Capacity, Summary, latest, summary
from polytop.model.target import SliceBy
from polytop.monitor.cache import ViewHistory
from polytop.monitor.requests import PollResult
from polytop.monitor.view_data import (
    ViewData,
    is_slice_behind,
    sliced_rows,
    total_series,
    was_asked,
)


@dataclass(frozen=True, slots=True)
class PollState:
    """What is shown, and what the user wants to be shown.

    `answered_at` is when the last good answer came, `polls` how many rounds there were. `outcome`
    is the last of them, `recovered` the last fault that is over.
    """

    shown: View
    wanted: View
    fault: Fault | None = None
    refusal: Problem | None = None
    recovered: Fault | None = None
    answered_at: float | None = None
    polls: int = 0
    outcome: PollResult = PollResult()

    @property
    def well(self) -> bool:
        """Whether the last round was answered: more is asked for only then."""
        return self.fault is None and self.answered_at is not None

    @property
    def sliced(self) -> bool:
        """Whether the breakdown came with the last round."""
        return self.outcome.breakdown_problem is None

    @property
    def may_ask(self) -> bool:
        """Whether what is shown is what is wanted, and the server answers."""
        return self.well and not filters_changed(self)


def filters_changed(state: PollState) -> bool:
    """Whether other filters are wanted than are shown: what is stored says nothing about them."""
    return state.wanted.filters != state.shown.filters


def with_view(state: PollState, view: View) -> PollState:
    """The state after the user asked for `view`; another range is shown at once."""
    found = replace(state, wanted=view)
    if view.breakdown is not state.wanted.breakdown:
        # It was about the rows of before.
        outcome = replace(state.outcome, breakdown_problem=None, not_offered=None)
        found = replace(found, outcome=outcome)
    return found if filters_changed(found) else replace(found, shown=view)


def after_poll(state: PollState, outcome: PollResult, now: float) -> PollState:
    """The state after `outcome`: what was wanted is shown, or the last good view and the reason.

    A change of filters that the server refuses is taken back, where there is a view to go back
    to; any other problem leaves the change wanted and is tried again.
    """
    problem = outcome.problem
    counted = replace(state, outcome=outcome, polls=state.polls + 1, refusal=None)
    if problem is None:
        return replace(
            counted,
            shown=state.wanted,
            fault=None,
            recovered=state.fault or state.recovered,
            answered_at=now,
        )
    if problem.kind is Kind.REFUSED and filters_changed(state) and state.answered_at is not None:
        return replace(counted, wanted=state.shown, fault=None, refusal=problem)
    return replace(counted, fault=_fault(state.fault, problem, now))


def _fault(before: Fault | None, problem: Problem, now: float) -> Fault:
    if before is None:
        return Fault(problem, now)
    return Fault(problem, before.since, before.failures + 1)


class PollerStatus(NamedTuple):
    """What a snapshot says of the doings of who made it, beside what was answered."""

    next_at: float | None = None
    backfill: Progress | None = None
    backfill_problem: Problem | None = None
    rows_problem: Problem | None = None
    budget: RequestBudget | None = None
    history_problem: Problem | None = None


def build_snapshot(
    state: PollState, data: ViewData, now: float, capacity: Capacity, status: PollerStatus
) -> Snapshot:
    """The state as the screen shows it, with what is remembered of it.

    The limit counts all conversations: a selection of them is not stored against it.
    """
    capacity = Capacity() if state.shown.filters.active() else capacity
    total, recent = total_series(data.shown.total), total_series(data.live.total)
    live = summary(recent, now, capacity)
    return Snapshot(
        at=now,
        view=state.shown,
        wanted=state.wanted,
        start=data.start,
        end=data.end,
        total=total,
        summary=live if recent is total else summary(total, now, capacity),
        rows=_rows(data, now, capacity),
        capacity=capacity,
        fetched_at=_fetched_at(state, data),
        next_at=status.next_at,
        fault=state.fault,
        refusal=state.refusal,
        recovered=state.recovered,
        breakdown_problem=state.outcome.breakdown_problem or status.rows_problem,
        ignored=state.outcome.ignored,
        cost=state.outcome.cost,
        polls=state.polls,
        recent=recent,
        live=live,
        earlier=tuple(total_series(data_range.total) for data_range in data.earlier),
        revised=data.shown.total.revised,
        marks=data.marks,
        backfill=status.backfill,
        backfill_problem=status.backfill_problem,
        remembered=state.polls == 0 and was_asked(data.shown.total),
        history_problem=status.history_problem,
        budget=status.budget,
    )


def _fetched_at(state: PollState, data: ViewData) -> float | None:
    """When the last good answer came; before the first, what the history says of that."""
    if state.answered_at is not None:
        return state.answered_at
    return data.shown.total.newest_asked


def _rows(data: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """Every row with what it says at `now`, and its past; None where no breakdown came yet."""
    sliced = data.shown.sliced
    if sliced is None:
        return _value_rows(data, now, capacity)
    rows = sliced_rows(sliced)
    if rows is None:
        return None
    asked_at = data.live.sliced.newest_asked if data.live.sliced else None
    pasts = [
        _series_by_part(data_range.sliced)
        for data_range in data.earlier
        if data_range.sliced is not None
    ]
    known = {row.part for row in rows}
    silent = [Part(value) for value in data.view.values if Part(value) not in known]
    blank = _series_by_part(sliced)
    rows += tuple(Row(part, None, blank(part)) for part in silent)
    return tuple(
        RowView(
            row.part,
            row.name,
            row.series,
            _row_summary(row.series, asked_at, now, capacity),
            tuple(past(row.part) for past in pasts),
            asked_at if is_slice_behind(data) else None,
        )
        for row in rows
    )


def _value_rows(data: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """A row for each value that was ever asked for; None where none was, or none is wanted."""
    found = []
    for place, each in enumerate(data.shown.values):
        if not was_asked(each.stored):
            continue
        series = total_series(each.stored)
        past = tuple(total_series(data_range.values[place].stored) for data_range in data.earlier)
        asked_at = data.live.values[place].stored.newest_asked
        said = _row_summary(series, asked_at, now, capacity)
        found.append(RowView(Part(each.value), None, series, said, past, asked_at))
    return tuple(found) or None


def _row_summary(series: Series, asked_at: float | None, now: float, capacity: Capacity) -> Summary:
    """What a row says that was last asked for at `asked_at`.

    The window that ran then has only part of its value: it counts as running until it is asked
    for again.
    """
    if asked_at is None or grid.floor(asked_at) >= grid.floor(now):
        return summary(series, now, capacity)
    reading = latest(series, now)
    if reading is not None:
        reading = reading._replace(provisional=reading.window >= grid.floor(asked_at))
    return replace(summary(series, asked_at, capacity), now=reading)


def _series_by_part(stored: StoredSeries) -> Callable[[Part], Series]:
    """The series of each part; one that was silent has gaps wherever it was asked for."""
    known = {row.part: row.series for row in stored.rows}
    # Of months it takes long: it is made where it is needed, and once.
    silent: list[Series] = []

    def of(part: Part) -> Series:
        if part in known:
            return known[part]
        if not silent:
            states = stored.asked.values
            silent.append(
                Series(stored.start, tuple(GAP if at > UNKNOWN else UNKNOWN for at in states))
            )
        return silent[0]

    return of


class SnapshotBuilder:
    """Draws what `history` holds; `clock` gives epoch seconds."""

    def __init__(
        self, history: ViewHistory, clock: Callable[[], float], capacity: Capacity
    ) -> None:
        self.data: ViewData | None = None
        """What was remembered when it was last drawn."""
        self.last: Snapshot | None = None
        """What was last drawn."""
        self.built_at = clock()
        self._history, self._clock, self._capacity = history, clock, capacity

    async def keep(self, outcomes: Sequence[PollResult]) -> None:
        """Keep what was answered."""
        if answers := tuple(answer for outcome in outcomes for answer in outcome.answers):
            await asyncio.to_thread(self._history.keep, answers)

    async def note_refusal(self, outcome: PollResult, by: Breakdown | None) -> PollResult:
        """A slice that is not offered is noted, and asked for value by value from now on.

        `by` is what is wanted now: what was asked for another breakdown says nothing about it.
        """
        refused, variants = outcome.not_offered, SliceBy.VARIANT
        if refused is None or (by is Breakdown.VARIANT and refused is variants):
            return outcome
        if refused is not variants:
            await asyncio.to_thread(self._history.refuse, refused, self._clock())
        return replace(outcome, breakdown_problem=None, not_offered=None)

    async def data_for_poll(self, view: View) -> ViewData:
        """What is known of `view`: that is what was last drawn, unless it is old or of another."""
        now = self._clock()
        known = self.data
        if known and known.view == view and 0 <= now - self.built_at <= grid.RECENT:
            return known
        return await asyncio.to_thread(self._history.read_view, view, now)

    async def build(self, state: PollState, status: PollerStatus) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        self.built_at = self._clock()
        self.data, found = await asyncio.to_thread(self._build, state, status)
        self.last = found
        return found

    def backfill_changed(self, status: PollerStatus) -> bool:
        """Whether what was last drawn tells of a filling that is not there, or not of one."""
        return self.last is not None and self.last.backfill != status.backfill

    def with_plan(self, found: Snapshot, status: PollerStatus) -> Snapshot:
        """`found` with what is to be asked next, which follows from it."""
        self.last = found = replace(found, backfill=status.backfill, next_at=status.next_at)
        return found

    def _build(self, state: PollState, status: PollerStatus) -> tuple[ViewData, Snapshot]:
        now = self._clock()
        data = self._history.read_view(state.shown, now, shown=True)
        told = status._replace(history_problem=self._history.problem(now))
        return data, build_snapshot(state, data, now, self._capacity, told)

    async def close(self) -> None:
        """Let go of what is kept for this run alone."""
        await asyncio.to_thread(self._history.close)
