"""The texts that `y` copies, with their project, time and filters."""

from datetime import UTC

from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Reading, Summary
from polytop.model.text import format_count, printable
from polytop.ui.readings import figures_at, is_outdated, last_known, reading, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.figures import moment_of_now
from polytop.ui.render.numbers import (
    NONE,
    count,
    decimal,
    headroom_percent,
    headroom_text,
    percent,
    signed,
)
from polytop.ui.render.title import span_text
from polytop.ui.table_model import TableRow, build_rows, lacks_total
from polytop.ui.time_format import Zone, local_time


def _place(snapshot: Snapshot, context: RenderContext, *, env: bool = True) -> str:
    """``prod (live), language en-GB``; the environment only with `env`."""
    filters = snapshot.view.filters
    parts = "".join(
        f", {name.replace('_', ' ')} {printable(value, 100)}" for name, value in filters.active()
    )
    where = f" ({filters.client_env.value})" if env else ""
    return f"{printable(context.subject.profile, 64)}{where}{parts}"


def _stamp(snapshot: Snapshot, context: RenderContext) -> str:
    local = local_time(snapshot.at, context.zone)
    name = "UTC" if context.zone == Zone(UTC) else local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {name}"


def _now(reading: Reading | None) -> str:
    if reading is None:
        return NONE
    return f"{reading.value} so far" if reading.provisional else str(reading.value)


def _peak(summary: Summary, context: RenderContext) -> str:
    if summary.peak is None:
        return NONE
    return f"{summary.peak.value} at {context.moment_text(summary.peak.window)}"


def _values(
    read: Reading | None, last: int | None, snapshot: Snapshot, context: RenderContext
) -> str:
    """``now 26 so far, last 5 min 29``, or ``at Fri 20 13:55 29`` for a moment in the past.

    `read` is the value there, `last` that of the last complete window, which changes are of.
    """
    window = viewed_window(snapshot, context.state)
    if window is not None:
        return f"at {context.moment_text(window)} {_now(read)}"
    moment, label = moment_of_now(snapshot, context), "now"
    if moment is not None:
        label = f"seen at {context.moment_text(moment)}"
    when = "last 5 min"
    if is_outdated(snapshot, context.shown_at(snapshot)):
        when = f"at {context.moment_text(snapshot.complete_until - grid.STEP)}"
    return f"{label} {_now(read)}, {when} {count(last)}"


def row_text(row: TableRow, snapshot: Snapshot, context: RenderContext) -> str:
    """One row of the breakdown at the viewed window, in one line."""
    summary = row.summary
    share = "" if row.share is None else f" ({percent(row.share)} of the total)"
    of_windows = "" if row.mean_of is None else f" of {format_count(row.mean_of, 'window')}"
    window = viewed_window(snapshot, context.state)
    read = summary.now
    if window is not None:
        runs = not snapshot.is_complete(window)
        read = None if row.now is None else Reading(window, row.now, runs)
    values = _values(read, row.last, snapshot, context)
    place = _place(snapshot, context, env=not lacks_total(snapshot))
    return (
        f"{printable(row.label, 200)}: {values}{share}, "
        f"{signed(row.change)} in 15 min, peak {_peak(summary, context)}, "
        f"p95 {count(summary.p95)}, "
        f"mean {decimal(summary.mean)}{of_windows}; {place}, {span_text(snapshot, context)}, "
        f"{_stamp(snapshot, context)}"
    )


def window_summary(snapshot: Snapshot, context: RenderContext) -> str:
    """The viewed window: its start, the total, and each row with a value."""
    window = viewed_window(snapshot, context.state)
    read = snapshot.summary.now if window is None else reading(snapshot, window)
    at_ = read.window if read else snapshot.running if window is None else window
    lines = [
        f"{grid.to_iso(at_)} {_place(snapshot, context)}: {_now(read)} concurrent conversations"
    ]
    for row in build_rows(snapshot, at_, context.zone):
        if row.now is not None:
            lines.append(f"  {printable(row.label, 200)}: {row.now}")
    return "\n".join(lines)


def span_summary(snapshot: Snapshot, context: RenderContext) -> str:
    """A short summary of the span and the viewed window, for a message to a colleague."""
    summary, capacity = snapshot.summary, snapshot.capacity
    window = viewed_window(snapshot, context.state)
    now = summary.now if snapshot.fresh else summary.now or last_known(snapshot)
    read = now if window is None else reading(snapshot, window)
    figures = figures_at(snapshot, window, context.zone)
    lines = [
        f"{_place(snapshot, context)}, {span_text(snapshot, context)}, {_stamp(snapshot, context)}",
        f"{_values(read, figures.value, snapshot, context)}, {signed(figures.change)} in 15 min, "
        f"peak {_peak(summary, context)}, p95 of 5-minute maxima {count(summary.p95)}",
    ]
    if capacity.limit is not None and read is not None and (snapshot.fresh or window is not None):
        lines.append(
            f"limit {capacity.limit}: headroom {headroom_text(capacity.limit - read.value)} "
            f"({headroom_percent(read.value, capacity.limit)}), "
            f"{summary.touched_warning} windows at or over {capacity.warning_level:g}, "
            f"{summary.touched_limit} at the limit"
        )
    if snapshot.fault is not None:
        lines.append(f"not fresh: {printable(snapshot.fault.problem.summary, 200)}")
    return "\n".join(lines)
