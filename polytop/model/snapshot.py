"""The one value that crosses from the poller to whoever shows it: frozen, whole, dated."""

from dataclasses import dataclass
from enum import StrEnum

from polytop.model import grid
from polytop.model.answer import Cost, Part
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.stats import Capacity, Summary
from polytop.model.target import Filters


@dataclass(frozen=True, slots=True)
class View:
    """What the user wants to see: the last `span` seconds under `filters`."""

    filters: Filters
    span: int


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the breakdown: its series over the range shown, and what it says."""

    part: Part
    name: str | None
    series: Series
    summary: Summary


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem, when it began (epoch seconds) and how many polls in a row have met one."""

    problem: Problem
    since: float
    failures: int = 1


class State(StrEnum):
    """What the data on the screen are worth."""

    CONNECTING = "connecting"
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

    @property
    def state(self) -> State:
        """LIVE with fresh data, STALE with old ones, NO_DATA or CONNECTING with none yet.

        OFFLINE, with or without data, where nothing comes back at all.
        """
        if self.fault is None:
            return State.CONNECTING if self.fetched_at is None else State.LIVE
        if self.fault.problem.kind is Kind.OFFLINE:
            return State.OFFLINE
        return State.NO_DATA if self.fetched_at is None else State.STALE

    @property
    def running(self) -> int:
        """Start of the window that was running at `at`."""
        return grid.floor(self.at)
