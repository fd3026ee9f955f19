"""The alert engine: evaluates the rules at every poll and returns new states and events.

Pure functions of frozen values. The time is passed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING

from polytop.alerts import messages
from polytop.alerts.evidence import Evidence, WindowVerdict, judge_window
from polytop.alerts.state import Change, EngineState, Episode, Event, RuleState, Snooze
from polytop.model import grid, timeparse
from polytop.model.alert_rules import LimitWithin, Missing, Rule, Stale
from polytop.model.frozen import frozen
from polytop.model.series import Series
from polytop.model.stats import Severity

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook


class RuleVerdict(Enum):
    """The effect of an evaluation on a rule."""

    RAISE = auto()
    CLEAR = auto()
    UNKNOWN = auto()
    KEEP = auto()


@frozen
class Evaluation:
    """A verdict with its reason in words. `since` is when its cause began, epoch seconds.

    For a breach that is the first of its windows.
    """

    verdict: RuleVerdict
    text: str
    since: float
    value: int | None = None


def judge(rule: Rule, evidence: Evidence, *, raised: bool) -> Evaluation:
    """Evaluate `rule` by `evidence`; `raised` says if its alert is raised now."""
    if isinstance(rule.condition, Stale):
        return _judge_age(rule, rule.condition, evidence)
    if isinstance(rule.condition, LimitWithin):
        return _judge_outlook(rule, rule.condition, evidence, raised=raised)
    newest = evidence.newest()
    for last in range(evidence.running, newest - grid.STEP, -grid.STEP):
        windows, marks = _judge_windows(rule, evidence, last)
        if marks.count(WindowVerdict.BAD) >= rule.times:
            return _raise(rule, evidence, windows, marks)
    # `windows` and `marks` now end with the newest settled window.
    verdict = _settled_verdict(rule, marks, raised=raised)
    if verdict is RuleVerdict.UNKNOWN:
        at = windows[marks.index(WindowVerdict.UNKNOWN)]
        return Evaluation(verdict, messages.unknown_text(rule, evidence, at), at)
    return replace(_clear(evidence, newest), verdict=verdict)


def _clear(evidence: Evidence, window: int) -> Evaluation:
    """What `window` says of a rule that is not raised by it."""
    value = evidence.series.at(window)
    text = messages.reading_text(value, evidence.limit)
    return Evaluation(RuleVerdict.CLEAR, text, window, value if value >= 0 else None)


def _judge_windows(rule: Rule, evidence: Evidence, last: int) -> tuple[range, list[WindowVerdict]]:
    """The windows that `rule` looks at if `last` is the newest, and the verdict on each."""
    windows = range(last - (rule.windows - 1) * grid.STEP, last + grid.STEP, grid.STEP)
    return windows, [judge_window(rule, evidence, window) for window in windows]


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
    bad = _bad(windows, marks)
    value = evidence.series.at(bad[-1])
    text = messages.raised_text(rule, evidence, bad)
    since = _find_beginning(rule, evidence, windows[-1], bad[0])
    return Evaluation(RuleVerdict.RAISE, text, since, value if value >= 0 else None)


def _bad(windows: range, marks: Sequence[WindowVerdict]) -> list[int]:
    return [at for at, each in zip(windows, marks, strict=True) if each is WindowVerdict.BAD]


def _find_beginning(rule: Rule, evidence: Evidence, last: int, first: int) -> int:
    """The first window of the unbroken breach; `first` is the first of those up to `last`.

    It ends where the rule would have cleared, and where the data do not say.
    """
    for before in range(last - grid.STEP, evidence.series.start - grid.STEP, -grid.STEP):
        windows, marks = _judge_windows(rule, evidence, before)
        bad = _bad(windows, marks)
        if len(bad) >= rule.times:
            first = bad[0]
        elif (
            WindowVerdict.UNKNOWN in marks
            or _settled_verdict(rule, marks, raised=True) is RuleVerdict.CLEAR
        ):
            break
    return first


def _find_own_beginning(rule: Rule, evidence: Evidence, since: float, ended: float | None) -> float:
    """`since`, or the first bad window from the end of the last incident on if that is later."""
    if ended is None or since >= ended:
        return since
    windows = range(grid.ceil(ended), evidence.running + grid.STEP, grid.STEP)
    bad = (at for at in windows if judge_window(rule, evidence, at) is WindowVerdict.BAD)
    return next(bad, ended) if rule.of_windows else ended


def _find_end(rule: Rule, evidence: Evidence, episode: Episode, newest: int) -> float | None:
    """The end of the last window that was not good; None if the data do not reach back to one.

    `newest` is the window that cleared it. A revision may leave no such window: then the incident
    was its first window.
    """
    if isinstance(rule.condition, Stale):
        return evidence.awaited_since
    if isinstance(rule.condition, LimitWithin):
        return evidence.now
    first = max(grid.floor(episode.since), evidence.series.start)
    for window in range(newest, first - grid.STEP, -grid.STEP):
        verdict = judge_window(rule, evidence, window)
        if verdict in {WindowVerdict.BAD, WindowVerdict.BETWEEN}:
            return window + grid.STEP
    seen = evidence.series.start <= episode.since
    return min(episode.since + grid.STEP, evidence.now) if seen else None


def _find_break(rule: Rule, evidence: Evidence, episode: Episode) -> int | None:
    """The window in which a raised alert was over before it began again, unseen; else None.

    Two windows in a row must say so: no poll came while they were the newest.
    """
    if not rule.of_windows:
        return None
    first = max(grid.floor(episode.raised_at), evidence.series.start)
    clear = 0
    for last in range(first, evidence.newest() + grid.STEP, grid.STEP):
        _, marks = _judge_windows(rule, evidence, last)
        verdict = _settled_verdict(rule, marks, raised=True)
        over = marks.count(WindowVerdict.BAD) < rule.times and verdict is RuleVerdict.CLEAR
        clear = clear + 1 if over else 0
        if clear == 2:
            return last
    return None


def _judge_age(rule: Rule, condition: Stale, evidence: Evidence) -> Evaluation:
    since = evidence.awaited_since
    late = evidence.now - since >= condition.seconds
    if late and rule.schedule.covers(evidence.now, evidence.zone):
        return Evaluation(RuleVerdict.RAISE, "no answer", since)
    return Evaluation(RuleVerdict.CLEAR, messages.fresh_text(evidence), since)


def _judge_outlook(
    rule: Rule, condition: LimitWithin, evidence: Evidence, *, raised: bool
) -> Evaluation:
    """Raised where the forecast reaches the limit in time; clear where its range does not.

    Where nothing is forecast, or not as far, a raised alert stays and another is unknown.
    """
    from polytop.model.forecast import LimitCall

    now, limit, outlook = evidence.now, evidence.limit, evidence.outlook
    until, within = now + condition.seconds, timeparse.exact_duration(condition.seconds)
    found = None if outlook is None else outlook.forecast.limit
    verdict = RuleVerdict.KEEP if raised else RuleVerdict.UNKNOWN
    if not rule.schedule.covers(now, evidence.zone):
        verdict, text = RuleVerdict.CLEAR, "outside its hours"
    elif limit is None:
        text = messages.NO_LIMIT
    elif outlook is None or found is None:
        text = messages.no_forecast_text(outlook)
    elif found.call is LimitCall.NOW:
        verdict, text = RuleVerdict.RAISE, f"limit {limit} reached"
    elif (at := outlook.first_at(limit, outlook.forecast.points, until)) is not None:
        verdict, text = RuleVerdict.RAISE, messages.limit_ahead_text(evidence, at, found)
    elif (at := outlook.first_at(limit, outlook.forecast.high, until)) is not None:
        verdict = RuleVerdict.KEEP if raised else RuleVerdict.CLEAR
        text = f"limit possible from {messages.clock_text(at, now, evidence.zone)}"
    elif outlook.end < until - grid.STEP:
        text = f"no forecast as far as {within}"
    else:
        verdict, text = RuleVerdict.CLEAR, f"limit not within {within}"
    value = evidence.series.at(evidence.running - grid.STEP)
    return Evaluation(verdict, text, now, value if value >= 0 else None)


SLEPT = 120.0
"""If a poll is later than this, in seconds, the machine slept; the service is not at fault."""

_SPARE = 4
"""Windows kept beyond the longest reach, because the newest are not settled."""

_KEPT = 288
"""The fewest windows kept, to find the beginning and the end of an incident: a day."""


@frozen
class Observation:
    """The result of one poll. `series` is None if the screen shows a selection of the calls.

    `fetched_at` is the time of the last good answer; `due` is the time of the next poll, None if
    it is not known. `outlook` is the forecast, None without one. Times are in epoch seconds.
    """

    now: float
    series: Series | None
    fetched_at: float | None
    limit: int | None = None
    due: float | None = None
    outlook: "Outlook | None" = None


@frozen
class Step:
    """The new state, and the events that led to it."""

    state: EngineState
    events: tuple[Event, ...] = ()


def step(
    rules: Sequence[Rule],
    state: EngineState,
    observation: Observation,
    zone: tzinfo | None,
    shared: Mapping[str, RuleState] = MappingProxyType({}),
) -> Step:
    """Evaluate all rules after a poll. `zone` is the local time of schedules and texts.

    `shared` is what every polytop that watches the same calls has saved: an incident that one of
    them has begun or ended is the same incident here.
    """
    if state.due is not None and observation.now > state.due + SLEPT:
        # Nobody asked meanwhile: what came and went is not told.
        state = replace(state, judged=None)
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
        outlook=observation.outlook,
    )
    states: dict[str, RuleState] = {}
    events: list[Event] = []
    newest = evidence.newest_settled()
    unseen = range(0)
    if state.judged is not None and newest is not None:
        unseen = range(state.judged + grid.STEP, newest + grid.STEP, grid.STEP)
    started = observation.now if state.started is None else state.started
    for rule in rules:
        before = _limit_to_now(state.rules.get(rule.name, RuleState()), observation.now)
        others = shared.get(rule.name, RuleState())
        if state.judged is None and before.episode is not None:
            before, event = _end_unseen(rule, before, before.episode, others, evidence)
            events += [] if event is None else [event]
        states[rule.name], more = _evaluate(rule, before, others, evidence, unseen, started)
        events += more
    state = replace(
        state,
        rules=MappingProxyType(states),
        judged=state.judged if newest is None else newest,
        started=started,
    )
    return Step(state, tuple(events))


def _end_unseen(
    rule: Rule, before: RuleState, episode: Episode, others: RuleState, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """After a restart or sleep: the end of a raised alert that was over before it began again."""
    over = _find_break(rule, evidence, episode)
    if over is None or judge(rule, evidence, raised=True).verdict is not RuleVerdict.RAISE:
        return before, None
    return _advance(rule, before, others, _clear(evidence, over), evidence)


def _evaluate(
    rule: Rule,
    before: RuleState,
    others: RuleState,
    evidence: Evidence,
    unseen: range,
    started: float,
) -> tuple[RuleState, list[Event]]:
    """The new state of `rule`, and the events that led to it.

    `unseen` are windows that came together with a newer one: each is judged as if it had been the
    newest, so that every incident in them has its beginning and its end. Nobody is notified of one
    that was over before polytop `started`.
    """
    events: list[Event] = []
    looks = [evidence.as_of(each) for each in unseen] if rule.of_windows else []
    for then in (*looks, evidence):
        evaluation = judge(rule, then, raised=before.episode is not None)
        if before.episode is not None and 0 < before.episode.raised_at - evidence.now <= SLEPT:
            # The clock was set back a little: the windows that raised it are still to come.
            evaluation = replace(evaluation, verdict=RuleVerdict.KEEP)
        if then is not evidence and not _turns(before.episode, evaluation):
            continue
        after, event = _advance(rule, before, others, evaluation, then)
        event = event and replace(event, at=evidence.now)
        raised = events[-1] if events and events[-1].change is Change.RAISED else None
        if raised is not None and event is not None and event.change is Change.CLEARED:
            end = after.ended or evidence.now
            told = end > started and not raised.shared and _may_notify(rule, after, evidence.now)
            after = replace(after, notified_at=evidence.now if told else after.notified_at)
            text = messages.lasting_text(before.text, raised.since, end, evidence.zone)
            events[-1] = replace(raised, text=text, notified=told)
            event = replace(event, notified=told)
        elif then is evidence:
            if raised is not None:
                # It lasts: it is raised now.
                text = _text(after, evidence.now, evidence.zone)
                event = replace(events.pop(), text=text, value=evaluation.value)
            after, event = _notify_once(rule, after, others, event, evaluation, evidence)
        events += [] if event is None else [event]
        before = after
    return before, events


def _observe(rules: Sequence[Rule], state: EngineState, observation: Observation) -> EngineState:
    """Add the data of a poll to the state, and the time since when an answer is awaited."""
    reach = max(_KEPT, max((rule.reach for rule in rules), default=0) + _SPARE)
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
    ended = None if before.ended is None else min(before.ended, now)
    return replace(before, snooze=snooze, notified_at=notified_at, ended=ended)


def _turns(episode: Episode | None, evaluation: Evaluation) -> bool:
    """Return True if a window that was seen late begins or ends an incident.

    Those before the raise end nothing: the running window may have raised it.
    """
    if episode is None:
        return evaluation.verdict is RuleVerdict.RAISE
    later = evaluation.since >= grid.floor(episode.raised_at)
    return evaluation.verdict is RuleVerdict.CLEAR and later


def _advance(
    rule: Rule, before: RuleState, others: RuleState, evaluation: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event | None]:
    """Return the rule's new state and the event of its change, if any."""
    if evaluation.verdict is RuleVerdict.CLEAR and before.episode is not None:
        after, ended = _end_episode(rule, before, before.episode, evaluation, evidence)
        ended_there = others.ended is not None and others.ended > before.episode.since
        return after, replace(ended, shared=ended_there)
    now, episode, text, change, joined = evidence.now, before.episode, evaluation.text, None, False
    match evaluation.verdict:
        case RuleVerdict.RAISE:
            state = rule.severity
            if episode is None:
                since = _find_own_beginning(rule, evidence, evaluation.since, before.ended)
                episode, joined = _begin_episode(before, others, since, now)
                change = Change.RAISED
        case RuleVerdict.CLEAR:
            state = Severity.OK
        case RuleVerdict.UNKNOWN:
            state = Severity.UNKNOWN
        case RuleVerdict.KEEP:
            state = before.state if episode is None else rule.severity
    if change is None:
        change = _find_change(before, state)
    if episode is not None and evaluation.verdict is not RuleVerdict.RAISE:
        text = f"{text}, raised"
    kept = state is before.state and change is not Change.RAISED
    since = before.since if kept and before.since is not None else now
    after = replace(before, state=state, since=since, text=text, episode=episode)
    event = None if change is None else _event(rule, after, change, evaluation, evidence)
    return after, event and replace(event, shared=joined)


def _begin_episode(
    before: RuleState, others: RuleState, since: float, now: float
) -> tuple[Episode, bool]:
    """A new incident; True with it if another polytop has begun it already."""
    begun, ended = others.episode, others.ended or since
    if begun is not None and (before.ended or 0) <= begun.since < now:
        # This terminal has not been notified yet.
        return replace(begun, notified=False), True
    if ended > max(since, before.ended or since):
        # It is over already by the later data of another polytop.
        return Episode(since, now, notified=True), True
    return Episode(since, now), False


def _end_episode(
    rule: Rule, before: RuleState, episode: Episode, evaluation: Evaluation, evidence: Evidence
) -> tuple[RuleState, Event]:
    """Return the state after an incident, and the event of its end."""
    end = _find_end(rule, evidence, episode, int(evaluation.since))
    after = replace(
        before,
        state=Severity.OK,
        since=evidence.now,
        text=messages.cleared_text(evaluation.text, None if end is None else end - episode.since),
        episode=None,
        ended=evaluation.since if end is None else end,
    )
    event = _event(rule, after, Change.CLEARED, evaluation, evidence)
    ended = replace(event, since=episode.since, ended=after.ended)
    return after, replace(ended, notified=episode.ever_notified)


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
        text=_text(after, evidence.now, evidence.zone),
        since=evaluation.since if after.episode is None else after.episode.since,
        value=evaluation.value,
        limit=evidence.limit,
    )


def _text(rule: RuleState, now: float, zone: tzinfo | None) -> str:
    """The reason; of a raised alert also its beginning, and how long it has lasted by `now`."""
    if rule.episode is None:
        return rule.text
    return messages.lasting_text(rule.text, rule.episode.since, now, zone)


def _notify_once(
    rule: Rule,
    after: RuleState,
    others: RuleState,
    event: Event | None,
    evaluation: Evaluation,
    evidence: Evidence,
) -> tuple[RuleState, Event | None]:
    """Notify once of a raised rule: now, or as soon as cool-down and snooze allow it."""
    episode, now = after.episode, evidence.now
    if episode is None or episode.notified or episode.acknowledged:
        return after, event
    if evaluation.verdict is not RuleVerdict.RAISE or not _may_notify(rule, after, now):
        return after, event
    if event is None or event.change is not Change.RAISED:
        event = _event(rule, after, Change.STILL, evaluation, evidence)
        notified_there = others.episode is not None and others.episode.notified
        event = replace(event, shared=notified_there)
    episode = replace(episode, notified=True, ever_notified=True)
    return replace(after, episode=episode, notified_at=now), replace(event, notified=True)


def _may_notify(rule: Rule, state: RuleState, now: float) -> bool:
    """Return True if neither a snooze nor a cool-down holds the notification back."""
    if state.snooze is not None:
        return False
    return state.notified_at is None or now - state.notified_at >= rule.cooldown


def adopt(
    state: EngineState, known: Mapping[str, RuleState], shared: Mapping[str, RuleState]
) -> EngineState:
    """`state` with the acknowledgements and snoozes that another polytop has set.

    `known` is what was shared before, and `shared` what is now.
    """
    states = dict(state.rules)
    for name, others in shared.items():
        rule = states.get(name, RuleState())
        if others.snooze != known.get(name, RuleState()).snooze:
            rule = _with_snooze(rule, others.snooze)
        if rule.episode is not None and others.episode is not None and others.episode.acknowledged:
            rule = replace(rule, episode=replace(rule.episode, acknowledged=True))
        if rule != states.get(name, RuleState()):
            states[name] = rule
    return replace(state, rules=MappingProxyType(states))


def _with_snooze(rule: RuleState, snooze: Snooze | None) -> RuleState:
    """`rule` with `snooze`; at its end what is still raised is notified again."""
    again = rule.episode and replace(rule.episode, notified=False)
    return replace(rule, snooze=snooze, episode=rule.episode if snooze is None else again)


def acknowledge(
    rules: Sequence[Rule],
    state: EngineState,
    names: set[str],
    now: float,
    zone: tzinfo | None = None,
) -> Step:
    """Stop the notifications of these raised rules until they have cleared."""

    def mark_acknowledged(rule: RuleState) -> RuleState:
        if rule.episode is None or rule.episode.acknowledged:
            return rule
        return replace(rule, episode=replace(rule.episode, acknowledged=True))

    return _change_rules(rules, state, names, (now, zone), Change.ACKNOWLEDGED, mark_acknowledged)


def snooze(
    rules: Sequence[Rule],
    state: EngineState,
    names: set[str],
    now: float,
    until: float,
    zone: tzinfo | None = None,
) -> Step:
    """Stop the notifications of these rules until `until`; then notify if they are still raised.

    An `until` in the past ends the snooze.
    """

    def set_snooze(rule: RuleState) -> RuleState:
        return _with_snooze(rule, Snooze(until, until - now) if until > now else None)

    return _change_rules(rules, state, names, (now, zone), Change.SNOOZED, set_snooze)


def _change_rules(
    rules: Sequence[Rule],
    state: EngineState,
    names: set[str],
    at: tuple[float, tzinfo | None],
    change: Change,
    turn: Callable[[RuleState], RuleState],
) -> Step:
    """Apply `turn` to the rules of these names; return an event for each that it changed."""
    states, events, (now, zone) = dict(state.rules), [], at
    for rule in rules:
        before = states.get(rule.name)
        if rule.name not in names or before is None or (after := turn(before)) == before:
            continue
        states[rule.name] = after
        since = now if after.since is None else after.since
        since = since if after.episode is None else after.episode.since
        text = _text(after, now, zone)
        events.append(Event(now, rule.name, change, after.state, rule.severity, text, since))
    return Step(replace(state, rules=MappingProxyType(states)), tuple(events))
