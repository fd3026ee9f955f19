"""Capsules of incidents for tests."""

from dataclasses import replace
from typing import Any

from alert_tables import moment as at

from polytop.alerts.capsule import (
    Capsule,
    CapsuleMark,
    Look,
    moment,
    new_capsule,
    pack_series,
)
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Change, Event
from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import Severity
from polytop.model.target import Target

WATCHED = WatchedCalls("prod", Target("ws-1", "PROJECT-1", "https://a.example", "uk-1"))


def event(change: Change, when: str, since: str = "14:05", **values: Any) -> Event:
    return Event(
        at=at(when),
        **{"rule": "near", "text": f"{change.value} text", "value": 110, "limit": 120, **values},
        change=change,
        state=Severity.CRITICAL,
        severity=Severity.CRITICAL,
        since=at(since),
    )


def look(when: str, **values: Any) -> Look:
    """A look at three windows that have ended, one of them a gap, and at the one that runs."""
    start = grid.floor(at(when)) - 4 * grid.STEP
    series = Series(start, (UNKNOWN, 100, GAP, 108, 110), frozenset({start + 4 * grid.STEP}))
    found = Look(
        at=moment(at(when)),
        polytop="0.1.0",
        start=moment(start),
        step_seconds=grid.STEP,
        total=pack_series(series, frozenset({start + grid.STEP, start + 2 * grid.STEP})),
        slice_by="variant",
        rows=(pack_series(series, frozenset(), "v-1", "Main line"),),
        rows_left_out=0,
        marks=(CapsuleMark(moment(start), "deployed v2"),),
        forecast={"method": None, "reason": "too little history", "points": []},
        text="120 ┤▅▄█░",
        picture=f"<svg>{when}</svg>",
    )
    return replace(found, **values)


def begun(since: str = "14:05", **values: Any) -> Capsule:
    known = new_capsule(WATCHED, event(Change.RAISED, "14:06:30", since))
    return replace(known, **{"beginning": look("14:06:30"), **values})


def over(since: str = "14:05", **values: Any) -> Capsule:
    cleared = event(Change.CLEARED, "14:31:30", since, ended=at("14:30"))
    return replace(new_capsule(WATCHED, cleared), **{"end": look("14:31:30"), **values})
