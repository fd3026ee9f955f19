"""One look: what is not known yet of a window, asked at once, and the snapshot it comes to."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from polytop.api.query import Query, QueryError
from polytop.history.types import ACROSS, StoredSeries, runs
from polytop.model.baseline import Compare
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import SliceBy, Target
from polytop.monitor.cache import Keeping
from polytop.monitor.requests import Fetch, PollResult, ask_all, unsendable
from polytop.monitor.snapshots import PollerStatus, PollState, after_poll, snapshot
from polytop.monitor.view_data import Memory, ViewData


def remembered(
    memory: Memory, target: Target, view: View, now: float, capacity: Capacity
) -> Snapshot | None:
    """What `memory` says of `view`, without what it is compared with; None where it says nothing.

    Slow (milliseconds). What is compared with comes with the poller's own first snapshot.
    """
    keeping = Keeping(memory, target)
    picture = keeping.recalled(replace(view, compare=Compare.NONE), now)
    told = PollerStatus(history_problem=keeping.problem(now))
    found = snapshot(PollState(view, view), picture, now, capacity, told)
    return found if found.remembered else None


async def look_once(
    fetch: Fetch,
    target: Target,
    view: View,
    *,
    clock: Callable[[], float],
    capacity: Capacity = Capacity(),
    breakdown: bool = True,
    memory: Memory | None = None,
) -> Snapshot:
    """Ask for what `memory` does not know for certain of `view`, everything at once.

    That is the total and (with `breakdown`) its variants; what is answered is kept. Never raises
    for a fault: the snapshot holds it, and what `memory` had before. `clock` gives epoch seconds.
    """
    keeping = Keeping(memory, target)
    try:
        now = clock()
        picture = await asyncio.to_thread(keeping.recalled, view, now)
        try:
            outcome = await ask_all(fetch, lacking(target, picture, breakdown=breakdown), clock)
        except QueryError as error:
            outcome = unsendable(error)
        return await asyncio.to_thread(_seen, keeping, view, outcome, clock(), capacity)
    finally:
        keeping.close()


def lacking(target: Target, picture: ViewData, *, breakdown: bool) -> tuple[Query, ...]:
    """The questions to what is not final in `picture`; raises QueryError where none may be sent."""
    filters, shown = picture.view.filters, picture.shown
    asked: list[tuple[StoredSeries, SliceBy | None]] = [(shown.total, None)]
    if breakdown and shown.sliced is not None:
        asked.append((shown.sliced, SliceBy.VARIANT))
    return tuple(
        Query(target, filters, start, end, slice_by)
        for held, slice_by in asked
        for start, end in runs(held.asked, across=ACROSS)
    )


def _seen(
    keeping: Keeping, view: View, outcome: PollResult, now: float, capacity: Capacity
) -> Snapshot:
    keeping.keep(outcome.kept)
    standing = after_poll(PollState(view, view), outcome, now)
    picture = keeping.recalled(view, now)
    told = PollerStatus(history_problem=keeping.problem(now))
    return snapshot(standing, picture, now, capacity, told)
