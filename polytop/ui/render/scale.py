"""The axes of the graph: a steady scale, a steady time frame, round numbers and times."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from polytop.model import grid
from polytop.model.frame import Frame, live_frame
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot
from polytop.ui.time_format import WEEKDAY_RANGE, Zone, date_text, day_text, hm, local_time

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TICKS = (
    300, 600, 900, 1_800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY,
)  # fmt: skip


def graph_frame(snapshot: Snapshot) -> Frame:
    """The frame of the span shown; a span in the past has no room for new data."""
    if not snapshot.following:
        return Frame(snapshot.start, snapshot.end)
    span = snapshot.end - snapshot.start
    frame, ahead = live_frame(snapshot.end, span), 0
    if snapshot.outlook is not None and snapshot.outlook.forecast.points:
        from polytop.model.forecast import HORIZON

        ahead = HORIZON
    if snapshot.view.launch is not None and snapshot.view.launch[0] < frame.end + span:
        ahead = max(ahead, snapshot.view.launch[1] - frame.end)
    # Longer by whole jumps, so that it moves when it would without what is to come.
    jump = frame.seconds - span
    return frame._replace(end=frame.end + math.ceil(min(ahead, span) / jump) * jump)


_DAY_STEPS = tuple(
    minutes * _MINUTE
    for minutes in (5, 10, 15, 20, 30, 40, 60, 90, 120, 180, 240, 360, 480, 720, 1_440)
)
"""Whole windows that divide a day."""


def column_step(frame: Frame, count: int) -> int:
    """The time that each of `count` columns of `frame` stands for, seconds: whole windows.

    It is no shorter than the column is wide; if it is longer, some columns show the same.
    """
    least = frame.seconds / max(1, count)
    return next((step for step in _DAY_STEPS if step >= least), math.ceil(least / _DAY) * _DAY)


def column_windows(frame: Frame, count: int, column: int) -> range:
    """Starts of the windows that one of `count` columns of `frame` stands for.

    Every :func:`column_step` of the frame has a column: that in which it starts.
    """
    step, first = column_step(frame, count), grid.floor(frame.start)
    edge = (frame.start - first) * count + frame.seconds * (column + 1)
    start = first + (-(-edge // (step * count)) - 1) * step
    return grid.windows(start, start + step)


_NOTHING = Series(0)


def column_maxima(
    series: Series, frame: Frame, count: int, lead: Series = _NOTHING
) -> tuple[int, ...]:
    """The maximum in each of `count` columns of `frame`, so that no peak is lost.

    It is of `series` and of `lead`, which is before it. GAP and UNKNOWN stay.
    """
    whole = [each for each in (lead, series) if len(each)]
    return tuple(
        max([_highest(each, windows) for each in whole], default=UNKNOWN)
        for windows in _columns(frame, count)
    )


@lru_cache(maxsize=16)  # all rows of a table have the same
def _columns(frame: Frame, count: int) -> tuple[range, ...]:
    return tuple(column_windows(frame, count, column) for column in range(count))


def _highest(series: Series, windows: range) -> int:
    """The maximum of `series` in `windows`; UNKNOWN outside the series."""
    first = (windows.start - series.start) // grid.STEP
    last = (windows.stop - series.start) // grid.STEP
    if last <= 0 or first >= len(series):
        return UNKNOWN
    return series.highest(max(0, first), last)


class Scale(NamedTuple):
    """The axis of values: from 0 to `top`, with a label every `step`."""

    top: int
    step: int
    shows_limit: bool


def _nice(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … that is at least `least`."""
    size: int = 10 ** max(0, math.floor(math.log10(max(1.0, least))))
    return next(size * n for n in (1, 2, 5, 10) if size * n >= least)


def choose_scale(peak: int, limit: int | None, rows: int, previous: Scale | None = None) -> Scale:
    """A scale for values up to `peak` that shows `limit` unless the peak is far below it.

    It stays as `previous` unless the peak leaves it or fills less than 2/5 of it, or the limit
    comes into view or leaves it.
    """
    share = 1 / 8 if previous and previous.shows_limit else 1 / 5
    shows = limit is not None and peak >= limit * share
    need = max(peak * 1.05, (limit or 0) * 1.06 if shows else 0, 4)
    labels = max(2, min(8, rows // 2))
    step = _nice(need / labels)
    grain = max(1, step // 5)
    fresh = Scale(math.ceil(need / grain) * grain, step, shows)
    if previous is None or previous.shows_limit != shows:
        return fresh
    if previous.top >= peak * 1.01 and previous.top * 0.4 <= max(need, 4) <= previous.top:
        return previous
    return fresh


def time_ticks(frame: Frame, width: int, zone: Zone, apart: int = 12) -> Sequence[tuple[int, str]]:
    """Round local times in `frame` with their labels, at least `apart` of `width` cells apart."""
    least = frame.seconds * apart / max(1, width)
    step = next((tick for tick in _TICKS if tick >= least), _TICKS[-1])
    moment = _round_down(local_time(frame.start, zone), step)
    day = date_text if frame.seconds > WEEKDAY_RANGE else day_text
    ticks = []
    while (stamp := int(moment.timestamp())) <= frame.end:
        if stamp >= frame.start:
            midnight = moment.hour == moment.minute == 0
            ticks.append((stamp, day(stamp, zone) if midnight or step >= _DAY else hm(stamp, zone)))
        moment = _next_tick(moment, step)
    return ticks


def _round_down(moment: datetime, step: int) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= _DAY:
        days = step // _DAY
        return midnight - timedelta(days=midnight.toordinal() % days)
    seconds = moment.hour * _HOUR + moment.minute * _MINUTE
    return midnight + timedelta(seconds=seconds - seconds % step)


def _next_tick(moment: datetime, step: int) -> datetime:
    """The next tick in local time; when the clock changes, the next one that exists."""
    later = moment + timedelta(seconds=step)
    if later.timestamp() <= moment.timestamp():
        later += timedelta(seconds=step)
    return later
