"""What is remembered of a view: read from the history in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from polytop.model import baseline, grid
from polytop.model.answer import Row
from polytop.model.mark import Mark
from polytop.model.problem import Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import View
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.history.held import Held, Kept
from polytop.monitor.history.scope import Scope

RECENT_HOURS = 3 * 3_600
"""How far back the live total reaches whatever is looked at, seconds: alert rules need it."""

_LEAST_RESERVE = 6 * 3_600


class Memory(Protocol):
    """Where answers are kept: see :class:`polytop.monitor.history.store.History`."""

    @property
    def problem(self) -> Problem | None:
        """Why nothing is kept beyond this run, or what happened to what was."""
        ...

    def read(self, scope: Scope, start: int, end: int) -> Held:
        """What is known of `scope` over `[start, end)`."""
        ...

    def keep_all(self, answers: Sequence[Kept]) -> None:
        """Keep several answers at once."""
        ...

    def marks(self, target: Target, start: int, end: int) -> tuple[Mark, ...]:
        """The project's marks in the range."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """The total and the breakdown over one range."""

    total: Held
    sliced: Held


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is remembered of `view` at one moment.

    `shown` spans the view, `live` at least the last hours up to the running window, and `earlier`
    the days that are compared with, each wider than the view by its :func:`reserve`.
    """

    view: View
    shown: Pair
    live: Pair
    earlier: tuple[Pair, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def start(self) -> int:
        """Start of the view's range."""
        return self.shown.total.start

    @property
    def end(self) -> int:
        """End of the view's range."""
        return self.shown.total.end


def view_range(view: View, now: float) -> tuple[int, int]:
    """The windows of `view` at `now`, the running one included; its span is rounded up to them.

    Nothing later than the running window is ever shown.
    """
    newest = grid.floor(now) + grid.STEP
    end = newest if view.end is None else min(newest, grid.ceil(view.end))
    return grid.floor(end - view.span), end


def ahead(view: View) -> int:
    """How much of the days compared with is shown past the view's end, seconds.

    The graph has free room at its right while it follows now.
    """
    return grid.ceil(view.span / 4) if view.end is None else 0


def reserve(view: View) -> int:
    """The same as it is asked for: further, so that it is not asked for window by window."""
    return max(2 * ahead(view), _LEAST_RESERVE) if view.end is None else 0


def recall(memory: Memory, target: Target, view: View, now: float) -> Picture:
    """Read what is known of `view`. Slow (milliseconds, for months tens of them)."""
    start, end = view_range(view, now)
    newest = grid.floor(now) + grid.STEP
    shown = _pair(memory, target, view.filters, start, end)
    earlier = tuple(
        _pair(memory, target, view.filters, *baseline.reach(start, end + reserve(view), days))
        for days in baseline.days_of(view.compare)
    )
    live = shown
    if view.end is not None or start > newest - RECENT_HOURS:
        live = _pair(memory, target, view.filters, newest - RECENT_HOURS, newest)
    marks = memory.marks(target, start, end + ahead(view))
    return Picture(view, shown, live, earlier, marks)


def _pair(memory: Memory, target: Target, filters: Filters, start: int, end: int) -> Pair:
    total = memory.read(Scope(target, filters), start, end)
    return Pair(total, memory.read(Scope(target, filters, SliceBy.VARIANT), start, end))


def total_of(held: Held) -> Series:
    """The series of an unsliced scope."""
    blank = Series(held.start, (UNKNOWN,) * grid.count(held.start, held.end))
    return held.rows[0].series if held.rows else blank


def spoken_for(held: Held) -> bool:
    """Whether any window of it was ever asked for."""
    return max(held.asked.values, default=UNKNOWN) > UNKNOWN


def rows_of(held: Held) -> tuple[Row, ...] | None:
    """The rows of a sliced scope, None where it was never asked for."""
    return held.rows if spoken_for(held) else None
