"""The title of the graph: the span, the filters, the comparison, the readout of the cursor."""

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import GAP
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Severity, complete_value
from polytop.model.target import Filters
from polytop.model.timeparse import exact_duration
from polytop.ui.readings import known_at, value_at, versus, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.forecast import final_words, outlook_words
from polytop.ui.render.levels import severity_style
from polytop.ui.render.numbers import NONE, signed, signed_percent
from polytop.ui.render.overlays import ComparisonLine
from polytop.ui.render.plot import Plot
from polytop.ui.render.scale import column_step
from polytop.ui.render.text import (
    BAND,
    COMPARISON,
    MARK,
    PLAN,
    PLAN_SIGN,
    THIN_LINE,
    Line,
    Words,
    fit,
    fit_label,
    section_head,
)
from polytop.ui.table_model import disambiguate
from polytop.ui.theme import Palette
from polytop.ui.time_format import hm

if TYPE_CHECKING:
    from polytop.model.plan import Plan

FilterStep = tuple[str, str]
"""The name and the value of a filter."""

COMPARISON_WORDS = {
    Compare.DAY: "a day before",
    Compare.WEEK: "a week before",
    Compare.TYPICAL: "typical week",
}
"""The comparison in words."""

STEP = "›"
"""Separates two steps of the filter path."""

_CEILING_SHOWN_FOR = 3_600
"""How long the title speaks of a plateau or of values over the limit, seconds."""

LEGEND, WHOLE = 2, 3
"""The numbers of versions of the title with the comparison's legend, and with the whole path."""

_READOUT = 62
"""Cells that the title leaves to the readout of the cursor."""

_REVISABLE = 3_600
"""Time after its end for which a window may be revised, seconds."""

_STATE = 15
"""Cells reserved for the state of the value."""


def title(
    snapshot: Snapshot,
    context: RenderContext,
    plot: Plot,
    comparison: ComparisonLine | None,
    width: int,
) -> Strip:
    """The title: what is drawn, and the time of a column or the readout of the cursor."""
    if context.state.cursor_at is not None:
        return _with_readout(snapshot, context, plot, comparison, width)
    palette, ceiling = context.palette, _ceiling_words(snapshot, context)
    step = f"max per {column_duration(plot)}"
    choices: list[Words] = [[(step.replace("max", "maximum"), palette.muted)]]
    choices += [[(step, palette.muted)], []]
    subjects = _subjects(snapshot, context, comparison)
    # The whole filter path matters more than the time of a column.
    groups = [product(choices[:2], subjects[:LEGEND])]
    groups += [product(choices, some) for some in (subjects[:WHOLE], subjects[WHOLE:])]
    said, style = ceiling, palette.critical
    if not ceiling and snapshot.outlook is not None:
        said, style = outlook_words(snapshot.outlook, context.zone), palette.muted
    if said:
        # The legend matters more than long words; beside the limit, the time of a column stays.
        named = _subjects(snapshot, context, comparison, step) if ceiling else subjects
        alone: list[Words] = [[(text, style)] for text in said]
        groups = [product(alone, some) for some in (named[:LEGEND], named[LEGEND:])]
        groups.append(product([[]], subjects))
    for group in groups:
        for right, words in group:
            line, room = Line(), width - _size(words)
            for text, style in right:
                line.add(text, style)
            if line.width + 7 <= room or (not right and room >= 4):
                return section_head(words, line, width, palette.faint)
    return section_head(_subjects(snapshot, context, None)[-1], Line(), width, palette.faint)


def _ceiling_words(snapshot: Snapshot, context: RenderContext) -> tuple[str, ...]:
    """Words on the limit, the long ones first: a plateau of the last hour, or values above it."""
    limit, plateau = snapshot.capacity.limit, snapshot.summary.plateau
    if limit is None:
        return ()
    since = snapshot.complete_until - _CEILING_SHOWN_FOR
    recent = snapshot.recent.cut(max(since, snapshot.recent.start), snapshot.complete_until)
    if (highest := recent.highest()) > limit:
        short = f"▲ {highest} is over the limit {limit}"
        return f"{short}: is the profile's limit right?", short, f"▲ {highest} > limit"
    if plateau is None or plateau[1] <= since:
        return ()
    start, end = (context.moment_text(each) for each in plateau)
    short = f"▲ plateau at the limit {start}–{end}"
    return f"{short}: demand beyond it is not in the data", short, f"▲ plateau {start}–{end}"


def _size(words: Words) -> int:
    return sum(len(text) for text, _ in words)


def _subjects(
    snapshot: Snapshot, context: RenderContext, comparison: ComparisonLine | None, step: str = ""
) -> tuple[Words, ...]:
    """The title in shorter and shorter versions, with the `step` of a column if that is given."""
    palette = context.palette
    name: Words = [("Concurrent conversations" + (f", {step}" if step else ""), palette.strong)]
    short: Words = [(step.capitalize() or "Conversations", palette.strong)]
    span: Words = [(f" · {span_text(snapshot, context)}", palette.muted)]
    chosen, brief, last = _paths(snapshot, context)
    waiting, plan = _waiting(snapshot, context), _drawn_plan(snapshot, context)
    # Of two ranges that of the plan is drawn.
    ranged = plan is None or not plan.has_band
    legend = _plan_legend(plan, palette) if plan is not None else []
    legend += _legend(snapshot, context, comparison, ranged=ranged)
    return (
        name + span + chosen + waiting + legend,
        short + span + chosen + waiting + legend,
        short + span + chosen + waiting,
        short + span + brief + waiting,
        short + span + last + waiting,
    )


def filter_path(filters: Filters, trail: Sequence[Filters]) -> tuple[FilterStep, ...]:
    """The active filters in the order in which they were chosen.

    `trail` has the earlier filters, oldest first. The environment is included only if it was
    changed on the way. Filters of the beginning are in their usual order.
    """
    steps: dict[FilterStep, None] = {}
    env = trail[0].client_env if trail else filters.client_env
    for step in (*trail, filters):
        if step.client_env is not env:
            env = step.client_env
            steps[_environment(step)] = None
        steps.update(dict.fromkeys(step.active()))
    active = {*filters.active(), _environment(filters)}
    return tuple(step for step in steps if step in active)


def _environment(filters: Filters) -> FilterStep:
    return "client_env", filters.client_env.value


def _paths(snapshot: Snapshot, context: RenderContext) -> tuple[Words, Words, Words]:
    """The filter path, ``All › Main line › en-GB``: whole, shorter, shortest."""
    palette, filters = context.palette, snapshot.view.filters
    wanted = context.state.filters
    trail = context.state.trail if filters == wanted else _trail(filters, context.state.trail)
    values = [_step(name, value, context) for name, value in filter_path(filters, trail)]
    if not values:
        return [], [], []

    def path(steps: Sequence[tuple[str, str]], width: int) -> Words:
        shown = [fit_label(*step, width).rstrip() for step in steps]
        steps_text = "".join(f" {STEP} {step}" for step in shown)
        return [(" · All", palette.muted), (steps_text, palette.accent)]

    last = [("…", ""), values[-1]] if len(values) > 1 else values
    return path(values, 28), path(values, 16), path(last, 20)


def _step(name: str, value: str, context: RenderContext) -> tuple[str, str]:
    """The label of a filter's value, and a suffix that tells it from one of the same name."""
    if name != "variant_id" or value not in context.variants:
        return value, ""
    return context.variants[value], disambiguate(context.variants.items()).get(value, "")


def _trail(filters: Filters, trail: Sequence[Filters]) -> tuple[Filters, ...]:
    """The steps before `filters`, while data for other filters are awaited."""
    steps = list(trail)
    return tuple(steps[: steps.index(filters)]) if filters in steps else ()


def span_text(snapshot: Snapshot, context: RenderContext) -> str:
    """``last 6 h``, or the two ends of a span in the past."""
    if snapshot.following:
        return f"last {exact_duration(snapshot.view.span)}"
    start, end = (context.moment_text(each) for each in (snapshot.start, snapshot.end))
    return f"{start} – {end}"


def _waiting(snapshot: Snapshot, context: RenderContext) -> Words:
    """The filters that the user has chosen and that the data do not have yet."""
    wanted, shown = context.state.filters, snapshot.view.filters
    if wanted == shown:
        return []
    words = filter_words(wanted, context) or ["all conversations"]
    if wanted.client_env is not shown.client_env:
        words.insert(0, wanted.client_env.value)
    return [(f" · waiting for {', '.join(words)}", context.palette.warning)]


def _legend(
    snapshot: Snapshot, context: RenderContext, comparison: ComparisonLine | None, *, ranged: bool
) -> Words:
    """The legend of the comparison; ``not known`` if there are no data for it.

    `ranged` is False where its range is not drawn.
    """
    palette, compare = context.palette, snapshot.view.compare
    if compare is Compare.NONE:
        return []
    words = f"{COMPARISON if palette.solid is None else THIN_LINE} {COMPARISON_WORDS[compare]}"
    if comparison is None:
        return [(f" · {words}: not known", palette.muted)]
    if comparison.weeks is not None:
        fewest, most = comparison.weeks
        words += f" of {fewest}" if fewest == most else f" of {fewest} to {most}"
    legend: Words = [(" · ", palette.muted), (words, palette.comparison)]
    return legend + (_range_legend(palette) if comparison.high and ranged else [])


def _range_legend(palette: Palette) -> Words:
    shade = (BAND, palette.muted)
    if palette.solid is not None:
        shade = ("  ", Style(bgcolor=palette.solid.blank[1].rich_color))
    return [(" ", palette.muted), shade, (" its range", palette.muted)]


def _drawn_plan(snapshot: Snapshot, context: RenderContext) -> "Plan | None":
    """The plan that the graph shows."""
    if context.launch is None:
        return None
    from polytop.ui.render.launch import shown_plan

    return shown_plan(snapshot, context)


def _plan_legend(plan: "Plan", palette: Palette) -> Words:
    line = PLAN if palette.solid is None else THIN_LINE
    legend: Words = [(" · ", palette.muted), (f"{line} plan {PLAN_SIGN}", palette.plan)]
    return legend + (_range_legend(palette) if plan.has_band else [])


def column_duration(plot: Plot) -> str:
    """The time that a column of the area stands for: ``5 min``, ``90 min``, ``2 d``."""
    return exact_duration(column_step(plot.frame, plot.width * plot.dots))


def filter_words(filters: Filters, context: RenderContext) -> list[str]:
    """The active filters in words, without the environment."""
    words = []
    for name, value in filters.active():
        known = name == "variant_id" and value in context.variants
        label = "variant" if known else name.replace("_", " ")
        words.append(f"{label} {fit_label(*_step(name, value, context), 28).rstrip()}")
    return words


def _with_readout(
    snapshot: Snapshot,
    context: RenderContext,
    plot: Plot,
    comparison: ComparisonLine | None,
    width: int,
) -> Strip:
    """The title with the readout, which starts at the same place wherever the cursor is."""
    palette = context.palette
    span: Words = [(span_text(snapshot, context), palette.muted)]
    span += _paths(snapshot, context)[1] + _waiting(snapshot, context)
    subjects = (*_subjects(snapshot, context, comparison), span)
    words = next((each for each in subjects if _size(each) + _READOUT + 8 <= width), span)
    words = [*words, (" ─ ", palette.faint)]
    words_at_cursor = readout(snapshot, context, plot, width - _size(words) - 4)
    right = Line().add(f"max per {column_duration(plot)}", palette.muted)
    if _size(words) + _READOUT + right.width + 26 > width:
        right = Line()
    return section_head(words + words_at_cursor, right, width, palette.faint)


def readout(snapshot: Snapshot, context: RenderContext, plot: Plot, room: int) -> Words:
    """The window under the cursor in at most `room` cells; what matters least is left out first."""
    window = viewed_window(snapshot, context.state)
    if window is None:
        return []
    palette = context.palette
    value = value_at(snapshot, window)
    digits = len(str(snapshot.summary.peak.value)) if snapshot.summary.peak else 1
    words: Words = [
        (window_text(window, snapshot, context), palette.strong),
        (
            f"  {value if value >= 0 else NONE:>{digits}}",
            severity_style(value if value >= 0 else None, snapshot.capacity, palette),
        ),
    ]
    left = room - sum(len(text) for text, _ in words)
    then = snapshot.capacity.severity(value)
    if then is not Severity.OK and len(then.name) < left:
        # The header has the state of now, and a colour alone tells none.
        words.append((f" {then.name}", severity_style(value, snapshot.capacity, palette)))
        left -= len(then.name) + 1
    for text in _versus_words(snapshot, context, window, digits):
        if len(text) + _STATE <= left:
            words.append((text, palette.text))
            left -= len(text)
            break
    for text in _state_words(snapshot, window):
        if len(text) + 3 <= left:
            words.append((f" · {text}", palette.muted))
            left -= len(text) + 3
            break
    for text, style in _marks_and_maximum(snapshot, context, plot, window):
        if cell_len(text) <= left:
            words.append((text, style))
            left -= cell_len(text)
    return words


def window_text(window: int, snapshot: Snapshot, context: RenderContext) -> str:
    """``08:15–08:20``, with the day if the span is not within today."""
    day = ""
    if context.moment_text(snapshot.start) != hm(snapshot.start, context.zone):
        day = context.moment_text(window).removesuffix(hm(window, context.zone))
        day = f"{day:<7}"
    return f"{day}{hm(window, context.zone)}–{hm(window + grid.STEP, context.zone)}"


def _versus_words(
    snapshot: Snapshot, context: RenderContext, window: int, digits: int
) -> list[str]:
    """The comparison at length, then shorter, in steady widths; none without a value."""
    compare, value = snapshot.view.compare, known_at(snapshot.total, window)
    if compare not in COMPARISON_WORDS or value is None:
        return []
    known = complete_value(snapshot.total, window)
    against = versus(known, snapshot.earlier, compare, window, context.zone)
    difference = NONE if against is None else signed(against.difference)
    share = f" ({signed_percent(against.share)})" if against and against.share is not None else ""
    short = f"  {difference + share:>{digits + 8}}"
    return [f"{short} vs {COMPARISON_WORDS[compare]}", short, f"  {difference:>{digits + 1}}"]


def _state_words(snapshot: Snapshot, window: int) -> list[str]:
    """Why the value may change or is missing, at length, then shorter; none if it is final."""
    value = value_at(snapshot, window)
    if window > snapshot.running:
        return ["still to come", "to come"]
    if value == GAP:
        return ["gap: the API left it out", "gap"]
    if value < 0:
        fetching = snapshot.backfill is not None or snapshot.view != snapshot.wanted
        return ["being fetched"] if fetching else ["not fetched"]
    if not snapshot.is_complete(window):
        runs = window == snapshot.running
        words = "still running: it may rise" if runs else "fetched while it ran: it may be higher"
        return [words, "provisional"]
    first = next((first for at, first in snapshot.revised if at == window), None)
    young = snapshot.at - (window + grid.STEP) < _REVISABLE
    if first is not None:
        was = f"revised from {first}"
        return [f"{was}, may be again", was, f"was {first}"] if young else [was, f"was {first}"]
    settled = snapshot.final_after
    known = [] if settled is None else [f"may still be revised: final {final_words(settled)}"]
    return [*known, "may still be revised", "may change"] if young else []


def _marks_and_maximum(
    snapshot: Snapshot, context: RenderContext, plot: Plot, window: int
) -> Words:
    """The marks in the window, and the maximum of its column if that is higher."""
    palette = context.palette
    words: Words = []
    marks = snapshot.marks
    if context.launch is not None:
        from polytop.ui.render.launch import launch_marks

        marks += launch_marks(context.launch, _drawn_plan(snapshot, context))
    for mark in marks:
        if window <= mark.at < window + grid.STEP:
            words.append((f" {MARK} {fit(mark.text, 24).rstrip()}", palette.mark))
    column = plot.line_of(window)
    if 0 <= column < plot.width:
        windows = plot.windows(column)
        values = [(max(snapshot.total.at(each), snapshot.lead.at(each)), -each) for each in windows]
        most, at = max(values)
        if most > value_at(snapshot, window):
            text = f" · column max {most} at {hm(-at, context.zone)}"
            words.append((text, palette.muted))
    return words
