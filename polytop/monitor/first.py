"""The very first look: what is remembered of a view, before anything else is loaded."""

from dataclasses import replace

from polytop.model.baseline import Compare
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.keeping import Keeping
from polytop.monitor.recall import Memory
from polytop.monitor.verdict import Beneath, Standing, snapshot


def remembered(
    memory: Memory, target: Target, view: View, now: float, capacity: Capacity
) -> Snapshot | None:
    """What `memory` says of `view`, without what it is compared with; None where it says nothing.

    Slow (milliseconds). What is compared with comes with the poller's own first snapshot.
    """
    keeping = Keeping(memory, target)
    picture = keeping.recalled(replace(view, compare=Compare.NONE), now)
    told = Beneath(history_problem=keeping.problem(now))
    found = snapshot(Standing(view, view), picture, now, capacity, told)
    return found if found.remembered else None
