"""One look: the questions of a whole window at once, and the snapshot that they come to."""

import asyncio
from collections.abc import Callable

from polytop.api.query import Query, QueryError
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import SliceBy, Target
from polytop.monitor.asking import Fetch, Outcome, ask_all, unsendable
from polytop.monitor.recall import Memory, recall, view_range
from polytop.monitor.safe import SafeMemory
from polytop.monitor.verdict import Standing, judged, snapshot


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
    """Ask for `view`, the total and (with `breakdown`) its variants, side by side.

    Never raises for a fault: the snapshot holds it, and what `memory` had before. `clock` gives
    epoch seconds.
    """
    start, end = view_range(view, clock())
    slices = (None, SliceBy.VARIANT) if breakdown else (None,)
    try:
        asked = [Query(target, view.filters, start, end, slice_by=each) for each in slices]
        outcome = await ask_all(fetch, asked, clock)
    except QueryError as error:
        outcome = unsendable(error)
    kept, now = memory or SafeMemory(), clock()
    return await asyncio.to_thread(_seen, kept, target, view, outcome, now, capacity)


def _seen(
    memory: Memory, target: Target, view: View, outcome: Outcome, now: float, capacity: Capacity
) -> Snapshot:
    memory.keep_all(outcome.kept)
    standing = judged(Standing(view, view), outcome, now)
    picture = recall(memory, target, view, now)
    return snapshot(standing, picture, now=now, next_at=None, capacity=capacity)
