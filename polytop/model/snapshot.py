"""The snapshot: the one frozen value that passes from the poller to screen, commands and alerts."""

from collections.abc import Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from polytop.model import grid
from polytop.model.answer import Cost, Part
from polytop.model.baseline import Compare, Versus, counterparts, versus_at
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.mark import Mark
from polytop.model.nowcast import Nowcast
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.stats import (
    Capacity,
    Reading,
    Severity,
    Summary,
    change_at,
    complete_end,
    complete_value,
)
from polytop.model.target import Filters

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook


@frozen
class View:
    """The data that the user wants: `span` seconds under `filters`, with the comparison `compare`.

    The range ends at `end` (epoch seconds, on the grid, exclusive); None follows now. `values` are
    the parts of a `breakdown` that the API does not list; without a `breakdown` there are no rows.
    With `forecast` weeks of the total are wanted too, and what follows from them. `launch` is where
    a launch begins and ends: the total since then is wanted too, and the graph shows what is to
    come of it.
    """

    filters: Filters
    span: int
    end: int | None = None
    compare: Compare = Compare.NONE
    breakdown: Breakdown | None = Breakdown.VARIANT
    values: tuple[str, ...] = ()
    forecast: bool = False
    launch: tuple[int, int] | None = None


class RowView(NamedTuple):
    """A row of the breakdown: its series over the visible range, and the series' summary.

    `earlier` are the part's series on the compared days, and `lead` is what the graph shows before
    the range: see :class:`Snapshot`. `asked_at` is the
    time of the part's last request (epoch seconds) if each part has a request of its own, else
    None.
    """

    part: Part
    name: str | None
    series: Series
    summary: Summary
    earlier: tuple[Series, ...] = ()
    asked_at: float | None = None
    lead: Series = Series(0)


class WindowFigures(NamedTuple):
    """A complete window: its start, its value and how far that is from others; None if unknown.

    `change` is from the window 15 minutes before, `versus` from the comparison.
    """

    window: int
    value: int | None
    change: int | None
    versus: Versus | None


def window_figures(
    series: Series,
    window: int,
    earlier: Sequence[Series],
    compare: Compare,
    then: Sequence[int | None],
) -> WindowFigures:
    """The figures of `window` of `series`; `then` are its counterparts in `earlier`."""
    value = complete_value(series, window)
    change = change_at(series, window)
    return WindowFigures(window, value, change, versus_at(value, earlier, compare, then))


class RequestBudget(NamedTuple):
    """Requests of the last minute, and the most that a minute may have."""

    used: int
    limit: int


class Progress(NamedTuple):
    """The progress of the backfill: `done` of `pieces` requests."""

    done: int
    pieces: int


@frozen
class Fault:
    """A problem, when it began (epoch seconds), and the number of failed polls in a row."""

    problem: Problem
    since: float
    failures: int = 1


class State(StrEnum):
    """The state of the data on the screen."""

    CONNECTING = "connecting"
    REMEMBERED = "from history"
    LIVE = "live"
    STALE = "stale"
    OFFLINE = "offline"
    NO_DATA = "no data"


TOO_OLD = 600.0
"""The age of the last answer from which on nothing is said about now, seconds."""


@frozen
class Snapshot:
    """Everything known at `at` (epoch seconds, as every moment here).

    `start` and `end` bound the visible range, the running window included. `total`, `rows` and
    their summaries belong to `view`; `wanted` differs from it until a change of filters or range
    is answered. `fetched_at` is the time of the last good answer, None before the first. `fault`
    is the reason why the data are not fresh, `recovered` the last fault that is over, `refusal`
    the reason why the user's last change was undone. `rows` is None before the first breakdown,
    and `breakdown_problem` is why it is not fresh. `ignored` and `cost` are of the last poll.

    `recent` is the total of the last hours up to `at`, whatever the visible range, and `live` its
    summary. `lead` is the total before `start` that the graph shows while it follows now: see
    :func:`polytop.model.frame.live_frame`. `earlier` holds the totals of the days that
    `view.compare` compares with, in the order of :func:`polytop.model.baseline.days_of`; each
    series spans at least the visible range, that number of 24-hour days before, and an hour more
    at either end. `revised` are windows of the range whose value changed later, with their first
    value. `backfill` is set while the history lacks a part of the range and requests for it are
    running; `backfill_problem` is why they stopped, until the next try. `remembered` is set until
    the first answer if the data come from the history alone. `history_problem` is why nothing is
    kept beyond this run, and `clock_problem` how wrong this machine's clock is: all times are the
    server's. `budget` counts the project's requests. `nowcasts` are the likely ends of windows that
    are not final, and `final_after` says from when on after its end a window is (seconds).
    `outlook` is the forecast, if the view has one. None of these is in any other value here.
    `launch` is the total since the launch of the view began; empty without one, and before.
    """

    at: float
    view: View
    wanted: View
    start: int
    end: int
    total: Series
    summary: Summary
    rows: tuple[RowView, ...] | None = None
    capacity: Capacity = Capacity()
    fetched_at: float | None = None
    next_at: float | None = None
    fault: Fault | None = None
    refusal: Problem | None = None
    recovered: Fault | None = None
    breakdown_problem: Problem | None = None
    ignored: int = 0
    cost: Cost = Cost()
    polls: int = 0
    recent: Series = Series(0)
    live: Summary = Summary()
    earlier: tuple[Series, ...] = ()
    revised: tuple[tuple[int, int], ...] = ()
    marks: tuple[Mark, ...] = ()
    backfill: Progress | None = None
    backfill_problem: Problem | None = None
    remembered: bool = False
    history_problem: Problem | None = None
    clock_problem: Problem | None = None
    budget: RequestBudget | None = None
    lead: Series = Series(0)
    nowcasts: tuple[Nowcast, ...] = ()
    final_after: int | None = None
    outlook: "Outlook | None" = None
    launch: Series = Series(0)

    @property
    def state(self) -> State:
        """LIVE with fresh data, STALE with old data, NO_DATA or CONNECTING without any.

        OFFLINE if no answer comes at all; REMEMBERED before the first answer, with data of the
        history.
        """
        if self.fault is None and self.remembered:
            return State.REMEMBERED
        if self.fault is None:
            return State.CONNECTING if self.fetched_at is None else State.LIVE
        if self.fault.problem.kind is Kind.OFFLINE:
            return State.OFFLINE
        return State.NO_DATA if self.fetched_at is None else State.STALE

    @property
    def running(self) -> int:
        """Start of the window that ran at `at`: nothing later is ever shown."""
        return grid.floor(self.at)

    @property
    def complete_until(self) -> int:
        """The end of the last complete window: see :class:`polytop.model.series.Series`.

        The window that ran when the total was last fetched is provisional, whatever the clock says
        by now; what is between it and the end of the running window was not fetched.
        """
        return complete_end(self._newest, self.at)

    def is_complete(self, window: int) -> bool:
        """True if the total of `window` was fetched after its end."""
        known = self.recent if self.total.at(window) == UNKNOWN else self.total
        return window < self.running and known.is_complete(window)

    @property
    def provisional(self) -> frozenset[int]:
        """Starts of the visible windows that are known and not complete."""
        return self.total.provisional | self.lead.provisional | {self.running}

    def last_window(self, series: Series) -> int:
        """The last window that is complete in the total and in `series`, a row's."""
        return min(self.complete_until, complete_end(series, self.at)) - grid.STEP

    def last_complete(self, zone: tzinfo | None) -> WindowFigures:
        """The last complete window, whatever the visible range; `zone` is for the comparison."""
        window, compare = self.complete_until - grid.STEP, self.view.compare
        then = counterparts(compare, window, zone)
        return window_figures(self._newest, window, self.earlier, compare, then)

    def newest_complete(self, max_age: float) -> Reading | None:
        """The newest complete window with a value; None if it is too old.

        Its end is at most `max_age` seconds before the last good answer. An answer may lack the
        newest windows.
        """
        answered = self.at if self.fetched_at is None else self.fetched_at
        for window in range(self.complete_until - grid.STEP, self._newest.start - 1, -grid.STEP):
            if window + grid.STEP < answered - max_age:
                return None
            if (value := complete_value(self._newest, window)) is not None:
                return Reading(window, value)
        return None

    @property
    def _newest(self) -> Series:
        return self.recent if self.recent.values else self.total

    def nowcast_of(self, window: int) -> Nowcast | None:
        """The likely end of `window`; None where nothing is to say."""
        return next((each for each in self.nowcasts if each.window == window), None)

    @property
    def following(self) -> bool:
        """True if the range ends with the running window."""
        return self.view.end is None

    @property
    def fresh(self) -> bool:
        """True if there are data and the last poll succeeded."""
        return self.fault is None and self.fetched_at is not None


class RunningPoll(NamedTuple):
    """A poll that ran when another was asked for: the seconds that it had lasted, and its end."""

    lasted: float
    given_up: bool


def profile_severity(
    snapshot: Snapshot | None, alert: Severity | None = None, *, failed: bool = False
) -> Severity:
    """Return the state of a profile, the same for header, wall and glance.

    It is the worst of the value's severity and of the alert rules. The running window may raise
    it and never clears it. If the last request failed, only a WARNING or CRITICAL of less than
    :data:`TOO_OLD` seconds ago still holds, and all else is UNKNOWN.
    """
    if snapshot is None or snapshot.fetched_at is None:
        return Severity.UNKNOWN
    now, last = snapshot.live.now or snapshot.summary.now, snapshot.newest_complete(TOO_OLD)
    worst = max(
        snapshot.capacity.severity(each.value) if each else Severity.OK for each in (now, last)
    )
    if alert is not None:
        worst = max(worst, alert)
    elif last is None and worst is Severity.OK:
        # A lower bound clears nothing.
        return Severity.UNKNOWN
    if snapshot.fault is None and not failed:
        return worst
    holds = worst >= Severity.WARNING and snapshot.at - snapshot.fetched_at < TOO_OLD
    return worst if holds else Severity.UNKNOWN
