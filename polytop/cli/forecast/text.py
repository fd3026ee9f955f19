"""``polytop forecast`` for people: a table of the next minutes, how good it is, and the limit."""

from math import isinf

from polytop.cli.glance.text import head_line, note_lines
from polytop.cli.output import Pen, Style
from polytop.cli.runtime.one_shot import ProfileReading
from polytop.model import grid
from polytop.model.forecast import Outlook
from polytop.model.nowcast import Nowcast
from polytop.model.timeparse import exact_duration
from polytop.ui.cells import cut
from polytop.ui.render.forecast import (
    WEEKS,
    final_words,
    limit_words,
    range_words,
    record_words,
)
from polytop.ui.render.numbers import percent
from polytop.ui.time_format import Zone, day_and_time, hm

_HEAD = ("ahead", "at", "expected", "9 of 10 in", "error", "last week's", "ratio")
_WIDTHS = (-7, 5, 10, 13, 8, 13, 8)
"""Columns of the table; a negative one is aligned to the left."""


def block(
    reading: ProfileReading, outlook: Outlook | None, width: int, zone: Zone, pen: Pen
) -> tuple[str, ...]:
    """Lines of at most `width` columns."""
    lines = [head_line(reading, width, zone, pen)]
    if outlook is not None:
        lines += [
            pen.write(cut(f"  {each}", width), Style.PLAIN).rstrip()
            for each in _lines(reading, outlook, zone)
        ]
    return (*lines, *note_lines(reading, width, pen))


def _lines(reading: ProfileReading, outlook: Outlook, zone: Zone) -> list[str]:
    found, snapshot = outlook.forecast, reading.snapshot
    assert snapshot is not None
    lines = []
    if outlook.newest is not None:
        at = day_and_time(outlook.newest, reading.at, zone)
        lines.append(f"last 5 min {snapshot.total.at(outlook.newest)} at {at}")
    now = snapshot.summary.now
    if now is not None and (likely := snapshot.nowcast_of(now.window)) is not None:
        lines.append(f"now ≥ {now.value} → {range_words(likely)} · {_nowcast_record(likely)}")
    if snapshot.final_after is not None:
        lines.append(f"windows are final {final_words(snapshot.final_after)}")
    if found.limit is not None:
        lines += filter(None, (limit_words(outlook, zone), record_words(found.limit)))
    if found.absence is not None:
        lines.append(f"no forecast: {found.absence}")
    if found.scores:
        best = "forecast by" if found.points else "the best method is"
        lines += ["", _row(_HEAD), *_table(outlook, zone), "", f"{best} {found.method}"]
        lines.append(f"error: the mean of {WEEKS}, in conversations")
    if found.coverage is not None:
        lines.append(f"9 of 10 in: held {percent(found.coverage)} of the newer half of them")
    return lines


def _nowcast_record(found: Nowcast) -> str:
    return f"such ranges held {percent(found.held)} of {found.windows - found.windows // 2} windows"


def _table(outlook: Outlook, zone: Zone) -> list[str]:
    found = outlook.forecast
    rows = []
    for score in found.scores:
        at = score.ahead // grid.STEP - 1
        cells = ["", "", ""]
        if at < len(found.points):
            window = outlook.windows[at]
            low, high = found.low[at], found.high[at]
            cells = [
                "" if window is None else hm(window, zone),
                f"{found.points[at]:.0f}",
                f"{low:.0f}–{high:.0f}",
            ]
        errors = (
            f"{score.error:.1f}",
            f"{score.naive:.1f}",
            percent(None if isinf(score.relative) else score.relative),
        )
        rows.append(_row((exact_duration(score.ahead), *cells, *errors)))
    return rows


def _row(cells: tuple[str, ...]) -> str:
    aligned = (
        f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
        for cell, width in zip(cells, _WIDTHS, strict=True)
    )
    return "".join(aligned)
