"""What the user has chosen to see: a frozen value, changed by pure functions."""

from dataclasses import dataclass, replace

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown, present
from polytop.model.snapshot import View
from polytop.model.target import ClientEnv, Filters
from polytop.ui.columns import COLUMNS, DEFAULT, NAME, sorts

WINDOWS = (
    1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 86_400,
    3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 60 * 86_400, 90 * 86_400,
)  # fmt: skip
"""Windows that `[` and `]` go through, seconds."""

SORTS = (*COLUMNS, NAME)
"""What the breakdown can be sorted by."""

MOST_CHOSEN = 9
"""Rows whose lines are drawn at once: each has a digit as its sign."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything that a key can change, apart from the data.

    `trail` holds the filters that Esc goes back to, oldest first. `cursor` is the id of the row
    under the cursor: ``("row", variant_id)``, or ``None`` for the first. `end` is where the range
    ends (exclusive), None follows now; `cursor_at` is the start of the window under the graph's
    cursor, None without one. `chosen` are ids of the rows whose lines are drawn, in the order of
    their signs; `columns` are those of the table, in the order wished for. `languages` and
    `phone_numbers` are what the rows of those breakdowns are.
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
    chosen: tuple[str | None, ...] = ()
    columns: tuple[str, ...] = DEFAULT
    breakdown: Breakdown = Breakdown.VARIANT
    languages: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()

    @property
    def view(self) -> View:
        """What the poller is asked for."""
        by = self.breakdown
        one = present(self.filters, by)
        values = self.listed(by) if one is None or by is Breakdown.VARIANT else (one,)
        return View(self.filters, self.span, self.end, self.compare, by, values)

    def listed(self, by: Breakdown) -> tuple[str, ...]:
        """The parts of `by` that are known without asking: the API lists variants alone."""
        if by is Breakdown.CLIENT_ENV:
            return tuple(env.value for env in ClientEnv)
        if by is Breakdown.LANGUAGE:
            return self.languages
        return self.phone_numbers if by is Breakdown.PHONE_NUMBER else ()


def resized(state: ViewState, steps: int) -> ViewState:
    """The next shorter (-1) or longer (+1) window; the same at either end."""
    if steps > 0:
        longer = [span for span in WINDOWS if span > state.span]
        return replace(state, span=longer[0]) if longer else state
    shorter = [span for span in WINDOWS if span < state.span]
    return replace(state, span=shorter[-1]) if shorter else state


def sorted_next(state: ViewState, *, ages: bool = False) -> ViewState:
    """Sort by the next column, in that column's usual order; see :func:`columns.sorts`."""
    keys = sorts(state.columns, ages=ages)
    at = keys.index(state.sort) + 1 if state.sort in keys else 0
    return replace(state, sort=keys[at % len(keys)], reverse=False)


def sorted_by(state: ViewState, sort: str) -> ViewState:
    """Sort by `sort`; where it already is sorted by it, the other way round."""
    if sort not in SORTS:
        return state
    return replace(state, sort=sort, reverse=not state.reverse if sort == state.sort else False)


def reversed_(state: ViewState) -> ViewState:
    """The other way round."""
    return replace(state, reverse=not state.reverse)


def picked(state: ViewState, row: str | None) -> ViewState | None:
    """With the line of `row` drawn, or no longer; None where it would be one too many."""
    if row in state.chosen:
        return replace(state, chosen=tuple(each for each in state.chosen if each != row))
    if len(state.chosen) >= MOST_CHOSEN:
        return None
    return replace(state, chosen=(*state.chosen, row))


def narrowed(state: ViewState, filters: Filters) -> ViewState:
    """Under `filters`, with the way back kept."""
    if filters == state.filters:
        return state
    return replace(state, filters=filters, trail=(*state.trail, state.filters))


def filtered(state: ViewState, filters: Filters) -> ViewState:
    """Under `filters` as chosen outright: there is no way back to keep."""
    return replace(state, filters=filters, trail=())


def widened(state: ViewState) -> ViewState:
    """One step back: the search first, then the way that Enter came, then the other filters.

    Those came from outside or were chosen outright; they are let go from the last one on.
    """
    if state.search:
        return replace(state, search="")
    if state.trail:
        return replace(state, filters=state.trail[-1], trail=state.trail[:-1])
    if active := state.filters.active():
        return replace(state, filters=state.filters.changed(**{active[-1][0]: None}))
    return state


def taken_back(state: ViewState, view: View) -> ViewState:
    """The view that the poller went back to, after the server refused the one asked for."""
    trail = state.trail
    while trail and trail[-1] == view.filters:
        trail = trail[:-1]
    return replace(
        state,
        filters=view.filters,
        span=view.span,
        end=view.end,
        compare=view.compare,
        breakdown=view.breakdown or state.breakdown,
        trail=trail,
    )
