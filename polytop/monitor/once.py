"""One look: the questions of a whole window at once, and the snapshot that they come to."""

from collections.abc import Callable

from polytop.api.query import Query, QueryError
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import SliceBy, Target
from polytop.monitor.asking import Fetch, Outcome, ask_all, unsendable
from polytop.monitor.picture import Picture
from polytop.monitor.verdict import Standing, judged, snapshot, view_range


async def look_once(
    fetch: Fetch,
    target: Target,
    view: View,
    *,
    clock: Callable[[], float],
    capacity: Capacity = Capacity(),
    breakdown: bool = True,
) -> Snapshot:
    """Ask for `view`, the total and (with `breakdown`) its variants, side by side.

    Never raises for a fault: the snapshot holds it. `clock` gives epoch seconds.
    """
    picture = Picture.blank(view.filters, clock())
    start, end = view_range(view, clock())
    slices = (None, SliceBy.VARIANT) if breakdown else (None,)
    try:
        asked = [Query(target, view.filters, start, end, slice_by=each) for each in slices]
        outcome = await ask_all(fetch, asked, picture)
    except QueryError as error:
        outcome = unsendable(picture, error)
    return _seen(view, outcome, clock(), capacity)


def _seen(view: View, outcome: Outcome, now: float, capacity: Capacity) -> Snapshot:
    standing = judged(Standing(outcome.picture, view, view), outcome, now, answered=False)
    return snapshot(standing, outcome, None, now=now, next_at=None, capacity=capacity)
