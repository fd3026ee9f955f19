"""The data of a view, read from the history at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, Self

from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model import baseline, grid
from polytop.model.answer import Row
from polytop.model.breakdown import Breakdown, narrow_filters
from polytop.model.frame import live_frame
from polytop.model.frozen import frozen
from polytop.model.mark import Mark
from polytop.model.nowcast import Growth
from polytop.model.problem import Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import View
from polytop.model.target import SliceBy, Target

RECENT_HOURS = 3 * 3_600
"""The least span of the live total, seconds: alert rules need it whatever is shown."""

FORECAST_SPAN = 42 * 86_400
"""How much history a forecast is learned from, seconds."""

REFUSED_FOR = 86_400.0
"""Seconds before a slice that the server does not offer is requested again."""

TOGETHER = 1.0
"""Two queries within so many seconds count as sent together: the history keeps whole seconds."""

_LEAST_RESERVE = 6 * 3_600


class HistoryStore(Protocol):
    """The store of answers: see :class:`polytop.history.store.History`."""

    @property
    def problem(self) -> Problem | None:
        """Why nothing is stored beyond this run, or what was lost."""
        ...

    def forget_future(self, now: float) -> None:
        """Forget what was stored by a clock ahead of `now`: see `polytop.history.clock_skew`.

        Quick where there is nothing of the kind.
        """
        ...

    def read(self, scope: Scope, start: int, end: int) -> StoredSeries:
        """Return what is known of `scope` over `[start, end)`."""
        ...

    def growth(self, scope: Scope, start: int, end: int) -> tuple[Growth, ...]:
        """Return what windows of a total were at each age."""
        ...

    def keep_all(self, answers: Sequence[StoredAnswer]) -> None:
        """Store several answers at once."""
        ...

    def marks(self, target: Target, start: int, end: int) -> tuple[Mark, ...]:
        """Return the project's marks in the range."""
        ...

    def refuse(self, target: Target, slice_by: SliceBy, at: float) -> None:
        """Store that the server did not offer a slice (501) when asked at `at`."""
        ...

    def refused_at(self, target: Target, slice_by: SliceBy) -> float | None:
        """Return when that was last stored."""
        ...


class ValueData(NamedTuple):
    """One value of a breakdown, requested by itself as the total of `scope`."""

    value: str
    scope: Scope
    stored: StoredSeries


@frozen
class RangeData:
    """The stored total and breakdown over one range.

    `sliced` is None where the server has no such slice; then `values` stand for it.
    """

    total: StoredSeries
    sliced: StoredSeries | None
    values: tuple[ValueData, ...] = ()


class ViewData(NamedTuple):
    """Everything that the history has of `view` at one moment.

    `shown` spans the view, `live` at least the last hours up to the running window, `lead` what the
    graph shows before the view, and `earlier` the days that are compared with, each wider than the
    graph by its :func:`comparison_reserve`. `past` is the total that a forecast is learned from,
    `launch` that since a launch began.
    """

    view: View
    shown: RangeData
    live: RangeData
    earlier: tuple[RangeData, ...] = ()
    marks: tuple[Mark, ...] = ()
    lead: RangeData | None = None
    past: RangeData | None = None
    launch: RangeData | None = None

    @property
    def start(self) -> int:
        """The start of the view's range."""
        return self.shown.total.start

    @property
    def end(self) -> int:
        """The end of the view's range."""
        return self.shown.total.end


def view_range(view: View, now: float) -> tuple[int, int]:
    """Return the range of `view` at `now`, the running window included, rounded up to windows.

    Nothing later than the running window is ever shown.
    """
    newest = grid.floor(now) + grid.STEP
    end = newest if view.end is None else min(newest, grid.ceil(view.end))
    return grid.floor(end - view.span), end


def graph_start(view: View, start: int, end: int) -> int:
    """Return where the graph of the range of `view` begins, which is `start` or before it."""
    return live_frame(end, end - start).start if view.end is None else start


def comparison_lead(view: View) -> int:
    """Return how far the comparison is shown past the view's end, seconds.

    The graph has free room at its right while it follows now.
    """
    return grid.ceil(view.span / 4) if view.end is None else 0


def comparison_reserve(view: View) -> int:
    """Return how far the comparison is fetched past the end: further, to save requests."""
    return max(2 * comparison_lead(view), _LEAST_RESERVE) if view.end is None else 0


def read_view(memory: HistoryStore, target: Target, view: View, now: float) -> ViewData:
    """Read the data of `view`. Slow (milliseconds, for months tens of them)."""
    start, end = view_range(view, now)
    newest = grid.floor(now) + grid.STEP
    scopes = Scopes.of(memory, target, view, now)

    def data_range(first: int, last: int) -> RangeData:
        return scopes.read(memory, first, last)

    shown = data_range(start, end)
    first = graph_start(view, start, end)
    earlier = tuple(
        data_range(*baseline.counterpart_range(first, end + comparison_reserve(view), days))
        for days in baseline.days_of(view.compare)
    )
    live = shown
    if view.end is not None or start > newest - RECENT_HOURS:
        live = data_range(newest - RECENT_HOURS, newest)
    marks = memory.marks(target, first, end + comparison_lead(view))
    lead = data_range(first, start) if first < start else None
    past = None
    if view.forecast:
        past = RangeData(memory.read(scopes.total, newest - FORECAST_SPAN, newest), None)
    launch = None
    if view.launch is not None and view.launch[0] < newest:
        end = min(newest, view.launch[1])
        launch = RangeData(memory.read(scopes.total, view.launch[0], end), None)
    return ViewData(view, shown, live, earlier, marks, lead, past, launch)


class Scopes(NamedTuple):
    """The scopes of a view: its total, its slice or None, and each value's."""

    total: Scope
    sliced: Scope | None
    values: tuple[tuple[str, Scope], ...] = ()

    @classmethod
    def of(cls, memory: HistoryStore, target: Target, view: View, now: float) -> Self:
        """Return the scopes; a slice refused within :data:`REFUSED_FOR` goes value by value."""
        total, by = Scope(target, view.filters), view.breakdown
        if by is None:
            return cls(total, None)
        if by.slice_by is not None and not _refused(memory, target, by, now):
            return cls(total, Scope(target, view.filters, by.slice_by))
        values = (
            (each, Scope(target, narrow_filters(view.filters, by, each))) for each in view.values
        )
        return cls(total, None, tuple(values))

    def read(self, memory: HistoryStore, start: int, end: int) -> RangeData:
        """Read all scopes over `[start, end)`."""
        total = memory.read(self.total, start, end)
        sliced = None if self.sliced is None else memory.read(self.sliced, start, end)
        values = tuple(
            ValueData(
                value, scope, total if scope == self.total else memory.read(scope, start, end)
            )
            for value, scope in self.values
        )
        return RangeData(total, sliced, values)


def _refused(memory: HistoryStore, target: Target, breakdown: Breakdown, now: float) -> bool:
    """Return True if the slice was refused lately; variants never are, for the API has them."""
    if breakdown is Breakdown.VARIANT or breakdown.slice_by is None:
        return False
    at = memory.refused_at(target, breakdown.slice_by)
    return at is not None and 0 <= now - at < REFUSED_FOR


def scoped_series(
    target: Target, view: View, data_range: RangeData
) -> tuple[tuple[Scope, StoredSeries], ...]:
    """Return the scopes of `data_range` with their series, the total first, none twice."""
    total = Scope(target, view.filters)
    found = {total: data_range.total}
    if data_range.sliced is not None and view.breakdown is not None:
        found[Scope(target, view.filters, view.breakdown.slice_by)] = data_range.sliced
    for each in data_range.values:
        found.setdefault(each.scope, each.stored)
    return tuple(found.items())


def with_lead(data: ViewData, data_range: RangeData) -> RangeData:
    """Return `data_range` from where the graph begins, to ask for what lacks: rows are left out."""
    lead = data.lead
    if lead is None or lead.total.end != data_range.total.start:
        return data_range
    sliced = data_range.sliced
    if lead.sliced is not None and sliced is not None:
        sliced = _join(lead.sliced, sliced)
    values = tuple(
        each._replace(stored=_join(before.stored, each.stored))
        for before, each in zip(lead.values, data_range.values, strict=True)
    )
    return RangeData(_join(lead.total, data_range.total), sliced, values)


def _join(lead: StoredSeries, stored: StoredSeries) -> StoredSeries:
    """Return `stored` from the start of `lead` on, if that lacks anything."""
    if not lead.lacking(lead.start, lead.end):
        return stored
    return replace(stored, start=lead.start, asked=lead.asked.merge(stored.asked))


def is_slice_behind(data: ViewData) -> bool:
    """Return True if the slice is older than the total, which polls request together."""
    sliced, total = data.live.sliced, data.live.total
    if sliced is None or total.newest_asked is None:
        return False
    return (sliced.newest_asked or 0) < total.newest_asked - TOGETHER


def total_series(stored: StoredSeries) -> Series:
    """Return the series of an unsliced scope."""
    blank = Series(stored.start, (UNKNOWN,) * grid.count(stored.start, stored.end))
    return stored.rows[0].series if stored.rows else blank


def was_asked(stored: StoredSeries) -> bool:
    """Return True if any window of it was ever asked for."""
    return stored.asked.highest() > UNKNOWN


def sliced_rows(stored: StoredSeries) -> tuple[Row, ...] | None:
    """Return the rows of a sliced scope; None if it was never asked for."""
    return stored.rows if was_asked(stored) else None
