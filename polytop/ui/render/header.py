"""The first line: which project, in which environment, and whether the data can be trusted."""

from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from polytop.model.snapshot import Snapshot, State
from polytop.model.target import ClientEnv
from polytop.model.text import printable
from polytop.model.timeparse import brief
from polytop.ui.readings import now_reading, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.numbers import count
from polytop.ui.render.text import Line, fit, severity_style, state_style
from polytop.ui.theme import Palette
from polytop.ui.time_format import day_and_time, hm, hms, moment_text, zone_name

if TYPE_CHECKING:
    from polytop.alerts.state import RuleView


def alert_state_words(context: RenderContext) -> tuple[tuple[str, Style], ...]:
    """``OK``, ``CRITICAL`` …; nothing without rules."""
    view, palette = context.alerts, context.palette
    if view is None or view.state is None:
        return ()
    words = view.state.name
    if said := view.silence:
        words += f" ({said})"
    return ((words, state_style(view.state, palette)),)


def alert_lines(context: RenderContext, width: int) -> tuple[Strip, ...]:
    """A line for the alert that matters most, and one where a way to tell failed."""
    palette = context.palette
    found = context.alerts.raised if context.alerts else []
    lines = [_line(rule, len(found) - 1, context, width) for rule in found[:1]]
    for problem in context.alerts.problems[:1] if context.alerts else ():
        said = f"{problem.summary}. {problem.advice}"
        lines.append(Line().add(" ! ", palette.warning).add(fit(said, max(0, width - 4))))
    return tuple(line.strip(width) for line in lines)


def _line(rule: "RuleView", others: int, context: RenderContext, width: int) -> Line:
    palette = context.palette
    line = Line().add(f" {rule.state.name} ", state_style(rule.state, palette))
    said = f"{printable(rule.rule.name, 60)}: {printable(rule.text, 300)}"
    if rule.acknowledged:
        tail = "acknowledged"
    elif rule.snoozed_until is not None:
        tail = f"snoozed until {day_and_time(rule.snoozed_until, context.now, context.zone)}"
    else:
        tail = "a acknowledge  A snooze"
    if others:
        tail += f"  L {others} more"
    room = max(0, width - line.width - len(tail) - 3)
    line.add(fit(said, room), palette.text if not rule.acknowledged else palette.muted)
    return line.add(f"  {tail}", palette.muted)


_POLLING_AFTER = 1.0
"""Seconds past the hour of the next poll from which it counts as under way."""


def badge(env: ClientEnv, palette: Palette) -> tuple[str, Style]:
    """The environment: never told by colour alone."""
    styles = {
        ClientEnv.LIVE: palette.badge_live,
        ClientEnv.PRE_RELEASE: palette.badge_pre_release,
        ClientEnv.SANDBOX: palette.badge_sandbox,
    }
    return f" {env.value.upper()} ", styles[env]


def state_words(snapshot: Snapshot | None, context: RenderContext) -> tuple[tuple[str, Style], ...]:
    """The state of the data, with a sign of its own, and its age."""
    palette = context.palette
    if context.state.frozen:
        since = hms(snapshot.at, context.zone) if snapshot else NO_SNAPSHOT
        return (("‖ ", palette.warning), (f"frozen at {since}", palette.warning))
    if snapshot is None and context.notice is not None:
        return (("✖ not connected", palette.critical),)
    if snapshot is None or snapshot.state is State.CONNECTING:
        return (("○ connecting", palette.muted),)
    if snapshot.state is State.REMEMBERED:
        return _remembered(snapshot, context)
    return _with_data(snapshot, context)


def _remembered(snapshot: Snapshot, context: RenderContext) -> tuple[tuple[str, Style], ...]:
    """Data of an earlier run, and how old they are."""
    palette, age = context.palette, ""
    if snapshot.fetched_at is not None:
        age = f" · {brief(context.now - snapshot.fetched_at)} old"
    return (
        ("○ ", palette.warning),
        ("from history", palette.text),
        (f"{age} · connecting".ljust(_STEADY), palette.muted),
    )


def past_words(
    snapshot: Snapshot, context: RenderContext, *, short: bool
) -> tuple[tuple[str, Style], ...]:
    """Which moment of the past is looked at, and what must not be missed meanwhile: now.

    Nothing where now is looked at, or the screen is frozen.
    """
    window, palette = viewed_window(snapshot, context.state), context.palette
    if window is None or context.state.frozen:
        return ()
    if _stands_still(context):
        return _looking_back(window, context)
    now = now_reading(snapshot)
    value = now.value if now else None
    at = moment_text(window, context.now, context.zone)
    words = [
        ("◂ ", palette.accent),
        (at if short else f"looking at {at}", palette.text),
        (" · now " if short else " · now is ", palette.muted),
        (count(value), severity_style(value, snapshot.capacity, palette)),
    ]
    if snapshot.state in _UNFRESH:
        sign, style = _sign(snapshot, palette)
        words.append((f" {sign}{snapshot.state.value}", style))
    return tuple(words)


def _looking_back(window: int, context: RenderContext) -> tuple[tuple[str, Style], ...]:
    """The moment under the cursor in a recording whose clock stands still: there is no now."""
    if context.state.cursor_at is None:
        return ()
    at = moment_text(window, context.now, context.zone)
    return (*_recorded(context), (" · ", context.palette.muted), (f"at {at}", context.palette.text))


def _stands_still(context: RenderContext) -> bool:
    return context.subject.recorded is not None and context.now >= context.subject.recorded


def _recorded(context: RenderContext) -> tuple[tuple[str, Style], ...]:
    """A recording, and whether it is played."""
    sign = "‖ " if _stands_still(context) else "▶ "
    return (sign, context.palette.accent), ("recorded", context.palette.text)


_UNFRESH = (State.STALE, State.OFFLINE, State.NO_DATA, State.REMEMBERED)


def _sign(snapshot: Snapshot, palette: Palette) -> tuple[str, Style]:
    if snapshot.state is State.REMEMBERED:
        return "○ ", palette.warning
    return ("▲ ", palette.warning) if snapshot.state is State.STALE else ("✖ ", palette.critical)


NO_SNAPSHOT = "the start"


def _with_data(snapshot: Snapshot, context: RenderContext) -> tuple[tuple[str, Style], ...]:
    palette = context.palette
    if snapshot.fault is None and context.subject.recorded is not None:
        until = moment_text(context.subject.recorded, context.now, context.zone)
        return (*_recorded(context), (f" · until {until}", palette.muted))
    if snapshot.fault is None:
        fetched = snapshot.fetched_at if snapshot.fetched_at is not None else snapshot.at
        return (
            ("● ", palette.ok),
            ("live", palette.text),
            (
                _padded(f" · {brief(context.now - fetched)} ago · {_next(snapshot, context)}"),
                palette.muted,
            ),
        )
    (sign, style), word = _sign(snapshot, palette), snapshot.state.value
    since = snapshot.fetched_at if snapshot.fetched_at is not None else snapshot.fault.since
    return (
        (sign, style),
        (f"{word} since {hm(since, context.zone)}", style),
        (f" · {_next(snapshot, context)}", palette.muted),
    )


_STEADY = len(" · 119 min ago · next 119 s")


def _padded(words: str) -> str:
    """In a steady width, so that a digit more moves nothing else."""
    return words.ljust(_STEADY)


def _next(snapshot: Snapshot, context: RenderContext) -> str:
    if snapshot.next_at is None or context.asking:
        return "polling"
    left = snapshot.next_at - context.now
    if left < -_POLLING_AFTER:
        return "polling"
    word = "next try" if snapshot.fault else "next"
    return f"{word} {brief(max(0, left))}"


def header(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """The line in `width` cells; what matters least goes first when there is no room."""
    palette, subject = context.palette, context.subject
    clock = Line().add("   ")
    clock.add(hms(context.now, context.zone), palette.text)
    clock.add(f" {zone_name(context.now, context.zone)}", palette.muted)
    if subject.note:
        clock.add(f" {subject.note}", palette.accent)
    clock.add(" ")
    left = Line().add(" ").add(*_named(subject.profile, 24, palette.strong)).add(" ")
    shown = snapshot.view.filters if snapshot else context.state.filters
    left.add(*badge(shown.client_env, palette))
    for words, style in alert_state_words(context):
        left.add(" ").add(words, style)
    right = _right(snapshot, context, width - left.width - clock.width)
    target = subject.target
    location = target.region or target.base_url.partition("://")[2]
    wide = f"  {location}  {target.account_id}/{target.project_id}"
    middle = Line().add(fit(wide, max(0, width - left.width - right.width - clock.width - 2)))
    parts = [left]
    if left.width + right.width + clock.width + len(location) + 4 <= width:
        parts.append(_muted(middle, palette))
    tail = [right, clock] if left.width + right.width + clock.width <= width else [right]
    return _edges(parts, tail, width)


def _right(snapshot: Snapshot | None, context: RenderContext, room: int) -> Line:
    """What is looked at, shorter where there is no `room`; the state where that is now."""
    words = past_words(snapshot, context, short=False) if snapshot else ()
    if snapshot and sum(len(text) for text, _ in words) > room:
        words = past_words(snapshot, context, short=True)
    line = Line()
    for text, style in words or state_words(snapshot, context):
        line.add(text, style)
    return line


def _named(text: str, at_most: int, style: Style) -> tuple[str, Style]:
    return fit(text, at_most).rstrip(), style


def _muted(line: Line, palette: Palette) -> Line:
    return Line().add("".join(segment.text for segment in line.strip(line.width)), palette.muted)


def _edges(left: list[Line], right: list[Line], width: int) -> Strip:
    tail = Strip.join([line.strip(line.width) for line in right])
    head = Strip.join([line.strip(line.width) for line in left])
    room = max(0, width - tail.cell_length)
    return Strip.join([head.adjust_cell_length(room), tail]).adjust_cell_length(width)
