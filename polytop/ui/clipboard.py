"""What `y` copies: plain text that says which project, when, and under which filters."""

from datetime import UTC

from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Reading, Summary
from polytop.model.text import printable
from polytop.ui.readings import change_at, moment_text, reading
from polytop.ui.readings import viewed_window as looked_at
from polytop.ui.render.context import RenderContext
from polytop.ui.render.figures import headroom_text
from polytop.ui.render.numbers import NONE, count, decimal, headroom_percent, share_percent, signed
from polytop.ui.render.title import span_text
from polytop.ui.table_model import TableRow, build_rows, lacks_total
from polytop.ui.time_format import Zone, local_time


def _place(snapshot: Snapshot, scene: RenderContext, *, env: bool = True) -> str:
    """``prod (live), language en-GB``; without `env` no environment is said."""
    filters = snapshot.view.filters
    narrowed = "".join(
        f", {name.replace('_', ' ')} {printable(value, 100)}" for name, value in filters.active()
    )
    where = f" ({filters.client_env.value})" if env else ""
    return f"{printable(scene.subject.profile, 64)}{where}{narrowed}"


def _stamp(snapshot: Snapshot, scene: RenderContext) -> str:
    local = local_time(snapshot.at, scene.zone)
    name = "UTC" if scene.zone == Zone(UTC) else local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {name}"


def _now(reading: Reading | None) -> str:
    if reading is None:
        return NONE
    return f"{reading.value} so far" if reading.provisional else str(reading.value)


def _peak(found: Summary, scene: RenderContext) -> str:
    if found.peak is None:
        return NONE
    return f"{found.peak.value} at {moment_text(found.peak.window, scene.now, scene.zone)}"


def _moment(snapshot: Snapshot, scene: RenderContext) -> str:
    """``now``, or ``at Fri 20 13:55`` where that is looked at."""
    window = looked_at(snapshot, scene.state)
    return "now" if window is None else f"at {moment_text(window, scene.now, scene.zone)}"


def _value(value: int | None, snapshot: Snapshot, scene: RenderContext, found: Summary) -> str:
    """`value` of the moment, ``so far`` where that is the running window."""
    window = looked_at(snapshot, scene.state)
    if window is None:
        return _now(found.now)
    if value is None:
        return NONE
    return f"{value} so far" if window == snapshot.running else str(value)


def row_text(entry: TableRow, snapshot: Snapshot, scene: RenderContext) -> str:
    """One row of the breakdown at the moment that is looked at, in one line."""
    found = entry.summary
    share = "" if entry.share is None else f" ({share_percent(entry.share)} of the total)"
    value = _value(entry.now, snapshot, scene, found)
    place = _place(snapshot, scene, env=not lacks_total(snapshot))
    return (
        f"{printable(entry.label, 200)}: {_moment(snapshot, scene)} {value}{share}, "
        f"{signed(entry.change)} in 15 min, peak {_peak(found, scene)}, p95 {count(found.p95)}, "
        f"mean {decimal(found.mean)}; {place}, {span_text(snapshot, scene)}, "
        f"{_stamp(snapshot, scene)}"
    )


def window_summary(snapshot: Snapshot, scene: RenderContext) -> str:
    """The window that is looked at: its start, the total, and every row that is known in it."""
    window = looked_at(snapshot, scene.state)
    read = snapshot.summary.now if window is None else reading(snapshot, window)
    at_ = read.window if read else snapshot.running if window is None else window
    lines = [f"{grid.to_iso(at_)} {_place(snapshot, scene)}: {_now(read)} concurrent conversations"]
    for entry in build_rows(snapshot, at_, scene.zone):
        if entry.now is not None:
            lines.append(f"  {printable(entry.label, 200)}: {entry.now}")
    return "\n".join(lines)


def span_summary(snapshot: Snapshot, scene: RenderContext) -> str:
    """A short summary of the range and of the moment, for a message to somebody else."""
    found, capacity = snapshot.summary, snapshot.capacity
    window = looked_at(snapshot, scene.state)
    read = found.now if window is None else reading(snapshot, window)
    change = found.change if window is None else change_at(snapshot.total, window)
    lines = [
        f"{_place(snapshot, scene)}, {span_text(snapshot, scene)}, {_stamp(snapshot, scene)}",
        f"{_moment(snapshot, scene)} {_now(read)}, {signed(change)} in 15 min, "
        f"peak {_peak(found, scene)}, p95 of 5-minute maxima {count(found.p95)}",
    ]
    if capacity.limit is not None and read is not None:
        lines.append(
            f"limit {capacity.limit}: headroom {headroom_text(capacity.limit - read.value)} "
            f"({headroom_percent(read.value, capacity.limit)}), "
            f"{found.touched_warning} windows at or over {capacity.warning_level:g}, "
            f"{found.touched_limit} at the limit"
        )
    if snapshot.fault is not None:
        lines.append(f"not fresh: {printable(snapshot.fault.problem.summary, 200)}")
    return "\n".join(lines)
