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
from polytop.monitor.cache import Keeping
from polytop.monitor.requests import PollResult
from polytop.monitor.view_data import ViewData, behind, rows_of, spoken_for, total_of


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


def filters_changed(standing: PollState) -> bool:
    """Whether other filters are wanted than are shown: what is held says nothing about them."""
    return standing.wanted.filters != standing.shown.filters


def with_view(standing: PollState, view: View) -> PollState:
    """The standing after the user asked for `view`; another range is shown at once."""
    found = replace(standing, wanted=view)
    if view.breakdown is not standing.wanted.breakdown:
        # It was about the rows of before.
        outcome = replace(standing.outcome, breakdown_problem=None, not_offered=None)
        found = replace(found, outcome=outcome)
    return found if filters_changed(found) else replace(found, shown=view)


def after_poll(standing: PollState, outcome: PollResult, now: float) -> PollState:
    """The standing after `outcome`: what was wanted is shown, or the last good view and the reason.

    A change of filters that the server refuses is taken back, where there is a view to go back
    to; any other problem leaves the change wanted and is tried again.
    """
    problem = outcome.problem
    counted = replace(standing, outcome=outcome, polls=standing.polls + 1, refusal=None)
    if problem is None:
        return replace(
            counted,
            shown=standing.wanted,
            fault=None,
            recovered=standing.fault or standing.recovered,
            answered_at=now,
        )
    if (
        problem.kind is Kind.REFUSED
        and filters_changed(standing)
        and standing.answered_at is not None
    ):
        return replace(counted, wanted=standing.shown, fault=None, refusal=problem)
    return replace(counted, fault=_fault(standing.fault, problem, now))


def _fault(before: Fault | None, problem: Problem, now: float) -> Fault:
    if before is None:
        return Fault(problem, now)
    return Fault(problem, before.since, before.failures + 1)


class PollerStatus(NamedTuple):
    """What a snapshot says of the doings of who made it, beside what was answered."""

    next_at: float | None = None
    filling: Progress | None = None
    filling_problem: Problem | None = None
    rows_problem: Problem | None = None
    budget: RequestBudget | None = None
    history_problem: Problem | None = None


def snapshot(
    standing: PollState, picture: ViewData, now: float, capacity: Capacity, beneath: PollerStatus
) -> Snapshot:
    """The standing as the screen shows it, with what is remembered of it.

    The limit counts all conversations: a selection of them is not held against it.
    """
    capacity = Capacity() if standing.shown.filters.active() else capacity
    total, recent = total_of(picture.shown.total), total_of(picture.live.total)
    live = summary(recent, now, capacity)
    return Snapshot(
        at=now,
        view=standing.shown,
        wanted=standing.wanted,
        start=picture.start,
        end=picture.end,
        total=total,
        summary=live if recent is total else summary(total, now, capacity),
        rows=_rows(picture, now, capacity),
        capacity=capacity,
        fetched_at=_fetched_at(standing, picture),
        next_at=beneath.next_at,
        fault=standing.fault,
        refusal=standing.refusal,
        recovered=standing.recovered,
        breakdown_problem=standing.outcome.breakdown_problem or beneath.rows_problem,
        ignored=standing.outcome.ignored,
        cost=standing.outcome.cost,
        polls=standing.polls,
        recent=recent,
        live=live,
        earlier=tuple(total_of(pair.total) for pair in picture.earlier),
        revised=picture.shown.total.revised,
        marks=picture.marks,
        filling=beneath.filling,
        filling_problem=beneath.filling_problem,
        remembered=standing.polls == 0 and spoken_for(picture.shown.total),
        history_problem=beneath.history_problem,
        budget=beneath.budget,
    )


def _fetched_at(standing: PollState, picture: ViewData) -> float | None:
    """When the last good answer came; before the first, what the history says of that."""
    if standing.answered_at is not None:
        return standing.answered_at
    return picture.shown.total.newest_asked


def _rows(picture: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """Every row with what it says at `now`, and its past; None where no breakdown came yet."""
    sliced = picture.shown.sliced
    if sliced is None:
        return _valued_rows(picture, now, capacity)
    rows = rows_of(sliced)
    if rows is None:
        return None
    asked_at = picture.live.sliced.newest_asked if picture.live.sliced else None
    pasts = [_by_part(pair.sliced) for pair in picture.earlier if pair.sliced is not None]
    known = {row.part for row in rows}
    silent = [Part(value) for value in picture.view.values if Part(value) not in known]
    blank = _by_part(sliced)
    rows += tuple(Row(part, None, blank(part)) for part in silent)
    return tuple(
        RowView(
            row.part,
            row.name,
            row.series,
            _said(row.series, asked_at, now, capacity),
            tuple(past(row.part) for past in pasts),
            asked_at if behind(picture) else None,
        )
        for row in rows
    )


def _valued_rows(picture: ViewData, now: float, capacity: Capacity) -> tuple[RowView, ...] | None:
    """A row for each value that was ever asked for; None where none was, or none is wanted."""
    found = []
    for place, each in enumerate(picture.shown.values):
        if not spoken_for(each.held):
            continue
        series = total_of(each.held)
        past = tuple(total_of(pair.values[place].held) for pair in picture.earlier)
        asked_at = picture.live.values[place].held.newest_asked
        said = _said(series, asked_at, now, capacity)
        found.append(RowView(Part(each.value), None, series, said, past, asked_at))
    return tuple(found) or None


def _said(series: Series, asked_at: float | None, now: float, capacity: Capacity) -> Summary:
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


def _by_part(held: StoredSeries) -> Callable[[Part], Series]:
    """The series of each part; one that was silent has gaps wherever it was asked for."""
    known = {row.part: row.series for row in held.rows}
    # Of months it takes long: it is made where it is needed, and once.
    silent: list[Series] = []

    def of(part: Part) -> Series:
        if part in known:
            return known[part]
        if not silent:
            states = held.asked.values
            silent.append(
                Series(held.start, tuple(GAP if at > UNKNOWN else UNKNOWN for at in states))
            )
        return silent[0]

    return of


class SnapshotBuilder:
    """Draws what `keeping` holds; `clock` gives epoch seconds."""

    def __init__(self, keeping: Keeping, clock: Callable[[], float], capacity: Capacity) -> None:
        self.picture: ViewData | None = None
        """What was remembered when it was last drawn."""
        self.last: Snapshot | None = None
        """What was last drawn."""
        self.drawn_at = clock()
        self._keeping, self._clock, self._capacity = keeping, clock, capacity

    async def keep(self, outcomes: Sequence[PollResult]) -> None:
        """Keep what was answered."""
        if answers := tuple(kept for outcome in outcomes for kept in outcome.kept):
            await asyncio.to_thread(self._keeping.keep, answers)

    async def without_refusal(self, outcome: PollResult, by: Breakdown | None) -> PollResult:
        """A slice that is not offered is noted, and asked for value by value from now on.

        `by` is what is wanted now: what was asked for another breakdown says nothing about it.
        """
        refused, variants = outcome.not_offered, SliceBy.VARIANT
        if refused is None or (by is Breakdown.VARIANT and refused is variants):
            return outcome
        if refused is not variants:
            await asyncio.to_thread(self._keeping.refuse, refused, self._clock())
        return replace(outcome, breakdown_problem=None, not_offered=None)

    async def before_asking(self, view: View) -> ViewData:
        """What is known of `view`: that is what was last drawn, unless it is old or of another."""
        now = self._clock()
        known = self.picture
        if known and known.view == view and 0 <= now - self.drawn_at <= grid.RECENT:
            return known
        return await asyncio.to_thread(self._keeping.recalled, view, now)

    async def drawn(self, standing: PollState, beneath: PollerStatus) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        self.drawn_at = self._clock()
        self.picture, found = await asyncio.to_thread(self._draw, standing, beneath)
        self.last = found
        return found

    def says_otherwise(self, beneath: PollerStatus) -> bool:
        """Whether what was last drawn tells of a filling that is not there, or not of one."""
        return self.last is not None and self.last.filling != beneath.filling

    def planned(self, found: Snapshot, beneath: PollerStatus) -> Snapshot:
        """`found` with what is to be asked next, which follows from it."""
        self.last = found = replace(found, filling=beneath.filling, next_at=beneath.next_at)
        return found

    def _draw(self, standing: PollState, beneath: PollerStatus) -> tuple[ViewData, Snapshot]:
        now = self._clock()
        picture = self._keeping.recalled(standing.shown, now, shown=True)
        told = beneath._replace(history_problem=self._keeping.problem(now))
        return picture, snapshot(standing, picture, now, self._capacity, told)

    async def close(self) -> None:
        """Let go of what is kept for this run alone."""
        await asyncio.to_thread(self._keeping.close)
