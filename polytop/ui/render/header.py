"""The first line (profile, environment, state of the data, clock), and the lines of alerts."""

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model.snapshot import Snapshot, State, profile_severity
from polytop.model.stats import Severity
from polytop.model.target import ClientEnv, Target
from polytop.model.text import printable
from polytop.model.timeparse import brief_duration
from polytop.ui.readings import now_reading, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.levels import severity_style, state_style
from polytop.ui.render.numbers import count
from polytop.ui.render.text import Line, fit
from polytop.ui.theme import Palette
from polytop.ui.time_format import day_and_time, hm, hms, since_text, zone_name

if TYPE_CHECKING:
    from polytop.alerts.state import RuleView

StateWords = tuple[tuple[str, Style], ...]
"""The state of the data in pieces: a sign, a word, its age."""

_POLLING_AFTER = 1.0
"""Seconds after the due time of a poll from which on it is under way."""

_LIVE_WIDTH = len(" · 119 min ago · next 119 s")
"""Cells of the age and the countdown, so that one digit more moves nothing else."""

_NOT_FRESH = (State.STALE, State.OFFLINE, State.NO_DATA, State.REMEMBERED)


def header(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """The first line; what matters least is left out first."""
    palette, subject = context.palette, context.subject
    clock = Line().add("   ")
    clock.add(hms(context.now, context.zone), palette.text)
    clock.add(f" {zone_name(context.now, context.zone)}", palette.muted)
    if subject.note:
        clock.add(f" {subject.note}", palette.accent)
    clock.add(" ")
    left = Line().add(" ").add(fit(subject.profile, 24).rstrip(), palette.strong).add(" ")
    filters = snapshot.view.filters if snapshot else context.state.filters
    left.add(*badge(filters.client_env, palette))
    for words, style in _profile_state(snapshot, context):
        left.add(" ").add(words, style)
    right = Line()
    for text, style in _data_words(snapshot, context, width - left.width - clock.width):
        right.add(text, style)
    used = left.width + right.width + clock.width
    place, target = region_or_host(subject.target), subject.target
    where = f"  {place}  {target.account_id}/{target.project_id}"
    if used + len(place) + 4 <= width:
        left.add(fit(where, max(0, width - used - 2)), palette.muted)
    tail = [right, clock] if used <= width else [right]
    return _join(left, tail, width)


def region_or_host(target: Target) -> str:
    """The region, or the host of a base URL."""
    return target.region or target.base_url.partition("://")[2]


def badge(env: ClientEnv, palette: Palette) -> tuple[str, Style]:
    """The environment as a badge that cannot be mistaken for another."""
    styles = {
        ClientEnv.LIVE: palette.badge_live,
        ClientEnv.PRE_RELEASE: palette.badge_pre_release,
        ClientEnv.SANDBOX: palette.badge_sandbox,
    }
    return f" {env.value.upper()} ", styles[env]


def _profile_state(snapshot: Snapshot | None, context: RenderContext) -> StateWords:
    """The state of the profile, ``OK`` or ``CRITICAL (acknowledged)``.

    Without alert rules only a state that is not OK is shown.
    """
    view, palette = context.alerts, context.palette
    alert = view.state if view is not None else None
    if snapshot is None or snapshot.fetched_at is None or snapshot.remembered:
        severity = alert
    else:
        severity = profile_severity(snapshot, alert)
    if severity is None or (alert is None and severity is Severity.OK):
        return ()
    words = severity.name
    if view is not None and view.silence:
        until = ""
        if view.snoozed_until is not None and not view.raised:
            # Of a raised alert its own line says it.
            until = f" until {day_and_time(view.snoozed_until, context.now, context.zone)}"
        words += f" ({view.silence}{until})"
    return ((words, state_style(severity, palette)),)


def _data_words(snapshot: Snapshot | None, context: RenderContext, room: int) -> StateWords:
    """The moment in the past that the user looks at, or the state of the data."""
    words = past_words(snapshot, context, short=False) if snapshot else ()
    if snapshot and sum(len(text) for text, _ in words) > room:
        words = past_words(snapshot, context, short=True)
    return words or state_words(snapshot, context)


def _join(left: Line, right: list[Line], width: int) -> Strip:
    tail = Strip.join([line.strip(line.width) for line in right])
    head = left.strip(left.width).adjust_cell_length(max(0, width - tail.cell_length))
    return Strip.join([head, tail]).adjust_cell_length(width)


def past_words(snapshot: Snapshot, context: RenderContext, *, short: bool) -> StateWords:
    """The moment in the past that the user looks at, and the value of now.

    Nothing if the user looks at now, or if the screen is frozen.
    """
    window, palette = viewed_window(snapshot, context.state), context.palette
    if window is None or context.state.frozen:
        return ()
    if _replay_ended(context):
        return _replay_cursor_words(window, context)
    now = now_reading(snapshot)
    value = now.value if now else None
    at = context.moment_text(window)
    words = [
        ("◂ ", palette.accent),
        (at if short else f"looking at {at}", palette.text),
        (" · now " if short else " · now is ", palette.muted),
        (count(value), severity_style(value, snapshot.capacity, palette)),
    ]
    if snapshot.state in _NOT_FRESH:
        sign, style = _state_sign(snapshot, palette)
        words.append((f" {sign}{snapshot.state.value}", style))
    return tuple(words)


def _replay_ended(context: RenderContext) -> bool:
    return context.subject.recorded is not None and context.now >= context.subject.recorded


def _replay_cursor_words(window: int, context: RenderContext) -> StateWords:
    """The moment under the cursor of a recording that has ended: it has no now."""
    if context.state.cursor_at is None:
        return ()
    muted, text = context.palette.muted, context.palette.text
    return (*_replay_words(context), (" · ", muted), (f"at {context.moment_text(window)}", text))


def _replay_words(context: RenderContext) -> StateWords:
    sign = "‖ " if _replay_ended(context) else "▶ "
    return (sign, context.palette.accent), ("recorded", context.palette.text)


def state_words(snapshot: Snapshot | None, context: RenderContext) -> StateWords:
    """The state of the data with its sign and its age."""
    palette = context.palette
    if context.state.frozen:
        since = hms(snapshot.at, context.zone) if snapshot else "the start"
        return (("‖ ", palette.warning), (f"frozen at {since}", palette.warning))
    if snapshot is None and context.notice is not None:
        return (("✖ not connected", palette.critical),)
    if snapshot is None or snapshot.state is State.CONNECTING:
        return (("○ connecting", palette.muted),)
    if snapshot.state is State.REMEMBERED:
        return _history_words(snapshot, context)
    if snapshot.fault is not None:
        return _fault_words(snapshot, context)
    return _live_words(snapshot, context)


def _live_words(snapshot: Snapshot, context: RenderContext) -> StateWords:
    """``● live · 12 s ago · next 18 s``; in a replay, where the recording ends."""
    palette = context.palette
    if context.subject.recorded is not None:
        until = context.moment_text(context.subject.recorded)
        return (*_replay_words(context), (f" · until {until}", palette.muted))
    fetched = snapshot.fetched_at if snapshot.fetched_at is not None else snapshot.at
    age = f" · {brief_duration(context.age(fetched))} ago · {_next_poll(snapshot, context)}"
    return (("● ", palette.ok), ("live", palette.text), (age.ljust(_LIVE_WIDTH), palette.muted))


def _history_words(snapshot: Snapshot, context: RenderContext) -> StateWords:
    """Data from the local history before the first answer, and their age."""
    palette, age = context.palette, ""
    if snapshot.fetched_at is not None:
        age = f" · {brief_duration(context.age(snapshot.fetched_at))} old"
    return (
        ("○ ", palette.warning),
        ("from history", palette.text),
        (f"{age} · connecting".ljust(_LIVE_WIDTH), palette.muted),
    )


def _fault_words(snapshot: Snapshot, context: RenderContext) -> StateWords:
    """``▲ stale since 15:31 · next try 12 s``."""
    assert snapshot.fault is not None
    sign, style = _state_sign(snapshot, context.palette)
    since = snapshot.fetched_at if snapshot.fetched_at is not None else snapshot.fault.since
    return (
        (sign, style),
        (f"{snapshot.state.value} since {hm(since, context.zone)}", style),
        (f" · {_next_poll(snapshot, context)}", context.palette.muted),
    )


def _state_sign(snapshot: Snapshot, palette: Palette) -> tuple[str, Style]:
    if snapshot.state is State.REMEMBERED:
        return "○ ", palette.warning
    return ("▲ ", palette.warning) if snapshot.state is State.STALE else ("✖ ", palette.critical)


def _next_poll(snapshot: Snapshot, context: RenderContext) -> str:
    if snapshot.next_at is None or context.asking:
        return "polling"
    left = -context.age(snapshot.next_at)
    if left < -_POLLING_AFTER:
        return "polling"
    word = "next try" if snapshot.fault else "next"
    return f"{word} {brief_duration(max(0, left))}"


def alert_lines(context: RenderContext, width: int) -> tuple[Strip, ...]:
    """A line for the most severe alert, and one for a notification that failed."""
    if context.alerts is None:
        return ()
    palette, raised = context.palette, context.alerts.raised
    lines = [_alert_line(rule, len(raised) - 1, context, width) for rule in raised[:1]]
    for problem in context.alerts.problems[:1]:
        text = f"{problem.summary}. {problem.advice}"
        lines.append(Line().add(" ! ", palette.warning).add(fit(text, max(0, width - 4))))
    return tuple(line.strip(width) for line in lines)


def _alert_line(rule: "RuleView", others: int, context: RenderContext, width: int) -> Line:
    palette = context.palette
    line = Line().add(f" {rule.state.name} ", state_style(rule.state, palette))
    text = f"{printable(rule.rule.name, 60)}: {printable(rule.text, 300)}"
    if rule.since is not None:
        text += f" {since_text(rule.since, context.now, context.zone)}"
    more = f"  L {others} more" if others else ""
    if rule.acknowledged:
        tails = [f"acknowledged{more}", "acknowledged"]
    elif rule.snoozed_until is not None:
        until = day_and_time(rule.snoozed_until, context.now, context.zone)
        tails = [f"snoozed until {until}{more}", f"snoozed until {until}"]
    else:
        # The hints yield before the text is cut.
        tails = [f"a acknowledge  A snooze{more}", f"a acknowledge{more}", more.strip(), ""]
    room = max(0, width - line.width - 3)
    tail = next((each for each in tails if cell_len(text) + len(each) <= room), tails[-1])
    style = palette.text if not rule.acknowledged else palette.muted
    line.add(fit(text, max(0, room - len(tail))), style)
    return line.add(f"  {tail}", palette.muted)
