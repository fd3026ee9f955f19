"""The figures below the header: now, the last complete window, and the span; the smallest screen.

Each line is about one window or one span, and its first words say which.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model import grid, timeparse
from polytop.model.baseline import Compare
from polytop.model.snapshot import Snapshot, State
from polytop.model.stats import Reading, Severity
from polytop.model.target import ClientEnv
from polytop.model.text import printable
from polytop.model.timeparse import exact_duration
from polytop.ui.readings import (
    figures_at,
    is_outdated,
    last_known,
    now_reading,
    reading,
    viewed_window,
)
from polytop.ui.render.blocks import block_lines
from polytop.ui.render.context import RenderContext
from polytop.ui.render.forecast import range_words
from polytop.ui.render.header import profile_state, state_words
from polytop.ui.render.levels import add_bar, add_level_scale, loud_style, severity_style
from polytop.ui.render.numbers import (
    NONE,
    count,
    decimal,
    headroom_percent,
    headroom_text,
    percent,
    signed,
    signed_percent,
)
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.status import problem_lines
from polytop.ui.render.text import Line, Words, blank, first_fitting, fit, fit_parts
from polytop.ui.theme import Palette
from polytop.ui.time_format import hms

VERSUS = {
    Compare.DAY: "vs day",
    Compare.WEEK: "vs week",
    Compare.TYPICAL: "vs typical week",
}

_WIDE = 80
"""Cells from which on the likely end of a window stands beside its value."""

_LEAST_BAR = 10
"""Cells that the words beside the bar leave to it."""

_USED = len(" 100 %")
"""Cells of the share in use, right of the bar."""


class NowFigure(NamedTuple):
    """The value of now, or the last known one with its time.

    `label` and `value` read as one: ``NOW ≥ 82``, ``LAST SEEN 9 at 03:59``. `old` is True for a
    value that says nothing about now. `likely` is where the window will end: `` → 88–93``.
    """

    label: str
    value: int | None
    style: Style
    provisional: bool = False
    at: str = ""
    old: bool = False
    likely: str = ""

    @property
    def text(self) -> str:
        """``≥ 82``, ``9 at 03:59``, or a dash."""
        return ("≥ " if self.provisional else "") + count(self.value) + self.at


def moment_of_now(snapshot: Snapshot, context: RenderContext) -> float | None:
    """The moment that the newest values are of where that is not now; None where it is.

    That is so in an outage, before the first answer, on a frozen screen and after a recording.
    """
    if not snapshot.fresh or snapshot.state is State.REMEMBERED:
        return snapshot.fetched_at
    if context.state.frozen:
        return snapshot.at
    now, recorded = now_reading(snapshot), context.subject.recorded
    return now.window if now and recorded is not None and context.now >= recorded else None


def now_figure(snapshot: Snapshot | None, context: RenderContext) -> NowFigure:
    """The value of now; what is old is dated, for it says nothing about now."""
    palette = context.palette
    if snapshot is None or snapshot.fetched_at is None:
        return NowFigure("NOW", None, palette.muted)
    now, moment = now_reading(snapshot), moment_of_now(snapshot, context)
    if not snapshot.fresh or snapshot.state is State.REMEMBERED:
        seen = now or last_known(snapshot)
        if seen is None:
            return NowFigure("LAST SEEN", None, palette.muted, old=True)
        at = f" at {context.moment_text(snapshot.fetched_at)}"
        style, provisional = palette.muted, seen.provisional
        return NowFigure("LAST SEEN", seen.value, style, provisional, at, old=True)
    label = "NOW"
    if moment is not None:
        frozen = context.state.frozen
        label = f"AT {hms(moment, context.zone) if frozen else context.moment_text(moment)}"
    if now is None:
        return NowFigure(label, None, severity_style(None, snapshot.capacity, palette))
    style, likely = (
        severity_style(now.value, snapshot.capacity, palette),
        likely_words(snapshot, now),
    )
    return NowFigure(label, now.value, style, now.provisional, likely=likely)


def likely_words(snapshot: Snapshot, seen: Reading) -> str:
    """`` → 88–93``: where the window of `seen` will likely end; empty where nothing is to say."""
    found = snapshot.nowcast_of(seen.window)
    return "" if found is None or found.value != seen.value else f" → {range_words(found)}"


def figures_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """Up to three lines: now with its bar, the window that is looked at, and the span.

    Where there is room for more than one, the plan of a launch has the last.
    """
    first, bar = now_line(now_figure(snapshot, context), snapshot, context.palette, width)
    plan: list[Strip] = []
    if height > 1 and context.launch is not None and context.launch.plan is not None:
        from polytop.ui.render.launch import plan_line

        plan = [plan_line(snapshot, context, width).strip(width)]
    lines, room = [first], height - len(plan)
    if room > 1:
        lines.append(_window_line(snapshot, context, bar, width))
    if room > 2:
        lines.append(_span_line(snapshot, context, width))
    return tuple(((lines + [blank(width)] * height)[:room] + plan)[:height])


def now_line(
    now: NowFigure, snapshot: Snapshot | None, palette: Palette, width: int
) -> tuple[Strip, range]:
    """``NOW ≥ 120 of 120   FREE 0 (0 %)   ━━━┃━┃━ 100 %``, and the columns of the bar."""
    severity = Severity.OK
    if snapshot is not None and not now.old:
        severity = snapshot.capacity.severity(now.value or 0)
    strong = now.style + Style(bold=not now.old, reverse=severity is not Severity.OK)
    line = Line().add(f" {now.label} {now.text}", strong)
    if snapshot is None:
        return line.strip(width), range(0)
    # Once there is a record there is room for it, so that the bar keeps its length.
    room = 0
    if snapshot.final_after is not None and width >= _WIDE and not now.old:
        most = max(snapshot.capacity.limit or 0, now.value or 0)
        room = len(f" → {most}–{most}")
        line.add(now.likely, palette.text)
    capacity, limit = snapshot.capacity, snapshot.capacity.limit
    if limit is None:
        line.pad_to(18).add("   ")
        line.add(_no_limit_words(snapshot, max(0, width - line.width)), palette.muted)
        return line.strip(width), range(0)
    value, gap = (None if now.old else now.value), (3 if width >= 60 else 2)
    # There is room for the longest numbers, so that the bar keeps its place and its length.
    free = f"FREE {headroom_text(None if value is None else limit - value)}"
    share = f" ({headroom_percent(value, limit)})" if width >= 60 else ""
    column = len(f" NOW ≥ {max(limit, value or 0)} of {limit}") + room + gap
    longest = f"FREE {limit}" + (" (100 %)" if share else "")
    end = column + max(len(longest), len(free + share))
    if line.width + len(f" of {limit}") <= end:
        line.add(f" of {limit}", strong if severity is not Severity.OK else palette.muted)
    if not now.old:
        line.pad_to(max(column, line.width + 2)).add("FREE ", palette.muted)
        line.add(free.removeprefix("FREE "), now.style + Style(bold=True))
        line.add(share if line.width + len(share) <= end else "", palette.muted)
    line.pad_to(end).add(" " * gap)
    used = f" {percent(None if value is None else value / limit):>{_USED - 1}}"
    cells = width - line.width - len(used) - 1
    if cells < _LEAST_BAR:
        used, cells = "", width - line.width - 1
    first = line.width
    add_bar(line, value, capacity, palette, max(0, cells))
    line.add(used, now.style)
    return line.strip(width), range(first, first + max(0, cells))


def _no_limit_words(snapshot: Snapshot, width: int) -> str:
    """Why there is no headroom and, if there is room, what to do."""
    words = ("no limit stated: give one with --limit, or in the profile", "no limit stated")
    if snapshot.view.filters.active():
        words = ("limit applies to all calls, not this selection", "a selection")
    return first_fitting(words, width)


def _add_fields(line: Line, fields: list[tuple[Words, int]], width: int, apart: int = 3) -> None:
    """Add fields with their least widths; from the first that has no room on they are left out."""
    for words, least in fields:
        gap = " " * apart if line.width > 1 else ""
        if line.width + len(gap) + sum(cell_len(text) for text, _ in words) > width:
            return
        line.add(gap)
        column = line.width + least
        for text, style in words:
            line.add(text, style)
        line.pad_to(min(column, width))


def _window_line(
    snapshot: Snapshot | None, context: RenderContext, bar: range, width: int
) -> Strip:
    """``last 5 min 78   15 min +4   vs week +32 (+36 %)``, and the levels under their marks.

    The window is the last complete one, or the one under the cursor.
    """
    palette, line = context.palette, Line().add(" ")
    if snapshot is None:
        return blank(width)
    viewed, capacity = viewed_window(snapshot, context.state), snapshot.capacity
    figures = figures_at(snapshot, viewed, context.zone)
    seen = reading(snapshot, figures.window)
    value, least = (seen.value, "≥ " * seen.provisional) if seen else (None, "")
    digits = len(str(max(value or 0, capacity.limit or 0, 100)))
    name, style = ("last 5 min" if width >= 60 else "5 min"), palette.muted
    if snapshot.fetched_at is not None and is_outdated(snapshot, context.shown_at(snapshot)):
        # An outage: the last one that is complete is not the last one.
        name = f"at {context.moment_text(figures.window)}".ljust(len(name))
    if viewed is not None:
        name = f"◂ {'looking ' if width >= 60 else ''}at {context.moment_text(viewed)}"
        style = palette.accent
    strength = severity_style(value, capacity, palette)
    last: Words = [(f"{name} ", style), (least + count(value), strength)]
    if seen is not None and width >= _WIDE and (likely := likely_words(snapshot, seen)):
        last.append((likely, palette.text))
    fields: list[tuple[Words, int]] = [
        (last, len(name) + 1 + digits),
        ([("15 min ", palette.muted), (signed(figures.change), palette.text)], 8 + digits),
    ]
    if snapshot.view.compare in VERSUS:
        text = signed(figures.versus.difference) if figures.versus else NONE
        if figures.versus and figures.versus.share is not None:
            text += f" ({signed_percent(figures.versus.share)})"
        words = f"{VERSUS[snapshot.view.compare]} "
        if snapshot.view.compare is Compare.TYPICAL and figures.versus and width >= 80:
            words += f"of {figures.versus.days} "
        fields.append(([(words, palette.muted), (text, palette.text)], 0))
    _add_fields(line, fields, width)
    add_level_scale(line, capacity, palette, bar, width)
    return line.strip(width)


def _span_line(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """``last 6 h   peak 120 at 09:40   p95 120   mean 88.1   96 or more for up to 60 min``."""
    if snapshot is None:
        return blank(width)
    palette, summary, capacity = context.palette, snapshot.summary, snapshot.capacity
    span = exact_duration(snapshot.view.span)
    name = (
        f"last {span}" if snapshot.following else f"{span} to {context.moment_text(snapshot.end)}"
    )
    peak = summary.peak
    at = f" at {context.moment_text(peak.window)}" if peak else ""
    value = peak.value if peak else None
    fields: list[tuple[Words, int]] = [
        ([(name, palette.muted)], len("last 5 min")),
        (
            [
                ("peak ", palette.muted),
                (count(value), severity_style(value, capacity, palette)),
                (at, palette.muted),
            ],
            0,
        ),
        ([("p95 ", palette.muted), (count(summary.p95), palette.text)], 0),
        ([("mean ", palette.muted), (decimal(summary.mean), palette.text)], 0),
    ]
    touched = _touched_words(snapshot)
    apart = 2 if touched else 3
    for words in touched:
        told: list[tuple[Words, int]] = [*fields, ([(words, palette.muted)], 0)]
        needed = [max(least, sum(cell_len(text) for text, _ in each)) for each, least in told]
        if sum(needed) + 3 * len(told) - 2 <= width:
            fields, apart = told, 3
            break
    line = Line().add(" ")
    _add_fields(line, fields, width, apart)
    return line.strip(width)


def _touched_words(snapshot: Snapshot) -> tuple[str, ...]:
    """How long calls were at the warning level, at length and shorter; empty without a value.

    Only the maximum of each window is known, so a window that touched a level counts whole. Of a
    span that is not known in whole it says what was seen.
    """
    level, summary = snapshot.capacity.warning_level, snapshot.summary
    if level is None or not summary.known:
        return ()
    ended = min(snapshot.running, snapshot.end) - snapshot.start
    whole = summary.complete >= ended // grid.STEP
    if not summary.touched_warning:
        first = f"never {level:g} or more" if whole else f"{level:g} or more not seen"
        return first, f"{'never' if whole else 'not seen'} {level:g}+"
    lasting = timeparse.sum_of_minutes(5 * summary.touched_warning)
    seen = "" if whole else "seen "
    return f"{level:g} or more {seen}for up to {lasting}", f"{level:g}+ {seen}up to {lasting}"


def number_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """The smallest screen: the number, the state as a word, the bar and a sparkline.

    With less than four rows the most important come first.
    """
    if snapshot is not None:
        snapshot, context = _as_of_now(snapshot, context)
    palette, now = context.palette, now_figure(snapshot, context)
    state, limit = profile_state(snapshot, context), snapshot.capacity.limit if snapshot else None
    lines = [number_line(now, limit, state.severity if state else None, palette, width)]
    if snapshot is not None and height > 1:
        lines.append(bar_line(now, snapshot, palette, width))
    if height <= 3:
        lines.append(_short_line(snapshot, context, width))
    else:
        lines.append(_words_line(state_words(snapshot, context), width))
        if height > 5 and state is not None and state.since:
            lines.append(_words_line([(state.since, palette.text)], width))
        if height > 4:
            env = f" {context.state.filters.client_env.value.upper()}"
            name = fit(context.subject.profile, max(0, width - 1 - len(env))).rstrip()
            lines.append(Line().add(f" {name}{env}", palette.muted).strip(width))
        if snapshot is not None:
            lines += chart_lines(snapshot, palette, width, height - len(lines))
    lines = (lines + [blank(width)] * height)[:height]
    if context.notice is not None and height > 2:
        # What a key was refused for stands below for a moment.
        refused = problem_lines(snapshot, context, width)[: height // 2]
        lines[-len(refused) :] = refused
    return tuple(lines)


def number_line(
    now: NowFigure, limit: int | None, severity: Severity | None, palette: Palette, width: int
) -> Strip:
    """``≥ 120 of 120 CRITICAL``; the limit goes before the state is cut.

    An old number is not here: it has a line of its own, with its time.
    """
    word = f" {severity.name} " if severity is not None else ""
    line = Line().add(" ")
    if not now.old:
        line.add(now.text, now.style + Style(bold=True))
        of_limit = "" if limit is None else f" of {limit}"
        if line.width + len(of_limit + word.rstrip()) <= width:
            line.add(of_limit, palette.muted)
    if severity is not None:
        line.add(" " * (not now.old and line.width + len(word) < width))
        line.add(word, loud_style(severity, palette))
    return line.strip(width)


def bar_line(now: NowFigure, snapshot: Snapshot, palette: Palette, width: int) -> Strip:
    """The share of the limit in use, or the last known number with its time.

    Without a limit it is a chart of the recent values.
    """
    capacity = snapshot.capacity
    if now.old:
        of_limit = f" of {capacity.limit}" if capacity.limit else ""
        words = first_fitting((now.text + of_limit, now.text), width - 1)
        return Line().add(f" {words}", now.style).strip(width)
    if capacity.limit is None:
        return _sparks(Line().add(" "), snapshot, palette, width)
    used = f" {percent(None if now.value is None else now.value / capacity.limit):>5}"
    line = Line().add(" ")
    add_bar(line, now.value, capacity, palette, max(0, width - 2 - len(used)))
    return line.add(used, now.style).strip(width)


def chart_lines(snapshot: Snapshot, palette: Palette, width: int, rows: int) -> list[Strip]:
    """The span as a chart of blocks, in `rows` lines."""
    values = column_maxima(snapshot.total, graph_frame(snapshot), max(1, width - 2), snapshot.lead)
    chart = block_lines(values, rows, snapshot.capacity, palette, 1) if rows > 0 else []
    return [strip.adjust_cell_length(width) for strip in chart]


def _short_line(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """``● prod ▁▂▃▅▇``, or what is wrong with the data."""
    words = state_words(snapshot, context)
    if snapshot is None or snapshot.state is not State.LIVE or context.state.frozen:
        return _words_line(words, width)
    env = context.state.filters.client_env
    name = context.subject.profile if env is ClientEnv.LIVE else f"{env} {context.subject.profile}"
    line = Line().add(" ").add(*words[0])
    line.add(fit(name, min(cell_len(printable(name)), width // 2)), context.palette.muted)
    return _sparks(line.add(" "), snapshot, context.palette, width)


def _words_line(words: Sequence[tuple[str, Style]], width: int) -> Strip:
    line = Line().add(" ")
    for text, style in fit_parts(words, width - 1):
        line.add(text, style)
    return line.strip(width)


def _sparks(line: Line, snapshot: Snapshot, palette: Palette, width: int) -> Strip:
    cells = max(1, width - 1 - line.width)
    values = column_maxima(snapshot.total, graph_frame(snapshot), cells, snapshot.lead)
    chart = block_lines(values, 1, snapshot.capacity, palette, 0)[0]
    return Strip.join([line.strip(line.width), chart]).adjust_cell_length(width)


def _as_of_now(snapshot: Snapshot, context: RenderContext) -> tuple[Snapshot, RenderContext]:
    """The same without a cursor, without a span in the past and without a forecast."""
    view = replace(snapshot.view, end=None, launch=None)
    summary = replace(snapshot.summary, now=now_reading(snapshot))
    state = replace(context.state, cursor_at=None)
    shown = replace(snapshot, view=view, summary=summary, outlook=None)
    return shown, replace(context, state=state)
