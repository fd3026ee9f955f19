"""The alert engine: from rules, what it remembers and what is seen now to states and events.

Pure functions of frozen values; the only clock is the moment that is passed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import Enum, auto
from types import MappingProxyType

from polytop.alerts import messages
from polytop.alerts.evidence import Evidence, WindowVerdict, mark
from polytop.alerts.state import Change, EngineState, Episode, Event, RuleState, Snooze
from polytop.model import grid
from polytop.model.alert_rules import Missing, Rule, Stale
from polytop.model.series import Series
from polytop.model.stats import Severity


class RuleVerdict(Enum):
    """What is to become of a rule."""

    RAISE = auto()
    CLEAR = auto()
    UNKNOWN = auto()
    KEEP = auto()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A verdict in words. `since` is the start of what it is about, epoch seconds."""

    verdict: RuleVerdict
    text: str
    since: float
    value: int | None = None


def judge(rule: Rule, evidence: Evidence, *, raised: bool) -> Evaluation:
    """What `evidence` says about `rule`, which is `raised` or not."""
    if isinstance(rule.condition, Stale):
        return _judge_age(rule, rule.condition, evidence)
    newest = evidence.newest()
    for last in range(evidence.running, newest - grid.STEP, -grid.STEP):
        windows = _windows(rule, last)
        marks = [mark(rule, evidence, window) for window in windows]
        if marks.count(WindowVerdict.BAD) >= rule.times:
            return _raise(rule, evidence, windows, marks)
    # `windows` and `marks` are now those up to the newest settled window.
    verdict = _settled_verdict(rule, marks, raised=raised)
    if verdict is RuleVerdict.UNKNOWN:
        at = windows[marks.index(WindowVerdict.UNKNOWN)]
        return Evaluation(verdict, messages.unknown(rule, evidence, at), at)
    value = evidence.series.at(newest)
    text = messages.reading(value, evidence.limit)
    return Evaluation(verdict, text, newest, value if value >= 0 else None)


def _windows(rule: Rule, last: int) -> range:
    return range(last - (rule.windows - 1) * grid.STEP, last + grid.STEP, grid.STEP)


def _settled_verdict(rule: Rule, marks: Sequence[WindowVerdict], *, raised: bool) -> RuleVerdict:
    """The verdict where fewer than `times` windows are bad."""
    bad, between = (
        marks.count(WindowVerdict.BAD),
        marks.count(WindowVerdict.BETWEEN) if raised else 0,
    )
    unknown, left_open = marks.count(WindowVerdict.UNKNOWN), marks.count(WindowVerdict.OPEN)
    if bad + between + unknown + left_open < rule.times:
        return RuleVerdict.CLEAR
    if raised:
        told_so = rule.missing is Missing.UNKNOWN and unknown
        return RuleVerdict.UNKNOWN if told_so else RuleVerdict.KEEP
    return RuleVerdict.UNKNOWN if bad + unknown >= rule.times else RuleVerdict.KEEP


def _raise(
    rule: Rule, evidence: Evidence, windows: range, marks: Sequence[WindowVerdict]
) -> Evaluation:
    bad = [window for window, each in zip(windows, marks, strict=True) if each is WindowVerdict.BAD]
    value = evidence.series.at(bad[-1])
    text = messages.raised(rule, evidence, bad)
    return Evaluation(RuleVerdict.RAISE, text, bad[0], value if value >= 0 else None)


def _judge_age(rule: Rule, condition: Stale, evidence: Evidence) -> Evaluation:
    since = evidence.awaited_since
    late = evidence.now - since >= condition.seconds
    if late and rule.schedule.covers(evidence.now, evidence.zone):
        return Evaluation(RuleVerdict.RAISE, messages.stale(evidence), since)
    return Evaluation(RuleVerdict.CLEAR, messages.fresh(evidence), since)


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
    rule: Rule, before: RuleState, finding: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """The rule after `finding`, and what changed."""
    now = evidence.now
    episode, text, change = before.episode, finding.text, None
    match finding.verdict:
        case RuleVerdict.RAISE:
            state = rule.severity
            if episode is None:
                episode, change = Episode(finding.since, now), Change.RAISED
        case RuleVerdict.CLEAR:
            state = Severity.OK
            if episode is not None:
                text = messages.cleared(text, max(0.0, now - episode.raised_at))
                change, episode = Change.CLEARED, None
        case RuleVerdict.UNKNOWN:
            state = Severity.UNKNOWN
        case RuleVerdict.KEEP:
            state = before.state if episode is None else rule.severity
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


def _turned(before: RuleState, state: Severity) -> Change | None:
    """Whether a rule that is neither raised nor cleared became unknown, or known again."""
    if state is Severity.UNKNOWN:
        new = before.since is None or before.state is not Severity.UNKNOWN
        return Change.UNKNOWN if new else None
    unknown = before.state is Severity.UNKNOWN and before.since is not None
    return Change.KNOWN if unknown else None


def _event(
    rule: Rule, after: RuleState, change: Change, finding: Evaluation, evidence: Evidence
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
    rule: Rule, after: RuleState, event: Event | None, finding: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """Tell what is raised, once; where it may not be told yet, as soon as it may."""
    episode, now = after.episode, evidence.now
    if episode is None or episode.told or episode.acknowledged or after.snooze is not None:
        return after, event
    if finding.verdict is not RuleVerdict.RAISE:
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
