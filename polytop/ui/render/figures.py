"""The figures below the header (now, headroom, peak …), the gauge, and the smallest screen."""

from dataclasses import replace
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from polytop.model.baseline import Compare
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity, change_at
from polytop.ui.readings import (
    comparison_window,
    known_at,
    now_reading,
    reading,
    versus,
    viewed_window,
)
from polytop.ui.render.context import RenderContext
from polytop.ui.render.header import state_words
from polytop.ui.render.levels import AT_LIMIT, add_bar, add_limit, severity_style, severity_word
from polytop.ui.render.numbers import (
    NONE,
    count,
    headroom_percent,
    headroom_text,
    percent,
    signed,
    signed_percent,
)
from polytop.ui.render.text import Line, blank, first_fitting, fit, fit_parts
from polytop.ui.time_format import hm

_VERSUS = {
    Compare.DAY: "vs day before",
    Compare.WEEK: "vs week before",
    Compare.TYPICAL: "vs typical week",
}

_AT_LEAST, _PAST = "now (at least)", "at Fri 20 08:15"
"""The longest labels of the first figure: today, and on another day."""

_LEAST_BAR = 10
"""Cells that the words beside the gauge leave to its bar."""


class Figure(NamedTuple):
    """A number over its label."""

    value: str
    label: str
    style: Style

    @property
    def width(self) -> int:
        """Cells of the wider of the two."""
        return max(len(self.value), len(self.label))


def figures_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """Numbers over their labels; figures without room are left out, the last ones first."""
    gap = 4 if width >= 100 and height > 1 else 2
    shown = _fitting(figures(snapshot, context), width - 2, gap, height)
    if height == 1:
        line = Line().add(" ")
        for figure in shown:
            line.add(figure.value, figure.style).add(f" {figure.label}  ", context.palette.muted)
        return (line.strip(width),)
    values, labels, column = Line(), Line(), 2
    for figure in shown:
        values.pad_to(column).add(figure.value, figure.style)
        labels.pad_to(column).add(figure.label, context.palette.muted)
        column += figure.width + gap
    strips = [values.strip(width), labels.strip(width)]
    return tuple(strips + [blank(width)] * (height - 2))


def _fitting(shown: tuple[Figure, ...], width: int, gap: int, height: int) -> tuple[Figure, ...]:
    fitting, used = [], 0
    for figure in shown:
        size = figure.width if height > 1 else len(figure.value) + 1 + len(figure.label)
        if used + size > width:
            break
        fitting.append(figure)
        used += size + gap
    return tuple(fitting)


def figures(snapshot: Snapshot | None, context: RenderContext) -> tuple[Figure, ...]:
    """The figures, the most important ones first."""
    palette = context.palette
    if snapshot is None:
        return (Figure(NONE, "now", palette.muted),)
    summary, capacity = snapshot.summary, snapshot.capacity
    window = viewed_window(snapshot, context.state)
    now = reading(snapshot, window)
    old = window is None and not snapshot.fresh
    value = now.value if now else snapshot.last_value if old else None
    style = palette.muted if old else severity_style(value, capacity, palette)
    shown = _headroom_figures(value, _label(snapshot, context), capacity, style)
    at = f" {context.moment_text(summary.peak.window)}" if summary.peak else ""
    peak = summary.peak.value if summary.peak else None
    shown.append(Figure(count(peak), f"peak{at}", severity_style(peak, capacity, palette)))
    if capacity.limit is not None:
        shown.append(Figure(count(capacity.limit), "limit", palette.text))
    percentiles = f"{count(summary.p95)} · {count(summary.p99)}"
    change = summary.change if window is None else change_at(snapshot.total, window)
    shown += _versus_figure(snapshot, context)
    shown += [
        Figure(signed(change), "in 15 min", palette.text),
        Figure(percentiles, "p95 · p99 of 5-min maxima", palette.text),
    ]
    return tuple(shown)


def _label(snapshot: Snapshot, context: RenderContext) -> str:
    """The label of the first figure, in a steady width."""
    window = viewed_window(snapshot, context.state)
    if window is not None:
        today = context.moment_text(snapshot.start) == hm(snapshot.start, context.zone)
        words = f"at {context.moment_text(window)}"
        return words.ljust(len(_AT_LEAST if today else _PAST))
    if not snapshot.fresh and snapshot.fetched_at is not None:
        # What is old is dated: it says nothing about now.
        return f"at {context.moment_text(snapshot.fetched_at)}".ljust(len(_AT_LEAST))
    now = now_reading(snapshot)
    return (_AT_LEAST if now and now.provisional else "now").ljust(len(_AT_LEAST))


def _headroom_figures(
    value: int | None, label: str, capacity: Capacity, style: Style
) -> list[Figure]:
    """The value and, with a limit, its headroom."""
    shown = [Figure(count(value), label, style)]
    if capacity.limit is not None:
        headroom = None if value is None else capacity.limit - value
        share = headroom_percent(value, capacity.limit)
        shown.append(Figure(headroom_text(headroom), f"headroom, {share:<4}", style))
    return shown


def _versus_figure(snapshot: Snapshot, context: RenderContext) -> list[Figure]:
    """The difference from the comparison, if one is on."""
    compare = snapshot.view.compare
    if compare not in _VERSUS:
        return []
    window = comparison_window(snapshot, viewed_window(snapshot, context.state))
    value = known_at(snapshot.total, window)
    difference = versus(value, snapshot.earlier, compare, window, context.zone)
    text = NONE
    if difference is not None:
        text = signed(difference.difference)
        text += f"  {signed_percent(difference.share)}" if difference.share is not None else ""
    return [Figure(text, _VERSUS[compare], context.palette.text)]


def gauge(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """The share of the limit in use as a bar, with marks at warning and critical."""
    palette = context.palette
    if snapshot is None:
        return blank(width)
    capacity, now = snapshot.capacity, now_reading(snapshot)
    if capacity.limit is None:
        return Line().add(_no_gauge_words(snapshot, width), palette.muted).strip(width)
    value = now.value if now else None
    prefix = "" if viewed_window(snapshot, context.state) is None else "now "
    used, touched = _beside_gauge(snapshot, value, prefix, width)
    right = Line().add(used, severity_style(value, capacity, palette)).add(touched, palette.muted)
    bar = Line().add("  ")
    add_bar(bar, value, capacity, palette, max(_LEAST_BAR, width - 2 - right.width))
    strips = [bar.strip(bar.width), right.strip(right.width)]
    return Strip.join(strips).adjust_cell_length(width)


def _no_gauge_words(snapshot: Snapshot, width: int) -> str:
    """Why there is no gauge and, if there is room, what to do."""
    words = ("  no limit stated: give one with --limit, or in the profile", "  no limit stated")
    if snapshot.view.filters.active():
        words = ("  limit applies to all calls, not this selection", "  a selection")
    return first_fitting(words, width)


def _beside_gauge(
    snapshot: Snapshot, value: int | None, prefix: str, width: int
) -> tuple[str, str]:
    """The share in use with its level, and the time over the levels, as far as they fit."""
    capacity = snapshot.capacity
    assert capacity.limit is not None
    share = percent(None if value is None else value / capacity.limit)
    level = f"{severity_word(value, capacity):<{len(AT_LIMIT)}} "
    used = f" {prefix}{share:>5} of limit {level}"
    choices = [(used, each) for each in _time_over_levels(snapshot, width)]
    choices += [(used, ""), (f" {prefix}{share:>5} {level}", "")]
    room = width - 2 - _LEAST_BAR
    fitting = (pair for pair in choices if len(pair[0]) + len(pair[1]) <= room)
    return next(fitting, (f" {prefix}{share:>5}", ""))


def _time_over_levels(snapshot: Snapshot, width: int) -> list[str]:
    """The longest time that the levels can have been reached, at length and shorter.

    Only the maximum of each window is known, so a window that touched a level counts whole.
    """
    summary, capacity = snapshot.summary, snapshot.capacity
    warning = f"over {capacity.warning_level:g}: up to {5 * summary.touched_warning} min"
    limit = f"at {capacity.limit}: up to {5 * summary.touched_limit} min "
    return [f"{warning} · {limit}", warning] if width >= 100 else [warning]


def number_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """The smallest screen: the number of now, its limit, and the state of the data."""
    palette = context.palette
    if snapshot is not None:
        snapshot, context = _as_of_now(snapshot, context)
    figure = figures(snapshot, context)[0]
    now = now_reading(snapshot) if snapshot else None
    first = Line().add(" ").add(figure.value, figure.style)
    if snapshot is not None:
        word = severity_word(now.value if now else None, snapshot.capacity)
        add_limit(first, snapshot.capacity.limit, word, figure.style, palette, width)
    second = Line().add(" ")
    for text, style in fit_parts(state_words(snapshot, context), width - 1):
        second.add(text, style)
    env = f" {context.state.filters.client_env}"
    third = Line().add(" ")
    third.add(fit(context.subject.profile, max(0, width - 1 - len(env))).rstrip(), palette.muted)
    third.add(env, palette.muted)
    lines = [line.strip(width) for line in (first, second, third)]
    return tuple((lines + [blank(width)] * height)[:height])


def _as_of_now(snapshot: Snapshot, context: RenderContext) -> tuple[Snapshot, RenderContext]:
    """The same without a cursor and without a span in the past."""
    view = replace(snapshot.view, end=None)
    summary = replace(snapshot.summary, now=now_reading(snapshot))
    state = replace(context.state, cursor_at=None)
    return replace(snapshot, view=view, summary=summary), replace(context, state=state)
