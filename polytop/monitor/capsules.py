"""Make the capsules of incidents, from the history: with or without a screen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import reduce
from itertools import groupby

from polytop import __version__
from polytop.alerts.capsule import (
    Capsule,
    CapsuleMark,
    CapsuleSeries,
    Look,
    join_capsules,
    moment,
    new_capsule,
    pack_series,
)
from polytop.alerts.capsule_store import CapsuleStore
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Change, Event
from polytop.history.types import FINAL
from polytop.model import grid
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters
from polytop.monitor.cache import ViewHistory
from polytop.monitor.forecast_fields import forecast_fields
from polytop.monitor.snapshots import PollerStatus, PollState, build_snapshot
from polytop.monitor.view_data import HistoryStore, RangeData, sliced_rows, total_series, was_asked

SPAN = 6 * 3_600
"""How much of the data a capsule holds, seconds."""

_ROWS = 500
"""Rows that a look holds at most."""

_PICTURE = 2_000_000
"""Characters of a picture; a larger one is left out."""


@frozen
class CapsuleMaker:
    """Saves what `memory` holds of the calls that are `watched`; nothing is asked for.

    `draw` makes the text of the graph. `zone` is that of the people who call.
    """

    store: CapsuleStore
    watched: WatchedCalls
    memory: Callable[[], HistoryStore]
    capacity: Capacity
    draw: Callable[[Snapshot], str]
    zone: tzinfo | None = None

    def save(
        self, events: Sequence[Event], view: View | None, now: float, picture: str | None
    ) -> None:
        """Save the `events` of incidents. Slow. Raises OSError.

        `view` is what the screen shows at `now`, and `picture` the screen as SVG.
        """
        look = self._look(view, now, picture) if any(event.turning for event in events) else None

        def incident(event: Event) -> tuple[str, float]:
            return event.rule, event.since

        for _, group in groupby(sorted(events, key=incident), key=incident):
            mine = tuple(group)
            known: Capsule = reduce(
                join_capsules, (new_capsule(self.watched, event) for event in mine)
            )
            changes = {event.change for event in mine}
            if Change.CLEARED in changes:
                known = replace(known, end=look)
            elif Change.RAISED in changes:
                known = replace(known, beginning=look)
            self.store.save(known)

    def _look(self, view: View | None, now: float, picture: str | None) -> Look:
        by = (view and view.breakdown) or Breakdown.VARIANT
        wanted = View(
            Filters(self.watched.client_env),
            SPAN,
            breakdown=by,
            values=view.values if view else (),
            forecast=True,
        )
        history = ViewHistory(self.memory(), self.watched.target, self.zone)
        data = history.read_view(wanted, now)
        state = PollState(wanted, wanted)
        found = build_snapshot(state, data, now, self.capacity, PollerStatus())
        found = history.with_outlook(found, data)
        rows = sorted(_rows(data.shown), key=_size, reverse=True)
        return Look(
            at=moment(now),
            polytop=__version__,
            start=moment(data.start),
            step_seconds=grid.STEP,
            total=pack_series(found.total, frozenset(data.shown.total.asked.find(FINAL))),
            slice_by=by.value,
            rows=tuple(rows[:_ROWS]),
            rows_left_out=max(0, len(rows) - _ROWS),
            marks=tuple(CapsuleMark(moment(mark.at), mark.text) for mark in data.marks),
            forecast=forecast_fields(found.outlook) if found.outlook else None,
            text=self.draw(found),
            picture=picture if picture and len(picture) <= _PICTURE else None,
        )


def _rows(shown: RangeData) -> Iterator[CapsuleSeries]:
    """Yield the rows of the breakdown; none where it was never asked for."""
    if shown.sliced is not None:
        final = frozenset(shown.sliced.asked.find(FINAL))
        for row in sliced_rows(shown.sliced) or ():
            yield pack_series(row.series, final, row.part.id, row.name)
    for each in shown.values:
        if was_asked(each.stored):
            final = frozenset(each.stored.asked.find(FINAL))
            yield pack_series(total_series(each.stored), final, each.value)


def _size(row: CapsuleSeries) -> int:
    return max((value for value in row.values if value is not None), default=-1)
