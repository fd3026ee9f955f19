"""The alert engine: from rules, what it remembers and what is seen now to states and events.

Pure functions of frozen values; the only clock is the moment that is passed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from types import MappingProxyType

from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.series import Series
from polytop.monitor.alerts import wording
from polytop.monitor.alerts.judging import Finding, Verdict, judge
from polytop.monitor.alerts.state import (
    AlertState,
    Change,
    EngineState,
    Episode,
    Event,
    RuleState,
    Snooze,
)
from polytop.monitor.alerts.windows import Evidence

SLEPT = 120.0
"""Seconds past the moment of the next poll after which the machine, not the service, was away."""

_SPARE = 4
"""Windows held beyond the longest reach: those that are not settled."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one poll shows. `series` is None where it is not of what the rules are about.

    `fetched_at` is the last good answer, `due` when the next poll is to come, None where that is
    not said.
    """

    now: float
    series: Series | None
    fetched_at: float | None
    limit: int | None = None
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one poll came to."""

    state: EngineState
    events: tuple[Event, ...] = ()


def step(rules: Sequence[Rule], state: EngineState, sight: Sight, zone: tzinfo | None) -> Step:
    """The state after `sight`, and what changed. `zone` is the local time of hours and texts."""
    state = _seen(rules, state, sight)
    assert state.awaited_since is not None
    evidence = Evidence(
        now=sight.now,
        series=state.held,
        fetched_at=state.held_at,
        awaited_since=state.awaited_since,
        limit=state.limit,
        zone=zone,
        watched=sight.series is not None,
        answered_at=state.answered_at,
    )
    found: dict[str, RuleState] = {}
    events: list[Event] = []
    for rule in rules:
        before = _in_time(state.rules.get(rule.name, RuleState()), sight.now)
        finding = judge(rule, evidence, raised=before.episode is not None)
        after, event = _advanced(rule, before, finding, evidence)
        found[rule.name], event = _telling(rule, after, event, finding, evidence)
        if event is not None:
            events.append(event)
    return Step(replace(state, rules=MappingProxyType(found)), tuple(events))


def _seen(rules: Sequence[Rule], state: EngineState, sight: Sight) -> EngineState:
    """The state with what `sight` knows laid in: data, and how long an answer is waited for."""
    reach = max((rule.reach for rule in rules), default=0) + _SPARE
    end = grid.floor(sight.now) + grid.STEP
    start = end - reach * grid.STEP
    held = state.held.cut(start, end)
    held_at, limit = state.held_at, state.limit
    if sight.series is not None:
        held = held.revised(sight.series.cut(start, end))
        held_at, limit = sight.fetched_at, sight.limit
    due = max(sight.now, state.due or 0.0) if sight.due is None else sight.due
    awaited = min(_awaited(state, sight), sight.now)
    return replace(
        state,
        held=held,
        held_at=held_at,
        limit=limit,
        answered_at=sight.fetched_at if _fresh(state, sight) else state.answered_at,
        awaited_since=awaited,
        due=due,
    )


def _awaited(state: EngineState, sight: Sight) -> float:
    """Since when an answer is waited for: since the last, unless nobody asked for a while."""
    if sight.fetched_at is not None and _fresh(state, sight):
        return sight.fetched_at
    if state.awaited_since is None:
        return sight.now
    if state.due is not None and sight.now > state.due + SLEPT:
        return sight.now
    return state.awaited_since


def _fresh(state: EngineState, sight: Sight) -> bool:
    """Whether `sight` has a later answer; several feeds of different filters may take turns."""
    if sight.fetched_at is None:
        return False
    known = state.answered_at
    return known is None or sight.fetched_at > known or sight.fetched_at <= sight.now < known


def _in_time(before: RuleState, now: float) -> RuleState:
    """`before` where the clock may have been set back: no wait gets longer by that."""
    snooze = before.snooze
    if snooze is not None:
        snooze = replace(snooze, until=min(snooze.until, now + snooze.length))
        snooze = snooze if snooze.until > now else None
    told_at = None if before.told_at is None else min(before.told_at, now)
    return replace(before, snooze=snooze, told_at=told_at)


def _advanced(
    rule: Rule, before: RuleState, finding: Finding, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """The rule after `finding`, and what changed."""
    now, raised_state = evidence.now, AlertState.of(rule.severity)
    episode, text, change = before.episode, finding.text, None
    match finding.verdict:
        case Verdict.RAISE:
            state = raised_state
            if episode is None:
                episode, change = Episode(finding.since, now), Change.RAISED
        case Verdict.CLEAR:
            state = AlertState.OK
            if episode is not None:
                text = wording.cleared(text, max(0.0, now - episode.raised_at))
                change, episode = Change.CLEARED, None
        case Verdict.UNKNOWN:
            state = AlertState.UNKNOWN
        case Verdict.KEEP:
            state = before.state if episode is None else raised_state
    if change is None:
        change = _turned(before, state)
    since = before.since if state is before.state and before.since is not None else now
    if change in {Change.RAISED, Change.CLEARED}:
        since = finding.since if change is Change.RAISED else now
    after = replace(before, state=state, since=since, text=text, episode=episode)
    if change is None:
        return after, None
    event = _event(rule, after, change, finding, evidence)
    owed = change is Change.CLEARED and before.episode is not None and before.episode.was_told
    return after, replace(event, told=owed)


def _turned(before: RuleState, state: AlertState) -> Change | None:
    """Whether a rule that is neither raised nor cleared became unknown, or known again."""
    if state is AlertState.UNKNOWN:
        new = before.since is None or before.state is not AlertState.UNKNOWN
        return Change.UNKNOWN if new else None
    unknown = before.state is AlertState.UNKNOWN and before.since is not None
    return Change.KNOWN if unknown else None


def _event(
    rule: Rule, after: RuleState, change: Change, finding: Finding, evidence: Evidence
) -> Event:
    return Event(
        at=evidence.now,
        rule=rule.name,
        change=change,
        state=after.state,
        severity=rule.severity,
        text=after.text,
        since=finding.since,
        value=finding.value,
        limit=evidence.limit,
    )


def _telling(
    rule: Rule, after: RuleState, event: Event | None, finding: Finding, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """Tell what is raised, once; where it may not be told yet, as soon as it may."""
    episode, now = after.episode, evidence.now
    if episode is None or episode.told or episode.acknowledged or after.snooze is not None:
        return after, event
    if finding.verdict is not Verdict.RAISE:
        return after, event
    if after.told_at is not None and now - after.told_at < rule.cooldown:
        return after, event
    if event is None or event.change is not Change.RAISED:
        event = _event(rule, after, Change.STILL, finding, evidence)
    told = replace(episode, told=True, was_told=True)
    return replace(after, episode=told, told_at=now), replace(event, told=True)


def acknowledge(rules: Sequence[Rule], state: EngineState, names: set[str], now: float) -> Step:
    """Raised rules of these names are told no more until they have cleared."""

    def acknowledged(rule: RuleState) -> RuleState:
        if rule.episode is None or rule.episode.acknowledged:
            return rule
        return replace(rule, episode=replace(rule.episode, acknowledged=True))

    return _changed(rules, state, names, now, Change.ACKNOWLEDGED, acknowledged)


def snooze(
    rules: Sequence[Rule], state: EngineState, names: set[str], now: float, until: float
) -> Step:
    """Rules of these names are told nothing before `until`; what is still raised then is told.

    An `until` that is over ends the snooze.
    """

    def snoozed(rule: RuleState) -> RuleState:
        if until <= now:
            return replace(rule, snooze=None)
        again = rule.episode and replace(rule.episode, told=False)
        return replace(rule, snooze=Snooze(until, until - now), episode=again)

    return _changed(rules, state, names, now, Change.SNOOZED, snoozed)


def _changed(
    rules: Sequence[Rule],
    state: EngineState,
    names: set[str],
    now: float,
    change: Change,
    turn: Callable[[RuleState], RuleState],
) -> Step:
    """`turn` applied to the rules of these names, with an event for each that it changed."""
    found, events = dict(state.rules), []
    for rule in rules:
        before = found.get(rule.name)
        if rule.name not in names or before is None or (after := turn(before)) == before:
            continue
        found[rule.name] = after
        since = now if after.since is None else after.since
        events.append(Event(now, rule.name, change, after.state, rule.severity, after.text, since))
    return Step(replace(state, rules=MappingProxyType(found)), tuple(events))
