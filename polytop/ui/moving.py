"""Moving through time: pure functions of what is shown and where now is.

`newest` is the end of the running window, epoch seconds: nothing later is ever shown. Moments,
spans and steps are in seconds, on the 5-minute grid.
"""

from dataclasses import replace

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.ui.state import WINDOWS, ViewState

FARTHEST = 10 * 366 * 86_400
"""How far before now one can look, seconds."""

_COMPARES = tuple(Compare)


def bounds(state: ViewState, newest: int) -> tuple[int, int]:
    """Start and end (exclusive) of the range that is shown."""
    end = newest if state.end is None else min(state.end, newest)
    return grid.floor(end - state.span), end


def _ending(state: ViewState, end: float, newest: int) -> ViewState:
    """The range moved to `end`; it follows now where that is as late as can be."""
    earliest = newest - FARTHEST + state.span
    aligned = max(earliest, grid.ceil(end))
    return replace(state, end=None if aligned >= newest else aligned)


def pointed(state: ViewState, window: float, newest: int) -> ViewState:
    """The cursor on `window`, as near as the history can be; the range moves where it must."""
    earliest = newest - FARTHEST
    at = max(earliest, min(grid.floor(window), newest - grid.STEP))
    moved = replace(state, cursor_at=at)
    start, end = bounds(state, newest)
    if at < start:
        return _ending(moved, at + state.span, newest)
    return _ending(moved, at + grid.STEP, newest) if at >= end else moved


def stepped(state: ViewState, seconds: int, newest: int) -> ViewState:
    """The cursor later (or earlier) by `seconds`; the first step puts it on the last window."""
    if state.cursor_at is None:
        return pointed(state, bounds(state, newest)[1] - grid.STEP, newest)
    return pointed(state, state.cursor_at + seconds, newest)


def edged(state: ViewState, newest: int, *, last: bool) -> ViewState:
    """The cursor on the first or the last window of the range."""
    start, end = bounds(state, newest)
    return pointed(state, end - grid.STEP if last else start, newest)


def panned(state: ViewState, quarters: int, newest: int) -> ViewState:
    """The range later (or earlier) by quarters of its span, the cursor with it."""
    end = bounds(state, newest)[1]
    shift = quarters * max(grid.STEP, grid.floor(state.span / 4))
    moved = _ending(state, end + shift, newest)
    shifted = bounds(moved, newest)[1] - end
    at = end - grid.STEP if state.cursor_at is None else state.cursor_at
    if moved.end is None and (state.end is None or state.cursor_at is None):
        return moved
    return replace(moved, cursor_at=min(at + shifted, newest - grid.STEP))


def zoomed(state: ViewState, steps: int, newest: int, about: int | None = None) -> ViewState:
    """The next shorter (steps > 0) or longer span, with the window `about` where it was.

    That is the cursor unless given, and without one the end of the range.
    """
    spans = [span for span in WINDOWS if (span < state.span if steps > 0 else span > state.span)]
    if not spans:
        return state
    span = spans[-1] if steps > 0 else spans[0]
    start, end = bounds(state, newest)
    still = state.cursor_at if about is None else about
    if still is None or not start <= still < end:
        return _ending(replace(state, span=span), end, newest)
    share = (end - grid.STEP - still) / max(1, end - grid.STEP - start)
    later = still + grid.STEP + share * (span - grid.STEP)
    return kept_in_sight(_ending(replace(state, span=span), later, newest), newest)


def gone(state: ViewState, moment: float, newest: int) -> ViewState:
    """The cursor at `moment`; where that is not shown, the range with it in the middle."""
    start, end = bounds(state, newest)
    if start <= moment < end:
        return pointed(state, moment, newest)
    return pointed(_ending(state, moment + state.span / 2, newest), moment, newest)


def now_again(state: ViewState) -> ViewState:
    """Follow now, without a cursor."""
    return replace(state, end=None, cursor_at=None)


def looks_back(state: ViewState) -> bool:
    """Whether there is a cursor, or a range that does not follow now."""
    return state.cursor_at is not None or state.end is not None


def compared(state: ViewState, compare: Compare | None = None) -> ViewState:
    """Beside `compare`, or the next comparison."""
    if compare is None:
        compare = _COMPARES[(_COMPARES.index(state.compare) + 1) % len(_COMPARES)]
    return replace(state, compare=compare)


def kept_in_sight(state: ViewState, newest: int) -> ViewState:
    """The same with the cursor in the range, after time has passed or the range has changed."""
    return state if state.cursor_at is None else pointed(state, state.cursor_at, newest)
