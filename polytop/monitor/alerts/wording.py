"""Alerts in words, one sentence each; times are local."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from polytop.model import duration, grid
from polytop.model.alert_rules import Above, Below, Fall, Rise, Rule, Silent, Stale
from polytop.model.series import GAP
from polytop.model.stats import hundredths
from polytop.monitor.alerts.windows import Evidence, reference

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
    return f"{value} of {limit} ({hundredths(value / limit)} %)"


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
    within = duration.exact(condition.within * grid.STEP)
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
    age = duration.brief(evidence.now - evidence.awaited_since)
    since = clock(evidence.awaited_since, evidence.now, evidence.zone)
    return f"no answer for {age}, since {since}"


def fresh(evidence: Evidence) -> str:
    """How old the last answer is."""
    if evidence.answered_at is None:
        return "no answer yet"
    return f"last answer {duration.brief(evidence.now - evidence.answered_at)} ago"


def cleared(text: str, seconds: float) -> str:
    """That an alert is over after `seconds`, and what is said now."""
    return f"over after {duration.brief(seconds)}: {text}"


def meaning(rule: Rule) -> str:
    """What `rule` waits for: ``at or above 90 % in 2 of 3 windows``."""
    if isinstance(rule.condition, Stale):
        return f"no answer for {duration.exact(rule.condition.seconds)}"
    times = f" in {rule.times} of {rule.windows} windows" if rule.windows > 1 else ""
    return f"{_condition(rule)}{times}"


def _condition(rule: Rule) -> str:
    match rule.condition:
        case Above(level):
            return f"at or above {level}"
        case Below(level):
            return f"at or below {level}"
        case Rise(by, within):
            return f"up {by} or more within {duration.exact(within * grid.STEP)}"
        case Fall(by, within):
            return f"down {by} or more within {duration.exact(within * grid.STEP)}"
        case Silent(most):
            return f"at most {most} conversations" if most else "no conversation"
    raise TypeError("a rule about stale data looks at no window")
