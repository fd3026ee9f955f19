"""A launch on the screen: its clock, its plan over the graph, and the line that compares them."""

import math

from rich.style import Style

from polytop.model import grid
from polytop.model.mark import Mark
from polytop.model.plan import (
    Deviation,
    Launch,
    Plan,
    PlannedExcess,
    PlanStatement,
    Side,
    deviation,
    planned_over,
)
from polytop.model.snapshot import Snapshot
from polytop.model.stats import complete_value
from polytop.ui.readings import is_outdated, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.numbers import percent, signed, signed_percent
from polytop.ui.render.overlays import ComparisonLine, PlanOverlay
from polytop.ui.render.plot import GUTTER
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.text import Line, fit_words

T_ZERO, T_END = "launch", "end"
"""The labels of the start and of the end, where the plan has none."""


def launch_clock(moment: float, start: float) -> str:
    """``T-00:25:10``, ``T+01:00:00``: the time to or since the start of the launch."""
    return _from_start(math.floor(moment - start))


def launch_time(moment: float, start: float) -> str:
    """``T+00:40``: a moment of the launch. The window of the start may begin before it."""
    seconds = math.floor(moment - start)
    return _from_start(max(0, seconds) if seconds > -60 else seconds)[:-3]


def _from_start(seconds: int) -> str:
    minutes, rest = divmod(abs(seconds), 60)
    return f"T{'-' if seconds < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def shown_plan(snapshot: Snapshot | None, context: RenderContext) -> Plan | None:
    """The plan of the launch; None without one, and where it is of other calls than are shown."""
    launch = context.launch
    if launch is None or snapshot is None or snapshot.view.filters != launch.filters:
        return None
    return launch.plan


# -- over the graph


def build_overlay(snapshot: Snapshot, context: RenderContext, width: int) -> PlanOverlay:
    """What the launch draws over a graph of `width` cells. May take milliseconds."""
    launch, plan = context.launch, shown_plan(snapshot, context)
    columns = width - GUTTER - 1
    if launch is None or columns < 1:
        return PlanOverlay(None, ())
    marks = launch_marks(launch, plan)
    if plan is None:
        return PlanOverlay(None, marks)
    frame = graph_frame(snapshot)
    middle, low, high = (column_maxima(series, frame, columns) for series in plan.series())
    line = ComparisonLine(middle, low, high) if plan.has_band else ComparisonLine(middle)
    return PlanOverlay(line, marks)


def launch_marks(launch: Launch, plan: Plan | None) -> tuple[Mark, ...]:
    """The labels of the plan as marks, and start and end of the launch unless they have labels."""
    named = plan.labels if plan is not None else ()
    taken = {grid.floor(at) for at, _ in named}
    ends = ((launch.start, T_ZERO), (launch.end, T_END))
    labels = (*(each for each in ends if grid.floor(each[0]) not in taken), *named)
    return tuple(Mark(-1 - index, at, text) for index, (at, text) in enumerate(labels))


# -- the line below the figures


def statement(snapshot: Snapshot, plan: Plan) -> PlanStatement:
    """How far the complete windows of the launch are from the plan."""
    return deviation(plan, snapshot.launch, snapshot.complete_until)


def statement_words(found: PlanStatement, start: float) -> str:
    """``on plan``, ``18 % over plan since T+00:40``; empty where nothing is known of now."""
    now, since = found.now, found.since
    if now is None:
        return ""
    if since is None:
        return Side.ON.value
    far = f"{abs(now.difference):.0f}" if now.share is None else percent(abs(now.share))
    return f"{far} {now.side} since {launch_time(since, start)}"


def value_words(found: Deviation, start: float) -> str:
    """``T+00:55 118 of 100``: a window, its value and what was planned."""
    return f"{launch_time(found.window, start)} {found.value} of {found.whole[0]}"


def difference_words(found: Deviation, *, share: bool = True) -> str:
    """``+18 (+18 %)``; ``0`` for less than half a conversation."""
    _, number = found.whole
    words = signed(number)
    if share and number and found.share is not None:
        words += f" ({signed_percent(found.share)})"
    return words


def over_limit_words(found: PlannedExcess, limit: int, start: float) -> tuple[str, str]:
    """Where the plan is over the limit, at length and short."""
    most, at = f"{found.expected:.0f}", launch_time(found.peak, start)
    long = f"▲ plan up to {most} at {at}: over the limit {limit}"
    if found.first != found.peak:
        long += f" from {launch_time(found.first, start)}"
    return long, f"▲ plan {most} over limit {limit} at {at}"


def plan_line(snapshot: Snapshot | None, context: RenderContext, width: int) -> Line:
    """``18 % over plan since T+00:40   T+00:55 118 of 100   largest +31 (+25 %) at T+00:45``."""
    line = Line().add(" ")
    if snapshot is None or context.launch is None:
        return line
    plan, palette = shown_plan(snapshot, context), context.palette
    if plan is None:
        words = "the plan is of other calls than these"
        return line.add(fit_words(words, min(len(words), max(0, width - 1))), palette.muted)
    fields = _fields(snapshot, context, plan, context.launch.start)
    room = width - 1
    shortest = [versions[-1] for versions, _ in fields]
    for at, (versions, style) in enumerate(fields):
        gap = 3 if at else 0
        rest = sum(len(each) + 3 for each in shortest[at + 1 :])
        # A long version takes no room from what comes after it.
        text = next((each for each in versions if gap + len(each) + rest <= room), versions[-1])
        if gap + len(text) > room:
            if at:
                break
            text = fit_words(text, max(0, room))
        line.add(" " * gap).add(text, style)
        room -= gap + len(text)
    return line


def _fields(
    snapshot: Snapshot, context: RenderContext, plan: Plan, start: float
) -> list[tuple[tuple[str, ...], Style]]:
    """What is said of the plan, the most important first; each at length and shorter."""
    palette = context.palette
    viewed = viewed_window(snapshot, context.state)
    if viewed is not None:
        return [((_viewed_words(snapshot, plan, viewed, start),), palette.accent)]
    found, limit = statement(snapshot, plan), snapshot.capacity.limit
    fields: list[tuple[tuple[str, ...], Style]] = []
    if words := statement_words(found, start):
        assert found.now is not None
        if is_outdated(snapshot, context.shown_at(snapshot)):
            words = f"at {launch_time(found.now.window, start)} {words}"
        off = found.now.side is not Side.ON
        fields.append(((words,), palette.strong if off else palette.text))
        value = value_words(found.now, start)
        fields.append(((f"{value}, {difference_words(found.now)}", value), palette.text))
    if found.largest is not None:
        at = f"at {launch_time(found.largest.window, start)}"
        sizes = (difference_words(found.largest, share=share) for share in (True, False))
        fields.append((tuple(f"largest {size} {at}" for size in sizes), palette.muted))
    if not words:
        fields.insert(0, ((_silent_words(snapshot, plan, found, start),), palette.muted))
    over = None if limit is None else planned_over(plan, limit)
    if limit is not None and over is not None and over.last >= snapshot.running:
        # Before the launch nothing is more important.
        first = 0 if context.now < start else len(fields)
        fields.insert(first, (over_limit_words(over, limit, start), palette.critical))
    return fields


def _silent_words(snapshot: Snapshot, plan: Plan, found: PlanStatement, start: float) -> str:
    """Why nothing is said of now."""
    if snapshot.complete_until <= plan.first:
        return f"the plan begins at {launch_time(plan.first, start)}"
    if found.largest is not None and snapshot.complete_until > plan.end:
        return f"the plan ended at {launch_time(plan.end - grid.STEP, start)}"
    return "nothing known of now beside the plan"


def _viewed_words(snapshot: Snapshot, plan: Plan, window: int, start: float) -> str:
    """``◂ T+00:30 95 of 100, −5 (−5 %): on plan``: the window that the user looks at."""
    at, planned = launch_time(window, start), plan.at(window)
    if planned is None:
        return f"◂ {at} not planned"
    value = complete_value(snapshot.launch, window) if window < snapshot.running else None
    if value is None:
        return f"◂ {at} planned {planned.expected:.0f}"
    found = Deviation(window, value, planned)
    return f"◂ {value_words(found, start)}, {difference_words(found)}: {found.side}"
