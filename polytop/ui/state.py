"""What the user has chosen to see: a frozen value, changed by pure functions."""

from dataclasses import dataclass, replace

from polytop.model.baseline import Compare
from polytop.model.snapshot import View
from polytop.model.target import Filters

WINDOWS = (
    1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 86_400,
    3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 60 * 86_400, 90 * 86_400,
)  # fmt: skip
"""Windows that `[` and `]` go through, seconds."""

SORTS = ("now", "share", "change", "peak", "at", "p95", "mean", "versus", "name")
"""What the breakdown can be sorted by, in the order that `s` goes through."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything that a key can change, apart from the data.

    `trail` holds the filters that Esc goes back to, oldest first. `cursor` is the id of the row
    under the cursor: ``("row", variant_id)``, or ``None`` for the first. `end` is where the range
    ends (exclusive), None follows now; `cursor_at` is the start of the window under the graph's
    cursor, None without one.
    """

    filters: Filters
    span: int = 6 * 3_600
    sort: str = "now"
    reverse: bool = False
    search: str = ""
    frozen: bool = False
    utc: bool = False
    trail: tuple[Filters, ...] = ()
    cursor: tuple[str, str | None] | None = None
    end: int | None = None
    cursor_at: int | None = None
    compare: Compare = Compare.WEEK

    @property
    def view(self) -> View:
        """What the poller is asked for."""
        return View(self.filters, self.span, self.end, self.compare)


def resized(state: ViewState, steps: int) -> ViewState:
    """The next shorter (-1) or longer (+1) window; the same at either end."""
    if steps > 0:
        longer = [span for span in WINDOWS if span > state.span]
        return replace(state, span=longer[0]) if longer else state
    shorter = [span for span in WINDOWS if span < state.span]
    return replace(state, span=shorter[-1]) if shorter else state


def sorted_next(state: ViewState) -> ViewState:
    """Sort by the next column, in that column's usual order."""
    at = SORTS.index(state.sort)
    return replace(state, sort=SORTS[(at + 1) % len(SORTS)], reverse=False)


def sorted_by(state: ViewState, sort: str) -> ViewState:
    """Sort by `sort`; where it already is sorted by it, the other way round."""
    if sort not in SORTS:
        return state
    return replace(state, sort=sort, reverse=not state.reverse if sort == state.sort else False)


def reversed_(state: ViewState) -> ViewState:
    """The other way round."""
    return replace(state, reverse=not state.reverse)


def narrowed(state: ViewState, filters: Filters) -> ViewState:
    """Under `filters`, with the way back kept."""
    if filters == state.filters:
        return state
    return replace(state, filters=filters, trail=(*state.trail, state.filters))


def filtered(state: ViewState, filters: Filters) -> ViewState:
    """Under `filters` as chosen outright: there is no way back to keep."""
    return replace(state, filters=filters, trail=())


def widened(state: ViewState) -> ViewState:
    """One step back: the search first, then the way that Enter came, then every filter."""
    if state.search:
        return replace(state, search="")
    if state.trail:
        return replace(state, filters=state.trail[-1], trail=state.trail[:-1])
    return state


def taken_back(state: ViewState, view: View) -> ViewState:
    """The view that the poller went back to, after the server refused the one asked for."""
    trail = state.trail
    while trail and trail[-1] == view.filters:
        trail = trail[:-1]
    return replace(state, filters=view.filters, span=view.span, trail=trail)
