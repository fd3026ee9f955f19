"""Values at the window that the user looks at: the one under the cursor, or now."""

from collections.abc import Sequence

from polytop.model import grid
from polytop.model.baseline import Compare, Versus, counterparts, versus_at
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot, WindowFigures, window_figures
from polytop.model.stats import Reading
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState


def viewed_window(snapshot: Snapshot, state: ViewState) -> int | None:
    """Start of the window that the user looks at; None for now.

    It is the window under the cursor or, without a cursor, the last one of a span in the past.
    """
    if state.cursor_at is not None:
        return grid.floor(state.cursor_at)
    return None if snapshot.following else snapshot.end - grid.STEP


def now_reading(snapshot: Snapshot) -> Reading | None:
    """The latest value, whatever span is shown; None if it is not known."""
    if snapshot.live.now is not None:
        return snapshot.live.now
    return snapshot.summary.now if snapshot.following else None


def known_at(series: Series, window: int | None) -> int | None:
    """The value of `window`; None without a window or without a value."""
    value = -1 if window is None else series.at(window)
    return value if value >= 0 else None


def value_at(snapshot: Snapshot, window: int) -> int:
    """The total in `window`; GAP or UNKNOWN (both below zero) without a value."""
    value = snapshot.total.at(window)
    return snapshot.recent.at(window) if value == UNKNOWN else value


def reading(snapshot: Snapshot, window: int | None) -> Reading | None:
    """The total in `window`, or now if `window` is None."""
    if window is None:
        return now_reading(snapshot)
    value = value_at(snapshot, window)
    return Reading(window, value, not snapshot.is_complete(window)) if value >= 0 else None


def last_known(snapshot: Snapshot) -> Reading | None:
    """The newest value of the last hours, however old; None if there is none."""
    recent = snapshot.recent
    for at in range(len(recent) - 1, -1, -1):
        if recent.values[at] >= 0:
            return reading(snapshot, recent.start + at * grid.STEP)
    return None


def comparison_window(snapshot: Snapshot, window: int | None) -> int:
    """The window to compare: `window`, or the last complete one if that is None."""
    return snapshot.complete_until - grid.STEP if window is None else window


def is_outdated(snapshot: Snapshot, now: float) -> bool:
    """True if the last complete window is not the one that people call the last at `now`.

    While data are fresh, the window that has just ended may still be asked for.
    """
    return snapshot.complete_until < grid.floor(now) - (grid.STEP if snapshot.fresh else 0)


def figures_at(snapshot: Snapshot, window: int | None, zone: Zone) -> WindowFigures:
    """The figures of `window`, or of the last complete one if that is None."""
    if window is None:
        return snapshot.last_complete(zone.info)
    series = snapshot.recent if snapshot.total.at(window) == UNKNOWN else snapshot.total
    compare = snapshot.view.compare
    then = counterparts(compare, window, zone.info)
    return window_figures(series, window, snapshot.earlier, compare, then)


def versus(
    value: int | None, earlier: Sequence[Series], compare: Compare, window: int, zone: Zone
) -> Versus | None:
    """`value` in `window` less the comparison from `earlier`; None if either is unknown."""
    return versus_at(value, earlier, compare, counterparts(compare, window, zone.info))
