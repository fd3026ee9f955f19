"""The axes of the graph: a steady scale, a steady time frame, round numbers and times."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from polytop.model import grid
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot
from polytop.ui.time_format import WEEKDAY_RANGE, Zone, date_text, day_text, hm, local_time

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_JUMPS = (
    (1_800, 300),
    (_HOUR, 600),
    (3 * _HOUR, 900),
    (6 * _HOUR, 1_800),
    (12 * _HOUR, _HOUR),
    (_DAY, 2 * _HOUR),
    (3 * _DAY, 6 * _HOUR),
    (7 * _DAY, 12 * _HOUR),
    (14 * _DAY, _DAY),
    (30 * _DAY, 2 * _DAY),
)
_TICKS = (
    300, 600, 900, 1_800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY,
)  # fmt: skip


class Frame(NamedTuple):
    """The time that the graph shows, epoch seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Length of the frame."""
        return self.end - self.start


def live_frame(end: int, span: int) -> Frame:
    """The frame of a span of `span` seconds that ends at `end` and follows now.

    It is wider than the span by one jump: new data fill the free room at the right, and the graph
    moves only when that is full.
    """
    jump = next((size for longest, size in _JUMPS if span <= longest), 7 * _DAY)
    right = math.ceil(end / jump) * jump
    return Frame(right - span - jump, right)


def graph_frame(snapshot: Snapshot) -> Frame:
    """The frame of the span shown; a span in the past has no room for new data."""
    if snapshot.following:
        return live_frame(snapshot.end, snapshot.end - snapshot.start)
    return Frame(snapshot.start, snapshot.end)


def column_maxima(series: Series, frame: Frame, count: int) -> tuple[int, ...]:
    """The maximum of `series` in each of `count` equal columns of `frame`; GAP and UNKNOWN stay.

    Every window starts in exactly one column, so no peak is lost. A column in which no window
    starts shows the window that spans it.
    """
    edges = [
        -(-(frame.start * count + frame.seconds * i) // (grid.STEP * count))
        for i in range(count + 1)
    ]
    first, size = series.start // grid.STEP, len(series)
    maxima = []
    for edge, high in pairwise(edges):
        low = min(edge, high - 1)
        maxima.append(series.highest(max(0, low - first), max(0, min(size, high - first))))
    return tuple(maxima)


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
