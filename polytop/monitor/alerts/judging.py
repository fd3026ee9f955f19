"""What a rule says about the evidence: raise, clear, unknown, or nothing new. Pure functions.

A rule of m-of-n windows is raised where m windows are bad for certain, and clears where fewer
than m could be, whatever is still open. Between the two it stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from polytop.model import grid
from polytop.model.alert_rules import Missing, Rule, Stale
from polytop.monitor.alerts import wording
from polytop.monitor.alerts.windows import Evidence, Mark, mark


class Verdict(Enum):
    """What is to become of a rule."""

    RAISE = auto()
    CLEAR = auto()
    UNKNOWN = auto()
    KEEP = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict in words. `since` is the start of what it is about, epoch seconds."""

    verdict: Verdict
    text: str
    since: float
    value: int | None = None


def judge(rule: Rule, evidence: Evidence, *, raised: bool) -> Finding:
    """What `evidence` says about `rule`, which is `raised` or not."""
    if isinstance(rule.condition, Stale):
        return _judge_age(rule, rule.condition, evidence)
    newest = evidence.newest()
    for last in range(evidence.running, newest - grid.STEP, -grid.STEP):
        windows = _windows(rule, last)
        marks = [mark(rule, evidence, window) for window in windows]
        if marks.count(Mark.BAD) >= rule.times:
            return _raise(rule, evidence, windows, marks)
    # `windows` and `marks` are now those up to the newest settled window.
    verdict = _settled_verdict(rule, marks, raised=raised)
    if verdict is Verdict.UNKNOWN:
        at = windows[marks.index(Mark.UNKNOWN)]
        return Finding(verdict, wording.unknown(rule, evidence, at), at)
    value = evidence.series.at(newest)
    text = wording.reading(value, evidence.limit)
    return Finding(verdict, text, newest, value if value >= 0 else None)


def _windows(rule: Rule, last: int) -> range:
    return range(last - (rule.windows - 1) * grid.STEP, last + grid.STEP, grid.STEP)


def _settled_verdict(rule: Rule, marks: Sequence[Mark], *, raised: bool) -> Verdict:
    """The verdict where fewer than `times` windows are bad."""
    bad, between = marks.count(Mark.BAD), marks.count(Mark.BETWEEN) if raised else 0
    unknown, left_open = marks.count(Mark.UNKNOWN), marks.count(Mark.OPEN)
    if bad + between + unknown + left_open < rule.times:
        return Verdict.CLEAR
    if raised:
        told_so = rule.missing is Missing.UNKNOWN and unknown
        return Verdict.UNKNOWN if told_so else Verdict.KEEP
    return Verdict.UNKNOWN if bad + unknown >= rule.times else Verdict.KEEP


def _raise(rule: Rule, evidence: Evidence, windows: range, marks: Sequence[Mark]) -> Finding:
    bad = [window for window, each in zip(windows, marks, strict=True) if each is Mark.BAD]
    value = evidence.series.at(bad[-1])
    text = wording.raised(rule, evidence, bad)
    return Finding(Verdict.RAISE, text, bad[0], value if value >= 0 else None)


def _judge_age(rule: Rule, condition: Stale, evidence: Evidence) -> Finding:
    since = evidence.awaited_since
    late = evidence.now - since >= condition.seconds
    if late and rule.schedule.covers(evidence.now, evidence.zone):
        return Finding(Verdict.RAISE, wording.stale(evidence), since)
    return Finding(Verdict.CLEAR, wording.fresh(evidence), since)
