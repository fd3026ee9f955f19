"""Snapshots: the state of polling, and building a snapshot from the history."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from polytop.history.types import StoredSeries, silent_series
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.server_clock import clock_problem
from polytop.model.snapshot import Fault, Progress, RequestBudget, RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
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


@frozen
class PollState:
    """The state of polling: the view that is shown, and the one that is wanted.

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
        """True if the last poll was answered: only then more is requested."""
        return self.fault is None and self.answered_at is not None

    @property
    def sliced(self) -> bool:
        """True if the breakdown came with the last poll."""
        return self.outcome.breakdown_problem is None

    @property
    def may_ask(self) -> bool:
        """True if the wanted view is shown and the server answers."""
        return self.well and not filters_changed(self)


def filters_changed(state: PollState) -> bool:
    """Return True if other filters are wanted than are shown."""
    return state.wanted.filters != state.shown.filters


def with_view(state: PollState, view: View) -> PollState:
    """Return the state with `view` wanted; another span is shown at once."""
    found = replace(state, wanted=view)
    if view.breakdown is not state.wanted.breakdown:
        # It was about the rows of before.
        outcome = replace(state.outcome, breakdown_problem=None, not_offered=None)
        found = replace(found, outcome=outcome)
    return found if filters_changed(found) else replace(found, shown=view)


def after_poll(state: PollState, outcome: PollResult, now: float) -> PollState:
    """Return the state after a poll: the wanted view is shown, or the last good one and the reason.

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
    """The poller's progress and last errors, shown in the status line."""

    next_at: float | None = None
    backfill: Progress | None = None
    backfill_problem: Problem | None = None
    rows_problem: Problem | None = None
    budget: RequestBudget | None = None
    history_problem: Problem | None = None
    clock_problem: Problem | None = None


def build_snapshot(
    state: PollState, data: ViewData, now: float, capacity: Capacity, status: PollerStatus
) -> Snapshot:
    """Build the snapshot of the view that is shown.

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
        clock_problem=status.clock_problem,
        budget=status.budget,
        lead=total_series(data.lead.total) if data.lead else Series(0),
        launch=total_series(data.launch.total) if data.launch else Series(0),
    )


def _fetched_at(state: PollState, data: ViewData) -> float | None:
    """Return when the last good answer came; before the first, when the history's newest came."""
    if state.answered_at is not None:
        return state.answered_at
    return data.shown.total.newest_asked


def _rows(data: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """Return every row with its summary at `now` and its past; None if no breakdown came yet."""
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
    before = data.lead.sliced if data.lead else None
    lead = _series_by_part(before) if before else lambda _: Series(0)
    rows += tuple(Row(part, None, blank(part)) for part in silent)
    return tuple(
        RowView(
            row.part,
            row.name,
            row.series,
            summary(row.series, now, capacity),
            tuple(past(row.part) for past in pasts),
            asked_at if is_slice_behind(data) else None,
            lead(row.part),
        )
        for row in rows
    )


def _value_rows(data: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """Return a row for each value that was ever asked for; None if there is none."""
    found = []
    for place, each in enumerate(data.shown.values):
        if not was_asked(each.stored):
            continue
        series = total_series(each.stored)
        past = tuple(total_series(data_range.values[place].stored) for data_range in data.earlier)
        asked_at = data.live.values[place].stored.newest_asked
        figures = summary(series, now, capacity)
        lead = total_series(data.lead.values[place].stored) if data.lead else Series(0)
        found.append(RowView(Part(each.value), None, series, figures, past, asked_at, lead))
    return tuple(found) or None


def _series_by_part(stored: StoredSeries) -> Callable[[Part], Series]:
    """Return a function from parts to series; a silent part has gaps wherever it was asked for."""
    known = {row.part: row.series for row in stored.rows}
    # Of months it takes long: it is made where it is needed, and once.
    silent: list[Series] = []

    def of(part: Part) -> Series:
        if part in known:
            return known[part]
        if not silent:
            silent.append(silent_series(stored.asked))
        return silent[0]

    return of


class SnapshotBuilder:
    """Builds snapshots of what `history` holds; `clock` gives epoch seconds."""

    def __init__(
        self, history: ViewHistory, clock: Callable[[], float], capacity: Capacity
    ) -> None:
        self.data: ViewData | None = None
        """The data of the last snapshot."""
        self.last: Snapshot | None = None
        """The last snapshot."""
        self.built_at = clock()
        self._history, self._clock, self._capacity = history, clock, capacity

    async def keep(self, outcomes: Sequence[PollResult]) -> None:
        """Store answers."""
        if answers := tuple(answer for outcome in outcomes for answer in outcome.answers):
            await asyncio.to_thread(self._history.keep, answers)

    async def note_refusal(self, outcome: PollResult, by: Breakdown | None) -> PollResult:
        """Store that a slice is not offered; from now on its values are requested one by one.

        `by` is what is wanted now: what was asked for another breakdown says nothing about it.
        """
        refused, variants = outcome.not_offered, SliceBy.VARIANT
        if refused is None or (by is Breakdown.VARIANT and refused is variants):
            return outcome
        if refused is not variants:
            await asyncio.to_thread(self._history.refuse, refused, self._clock())
        return replace(outcome, breakdown_problem=None, not_offered=None)

    async def data_for_poll(self, view: View) -> ViewData:
        """Return what is known of `view`: the last data, unless they are old or of another view."""
        now = self._clock()
        known = self.data
        if known and known.view == view and 0 <= now - self.built_at <= grid.RECENT:
            return known
        return await asyncio.to_thread(self._history.read_view, view, now)

    async def build(self, state: PollState, status: PollerStatus) -> Snapshot:
        """Build the snapshot of the view from the history."""
        self.built_at = self._clock()
        self.data, found = await asyncio.to_thread(self._build, state, status)
        self.last = found
        return found

    def backfill_changed(self, status: PollerStatus) -> bool:
        """Return True if the last snapshot shows another progress than the present one."""
        return self.last is not None and self.last.backfill != status.backfill

    def with_plan(self, found: Snapshot, status: PollerStatus) -> Snapshot:
        """Return the snapshot with the plan that follows from it."""
        self.last = found = replace(found, backfill=status.backfill, next_at=status.next_at)
        return found

    def _build(self, state: PollState, status: PollerStatus) -> tuple[ViewData, Snapshot]:
        now = self._clock()
        data = self._history.read_view(state.shown, now, shown=True)
        told = status._replace(
            history_problem=self._history.problem(now), clock_problem=clock_problem(self._clock)
        )
        found = build_snapshot(state, data, now, self._capacity, told)
        return data, self._history.with_outlook(found, data)

    async def close(self) -> None:
        """Close what is stored for this run alone."""
        await asyncio.to_thread(self._history.close)
