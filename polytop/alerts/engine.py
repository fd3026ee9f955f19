"""The alert engine: evaluates the rules at every poll and returns new states and events.

Pure functions of frozen values. The time is passed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import Enum, auto
from types import MappingProxyType

from polytop.alerts import messages
from polytop.alerts.evidence import Evidence, WindowVerdict, judge_window
from polytop.alerts.state import Change, EngineState, Episode, Event, RuleState, Snooze
from polytop.model import grid
from polytop.model.alert_rules import Missing, Rule, Stale
from polytop.model.series import Series
from polytop.model.stats import Severity


class RuleVerdict(Enum):
    """The effect of an evaluation on a rule."""

    RAISE = auto()
    CLEAR = auto()
    UNKNOWN = auto()
    KEEP = auto()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A verdict with its reason in words. `since` is when its cause began, epoch seconds."""

    verdict: RuleVerdict
    text: str
    since: float
    value: int | None = None


def judge(rule: Rule, evidence: Evidence, *, raised: bool) -> Evaluation:
    """Evaluate `rule` by `evidence`; `raised` says if its alert is raised now."""
    if isinstance(rule.condition, Stale):
        return _judge_age(rule, rule.condition, evidence)
    newest = evidence.newest()
    for last in range(evidence.running, newest - grid.STEP, -grid.STEP):
        windows = _windows(rule, last)
        marks = [judge_window(rule, evidence, window) for window in windows]
        if marks.count(WindowVerdict.BAD) >= rule.times:
            return _raise(rule, evidence, windows, marks)
    # `windows` and `marks` now end with the newest settled window.
    verdict = _settled_verdict(rule, marks, raised=raised)
    if verdict is RuleVerdict.UNKNOWN:
        at = windows[marks.index(WindowVerdict.UNKNOWN)]
        return Evaluation(verdict, messages.unknown_text(rule, evidence, at), at)
    value = evidence.series.at(newest)
    text = messages.reading_text(value, evidence.limit)
    return Evaluation(verdict, text, newest, value if value >= 0 else None)


def _windows(rule: Rule, last: int) -> range:
    return range(last - (rule.windows - 1) * grid.STEP, last + grid.STEP, grid.STEP)


def _settled_verdict(rule: Rule, marks: Sequence[WindowVerdict], *, raised: bool) -> RuleVerdict:
    """Return the verdict if fewer than `times` windows are bad."""
    bad = marks.count(WindowVerdict.BAD)
    between = marks.count(WindowVerdict.BETWEEN) if raised else 0
    unknown, left_open = marks.count(WindowVerdict.UNKNOWN), marks.count(WindowVerdict.OPEN)
    if bad + between + unknown + left_open < rule.times:
        return RuleVerdict.CLEAR
    if raised:
        lacks_data = rule.missing is Missing.UNKNOWN and unknown
        return RuleVerdict.UNKNOWN if lacks_data else RuleVerdict.KEEP
    return RuleVerdict.UNKNOWN if bad + unknown >= rule.times else RuleVerdict.KEEP


def _raise(
    rule: Rule, evidence: Evidence, windows: range, marks: Sequence[WindowVerdict]
) -> Evaluation:
    bad = [window for window, each in zip(windows, marks, strict=True) if each is WindowVerdict.BAD]
    value = evidence.series.at(bad[-1])
    text = messages.raised_text(rule, evidence, bad)
    return Evaluation(RuleVerdict.RAISE, text, bad[0], value if value >= 0 else None)


def _judge_age(rule: Rule, condition: Stale, evidence: Evidence) -> Evaluation:
    since = evidence.awaited_since
    late = evidence.now - since >= condition.seconds
    if late and rule.schedule.covers(evidence.now, evidence.zone):
        return Evaluation(RuleVerdict.RAISE, messages.stale_text(evidence), since)
    return Evaluation(RuleVerdict.CLEAR, messages.fresh_text(evidence), since)


SLEPT = 120.0
"""If a poll is later than this, in seconds, the machine slept; the service is not at fault."""

_SPARE = 4
"""Windows kept beyond the longest reach, because the newest are not settled."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The result of one poll. `series` is None if the screen shows a selection of the calls.

    `fetched_at` is the time of the last good answer; `due` is the time of the next poll, None if
    it is not known. Times are in epoch seconds.
    """

    now: float
    series: Series | None
    fetched_at: float | None
    limit: int | None = None
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The new state, and the events that led to it."""

    state: EngineState
    events: tuple[Event, ...] = ()


def step(
    rules: Sequence[Rule], state: EngineState, observation: Observation, zone: tzinfo | None
) -> Step:
    """Evaluate all rules after a poll. `zone` is the local time of schedules and texts."""
    state = _observe(rules, state, observation)
    assert state.awaited_since is not None
    evidence = Evidence(
        now=observation.now,
        series=state.series,
        fetched_at=state.series_at,
        awaited_since=state.awaited_since,
        limit=state.limit,
        zone=zone,
        watched=observation.series is not None,
        answered_at=state.answered_at,
    )
    states: dict[str, RuleState] = {}
    events: list[Event] = []
    for rule in rules:
        before = _limit_to_now(state.rules.get(rule.name, RuleState()), observation.now)
        evaluation = judge(rule, evidence, raised=before.episode is not None)
        after, event = _advance(rule, before, evaluation, evidence)
        states[rule.name], event = _notify_once(rule, after, event, evaluation, evidence)
        if event is not None:
            events.append(event)
    return Step(replace(state, rules=MappingProxyType(states)), tuple(events))


def _observe(rules: Sequence[Rule], state: EngineState, observation: Observation) -> EngineState:
    """Add the data of a poll to the state, and the time since when an answer is awaited."""
    reach = max((rule.reach for rule in rules), default=0) + _SPARE
    end = grid.floor(observation.now) + grid.STEP
    start = end - reach * grid.STEP
    series = state.series.cut(start, end)
    series_at, limit = state.series_at, state.limit
    if observation.series is not None:
        series = series.merge(observation.series.cut(start, end))
        series_at, limit = observation.fetched_at, observation.limit
    due = max(observation.now, state.due or 0.0) if observation.due is None else observation.due
    awaited = min(_waiting_since(state, observation), observation.now)
    return replace(
        state,
        series=series,
        series_at=series_at,
        limit=limit,
        answered_at=observation.fetched_at if _is_newer(state, observation) else state.answered_at,
        awaited_since=awaited,
        due=due,
    )


def _waiting_since(state: EngineState, observation: Observation) -> float:
    """Return the time since when an answer is awaited; it starts anew after the machine slept."""
    if observation.fetched_at is not None and _is_newer(state, observation):
        return observation.fetched_at
    if state.awaited_since is None:
        return observation.now
    if state.due is not None and observation.now > state.due + SLEPT:
        return observation.now
    return state.awaited_since


def _is_newer(state: EngineState, observation: Observation) -> bool:
    """Return True if the poll has a later answer; feeds with different filters may take turns."""
    if observation.fetched_at is None:
        return False
    known = state.answered_at
    return (
        known is None
        or observation.fetched_at > known
        or observation.fetched_at <= observation.now < known
    )


def _limit_to_now(before: RuleState, now: float) -> RuleState:
    """Shorten the waits in `before` if the clock was set back: none may become longer."""
    snooze = before.snooze
    if snooze is not None:
        snooze = replace(snooze, until=min(snooze.until, now + snooze.length))
        snooze = snooze if snooze.until > now else None
    notified_at = None if before.notified_at is None else min(before.notified_at, now)
    return replace(before, snooze=snooze, notified_at=notified_at)


def _advance(
    rule: Rule, before: RuleState, evaluation: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """Return the rule's new state and the event of its change, if any."""
    now = evidence.now
    episode, text, change = before.episode, evaluation.text, None
    match evaluation.verdict:
        case RuleVerdict.RAISE:
            state = rule.severity
            if episode is None:
                episode, change = Episode(evaluation.since, now), Change.RAISED
        case RuleVerdict.CLEAR:
            state = Severity.OK
            if episode is not None:
                text = messages.cleared_text(text, max(0.0, now - episode.raised_at))
                change, episode = Change.CLEARED, None
        case RuleVerdict.UNKNOWN:
            state = Severity.UNKNOWN
        case RuleVerdict.KEEP:
            state = before.state if episode is None else rule.severity
    if change is None:
        change = _find_change(before, state)
    since = before.since if state is before.state and before.since is not None else now
    if change in {Change.RAISED, Change.CLEARED}:
        since = evaluation.since if change is Change.RAISED else now
    after = replace(before, state=state, since=since, text=text, episode=episode)
    if change is None:
        return after, None
    event = _event(rule, after, change, evaluation, evidence)
    owed = change is Change.CLEARED and before.episode is not None and before.episode.ever_notified
    return after, replace(event, notified=owed)


def _find_change(before: RuleState, state: Severity) -> Change | None:
    """Return UNKNOWN or KNOWN if a rule became unknown or known again, else None."""
    if state is Severity.UNKNOWN:
        new = before.since is None or before.state is not Severity.UNKNOWN
        return Change.UNKNOWN if new else None
    unknown = before.state is Severity.UNKNOWN and before.since is not None
    return Change.KNOWN if unknown else None


def _event(
    rule: Rule, after: RuleState, change: Change, evaluation: Evaluation, evidence: Evidence
) -> Event:
    return Event(
        at=evidence.now,
        rule=rule.name,
        change=change,
        state=after.state,
        severity=rule.severity,
        text=after.text,
        since=evaluation.since,
        value=evaluation.value,
        limit=evidence.limit,
    )


def _notify_once(
    rule: Rule, after: RuleState, event: Event | None, evaluation: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """Notify once of a raised rule: now, or as soon as cool-down and snooze allow it."""
    episode, now = after.episode, evidence.now
    if episode is None or episode.notified or episode.acknowledged or after.snooze is not None:
        return after, event
    if evaluation.verdict is not RuleVerdict.RAISE:
        return after, event
    if after.notified_at is not None and now - after.notified_at < rule.cooldown:
        return after, event
    if event is None or event.change is not Change.RAISED:
        event = _event(rule, after, Change.STILL, evaluation, evidence)
    episode = replace(episode, notified=True, ever_notified=True)
    return replace(after, episode=episode, notified_at=now), replace(event, notified=True)


def acknowledge(rules: Sequence[Rule], state: EngineState, names: set[str], now: float) -> Step:
    """Stop the notifications of these raised rules until they have cleared."""

    def mark_acknowledged(rule: RuleState) -> RuleState:
        if rule.episode is None or rule.episode.acknowledged:
            return rule
        return replace(rule, episode=replace(rule.episode, acknowledged=True))

    return _change_rules(rules, state, names, now, Change.ACKNOWLEDGED, mark_acknowledged)


def snooze(
    rules: Sequence[Rule], state: EngineState, names: set[str], now: float, until: float
) -> Step:
    """Stop the notifications of these rules until `until`; then notify if they are still raised.

    An `until` in the past ends the snooze.
    """

    def set_snooze(rule: RuleState) -> RuleState:
        if until <= now:
            return replace(rule, snooze=None)
        again = rule.episode and replace(rule.episode, notified=False)
        return replace(rule, snooze=Snooze(until, until - now), episode=again)

    return _change_rules(rules, state, names, now, Change.SNOOZED, set_snooze)


def _change_rules(
    rules: Sequence[Rule],
    state: EngineState,
    names: set[str],
    now: float,
    change: Change,
    turn: Callable[[RuleState], RuleState],
) -> Step:
    """Apply `turn` to the rules of these names; return an event for each that it changed."""
    states, events = dict(state.rules), []
    for rule in rules:
        before = states.get(rule.name)
        if rule.name not in names or before is None or (after := turn(before)) == before:
            continue
        states[rule.name] = after
        since = now if after.since is None else after.since
        events.append(Event(now, rule.name, change, after.state, rule.severity, after.text, since))
    return Step(replace(state, rules=MappingProxyType(states)), tuple(events))
