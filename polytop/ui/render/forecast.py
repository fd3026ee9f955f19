"""The forecast in words, for the screen and for ``polytop forecast``."""

from typing import TYPE_CHECKING

from polytop.model import grid
from polytop.model.timeparse import exact_duration
from polytop.ui.time_format import Zone, hm

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook, TimeToLimit
    from polytop.model.nowcast import Nowcast

WEEKS = "your last 2 weeks"
"""The time that a record is of."""


def limit_words(outlook: "Outlook", zone: Zone) -> str:
    """``limit 14:20–14:50``, ``limit not within 90 min``; empty without a limit or a forecast."""
    from polytop.model.forecast import LimitCall

    found = outlook.forecast.limit
    if found is None:
        return ""
    if found.call is LimitCall.NOW:
        return "limit reached"
    if found.call is LimitCall.NOT_WITHIN:
        return f"limit not within {exact_duration(found.last * grid.STEP)}"
    between = outlook.limit_range()
    if between is None:
        return ""
    start, end = (hm(each, zone) for each in between)
    if found.call is LimitCall.POSSIBLE:
        return f"limit possible from {start}"
    return f"limit {start}–{end}"


def outlook_words(outlook: "Outlook", zone: Zone) -> tuple[str, ...]:
    """What the title says of the forecast, the long words first."""
    found = outlook.forecast
    if found.absence is not None:
        return (f"no forecast: {found.absence}", "no forecast")
    words = limit_words(outlook, zone)
    if found.limit is None or not words:
        return ("░ forecast, 9 of 10 in", "░ forecast")
    record = record_words(found.limit)
    return tuple(dict.fromkeys((f"{words} · {record}" if record else words, words)))


def record_words(found: "TimeToLimit") -> str:
    """``such calls held 9 of 10 times in your last 2 weeks``; empty where none is made."""
    from polytop.model.forecast import MOST_CALLS, LimitCall

    if found.call not in (LimitCall.REACHED, LimitCall.NOT_WITHIN):
        return ""
    if not found.calls:
        return f"the first such call in {WEEKS}"
    if found.call is LimitCall.REACHED and found.calls == MOST_CALLS:
        return f"such calls held {found.held} of the last {found.calls} times"
    return f"such calls held {found.held} of {found.calls} times in {WEEKS}"


def range_words(found: "Nowcast") -> str:
    """``88–93``, or ``88``."""
    return f"{found.low}" if found.low == found.high else f"{found.low}–{found.high}"


def final_words(seconds: int) -> str:
    """``13 min after its end``: when the value of a window does not change any more."""
    return f"{-(-seconds // 60)} min after its end"
