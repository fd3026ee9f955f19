"""The view state: what the user has chosen to see, and the pure functions that change it.

`newest` is the end of the running window, epoch seconds: nothing later is ever shown. Moments,
spans and steps are in seconds, on the 5-minute grid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown, narrow_filters, single_part
from polytop.model.frozen import frozen
from polytop.model.phone import strip_number
from polytop.model.snapshot import View
from polytop.model.target import ClientEnv, Filters
from polytop.model.timeparse import FARTHEST

COLUMN_KEYS = (
    "now", "last", "share", "change", "versus", "peak", "at", "p95", "mean", "age",
)  # fmt: skip
"""The keys of all columns in their default order: of the window that runs, the last, the span."""

COLUMN_MEANINGS = {
    "now": "so far in the window that runs now",
    "last": "last complete 5 minutes, or those under the cursor",
    "share": "share of the total in that window",
    "change": "change in 15 min up to that window",
    "peak": "peak of the range",
    "at": "time of the peak",
    "p95": "p95 of the 5-minute maxima",
    "mean": "mean of the 5-minute maxima",
    "versus": "against what is compared with, in that window",
    "age": "how long ago the row was asked for",
}
"""The meaning of each column."""

DEFAULT_COLUMNS = COLUMN_KEYS[:-1]
"""The columns shown by default; the age is added where rows are old."""

NAME = "name"
"""The sort key for the row's name."""


def known_columns(names: Iterable[object]) -> tuple[str, ...]:
    """Return those of `names` that are column keys, each once, in their order."""
    return tuple(
        dict.fromkeys(name for name in names if isinstance(name, str) and name in COLUMN_KEYS)
    )


def sort_keys(columns: Sequence[str], *, ages: bool) -> tuple[str, ...]:
    """Return the sort keys in the order that `s` steps through: the columns, then the name.

    `ages` says whether that column is shown without having been chosen.
    """
    extra = ("age",) if ages and "age" not in columns else ()
    return (*columns, *extra, NAME)


def move_column(columns: Sequence[str], at: int, by: int) -> tuple[str, ...]:
    """Move the column at `at` by `by` places, within the list."""
    rest = list(columns)
    one = rest.pop(at)
    rest.insert(max(0, min(len(rest), at + by)), one)
    return tuple(rest)


class BreakdownWords(NamedTuple):
    """The words for one part of a breakdown, and for several."""

    one: str
    several: str

    @property
    def head(self) -> str:
        """The head of the column of names."""
        return self.one.upper()


WORDS = {
    Breakdown.VARIANT: BreakdownWords("variant", "variants"),
    Breakdown.LANGUAGE: BreakdownWords("language", "languages"),
    Breakdown.PHONE_NUMBER: BreakdownWords("number", "numbers"),
    Breakdown.CLIENT_ENV: BreakdownWords("environment", "environments"),
}

SETTINGS = {Breakdown.LANGUAGE: "languages", Breakdown.PHONE_NUMBER: "phone_numbers"}
"""The settings of a profile that list the parts of a breakdown which the API does not list."""


SPANS = (
    1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 86_400,
    3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 60 * 86_400, 90 * 86_400,
)  # fmt: skip
"""The spans that `[` and `]` step through, seconds."""

SORTS = (*COLUMN_KEYS, NAME)
"""All keys that rows can be sorted by."""

MOST_CHOSEN = 9
"""The most rows whose lines are drawn at once: each needs a digit of its own."""


@frozen
class ViewState:
    """Everything that the user can change on the screen, apart from the data.

    `trail` holds the filters that Esc goes back to, oldest first. `cursor` is the id of the row
    under the cursor: ``("row", variant_id)``, or ``None`` for the first. `end` is where the range
    ends (exclusive), None follows now; `cursor_at` is the start of the window under the graph's
    cursor, None without one. `chosen` are ids of the rows whose lines are drawn, in the order of
    their signs; `columns` are those of the table, in the order wished for. `languages` and
    `phone_numbers` are what the rows of those breakdowns are. `launch` is that of the profile: see
    :class:`polytop.model.snapshot.View`.
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
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    breakdown: Breakdown = Breakdown.VARIANT
    languages: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    forecast: bool = False
    launch: tuple[int, int] | None = None

    @property
    def view(self) -> View:
        """The part of the state that decides which data are fetched."""
        by = self.breakdown
        one = single_part(self.filters, by)
        values = self.listed(by) if one is None or by is Breakdown.VARIANT else (one,)
        forecast = self.forecast and self.end is None
        return View(
            self.filters, self.span, self.end, self.compare, by, values, forecast, self.launch
        )

    def listed(self, by: Breakdown) -> tuple[str, ...]:
        """Return the parts of `by` that the user has listed; the API lists variants alone."""
        if by is Breakdown.CLIENT_ENV:
            return tuple(env.value for env in ClientEnv)
        if by is Breakdown.LANGUAGE:
            return self.languages
        return self.phone_numbers if by is Breakdown.PHONE_NUMBER else ()


class ViewContext(NamedTuple):
    """The facts besides the state that a change of the view may depend on.

    `newest` is the end of the newest window that is shown and `column` how many seconds a column
    of the graph stands for; `peak` is the window of the highest value that is shown. `ages` is
    True if the table shows how old each row is.
    """

    newest: int
    column: int = grid.STEP
    peak: int | None = None
    ages: bool = False


def normalize(before: ViewState, after: ViewState) -> ViewState:
    """Return `after` with what a change from `before` entails.

    Lines belong to a breakdown, so the next one begins without any. Asking for other data ends a
    freeze.
    """
    if after.view.breakdown is not before.view.breakdown:
        after = replace(after, chosen=())
    if after.view != before.view and after.frozen:
        after = replace(after, frozen=False)
    return after


def start_on(
    state: ViewState,
    filters: Filters,
    languages: tuple[str, ...],
    phone_numbers: tuple[str, ...],
    launch: tuple[int, int] | None = None,
) -> ViewState:
    """Return the state for another profile: its own filters, lists and launch, following now."""
    return follow_now(
        replace(
            state,
            filters=filters,
            trail=(),
            search="",
            frozen=False,
            languages=languages,
            phone_numbers=phone_numbers,
            launch=launch,
        )
    )


def choose_columns(state: ViewState, columns: tuple[str, ...]) -> ViewState:
    """Show `columns`; what cannot be seen is not sorted by."""
    state = replace(state, columns=columns)
    if state.sort not in sort_keys(columns, ages=True):
        state = replace(state, sort=columns[0] if columns else NAME, reverse=False)
    return state


def change_span(state: ViewState, steps: int) -> ViewState:
    """Show the next shorter (-1) or longer (+1) span, if there is one."""
    if steps > 0:
        longer = [span for span in SPANS if span > state.span]
        return replace(state, span=longer[0]) if longer else state
    shorter = [span for span in SPANS if span < state.span]
    return replace(state, span=shorter[-1]) if shorter else state


def set_span(state: ViewState, seconds: int, newest: int) -> ViewState:
    """Show a span of `seconds`; its end stays where it is."""
    return keep_cursor_in_span(replace(state, span=seconds), newest)


def sort_next(state: ViewState, steps: int = 1, *, ages: bool = False) -> ViewState:
    """Sort by the column `steps` on, in its default order; see :func:`sort_keys`."""
    keys = sort_keys(state.columns, ages=ages)
    at = keys.index(state.sort) + steps if state.sort in keys else 0
    return replace(state, sort=keys[at % len(keys)], reverse=False)


def sort_by(state: ViewState, sort: str) -> ViewState:
    """Sort by `sort`; reverse the order if it is the sort key already."""
    if sort not in SORTS:
        return state
    return replace(state, sort=sort, reverse=not state.reverse if sort == state.sort else False)


def reverse_sort(state: ViewState) -> ViewState:
    """Reverse the order of the rows."""
    return replace(state, reverse=not state.reverse)


def toggle_line(state: ViewState, row: str | None) -> ViewState | None:
    """Draw the line of `row`, or take it away; return None if there are too many."""
    if row in state.chosen:
        return replace(state, chosen=tuple(each for each in state.chosen if each != row))
    if len(state.chosen) >= MOST_CHOSEN:
        return None
    return replace(state, chosen=(*state.chosen, row))


def narrow(state: ViewState, filters: Filters) -> ViewState:
    """Apply `filters` and remember the present ones for the way back."""
    if filters == state.filters:
        return state
    return replace(state, filters=filters, trail=(*state.trail, state.filters))


def set_filters(state: ViewState, filters: Filters) -> ViewState:
    """Apply `filters` and forget the way back."""
    return replace(state, filters=filters, trail=())


def widen(state: ViewState) -> ViewState:
    """Go one step back: drop the search, else undo a narrowing, else drop a filter.

    Those came from outside or were chosen outright; they are let go from the last one on.
    """
    if state.search:
        return replace(state, search="")
    if state.trail:
        return replace(state, filters=state.trail[-1], trail=state.trail[:-1])
    if active := state.filters.active():
        return replace(state, filters=state.filters.with_changes(**{active[-1][0]: None}))
    return state


def revert_to(state: ViewState, view: View) -> ViewState:
    """Show `view`, which the poller returned to after the server refused another."""
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


BREAKDOWNS = (Breakdown.VARIANT, Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER, Breakdown.CLIENT_ENV)


def useful_breakdowns(state: ViewState) -> tuple[Breakdown, ...]:
    """Return the breakdowns that may have more than one part under the filters."""
    return tuple(
        by
        for by in BREAKDOWNS
        if single_part(state.filters, by) is None
        and (by in {Breakdown.VARIANT, Breakdown.CLIENT_ENV} or state.listed(by))
    )


def next_breakdown(state: ViewState, steps: int = 1) -> ViewState:
    """Show the next breakdown (-1: the one before) that may have more than one part, if any."""
    at, useful = BREAKDOWNS.index(state.breakdown), useful_breakdowns(state)
    others = (*BREAKDOWNS[at + 1 :], *BREAKDOWNS[:at])[::steps]
    return set_breakdown(state, next((by for by in others if by in useful), state.breakdown))


def set_breakdown(state: ViewState, by: Breakdown) -> ViewState:
    """Show the breakdown `by`; a search for rows of another one is dropped."""
    return state if by is state.breakdown else replace(state, breakdown=by, search="")


def row_filters(state: ViewState, value: str) -> Filters:
    """Return the filters that select the row `value` alone."""
    return narrow_filters(state.filters, state.breakdown, value)


def change_filter(filters: Filters, name: str, value: str | None) -> Filters:
    """Set the filter `name` to `value`, or drop it; a variant has a name or an id, never both."""
    if value is not None and name == "phone_number":
        value = strip_number(value)
    if name == "variant_id" and value is None:
        return filters.with_changes(variant_id=None, variant_name=None)
    return filters.with_changes(**{name: value})


def add_value(state: ViewState, by: Breakdown, value: str) -> ViewState:
    """Add `value` to the rows of `by`, and show that breakdown."""
    listed = state.listed(by)
    if value not in listed:
        listed = (*listed, value)
    if by is Breakdown.LANGUAGE:
        return set_breakdown(replace(state, languages=listed), by)
    return set_breakdown(replace(state, phone_numbers=listed), by)


_COMPARES = tuple(Compare)


def bounds(state: ViewState, newest: int) -> tuple[int, int]:
    """Return start and end (exclusive) of the span that is shown."""
    end = newest if state.end is None else min(state.end, newest)
    return grid.floor(end - state.span), end


def _ending(state: ViewState, end: float, newest: int) -> ViewState:
    """Move the span to `end`; it follows now if that is the latest there is."""
    earliest = newest - FARTHEST + state.span
    aligned = max(earliest, grid.ceil(end))
    return replace(state, end=None if aligned >= newest else aligned)


def point_at(state: ViewState, window: float, newest: int) -> ViewState:
    """Put the cursor on `window`, as near as possible; the span moves if it must."""
    earliest = newest - FARTHEST
    at = max(earliest, min(grid.floor(window), newest - grid.STEP))
    move_column = replace(state, cursor_at=at)
    start, end = bounds(state, newest)
    if at < start:
        return _ending(move_column, at + state.span, newest)
    return _ending(move_column, at + grid.STEP, newest) if at >= end else move_column


def step_cursor(state: ViewState, seconds: int, newest: int) -> ViewState:
    """Move the cursor by `seconds`; the first step puts it on the last window."""
    if state.cursor_at is None:
        return point_at(state, bounds(state, newest)[1] - grid.STEP, newest)
    return point_at(state, state.cursor_at + seconds, newest)


def jump_to_edge(state: ViewState, newest: int, *, last: bool) -> ViewState:
    """Put the cursor on the first or the last window of the span."""
    start, end = bounds(state, newest)
    return point_at(state, end - grid.STEP if last else start, newest)


def pan(state: ViewState, quarters: int, newest: int) -> ViewState:
    """Move the span by quarters of its length, and the cursor with it."""
    end = bounds(state, newest)[1]
    shift = quarters * max(grid.STEP, grid.floor(state.span / 4))
    move_column = _ending(state, end + shift, newest)
    shifted = bounds(move_column, newest)[1] - end
    at = end - grid.STEP if state.cursor_at is None else state.cursor_at
    if move_column.end is None and (state.end is None or state.cursor_at is None):
        return move_column
    return replace(move_column, cursor_at=min(at + shifted, newest - grid.STEP))


def zoom(state: ViewState, steps: int, newest: int, about: int | None = None) -> ViewState:
    """Show the next shorter (steps > 0) or longer span; the window `about` keeps its place.

    That is the cursor unless given, and without one the end of the range.
    """
    spans = [span for span in SPANS if (span < state.span if steps > 0 else span > state.span)]
    if not spans:
        return state
    span = spans[-1] if steps > 0 else spans[0]
    start, end = bounds(state, newest)
    still = state.cursor_at if about is None else about
    if still is None or not start <= still < end:
        return _ending(replace(state, span=span), end, newest)
    share = (end - grid.STEP - still) / max(1, end - grid.STEP - start)
    later = still + grid.STEP + share * (span - grid.STEP)
    return keep_cursor_in_span(_ending(replace(state, span=span), later, newest), newest)


def go_to(state: ViewState, moment: float, newest: int) -> ViewState:
    """Put the cursor on `moment`; if it is not shown, it becomes the middle of the span."""
    start, end = bounds(state, newest)
    if start <= moment < end:
        return point_at(state, moment, newest)
    return point_at(_ending(state, moment + state.span / 2, newest), moment, newest)


def follow_now(state: ViewState) -> ViewState:
    """Follow now, and drop the cursor."""
    return replace(state, end=None, cursor_at=None)


def is_in_past(state: ViewState) -> bool:
    """Return True if there is a cursor, or the span does not follow now."""
    return state.cursor_at is not None or state.end is not None


def set_comparison(state: ViewState, compare: Compare | None = None, steps: int = 1) -> ViewState:
    """Compare with `compare`, or with the choice `steps` on."""
    if compare is None:
        compare = _COMPARES[(_COMPARES.index(state.compare) + steps) % len(_COMPARES)]
    return replace(state, compare=compare)


def keep_cursor_in_span(state: ViewState, newest: int) -> ViewState:
    """Move the span so that the cursor is in it, after time has passed or the span has changed."""
    return state if state.cursor_at is None else point_at(state, state.cursor_at, newest)
