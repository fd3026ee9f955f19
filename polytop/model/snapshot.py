"""The one value that crosses from the poller to whoever shows it: frozen, whole, dated."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from polytop.model import grid
from polytop.model.answer import Cost, Part
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.mark import Mark
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.stats import Capacity, Summary
from polytop.model.target import Filters


@dataclass(frozen=True, slots=True)
class View:
    """What the user wants to see: `span` seconds under `filters`, beside what `compare` says.

    The range ends at `end` (epoch seconds, on the grid, exclusive); None follows now. `values` are
    the parts of a `breakdown` that the API does not list; without a `breakdown` there are no rows.
    """

    filters: Filters
    span: int
    end: int | None = None
    compare: Compare = Compare.NONE
    breakdown: Breakdown | None = Breakdown.VARIANT
    values: tuple[str, ...] = ()


class RowView(NamedTuple):
    """A row of the breakdown: its series over the range shown, and what it says.

    `earlier` are the same part's series on the days compared with: see :class:`Snapshot`.
    `asked_at` is when the part was last asked for (epoch seconds), where each is asked by itself
    and they take turns; else None.
    """

    part: Part
    name: str | None
    series: Series
    summary: Summary
    earlier: tuple[Series, ...] = ()
    asked_at: float | None = None


class RequestBudget(NamedTuple):
    """Requests of the last minute, and how many there may be in any."""

    used: int
    limit: int


class Progress(NamedTuple):
    """How much of what the history lacks has come: `done` of `pieces` questions."""

    done: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem, when it began (epoch seconds) and how many polls in a row have met one."""

    problem: Problem
    since: float
    failures: int = 1


class State(StrEnum):
    """What the data on the screen are worth."""

    CONNECTING = "connecting"
    REMEMBERED = "from history"
    LIVE = "live"
    STALE = "stale"
    OFFLINE = "offline"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything known at `at` (epoch seconds, as every moment here).

    `start` and `end` bound the range shown, the running window included. `total`, `rows` and
    their summaries belong to `view`; `wanted` differs from it while a change of filters or of
    the window has not been answered. `fetched_at` is when the last good answer came, None
    before the first. `fault` is what keeps the data from being fresh; `refusal` is why the
    last change that the user asked for was taken back, `recovered` the last fault that is over.
    `rows` is None where no breakdown has come yet, `breakdown_problem` why it is not fresh.
    `ignored` and `cost` are of the last poll.

    `recent` is the total of the last hours up to `at`, whatever range is shown, and `live` what
    it says. `earlier` holds the total of the days that `view.compare` compares with, in the order
    of :func:`polytop.model.baseline.days_of`; each series spans at least the range shown, so many
    days of 24 hours before, and an hour more at either end. `revised` are windows of the range
    with the value that was first seen of them, where another came later. `filling` is set while
    the history lacks a part of what is shown and it is being asked for; `filling_problem` is why
    that broke off, until it is tried again. `remembered` is set until the
    first answer, where the data are from the history alone. `history_problem` is why nothing is
    kept beyond this run. `budget` is what the requests of this project have used.
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
    budget: RequestBudget | None = None

    @property
    def state(self) -> State:
        """LIVE with fresh data, STALE with old ones, NO_DATA or CONNECTING with none yet.

        OFFLINE, with or without data, where nothing comes back at all; REMEMBERED before the
        first answer, with data of the history.
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
        """Start of the window that was running at `at`."""
        return grid.floor(self.at)

    @property
    def following(self) -> bool:
        """Whether the range shown ends with the running window."""
        return self.view.end is None
