"""What is told and written down about one event: plain values, the same in every way of telling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from polytop.alerts.evidence import Evidence, reference
from polytop.alerts.state import Change, Event
from polytop.model import grid, timeparse
from polytop.model.alert_rules import Above, Below, Fall, Rise, Rule, Silent, Stale
from polytop.model.series import GAP
from polytop.model.stats import whole_percent
from polytop.model.target import ClientEnv, Target

_DAY = 86_400


def clock(moment: float, now: float, zone: tzinfo | None) -> str:
    """`moment` as hours and minutes, with the date where it is a day or more from `now`."""
    local = datetime.fromtimestamp(moment, zone)
    return local.strftime("%H:%M" if abs(now - moment) < _DAY else "%Y-%m-%d %H:%M")


def reading(value: int, limit: int | None) -> str:
    """``108 of 120 (90 %)``, ``108`` without a limit, or that there is no value."""
    if value < 0:
        return "left out of the answer" if value == GAP else "not fetched"
    if limit is None:
        return str(value)
    return f"{value} of {limit} ({whole_percent(value / limit)} %)"


def raised(rule: Rule, evidence: Evidence, bad: Sequence[int]) -> str:
    """Why `rule` is raised by the windows `bad`, oldest first."""
    said = _said(rule, evidence, bad[-1])
    share = f" in {len(bad)} of {rule.windows} windows" if rule.windows > 1 else ""
    return f"{said}{share}, since {clock(bad[0], evidence.now, evidence.zone)}"


def _said(rule: Rule, evidence: Evidence, window: int) -> str:
    value, condition = evidence.series.at(window), rule.condition
    if value < 0:
        return reading(value, evidence.limit)
    if isinstance(condition, Silent):
        return f"silence: {value} conversations" if value != 1 else "silence: 1 conversation"
    if not isinstance(condition, Rise | Fall):
        return reading(value, evidence.limit)
    before = reference(rule, evidence, window)
    assert before is not None
    direction = "up" if isinstance(condition, Rise) else "down"
    within = timeparse.exact_duration(condition.within * grid.STEP)
    return f"{direction} {abs(value - before)} within {within} ({before} → {value})"


def unknown(rule: Rule, evidence: Evidence, window: int) -> str:
    """Why nothing can be said about `rule`, of which `window` is the first sign."""
    if evidence.limit is None and any(level.percent for level in rule.levels()):
        return "the limit is not known"
    since = clock(window, evidence.now, evidence.zone)
    if not evidence.watched:
        return f"not watched since {since}: the screen shows a selection"
    what = "left out of the answer" if evidence.series.at(window) == GAP else "no data"
    return f"{what} since {since}"


def stale(evidence: Evidence) -> str:
    """That no answer comes, and for how long."""
    age = timeparse.brief_duration(evidence.now - evidence.awaited_since)
    since = clock(evidence.awaited_since, evidence.now, evidence.zone)
    return f"no answer for {age}, since {since}"


def fresh(evidence: Evidence) -> str:
    """How old the last answer is."""
    if evidence.answered_at is None:
        return "no answer yet"
    return f"last answer {timeparse.brief_duration(evidence.now - evidence.answered_at)} ago"


def cleared(text: str, seconds: float) -> str:
    """That an alert is over after `seconds`, and what is said now."""
    return f"over after {timeparse.brief_duration(seconds)}: {text}"


def meaning(rule: Rule) -> str:
    """What `rule` waits for: ``at or above 90 % in 2 of 3 windows``."""
    if isinstance(rule.condition, Stale):
        return f"no answer for {timeparse.exact_duration(rule.condition.seconds)}"
    times = f" in {rule.times} of {rule.windows} windows" if rule.windows > 1 else ""
    return f"{_condition(rule)}{times}"


def _condition(rule: Rule) -> str:
    match rule.condition:
        case Above(level):
            return f"at or above {level}"
        case Below(level):
            return f"at or below {level}"
        case Rise(by, within):
            return f"up {by} or more within {timeparse.exact_duration(within * grid.STEP)}"
        case Fall(by, within):
            return f"down {by} or more within {timeparse.exact_duration(within * grid.STEP)}"
        case Silent(most):
            return f"at most {most} conversations" if most else "no conversation"
    raise TypeError("a rule about stale data looks at no window")


@dataclass(frozen=True, slots=True)
class Watched:
    """What the rules are about: all conversations of one environment of the profile's target."""

    profile: str
    target: Target
    client_env: ClientEnv = ClientEnv.LIVE


@dataclass(frozen=True, slots=True)
class Notice:
    """An event with the rule that it is about, and what is watched."""

    watched: Watched
    rule: Rule
    event: Event

    @property
    def calls(self) -> bool:
        """Whether it asks for attention: the end of an alert does not."""
        return self.event.change is not Change.CLEARED

    @property
    def title(self) -> str:
        """``polytop prod: CRITICAL``, ``polytop prod: cleared``."""
        what = self.event.state.name if self.calls else self.event.change.value
        return f"polytop {self.watched.profile}: {what}"

    @property
    def body(self) -> str:
        """The rule's name and the event in words."""
        return f"{self.rule.name}: {self.event.text}"


def fields(watched: Watched, event: Event) -> dict[str, Any]:
    """The event as JSON carries it; times are ISO 8601 in UTC, what is not known is None."""
    return {
        "at": grid.to_iso(event.at),
        "event": event.change.value,
        "alert": event.rule,
        "state": event.state.name,
        "severity": event.severity.name.lower(),
        "text": event.text,
        "since": grid.to_iso(event.since),
        "value": event.value,
        "limit": event.limit,
        "told": event.told,
        "profile": watched.profile,
        "account_id": watched.target.account_id,
        "project_id": watched.target.project_id,
        "region": watched.target.region,
        "client_env": watched.client_env.value,
    }
