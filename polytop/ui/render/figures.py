"""The figures that are read first: now and headroom, then what surrounds them."""

from dataclasses import replace
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from polytop.model.baseline import Compare
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity
from polytop.ui.readings import (
    change_at,
    comparison_window,
    known_at,
    now_reading,
    reading,
    versus,
    viewed_window,
)
from polytop.ui.render.context import RenderContext
from polytop.ui.render.numbers import NONE, count, headroom_percent, percent, signed, signed_percent
from polytop.ui.render.text import (
    AT_LIMIT,
    Line,
    add_bar,
    add_limit,
    blank,
    first_fitting,
    fit,
    fit_parts,
    severity_style,
    severity_word,
)
from polytop.ui.theme import Palette
from polytop.ui.time_format import hm, moment_text

_VERSUS = {
    Compare.DAY: "vs day before",
    Compare.WEEK: "vs week before",
    Compare.TYPICAL: "vs typical week",
}

_LEAST_BAR = 10
"""Cells of the gauge's bar that words leave to it."""

_AT_LEAST, _LOOKING = "now (at least)", "at Fri 20 08:15"
"""The longest labels of the first figure, of today and of other days."""


class Figure(NamedTuple):
    """A number with what it is."""

    value: str
    label: str
    style: Style

    @property
    def width(self) -> int:
        """Cells that the wider of the two takes."""
        return max(len(self.value), len(self.label))


def figures(snapshot: Snapshot | None, context: RenderContext) -> tuple[Figure, ...]:
    """The figures in the order of their weight."""
    palette = context.palette
    if snapshot is None:
        return (Figure(NONE, "now", palette.muted),)
    found, capacity = snapshot.summary, snapshot.capacity
    window = viewed_window(snapshot, context.state)
    now = reading(snapshot, window)
    shown = _room_figures(now.value if now else None, _label(snapshot, context), capacity, palette)
    at = f" {moment_text(found.peak.window, context.now, context.zone)}" if found.peak else ""
    peak = found.peak.value if found.peak else None
    shown.append(Figure(count(peak), f"peak{at}", severity_style(peak, capacity, palette)))
    if capacity.limit is not None:
        shown.append(Figure(count(capacity.limit), "limit", palette.text))
    highest = f"{count(found.p95)} · {count(found.p99)}"
    change = found.change if window is None else change_at(snapshot.total, window)
    shown += _versus_figure(snapshot, context)
    shown += [
        Figure(signed(change), "in 15 min", palette.text),
        Figure(highest, "p95 · p99 of 5-min maxima", palette.text),
    ]
    return tuple(shown)


def _label(snapshot: Snapshot, context: RenderContext) -> str:
    """What the first figure is, in a steady width."""
    window = viewed_window(snapshot, context.state)
    if window is not None:
        today = moment_text(snapshot.start, context.now, context.zone) == hm(
            snapshot.start, context.zone
        )
        words = f"at {moment_text(window, context.now, context.zone)}"
        return words.ljust(len(_AT_LEAST if today else _LOOKING))
    now = now_reading(snapshot)
    return (_AT_LEAST if now and now.provisional else "now").ljust(len(_AT_LEAST))


def _room_figures(
    value: int | None, label: str, capacity: Capacity, palette: Palette
) -> list[Figure]:
    """The value, and how far it is from the limit."""
    style = severity_style(value, capacity, palette)
    shown = [Figure(count(value), label, style)]
    if capacity.limit is not None:
        room = None if value is None else capacity.limit - value
        share = headroom_percent(value, capacity.limit)
        shown.append(Figure(headroom_text(room), f"headroom, {share:<4}", style))
    return shown


def _versus_figure(snapshot: Snapshot, context: RenderContext) -> list[Figure]:
    """The comparison, where one is on: of the last complete window, or of that looked at."""
    compare = snapshot.view.compare
    if compare not in _VERSUS:
        return []
    window = comparison_window(snapshot, viewed_window(snapshot, context.state))
    value = known_at(snapshot.total, window)
    found = versus(value, snapshot.earlier, compare, window, context.zone)
    text = NONE
    if found is not None:
        text = signed(found.difference)
        text += f"  {signed_percent(found.share)}" if found.share is not None else ""
    return [Figure(text, _VERSUS[compare], context.palette.text)]


def headroom_text(room: int | None) -> str:
    """Headroom: a minus sign where the limit is passed."""
    return NONE if room is None else str(room) if room >= 0 else f"−{-room}"


def figures_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """Numbers over their labels; figures that have no room are left out, the last ones first."""
    shown, gap = figures(snapshot, context), 4 if width >= 100 else 2
    kept = _fitting(shown, width - 2, gap if height > 1 else 2, height)
    if height == 1:
        line = Line().add(" ")
        for figure in kept:
            line.add(figure.value, figure.style).add(f" {figure.label}  ", context.palette.muted)
        return (line.strip(width),)
    over, under, column = Line(), Line(), 2
    for figure in kept:
        over.to(column).add(figure.value, figure.style)
        under.to(column).add(figure.label, context.palette.muted)
        column += figure.width + gap
    strips = [over.strip(width), under.strip(width)]
    return tuple(strips + [blank(width)] * (height - 2))


def _fitting(shown: tuple[Figure, ...], width: int, gap: int, height: int) -> tuple[Figure, ...]:
    kept, used = [], 0
    for figure in shown:
        size = figure.width if height > 1 else len(figure.value) + 1 + len(figure.label)
        if used + size > width:
            break
        kept.append(figure)
        used += size + gap
    return tuple(kept)


def gauge(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """How much of the limit is in use, with marks at warning and critical."""
    palette = context.palette
    if snapshot is None:
        return blank(width)
    capacity, now = snapshot.capacity, now_reading(snapshot)
    if capacity.limit is None:
        return Line().add(_unlimited(snapshot, width), palette.muted).strip(width)
    value = now.value if now else None
    word = "" if viewed_window(snapshot, context.state) is None else "now "
    said, beside = _beside_gauge(snapshot, value, word, width)
    right = Line().add(said, severity_style(value, capacity, palette)).add(beside, palette.muted)
    bar = Line().add("  ")
    add_bar(bar, value, capacity, palette, max(_LEAST_BAR, width - 2 - right.width))
    strips = [bar.strip(bar.width), right.strip(right.width)]
    return Strip.join(strips).adjust_cell_length(width)


def _unlimited(snapshot: Snapshot, width: int) -> str:
    """Why there is no gauge, and what to do where there is room for that."""
    said = ("  no limit stated: give one with --limit, or in the profile", "  no limit stated")
    if snapshot.view.filters.active():
        said = ("  limit applies to all calls, not this selection", "  a selection")
    return first_fitting(said, width)


def _beside_gauge(snapshot: Snapshot, value: int | None, word: str, width: int) -> tuple[str, str]:
    """The share in use with its band, and how often levels were reached: what there is room for."""
    capacity = snapshot.capacity
    assert capacity.limit is not None
    share = percent(None if value is None else value / capacity.limit)
    band = f"{severity_word(value, capacity):<{len(AT_LIMIT)}} "
    said = f" {word}{share:>5} of limit {band}"
    choices = [(said, each) for each in _touched(snapshot, width)]
    choices += [(said, ""), (f" {word}{share:>5} {band}", "")]
    room = width - 2 - _LEAST_BAR
    fitting = (pair for pair in choices if len(pair[0]) + len(pair[1]) <= room)
    return next(fitting, (f" {word}{share:>5}", ""))


def _touched(snapshot: Snapshot, width: int) -> list[str]:
    """The longest that the levels can have been reached, in minutes: at length and shorter.

    Only the maximum of each window is known, so every window that touched a level counts whole.
    """
    summary, capacity = snapshot.summary, snapshot.capacity
    warning = f"over {capacity.warning_level:g}: up to {5 * summary.touched_warning} min"
    limit = f"at {capacity.limit}: up to {5 * summary.touched_limit} min "
    return [f"{warning} · {limit}", warning] if width >= 100 else [warning]


def _of_now(snapshot: Snapshot, context: RenderContext) -> tuple[Snapshot, RenderContext]:
    """As if nobody looked at the past."""
    view = replace(snapshot.view, end=None)
    summary = replace(snapshot.summary, now=now_reading(snapshot))
    state = replace(context.state, cursor_at=None)
    return replace(snapshot, view=view, summary=summary), replace(context, state=state)


def number_block(
    snapshot: Snapshot | None, context: RenderContext, width: int, height: int
) -> tuple[Strip, ...]:
    """A terminal with room for nothing else: the number of now, its limit, its state."""
    from polytop.ui.render.header import state_words

    palette = context.palette
    if snapshot is not None:
        snapshot, context = _of_now(snapshot, context)
    shown = figures(snapshot, context)[0]
    now = now_reading(snapshot) if snapshot else None
    first = Line().add(" ").add(shown.value, shown.style)
    if snapshot is not None:
        word = severity_word(now.value if now else None, snapshot.capacity)
        add_limit(first, snapshot.capacity.limit, (word, shown.style), palette, width)
    second = Line().add(" ")
    for text, style in fit_parts(state_words(snapshot, context), width - 1):
        second.add(text, style)
    env = f" {context.state.filters.client_env}"
    third = Line().add(" ")
    third.add(fit(context.subject.profile, max(0, width - 1 - len(env))).rstrip(), palette.muted)
    third.add(env, palette.muted)
    lines = [line.strip(width) for line in (first, second, third)]
    return tuple((lines + [blank(width)] * height)[:height])
