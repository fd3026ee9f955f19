"""The graph's title: what is drawn, under which filters, and the readout of the cursor."""

from collections.abc import Sequence
from itertools import product

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.series import GAP
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters
from polytop.model.timeparse import exact_duration
from polytop.ui.readings import known_at, value_at, versus, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.levels import severity_style
from polytop.ui.render.numbers import NONE, signed, signed_percent
from polytop.ui.render.overlays import ComparisonLine
from polytop.ui.render.plot import Plot
from polytop.ui.render.text import BAND, COMPARISON, MARK, Line, fit, fit_label, section_head
from polytop.ui.table_model import disambiguate
from polytop.ui.time_format import hm

FilterStep = tuple[str, str]
"""Name and value of a filter."""


def filter_path(filters: Filters, trail: Sequence[Filters]) -> tuple[FilterStep, ...]:
    """The filters of `filters` in the order in which they were chosen, the first one first.

    `trail` are the filters before, oldest first. The environment is among them only where it was
    chosen on the way; of those that were there from the beginning, each in its usual place.
    """
    found: dict[FilterStep, None] = {}
    env = trail[0].client_env if trail else filters.client_env
    for step in (*trail, filters):
        if step.client_env is not env:
            env = step.client_env
            found[_environment(step)] = None
        found.update(dict.fromkeys(step.active()))
    there = {*filters.active(), _environment(filters)}
    return tuple(crumb for crumb in found if crumb in there)


def _environment(filters: Filters) -> FilterStep:
    return "client_env", filters.client_env.value


_REVISABLE = 3_600
"""Seconds after its end for which a window may still be revised."""

_STATE = 15
"""Cells that are kept for the state of the value."""

ReadoutWords = list[tuple[str, Style]]


def readout(snapshot: Snapshot, context: RenderContext, plot: Plot, room: int) -> ReadoutWords:
    """The window under the cursor in at most `room` cells; what matters least goes first."""
    window = viewed_window(snapshot, context.state)
    if window is None:
        return []
    palette = context.palette
    value = value_at(snapshot, window)
    digits = len(str(snapshot.summary.peak.value)) if snapshot.summary.peak else 1
    said: ReadoutWords = [
        (window_text(window, snapshot, context), palette.strong),
        (
            f"  {value if value >= 0 else NONE:>{digits}}",
            severity_style(value if value >= 0 else None, snapshot.capacity, palette),
        ),
    ]
    left = room - sum(len(text) for text, _ in said)
    for text in _versus_words(snapshot, context, window, digits):
        if len(text) + _STATE <= left:
            said.append((text, palette.text))
            left -= len(text)
            break
    for text in _state_words(snapshot, window):
        if len(text) + 3 <= left:
            said.append((f" · {text}", palette.muted))
            left -= len(text) + 3
            break
    for text, style in _besides(snapshot, context, plot, window):
        if cell_len(text) <= left:
            said.append((text, style))
            left -= cell_len(text)
    return said


def window_text(window: int, snapshot: Snapshot, context: RenderContext) -> str:
    """``08:15–08:20``, with the day where the range shown is not of today alone."""
    day = ""
    if context.moment_text(snapshot.start) != hm(snapshot.start, context.zone):
        day = context.moment_text(window).removesuffix(hm(window, context.zone))
        day = f"{day:<7}"
    return f"{day}{hm(window, context.zone)}–{hm(window + grid.STEP, context.zone)}"


def _versus_words(
    snapshot: Snapshot, context: RenderContext, window: int, digits: int
) -> list[str]:
    """The comparison at length, then shorter; steady in width. None without a value."""
    compare, value = snapshot.view.compare, known_at(snapshot.total, window)
    if compare not in COMPARISON_WORDS or value is None:
        return []
    found = versus(value, snapshot.earlier, compare, window, context.zone)
    difference = NONE if found is None else signed(found.difference)
    share = f" ({signed_percent(found.share)})" if found and found.share is not None else ""
    short = f"  {difference + share:>{digits + 8}}"
    return [f"{short} vs {COMPARISON_WORDS[compare]}", short, f"  {difference:>{digits + 1}}"]


def _state_words(snapshot: Snapshot, window: int) -> list[str]:
    """What the value is worth, at length, then shorter; none where it is final."""
    value = value_at(snapshot, window)
    if window > snapshot.running:
        return ["still to come", "to come"]
    if value == GAP:
        return ["gap: the API left it out", "gap"]
    if value < 0:
        fetching = snapshot.backfill is not None or snapshot.view != snapshot.wanted
        return ["being fetched"] if fetching else ["not fetched"]
    first = next((first for at, first in snapshot.revised if at == window), None)
    if window == snapshot.running:
        return ["still running: it may rise", "provisional"]
    young = snapshot.at - (window + grid.STEP) < _REVISABLE
    if first is not None:
        was = f"revised from {first}"
        return [f"{was}, may be again", was, f"was {first}"] if young else [was, f"was {first}"]
    return ["may still be revised", "may change"] if young else []


def _besides(snapshot: Snapshot, context: RenderContext, plot: Plot, window: int) -> ReadoutWords:
    """Marks in the window, and the column's highest value where that is another one."""
    palette, found = context.palette, []
    for mark in snapshot.marks:
        if window <= mark.at < window + grid.STEP:
            found.append((f" {MARK} {fit(mark.text, 24).rstrip()}", palette.mark))
    column = plot.column(window)
    if 0 <= column < plot.width:
        values = [(snapshot.total.at(each), -each) for each in plot.windows(column)]
        most, at = max(values)
        if most > value_at(snapshot, window):
            told = f" · column max {most} at {hm(-at, context.zone)}"
            found.append((told, palette.muted))
    return found


Words = list[tuple[str, Style]]

COMPARISON_WORDS = {
    Compare.DAY: "a day before",
    Compare.WEEK: "a week before",
    Compare.TYPICAL: "typical week",
}
"""What the range is compared with, in words."""

STEP = "›"
"""Stands between two steps of the way that led here."""

WHOLE = 3
"""Versions of the title in which the way is told whole."""

_READOUT = 62
"""Cells that the readout of the cursor asks for; the title gives way to it."""


def title(
    snapshot: Snapshot,
    context: RenderContext,
    plot: Plot,
    comparison: ComparisonLine | None,
    width: int,
) -> Strip:
    """What is drawn and what one column stands for; with a cursor, what is under it."""
    if context.state.cursor_at is not None:
        return _with_readout(snapshot, context, plot, comparison, width)
    palette, plateau = context.palette, snapshot.summary.plateau
    right = f"maximum per {column_duration(plot)}"
    choices: Sequence[str] = (right, right.replace("maximum", "max"), "")
    style = palette.muted
    if plateau is not None:
        start, end = (context.moment_text(each) for each in plateau)
        said = f"▲ plateau at the limit {start}–{end}"
        choices, style = (f"{said}: demand beyond it is not in the data", said), palette.critical
    subjects = _subjects(snapshot, context, comparison)
    # The whole way is worth more than what a column stands for.
    for some in (subjects[:WHOLE], subjects[WHOLE:]):
        for text, words in product(choices, some):
            line = Line().add(text, style)
            room = width - _size(words)
            if line.width + 7 <= room or (not text and room >= 4):
                return section_head(words, line, width, palette.faint)
    return section_head(_subjects(snapshot, context, None)[-1], Line(), width, palette.faint)


def _size(words: Words) -> int:
    return sum(len(text) for text, _ in words)


def _subjects(
    snapshot: Snapshot, context: RenderContext, comparison: ComparisonLine | None
) -> tuple[Words, ...]:
    """The title in words: whole first, then with less and less of what is known anyway."""
    palette = context.palette
    name: Words = [("Concurrent conversations", palette.strong)]
    short: Words = [("Conversations", palette.strong)]
    span: Words = [(f" · {span_text(snapshot, context)}", palette.muted)]
    chosen, brief, last = _paths(snapshot, context)
    waiting, legend = _waiting(snapshot, context), _legend(snapshot, context, comparison)
    return (
        name + span + chosen + waiting + legend,
        short + span + chosen + waiting + legend,
        short + span + chosen + waiting,
        short + span + brief + waiting,
        short + span + last + waiting,
    )


def _paths(snapshot: Snapshot, context: RenderContext) -> tuple[Words, Words, Words]:
    """``All › Main line › en-GB``, in the order in which one came: whole, shorter, shortest."""
    palette, filters = context.palette, snapshot.view.filters
    wanted = context.state.filters
    trail = context.state.trail if filters == wanted else _trail(filters, context.state.trail)
    values = [_step(name, value, context) for name, value in filter_path(filters, trail)]
    if not values:
        return [], [], []

    def path(steps: Sequence[tuple[str, str]], width: int) -> Words:
        shown = [fit_label(*step, width).rstrip() for step in steps]
        said = "".join(f" {STEP} {step}" for step in shown)
        return [(" · All", palette.muted), (said, palette.accent)]

    last = [("…", ""), values[-1]] if len(values) > 1 else values
    return path(values, 28), path(values, 16), path(last, 20)


def _step(name: str, value: str, context: RenderContext) -> tuple[str, str]:
    """A filter's value as it is called, and what tells it from another that is called so."""
    if name != "variant_id" or value not in context.variants:
        return value, ""
    return context.variants[value], disambiguate(context.variants.items()).get(value, "")


def _trail(filters: Filters, trail: Sequence[Filters]) -> tuple[Filters, ...]:
    """How one came to `filters`, while others are waited for."""
    steps = list(trail)
    return tuple(steps[: steps.index(filters)]) if filters in steps else ()


def span_text(snapshot: Snapshot, context: RenderContext) -> str:
    """``last 6 h``, or the two ends of a range that is past."""
    if snapshot.following:
        return f"last {exact_duration(snapshot.view.span)}"
    start, end = (context.moment_text(each) for each in (snapshot.start, snapshot.end))
    return f"{start} – {end}"


def _waiting(snapshot: Snapshot, context: RenderContext) -> Words:
    """What the user has asked for and the data are not yet."""
    wanted, shown = context.state.filters, snapshot.view.filters
    if wanted == shown:
        return []
    words = filter_words(wanted, context) or ["all conversations"]
    if wanted.client_env is not shown.client_env:
        words.insert(0, wanted.client_env.value)
    return [(f" · waiting for {', '.join(words)}", context.palette.warning)]


def _legend(snapshot: Snapshot, context: RenderContext, comparison: ComparisonLine | None) -> Words:
    """What the ghost is; that nothing is known of it, where it was asked for."""
    palette, compare = context.palette, snapshot.view.compare
    if compare is Compare.NONE:
        return []
    words = f"{COMPARISON} {COMPARISON_WORDS[compare]}"
    if comparison is None:
        return [(f" · {words}: not known", palette.muted)]
    found: Words = [(" · ", palette.muted), (words, palette.comparison)]
    if comparison.high:
        found.append((f" {BAND} its range", palette.muted))
    return found


def column_duration(plot: Plot) -> str:
    """How much time a column of the area stands for: ``5 min``, ``2 h``, ``1.5 d``."""
    seconds = max(grid.STEP, plot.frame.seconds / max(1, plot.width * plot.dots))
    for size, unit, least in ((86_400, "d", 36 * 3_600), (3_600, "h", 5_400), (60, "min", 0)):
        if seconds >= least:
            amount = seconds / size
            digits = 0 if unit == "min" or amount >= 9.95 else 1
            return f"{amount:.{digits}f}".removesuffix(".0") + f" {unit}"
    raise AssertionError("every length has a unit")


def filter_words(filters: Filters, context: RenderContext) -> list[str]:
    """Every filter in words, the environment left out."""
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
    """The readout right behind the title: it starts at the same place wherever the cursor is."""

    palette = context.palette
    span: Words = [(span_text(snapshot, context), palette.muted)]
    span += _paths(snapshot, context)[1] + _waiting(snapshot, context)
    subjects = (*_subjects(snapshot, context, comparison), span)
    words = next((each for each in subjects if _size(each) + _READOUT + 8 <= width), span)
    words = [*words, (" ─ ", palette.faint)]
    said = readout(snapshot, context, plot, width - _size(words) - 4)
    right = Line().add(f"max per {column_duration(plot)}", palette.muted)
    if _size(words) + _READOUT + right.width + 26 > width:
        right = Line()
    return section_head(words + said, right, width, palette.faint)
