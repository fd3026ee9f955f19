"""The first line (profile, environment, state, freshness, clock), and the lines of alerts."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model.snapshot import TOO_OLD, Snapshot, State, profile_severity
from polytop.model.stats import Severity
from polytop.model.target import ClientEnv, Target
from polytop.model.text import printable
from polytop.model.timeparse import brief_duration
from polytop.ui.readings import now_reading
from polytop.ui.render.context import RenderContext
from polytop.ui.render.levels import loud_style, state_style
from polytop.ui.render.text import Line, Words, first_part, fit, fit_parts, fit_words
from polytop.ui.theme import Palette
from polytop.ui.time_format import day_and_time, hm, hms, since_text, zone_name

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView, RuleView

StateWords = tuple[tuple[str, Style], ...]
"""The state of the data in pieces: a sign, a word, its age."""

_POLLING_AFTER = 1.0
"""Seconds after the due time of a poll from which on it is under way."""

_MOST_LINES = 3
"""Lines that an alert takes at most."""

_LIVE_WIDTH = len(" · 59 min ago")
"""Cells of the age, so that one digit more moves nothing else."""


class ProfileState(NamedTuple):
    """The state of the profile, whether it is acknowledged or snoozed, and why.

    `since` is ``since 09:40 (55 min)``, `reason` the value and the rule; each is empty where
    nothing is to be said. `more` counts the raised alerts that say more than `rule`, which the
    reason is of.
    """

    severity: Severity
    silence: str = ""
    since: str = ""
    reason: str = ""
    more: int = 0
    rule: "RuleView | None" = None

    def versions(self) -> list[tuple[str, str]]:
        """The state with its beginning, and the reason; at length and shorter.

        The first two have the reason.
        """
        word = self.severity.name + (f" ({self.silence})" if self.silence else "")
        since = f"{word} {self.since}".rstrip()
        reason = f"{': ' if self.since else ' '}{self.reason}" if self.reason else ""
        more = f", {self.more} more: L" if self.more else ""
        begun = f"{word} {self.since.partition(' (')[0]}".rstrip()
        brief = self.severity.name + (f" ({self.silence.split()[0]})" if self.silence else "")
        whole = [(since, reason + more), (since, reason), (since, "")]
        return [*whole, (begun, ""), (word, ""), (brief, "")]


def profile_state(snapshot: Snapshot | None, context: RenderContext) -> ProfileState | None:
    """The state of the profile; None where nothing can be said.

    Without alert rules only a state that is not OK is shown.
    """
    view = context.alerts
    alert = view.state if view is not None else None
    if snapshot is None or snapshot.state in {State.CONNECTING, State.REMEMBERED}:
        # Nothing is known of now; an incident that was not over is told nevertheless.
        severity = alert if alert is not None and alert >= Severity.WARNING else None
    else:
        severity = profile_severity(snapshot, alert)
    if severity is Severity.UNKNOWN and context.subject.recorded is not None:
        return None  # A recording may lack what a state is told by.
    if severity is None or (alert is None and severity is Severity.OK):
        return None
    silence = _silence_words(view, context) if view is not None else ""
    if severity is Severity.OK:
        return ProfileState(severity, silence)
    raised = view.raised if view is not None else []
    rules = [each for each in (*raised, *(view.rules if view else ())) if each.state is severity]
    if not rules or snapshot is None or (severity is Severity.UNKNOWN and snapshot.fault):
        # Of data that do not come, what is beside the state says why and since when.
        return ProfileState(severity, silence, reason=_band_reason(snapshot, severity, context))
    rule = rules[0]
    return ProfileState(
        severity,
        silence,
        "" if rule.since is None else since_text(rule.since, context.now, context.zone),
        f'{printable(rule.text, 300)}, rule "{printable(rule.rule.name, 60)}"',
        _count_more(raised, rule),
        rule,
    )


def _count_more(raised: Sequence["RuleView"], told: "RuleView") -> int:
    """How many of `raised` say something that `told` does not: another reason, or worse."""
    return sum(each.text != told.text or each.state > told.state for each in raised)


def _silence_words(view: "AlertView", context: RenderContext) -> str:
    """``acknowledged``, ``snoozed until 17:22``, or nothing."""
    if view.snoozed_until is None:
        return view.silence
    return f"snoozed until {context.moment_text(view.snoozed_until)}"


def _band_reason(snapshot: Snapshot | None, severity: Severity, context: RenderContext) -> str:
    """``100 of 120 at 10:30, warning from 96``: the value in a band of the limit.

    Empty without one: why data are not fresh is said beside it.
    """
    if snapshot is None or severity not in {Severity.WARNING, Severity.CRITICAL}:
        return ""
    capacity = snapshot.capacity
    found = [each for each in (now_reading(snapshot), snapshot.newest_complete(TOO_OLD)) if each]
    highest = max(found, key=lambda each: each.value, default=None)
    if highest is None or capacity.severity(highest.value) is not severity:
        return ""
    critical = severity is Severity.CRITICAL
    level = capacity.critical_level if critical else capacity.warning_level
    at = context.moment_text(highest.window)
    return f"{highest.value} of {capacity.limit} at {at}, {severity.name.lower()} from {level:g}"


class _HeaderParts(NamedTuple):
    """The parts of the first line that fit, and the state of the profile that they tell.

    `told` is True if its whole reason is among them, `full` if the state of the data is whole.
    """

    profile: ProfileState | None
    name: str
    state: str
    reason: str
    data: Words
    clock: Line
    told: bool = False
    full: bool = False


def _fit_header(snapshot: Snapshot | None, context: RenderContext, width: int) -> _HeaderParts:
    """As much as fits; the word of the state and the environment never yield."""
    palette, subject = context.palette, context.subject
    # The age and the clock have one style: a second costs two digits and no change of colour.
    hour = (hm if context.link else hms)(context.now, context.zone)
    shown = f"{hour} {zone_name(context.now, context.zone)} "
    clock = _launch_clock(context).add("  ").add(shown, palette.muted)
    if subject.note:
        clock.add(f"{subject.note} ", palette.accent)
    state = profile_state(snapshot, context)
    versions = state.versions() if state else [("", "")] * 6
    names = [fit(subject.profile, least).rstrip() for least in (24, min(24, max(8, width // 5)))]
    full = list(state_words(snapshot, context))
    fixed = 6 + cell_len(_badge_of(snapshot, context)[0])
    told = tuple(reason for _, reason in versions[:2] if reason)
    options = _header_options(versions, full, clock, context)
    for (said, reason, data, time), name in ((one, name) for one in options for name in names):
        used = fixed + cell_len(name + said + reason) + _cells(data) + time.width
        if used <= width:
            return _HeaderParts(
                state, name, said, reason, data, time, reason in told, list(data) == full
            )
    said, room = versions[5][0], width - fixed - cell_len(versions[5][0]) - _cells(full[:1])
    name = fit(names[1], max(0, min(cell_len(names[1]), room)))
    return _HeaderParts(state, name, said, "", full[:1], Line())


def _header_options(
    versions: Sequence[tuple[str, str]], full: Words, clock: Line, context: RenderContext
) -> Iterator[tuple[str, str, Words, Line]]:
    """Yield state, reason, the state of the data and the time, each with less than before."""
    yield (*versions[0], full, clock)
    yield (*versions[1], full, clock)
    middle = list(fit_parts(full, _cells(full[:2])))
    for at, data in ((1, middle), (2, full), (2, middle), (3, middle), (4, middle)):
        yield (*versions[at], data, clock)
    words = (middle, first_part(full))
    if context.launch is not None:
        counted, brief = _launch_clock(context), _launch_clock(context, brief=True)
        for at in (4, 5):
            yield from ((*versions[at], data, counted) for data in words)
            yield from ((*versions[at], data, brief) for data in (*words, full[:1]))
    yield from ((*versions[at], data, Line()) for at in (4, 5) for data in words)


def _launch_clock(context: RenderContext, *, brief: bool = False) -> Line:
    """``T-00:25:10``, or ``T-00:25``; empty without a launch."""
    line = Line()
    if context.launch is not None:
        from polytop.ui.render.launch import launch_clock

        words = launch_clock(context.now, context.launch.start)
        line.add("  ").add(words[:-3] if brief else words, context.palette.strong)
    return line


def _cells(words: Words) -> int:
    return sum(cell_len(text) for text, _ in words)


def _badge_of(snapshot: Snapshot | None, context: RenderContext) -> tuple[str, Style]:
    filters = snapshot.view.filters if snapshot else context.state.filters
    return badge(filters.client_env, context.palette)


def header(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """The first line; what matters least is left out first."""
    palette, subject = context.palette, context.subject
    parts = _fit_header(snapshot, context, width)
    left = Line().add(" ").add(parts.name, palette.strong).add(" ")
    left.add(*_badge_of(snapshot, context)).add(" ")
    if (state := parts.profile) is not None:
        left.add(f" {parts.state}", loud_style(state.severity, palette, quiet=bool(state.silence)))
        left.add(f"{parts.reason} ", palette.text)
    right = Line()
    for text, style in parts.data:
        right.add(text, style)
    target, used = subject.target, left.width + right.width + parts.clock.width
    place = region_or_host(target) if parts.full else ""
    for where in (f" {place}  {target.account_id}/{target.project_id} ", f" {place} "):
        if used + cell_len(where) <= width:
            left.add(printable(where), palette.muted)
            break
    return _join(left, [right, parts.clock], width)


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


def _join(left: Line, right: list[Line], width: int) -> Strip:
    tail = Strip.join([line.strip(line.width) for line in right])
    head = left.strip(left.width).adjust_cell_length(max(0, width - tail.cell_length))
    return Strip.join([head, tail]).adjust_cell_length(width)


def _replay_ended(context: RenderContext) -> bool:
    return context.subject.recorded is not None and context.now >= context.subject.recorded


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
    """``● live · 12 s ago``; in a replay, where the recording ends."""
    palette = context.palette
    if context.subject.recorded is not None:
        until = context.moment_text(context.subject.recorded)
        return (*_replay_words(context), (f" · until {until}", palette.muted))
    fetched = snapshot.fetched_at if snapshot.fetched_at is not None else snapshot.at
    age = f" · {brief_duration(context.age(fetched))} ago"
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
    return f"next try {brief_duration(max(0, left))}"


def alert_lines(snapshot: Snapshot | None, context: RenderContext, width: int) -> tuple[Strip, ...]:
    """The worst alert, or why the state is unknown, where the header cannot tell all of it.

    Then a notification that failed. Each has a line, the alert several where it must.
    """
    if context.alerts is None:
        return ()
    palette, raised = context.palette, context.alerts.raised
    lines = []
    parts = _fit_header(snapshot, context, width) if context.alerts.rules else None
    stated = parts.profile.rule if parts and parts.profile else None
    worst = raised[0] if raised else stated
    if parts and worst and not (parts.told and stated is worst):
        lines += _alert_words(worst, _count_more(raised, worst), context, width)
    for problem in context.alerts.problems[:1]:
        text = f"{problem.summary}. {problem.advice}"
        lines.append(Line().add(" ! ", palette.warning).add(fit_words(text, max(0, width - 4))))
    return tuple(line.strip(width) for line in lines)


def _alert_words(rule: "RuleView", others: int, context: RenderContext, width: int) -> list[Line]:
    """``CRITICAL near the limit: 120 of 120 since 09:40 (55 min)``, silenced or not.

    The word of the state, which is in the header too, and the name yield before the reason, which
    goes on in further lines.
    """
    palette = context.palette
    reason = printable(rule.text, 300)
    if rule.since is not None:
        reason += f" {since_text(rule.since, context.now, context.zone)}"
    text, tail = f"{printable(rule.rule.name, 60)}: {reason}", ""
    if rule.acknowledged:
        tail = "  acknowledged"
    elif rule.snoozed_until is not None:
        tail = f"  snoozed until {day_and_time(rule.snoozed_until, context.now, context.zone)}"
    more = f"  L {others} more" if others else ""
    state = state_style(rule.state, palette)
    style = palette.muted if rule.acknowledged else palette.text
    versions = (
        (f" {rule.state.name} ", text, tail + more),
        (f" {rule.state.name} ", text, tail),
        (" ", text, tail),
        (" ", reason, tail),
    )
    for head, words, end in versions:
        if cell_len(head + words + end) <= width:
            shown = style if head != " " else state
            return [Line().add(head, state).add(words, shown).add(end, palette.muted)]
    room = max(1, width - 1)
    room = max(1, width - 1)
    lines = wrap(reason + tail, room)
    if len(lines) > _MOST_LINES:
        words = " ".join(lines[_MOST_LINES - 1 :]).removesuffix(tail.strip())
        lines[_MOST_LINES - 1 :] = [fit_words(words, max(0, room - len(tail))) + tail]
    return [Line().add(f" {each}", state) for each in lines]
