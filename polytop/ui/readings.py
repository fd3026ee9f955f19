"""The moment that is looked at, and what is known of its window: data, no cells drawn yet."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from polytop.model import grid
from polytop.model.baseline import Compare, counterparts, middle_at
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot
from polytop.model.stats import CHANGE_SPAN, Reading
from polytop.ui.time_format import Zone, day_and_time, hm, local_time
from polytop.ui.view_state import ViewState

WEEKDAY_RANGE = 21 * 86_400
"""Seconds within which days are named by their weekday; beyond, by their month."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Versus(NamedTuple):
    """A value less what it is compared with; `share` of that, None where that is zero."""

    difference: int
    share: float | None


def date_text(moment: float, zone: Zone) -> str:
    """``20 Nov``: for days that are told from others by more than their weekday."""
    local = local_time(moment, zone)
    return f"{local.day} {_MONTHS[local.month - 1]}"


def moment_text(moment: float, now: float, zone: Zone) -> str:
    """``13:55`` today, ``Fri 20 13:55`` on a day near `now`, ``20 Nov 13:55`` far from it."""
    if abs(now - moment) < WEEKDAY_RANGE:
        return day_and_time(moment, now, zone)
    return f"{date_text(moment, zone)} {hm(moment, zone)}"


def viewed_window(snapshot: Snapshot, state: ViewState) -> int | None:
    """Start of the window that is looked at; None where that is now.

    It is the one under the cursor; without a cursor, the last one of a range that is past.
    """
    if state.cursor_at is not None:
        return grid.floor(state.cursor_at)
    return None if snapshot.following else snapshot.end - grid.STEP


def now_reading(snapshot: Snapshot) -> Reading | None:
    """What is known of now, whatever range is shown."""
    if snapshot.live.now is not None:
        return snapshot.live.now
    return snapshot.summary.now if snapshot.following else None


def known_at(series: Series, window: int | None) -> int | None:
    """The value of `window`; None where there is no window or none is known of it."""
    value = -1 if window is None else series.at(window)
    return value if value >= 0 else None


def value_at(snapshot: Snapshot, window: int) -> int:
    """The total's value in `window`, or the mark of a gap or of what is not known."""
    value = snapshot.total.at(window)
    return snapshot.recent.at(window) if value == UNKNOWN else value


def change_at(series: Series, window: int) -> int | None:
    """The value of `window` less that of 15 minutes before; None where one lacks."""
    newer, older = known_at(series, window), known_at(series, window - CHANGE_SPAN)
    return None if newer is None or older is None else newer - older


def reading(snapshot: Snapshot, window: int | None) -> Reading | None:
    """The total in `window`, or now where that is None."""
    if window is None:
        return now_reading(snapshot)
    value = value_at(snapshot, window)
    return Reading(window, value, window == snapshot.running) if value >= 0 else None


def comparison_window(snapshot: Snapshot, window: int | None) -> int:
    """The window that is compared: `window`, or now the last complete one."""
    return snapshot.running - grid.STEP if window is None else window


def versus(
    value: int | None, earlier: Sequence[Series], compare: Compare, window: int, zone: Zone
) -> Versus | None:
    """`value` of `window` against the same window of `earlier`; None where one lacks."""
    return versus_at(value, earlier, compare, counterparts(compare, window, zone.info))


def versus_at(
    value: int | None, earlier: Sequence[Series], compare: Compare, then: Sequence[int | None]
) -> Versus | None:
    """:func:`versus` of the window whose counterparts are `then`: the same for every row.

    What is compared with is rounded half up, as the ghost is.
    """
    if value is None or compare is Compare.NONE:
        return None
    base = middle_at(earlier, compare, then)
    if base is None:
        return None
    against = math.floor(base + 0.5)
    return Versus(value - against, (value - against) / against if against else None)
