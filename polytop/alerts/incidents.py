"""The incidents of a past range: what the rules find in its data, and what the log has of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo

from polytop.alerts import engine
from polytop.alerts.evidence import LATE
from polytop.alerts.log import LogEntry
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Change, EngineState, Event
from polytop.model import grid
from polytop.model.alert_rules import Below, Fall, Rule, Silent
from polytop.model.incident import Incident
from polytop.model.series import UNKNOWN, Series


def find_incidents(
    rules: Sequence[Rule], series: Series, limit: int | None, zone: tzinfo | None
) -> tuple[Incident, ...]:
    """The incidents that `rules` find in `series`, the total of all calls, by their beginning.

    Each window is judged as the monitor judges it, by what is known of it now. Rules about answers
    that do not come, and about forecasts, are left out: the data do not say when anybody asked.
    """
    judged = [rule for rule in rules if rule.of_windows]
    state = EngineState(judged=series.start - grid.STEP)
    events: list[Event] = []
    for window in grid.windows(series.start, series.end) if judged else ():
        end = window + grid.STEP
        now = float(end + LATE)
        # The state keeps the windows before.
        seen = engine.Observation(now, series.cut(window, end), now, limit, due=math.inf)
        step = engine.step(judged, state, seen, zone)
        state = step.state
        events += step.events
    begun: dict[str, Event] = {}
    found = []
    named = {rule.name: rule for rule in judged}
    for event in events:
        if event.change is Change.RAISED:
            begun[event.rule] = event
        elif event.change is Change.CLEARED and event.rule in begun:
            del begun[event.rule]
            found.append(_incident(named[event.rule], event.since, event.ended, series))
    found += [_incident(named[name], event.since, None, series) for name, event in begun.items()]
    return tuple(sorted(found, key=_order))


def _incident(rule: Rule, since: float, ended: float | None, series: Series) -> Incident:
    last = series.end if ended is None else grid.ceil(ended)
    values = [value for _, value in series.cut(grid.floor(since), last).known()]
    few = isinstance(rule.condition, Below | Fall | Silent)
    return Incident(
        rule.name,
        rule.severity,
        since,
        ended,
        earlier=series.at(since - grid.STEP) == UNKNOWN,
        extreme=(min if few else max)(values, default=None),
        few=few,
    )


def logged_incidents(entries: Iterable[LogEntry], watched: WatchedCalls) -> tuple[Incident, ...]:
    """The incidents of `watched` that the log has, by their beginning; `entries` in any order."""
    found: dict[tuple[str, float], Incident] = {}
    turns = (Change.RAISED, Change.STILL, Change.CLEARED)
    for entry in entries:
        if entry.since is None or entry.calls != watched.names or entry.event not in turns:
            continue
        key = entry.alert, entry.since
        known = found.get(key, Incident(entry.alert, entry.severity, entry.since, by_log=True))
        if entry.event == Change.CLEARED:
            ended = entry.at if entry.ended is None else entry.ended
            known = replace(known, ended=max(ended, known.since))
        found[key] = replace(known, told=bool(known.told) or entry.told)
    return tuple(sorted(found.values(), key=_order))


def join_incidents(
    found: Sequence[Incident], logged: Sequence[Incident], start: float, end: float
) -> tuple[Incident, ...]:
    """The incidents in `[start, end)`, each once: those of the data with what the log has besides.

    Two of one alert that overlap are one incident. Where the data do not show its beginning or its
    end, the log does.
    """
    rest = [each for each in logged if each.overlaps(start, end)]
    joined = []
    for each in found:
        last = math.inf if each.ended is None else each.ended
        same = [one for one in rest if one.rule == each.rule and one.overlaps(each.since, last)]
        rest = [one for one in rest if one not in same]
        joined.append(_with_log(each, same) if same else each)
    return tuple(sorted((*joined, *rest), key=_order))


def _with_log(incident: Incident, logged: Sequence[Incident]) -> Incident:
    first = min(each.since for each in logged)
    ends = [each.ended for each in logged if each.ended is not None]
    known = incident.ended
    if known is None and len(ends) == len(logged):
        known = max(ends)
    return replace(
        incident,
        since=min(incident.since, first) if incident.earlier else incident.since,
        earlier=incident.earlier and first >= incident.since,
        ended=known,
        told=any(each.told for each in logged),
    )


def _order(incident: Incident) -> tuple[float, str]:
    return incident.since, incident.rule
