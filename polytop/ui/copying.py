"""What `y` copies: plain text that says which project, when, and under which filters."""

from datetime import UTC

from polytop.model import grid
from polytop.model.duration import exact
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Reading, Summary
from polytop.model.text import printable
from polytop.ui.paint.numbers import NONE, count, decimal, percent, signed
from polytop.ui.scene import Scene
from polytop.ui.table import Entry
from polytop.ui.timetext import Zone, at, when


def _place(snapshot: Snapshot, scene: Scene) -> str:
    """``prod (live), language en-GB``."""
    filters = snapshot.view.filters
    narrowed = "".join(
        f", {name.replace('_', ' ')} {printable(value, 100)}" for name, value in filters.active()
    )
    return f"{printable(scene.subject.profile, 64)} ({filters.client_env.value}){narrowed}"


def _stamp(snapshot: Snapshot, scene: Scene) -> str:
    local = at(snapshot.at, scene.zone)
    name = "UTC" if scene.zone == Zone(UTC) else local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {name}"


def _now(reading: Reading | None) -> str:
    if reading is None:
        return NONE
    return f"{reading.value} so far" if reading.provisional else str(reading.value)


def _peak(found: Summary, scene: Scene) -> str:
    if found.peak is None:
        return NONE
    return f"{found.peak.value} at {when(found.peak.window, scene.now, scene.zone)}"


def row(entry: Entry, snapshot: Snapshot, scene: Scene) -> str:
    """One row of the breakdown, in one line."""
    found = entry.summary
    share = f"{percent(entry.share)} of the total"
    return (
        f"{printable(entry.label, 200)}: now {_now(found.now)} ({share}), "
        f"{signed(found.change)} in 15 min, peak {_peak(found, scene)}, p95 {count(found.p95)}, "
        f"mean {decimal(found.mean)}; {_place(snapshot, scene)}, last {exact(snapshot.view.span)}, "
        f"{_stamp(snapshot, scene)}"
    )


def moment(snapshot: Snapshot, scene: Scene) -> str:
    """The window of now: its start, the total, and every row that has a value in it."""
    reading = snapshot.summary.now
    start = grid.to_iso(reading.window) if reading else grid.to_iso(snapshot.running)
    lines = [f"{start} {_place(snapshot, scene)}: {_now(reading)} concurrent conversations"]
    for part in snapshot.rows or ():
        if part.summary.now and reading and part.summary.now.window == reading.window:
            name = printable(part.name or part.part.id or "(no variant)", 200)
            lines.append(f"  {name}: {part.summary.now.value}")
    return "\n".join(lines)


def summary(snapshot: Snapshot, scene: Scene) -> str:
    """A short summary, for a message to somebody else."""
    found, capacity = snapshot.summary, snapshot.capacity
    now = found.now.value if found.now else None
    lines = [
        f"{_place(snapshot, scene)}, last {exact(snapshot.view.span)}, {_stamp(snapshot, scene)}",
        f"now {_now(found.now)}, {signed(found.change)} in 15 min, peak {_peak(found, scene)}, "
        f"p95 of 5-minute maxima {count(found.p95)}",
    ]
    if capacity.limit is not None and now is not None:
        lines.append(
            f"limit {capacity.limit}: headroom {capacity.limit - now} "
            f"({percent((capacity.limit - now) / capacity.limit)}), "
            f"{found.touched_warning} windows at or over {capacity.warning_level:g}, "
            f"{found.touched_limit} at the limit"
        )
    if snapshot.fault is not None:
        lines.append(f"not fresh: {printable(snapshot.fault.problem.summary, 200)}")
    return "\n".join(lines)
