"""``polytop glance`` for people: a block of twelve lines, or one line."""

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len

from polytop.cli.output import Pen, Style
from polytop.cli.problems import advice
from polytop.cli.runtime.one_shot import ProfileReading, busiest_rows, headroom, severity_of
from polytop.cli.text_graph import SEVERITY_MARKS, graph, short_sparkline, style_for
from polytop.config.paths import config_file
from polytop.model import grid
from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import Reading, complete_value
from polytop.model.text import printable
from polytop.model.timeparse import brief_duration, exact_duration
from polytop.ui.cells import cut, pad
from polytop.ui.render.numbers import (
    NONE,
    count,
    decimal,
    percent,
    signed,
    signed_percent,
)
from polytop.ui.time_format import Zone, date_and_time, day_and_time, hm, hms, zone_name

LINES = 12
"""Lines of a block."""

LINE_WIDTH = 59
"""Columns that a single line takes at most."""

_SHORTEST_NAME = 8
_NARROWEST_GRAPH = 40
"""Fewer columns have no graph, for its foot would not fit, and figures on more lines."""

_LONGEST = 600

_ROWS = 3
_SPARK, _LEAST_SPARK = 12, 4


def block(reading: ProfileReading, width: int, zone: Zone, pen: Pen) -> tuple[str, ...]:
    """Twelve lines of at most `width` columns; fewer if nothing is known or it is narrow."""
    snapshot = reading.snapshot
    head = head_line(reading, width, zone, pen)
    notes = note_lines(reading, width, pen)
    if snapshot is None or snapshot.summary.known == 0:
        nothing = cut("  no window of this span has data", width)
        return (head, *(notes or (pen.write(nothing, Style.PLAIN),)))
    figures = _figures(reading, snapshot, width, zone, pen)
    rows = _rows(reading, snapshot, _ROWS - len(notes), width, zone, pen)
    if width < _NARROWEST_GRAPH:
        whole = _figures(reading, snapshot, _LONGEST, zone, Pen())
        # A line ends between two figures and not inside of one.
        parts = (text.strip().replace(" ", "\xa0").replace("·\xa0", "· ") for text in whole)
        lines = (each.replace("\xa0", " ") for text in parts for each in _wrap(text, width))
        return (head, *(pen.write(each, Style.PLAIN) for each in lines), *notes, *rows)
    height = LINES - 1 - len(figures) - len(notes) - len(rows)
    ends = (
        day_and_time(snapshot.start, reading.at, zone),
        day_and_time(reading.at, reading.at, zone),
    )
    return (head, *figures, *graph(snapshot, width, height, ends, pen), *notes, *rows)


def head_line(reading: ProfileReading, width: int, zone: Zone, pen: Pen) -> str:
    """The state, what was asked for, and the time of it."""
    state = severity_of(reading)
    mark, style = SEVERITY_MARKS[state]
    clock = f"{hms(reading.at, zone)} {zone_name(reading.at, zone)}"
    if reading.past:
        clock = f"past {_when(reading, zone)} {zone_name(reading.at, zone)}"
    names = [reading.query.name]
    profile = reading.query.profile
    if profile is not None:
        place = profile.region or profile.base_url or ""
        names += [f"{profile.account_id}/{profile.project_id}", place, profile.client_env.value]
        names += [value for _, value in reading.query.filters.active()]
    said = cut(f"{mark} {state.name}", width)
    start, room = pen.write(said, style), width - cell_len(said) - 2
    name = " · ".join(printable(name) for name in names if name)
    if room < len(clock) + 1 + _SHORTEST_NAME:
        return f"{start}  {pen.write(cut(name, room), Style.PLAIN)}".rstrip() if room > 0 else start
    shown = pad(name, room - len(clock) - 1)
    return f"{start}  {pen.write(shown, Style.PLAIN)} {pen.write(clock, Style.MUTED)}"


def _figures(
    reading: ProfileReading, snapshot: Snapshot, width: int, zone: Zone, pen: Pen
) -> tuple[str, ...]:
    """What is known of now, of the last complete window with its changes, and of the span."""
    summary, limit = snapshot.summary, snapshot.capacity.limit
    now, left = summary.now, headroom(reading)
    if now is None and snapshot.fault is not None and not reading.past:
        from polytop.ui.readings import last_known

        now = last_known(snapshot)
    value = f"{_now_label(reading, snapshot, zone)} {_value(now)}"
    parts = []
    if limit is not None:
        parts = [f"of {limit}"]
    if limit is not None and (reading.past or snapshot.fault is None):
        # What is old says nothing of the room that there is now.
        used = None if left is None else 1 - left / limit
        parts += [f"{percent(used)} used", f"headroom {count(left)}"]
    style = Style.BOLD if now is None or limit is None else style_for(now.value, snapshot.capacity)
    peak = f"peak {_at(summary.peak, reading.at, zone)}"
    more = [peak, f"p95 {count(summary.p95)}", f"mean {decimal(summary.mean)}"]
    span = exact_duration(snapshot.view.span)
    more.append(f"{span} up to then" if reading.past else f"last {span}")
    value = cut(value, width - 2)
    first = cut(" · ".join(parts), width - cell_len(value) - 3)
    return (
        f"  {pen.write(value, style)} {pen.write(first, Style.PLAIN)}".rstrip(),
        f"  {pen.write(cut(_last_complete(reading, snapshot, zone), width - 2), Style.PLAIN)}",
        f"  {pen.write(cut(' · '.join(more), width - 2), Style.MUTED)}",
    )


def _wrap(text: str, width: int) -> Sequence[str]:
    """`text` in lines of at most `width` columns; words that are wider are broken."""
    lines = wrap(text, max(1, width - 2), break_on_hyphens=False)
    return [cut(f"  {each}", width) for each in lines]


def _now_label(reading: ProfileReading, snapshot: Snapshot, zone: Zone) -> str:
    """``now``, or the time of the last answer where it failed since; in the past the window."""
    if reading.past:
        now = snapshot.summary.now
        window = snapshot.end - grid.STEP if now is None else now.window
        return f"at {day_and_time(window, reading.at, zone)}"
    if snapshot.fault is None or snapshot.fetched_at is None:
        return "now"
    return f"at {day_and_time(snapshot.fetched_at, reading.at, zone)}"


def _last_complete(reading: ProfileReading, snapshot: Snapshot, zone: Zone) -> str:
    """``last 5 min 120 · 15 min +4 · vs week +32 (+36 %)``: the last complete window."""
    last = snapshot.last_complete(zone.info)
    label = "last 5 min"
    if reading.past or last.window + grid.STEP < snapshot.running:
        label = f"5 min at {day_and_time(last.window, reading.at, zone)}"
    parts = [f"{label} {count(last.value)}", f"15 min {signed(last.change)}"]
    if last.versus is not None:
        share = "" if last.versus.share is None else f" ({signed_percent(last.versus.share)})"
        parts.append(f"vs week {signed(last.versus.difference)}{share}")
    return " · ".join(parts)


def _at(point: Reading | None, now: float, zone: Zone) -> str:
    return NONE if point is None else f"{point.value} at {day_and_time(point.window, now, zone)}"


def note_lines(reading: ProfileReading, width: int, pen: Pen) -> tuple[str, ...]:
    """The errors: in full if there is nothing else to show, else in one or two lines."""
    lines: list[str] = []
    for problem in reading.errors:
        lines.append(problem.summary)
        if problem.error_message:
            lines.append(f"the API says: {problem.error_message}")
        lines.append(advice(problem))
        if problem.correlation_id:
            lines.append(f"correlation id, for support: {problem.correlation_id}")
    snapshot = reading.snapshot
    if snapshot is None or snapshot.summary.known == 0:
        texts = (each for line in lines for each in _wrap(printable(line, _LONGEST), width))
        return tuple(pen.write(each, Style.PLAIN) for each in texts)
    if snapshot.fault is not None and snapshot.fetched_at is not None:
        age = brief_duration(snapshot.at - snapshot.fetched_at)
        lines.insert(0, "what is known of it" if reading.past else f"what was known {age} ago")
    return tuple(pen.write(cut(f"  {printable(line)}", width), Style.PLAIN) for line in lines[:2])


def _rows(
    reading: ProfileReading, snapshot: Snapshot, most: int, width: int, zone: Zone, pen: Pen
) -> tuple[str, ...]:
    """A line for each of the busiest rows."""
    rows = busiest_rows(snapshot)[:most]
    spark = min(_SPARK * 2, max(0, width - 70))
    return tuple(
        pen.write(_row(row, reading, snapshot, spark, width, zone), Style.PLAIN).rstrip()
        for row in rows
    )


def _row(
    row: RowView, reading: ProfileReading, snapshot: Snapshot, spark: int, width: int, zone: Zone
) -> str:
    """One row; `spark` is the width of its sparkline. What is not of now is not called so."""
    name, window = row.name or row.part.id or "no variant", snapshot.last_window(row.series)
    now, last, peak = row.summary.now, complete_value(row.series, window), row.summary.peak
    highest = count(peak.value if peak else None)
    label = _now_word(reading) if reading.past or snapshot.fault is None else "seen"
    late = window + grid.STEP < snapshot.running
    when = hm(window, zone) if late else "5 min"
    figures = f" {label:<4}{_value(now):>5}  {when} {count(last):>4}  peak {highest:>4}  "
    drawn = short_sparkline(row.series.values, spark) if spark else ""
    shown = pad(printable(name), min(30, max(_SHORTEST_NAME, width - len(figures) - 2)))
    return cut(f"  {shown}{figures}{drawn}", width)


def _value(point: Reading | None) -> str:
    """The value; ``≥ 82`` if it is a lower bound."""
    at_least = "≥ " if point is not None and point.provisional else ""
    return f"{at_least}{count(point.value if point else None)}"


def line(
    reading: ProfileReading, pen: Pen, columns: int | None = None, zone: Zone | None = None
) -> str:
    """One line under 60 columns, and of at most `columns`.

    It is like ``OK prod ≥ 42/120 35% free 78 last 5 min 40 +4 peak 87``.

    After a failed request: ``UNKNOWN prod 42/120 12 min ago: Cannot reach api.example``. In the
    past it has that moment in `zone`: ``OK prod at 2026-11-20 14:10 42/120 35% free 78``.

    It holds no ``#``, which tmux would read as the start of a style.
    """
    snapshot, state = reading.snapshot, severity_of(reading)
    name = cut(printable(reading.query.name), 16)
    width = min(LINE_WIDTH, columns or LINE_WIDTH)
    start = f"{pen.write(cut(state.name, width), SEVERITY_MARKS[state][1])} "
    room = width - len(state.name) - 1
    if room < 1:
        return start.rstrip()
    if reading.past:
        name = f"{name} at {_when(reading, zone or Zone())}"
    known = snapshot is not None and reading.past and snapshot.summary.now is not None
    if snapshot is None or (reading.failed and not known):
        last = [] if reading.past else _last(reading)
        return start + pen.write(_one_line([name, *last, _cause(reading)], room), Style.PLAIN)
    parts = [name, *_short_figures(reading, snapshot)]
    while len(parts) > 2 and cell_len(" ".join(parts)) > room:
        parts.pop()
    text = _one_line(parts, room)
    left = min(_SPARK, room - cell_len(text) - 1)
    if left >= _LEAST_SPARK:
        text = f"{text} {short_sparkline(snapshot.total.values, left)}".rstrip()
    return start + pen.write(text, Style.PLAIN)


def _short_figures(reading: ProfileReading, snapshot: Snapshot) -> list[str]:
    summary, limit = snapshot.summary, snapshot.capacity.limit
    parts = [_value(summary.now)] if summary.now else [f"no data {_now_word(reading)}"]
    left = headroom(reading)
    if limit is not None and left is not None:
        parts[0] += f"/{limit}"
        parts += [percent(1 - left / limit).replace(" ", ""), f"free {left}"]
    last = snapshot.last_complete(None)
    if last.value is not None and not reading.past:
        change = "" if last.change is None else f" {signed(last.change) if last.change else '±0'}"
        parts.append(f"last 5 min {last.value}{change}")
    return [*parts, f"peak {summary.peak.value}"] if summary.peak else parts


def _now_word(reading: ProfileReading) -> str:
    return "then" if reading.past else "now"


def _when(reading: ProfileReading, zone: Zone) -> str:
    """``2026-11-20 14:10``: the moment in the past."""
    return date_and_time(reading.at, zone)


def _last(reading: ProfileReading) -> list[str]:
    """The last known value and its age; empty if there is none."""
    snapshot = reading.snapshot
    if snapshot is None or snapshot.fetched_at is None:
        return []
    window, value = max(snapshot.total.known(), default=(0, None))
    if value is None:
        return []
    limit, shown = snapshot.capacity.limit, "≥ " * (not snapshot.is_complete(window)) + str(value)
    # The value of a window that was still running is as old as the answer.
    moment = min(window + grid.STEP, snapshot.fetched_at)
    return [
        f"{shown}/{limit}" if limit else shown,
        f"{brief_duration(reading.at - moment)} ago:",
    ]


def _cause(reading: ProfileReading) -> str:
    """Why nothing newer is known; paths of the user's files lose their folder, which is long."""
    if not reading.errors:
        return "nothing is known"
    folder = f"{printable(str(config_file().parent))}/"
    return printable(reading.errors[0].summary).replace(folder, "")


def _one_line(parts: list[str], room: int) -> str:
    return cut(" ".join(parts).replace("#", ""), room)
