"""One snapshot without a poller: from the history alone, or with one round of requests."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from polytop.api.query import Query, QueryError
from polytop.history.types import MERGE_GAP, StoredSeries, unfinal_runs
from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import Series
from polytop.model.server_clock import (
    UNKNOWN_TIME,
    WORTH_TELLING,
    clock_offset,
    clock_problem,
    is_known,
)
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity, Summary, summary
from polytop.model.target import SliceBy, Target
from polytop.monitor.cache import ViewHistory
from polytop.monitor.requests import Fetch, PollResult, ask_all, unsendable_result
from polytop.monitor.snapshots import PollerStatus, PollState, after_poll, build_snapshot
from polytop.monitor.view_data import HistoryStore, ViewData


def snapshot_from_history(
    memory: HistoryStore, target: Target, view: View, now: float, capacity: Capacity
) -> Snapshot | None:
    """Return the snapshot of `view` from `memory`, without comparison; None if it holds nothing.

    Slow (milliseconds). What is compared with comes with the poller's own first snapshot.
    """
    history = ViewHistory(memory, target)
    data = history.read_view(replace(view, compare=Compare.NONE), now)
    told = PollerStatus(history_problem=history.problem(now))
    found = build_snapshot(PollState(view, view), data, now, capacity, told)
    return found if found.remembered else None


async def fetch_snapshot(
    fetch: Fetch,
    target: Target,
    view: View,
    *,
    clock: Callable[[], float],
    capacity: Capacity = Capacity(),
    breakdown: bool = True,
    memory: HistoryStore | None = None,
) -> Snapshot:
    """Fetch what is not final in `memory` of `view`, all at once, and return the snapshot.

    That is the total and (with `breakdown`) its variants; the answers are kept. Never raises
    for a fault: the snapshot holds it, and what `memory` had before. `clock` gives epoch seconds.
    Where the first answers show that it was wrong, the right range is asked for.
    """
    history = ViewHistory(memory, target)
    try:
        offset = clock_offset(clock)
        outcome = await _ask(fetch, target, view, clock, history, breakdown)
        if abs(clock_offset(clock) - offset) >= WORTH_TELLING:
            await asyncio.to_thread(history.keep, outcome.answers)
            first = outcome.cost
            outcome = await _ask(fetch, target, view, clock, history, breakdown)
            outcome = replace(outcome, cost=first + outcome.cost)
        return await asyncio.to_thread(_keep_and_build, history, view, outcome, clock, capacity)
    finally:
        history.close()


async def _ask(
    fetch: Fetch,
    target: Target,
    view: View,
    clock: Callable[[], float],
    history: ViewHistory,
    breakdown: bool,
) -> PollResult:
    """Ask for what is not final now."""
    data = await asyncio.to_thread(history.read_view, view, clock())
    try:
        return await ask_all(fetch, unfinal_queries(target, data, breakdown=breakdown), clock)
    except QueryError as error:
        return unsendable_result(error)


def unfinal_queries(target: Target, data: ViewData, *, breakdown: bool) -> tuple[Query, ...]:
    """Return the queries for what is not final. Raises QueryError if one may not be sent."""
    filters, shown = data.view.filters, data.shown
    asked: list[tuple[StoredSeries, SliceBy | None]] = [(shown.total, None)]
    if breakdown and shown.sliced is not None:
        asked.append((shown.sliced, SliceBy.VARIANT))
    return tuple(
        Query(target, filters, start, end, slice_by)
        for stored, slice_by in asked
        for start, end in unfinal_runs(stored.asked, across=MERGE_GAP)
    )


def _keep_and_build(
    history: ViewHistory,
    view: View,
    outcome: PollResult,
    clock: Callable[[], float],
    capacity: Capacity,
) -> Snapshot:
    now = clock()
    history.keep(outcome.answers)
    state = after_poll(PollState(view, view), outcome, now)
    data = history.read_view(view, now)
    told = PollerStatus(history_problem=history.problem(now), clock_problem=clock_problem(clock))
    found = build_snapshot(state, data, now, capacity, told)
    newest = max((window for window, _ in found.total.known()), default=0)
    if (
        view.end is None
        and found.fault is None
        and newest < now - grid.RECENT
        and not is_known(clock)
    ):
        return replace(found, clock_problem=UNKNOWN_TIME)
    return found


def as_of_end(found: Snapshot) -> Snapshot:
    """`found` with the figures of its last window, as they are known by now.

    No window is complete because it is over, only if it was asked for since.
    """
    end, known = found.end, found.fetched_at is not None

    def figures(series: Series) -> Summary:
        return summary(series, end, found.capacity)

    total = figures(found.total)
    rows = tuple(row._replace(summary=figures(row.series)) for row in found.rows or ())
    return replace(
        found,
        at=float(end),
        fetched_at=float(end) if known else None,
        summary=total,
        recent=found.total,
        live=total,
        rows=None if found.rows is None else rows,
    )
