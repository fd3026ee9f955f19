"""A rule about the forecast, over several polls: `forecast = "limit within 30m"`."""

from dataclasses import dataclass, field
from datetime import UTC

import pytest
from alert_tables import moment, rule, said

from polytop.alerts import engine
from polytop.alerts.incidents import find_incidents
from polytop.alerts.state import EngineState
from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.forecast import (
    Absence,
    Forecast,
    Method,
    Outlook,
    TimeToLimit,
    call_limit,
    no_forecast,
)
from polytop.model.forecast import LimitCall as Call
from polytop.model.series import Series

LIMIT, STEPS = 120, 18
RULE = 'forecast = "limit within 30m"'


def outlook(now: float, reaches: int | None, *, wide: int = 0, steps: int = STEPS) -> Outlook:
    """A forecast that reaches the limit in the window `reaches` after now's, counted from 1.

    Its range reaches it `wide` windows before.
    """
    first = grid.floor(now)

    def line(at: int | None) -> tuple[float, ...]:
        return tuple(float(LIMIT if at and each >= at else 50) for each in range(1, steps + 1))

    points, high = line(reaches), line(reaches and reaches - wide)
    called = call_limit(LIMIT, points, points, high)
    record = TimeToLimit(called.call, called.first, called.last, 9, 10)
    found = Forecast(0, Method.RATIO, points, points, high, (), 0.9, record)
    return Outlook(found, tuple(range(first, first + steps * grid.STEP, grid.STEP)), first - 300)


@dataclass
class Watch:
    """One rule, and polls with forecasts."""

    rule: Rule
    state: EngineState = field(default_factory=EngineState)

    def poll(self, when: str, found: Outlook | None, *, limit: int | None = LIMIT) -> str:
        """One poll: the state, and what happened."""
        now = float(moment(when))
        end = grid.floor(now) + grid.STEP
        series = Series(end - 3_600, (50,) * 12)
        seen = engine.Observation(now, series, now, limit, due=now + 300, outlook=found)
        step = engine.step([self.rule], self.state, seen, UTC)
        self.state = step.state
        self.events = step.events
        return f"{self.state.rules['r'].state.name} {said(step.events)}".strip()

    @property
    def text(self) -> str:
        return self.state.rules["r"].text


def at(when: str, reaches: int | None, *, wide: int = 0, steps: int = STEPS) -> Outlook:
    return outlook(moment(when), reaches, wide=wide, steps=steps)


def test_an_incident_from_the_first_forecast_to_the_limit_and_back() -> None:
    watch = Watch(rule(f"{RULE}, severity = 'warning'"))
    assert watch.poll("14:01", at("14:01", 12)) == "OK"
    assert watch.text == "limit not within 30 min"
    assert watch.poll("14:06", at("14:06", 8)) == "OK"
    assert watch.poll("14:11", at("14:11", 6)) == "WARNING raised, told"
    assert watch.events[0].text == (
        "limit 120 forecast for 14:35 (such calls held 9 of 10 times) since 14:11 (<1 min)"
    )
    assert watch.events[0].value == 50
    assert watch.poll("14:16", at("14:16", 5)) == "WARNING"
    # Where the range alone reaches the limit, the alert neither begins nor ends.
    assert watch.poll("14:21", at("14:21", 9, wide=4)) == "WARNING"
    assert watch.text == "limit possible from 14:40, raised"
    # What nobody can forecast ends nothing.
    assert watch.poll("14:26", Outlook(no_forecast(Absence.TOO_OLD))) == "WARNING"
    assert watch.poll("14:31", at("14:31", 1)) == "WARNING"
    now = Forecast(0, Method.RATIO, (50.0,), (50.0,), (50.0,), (), 0.9, TimeToLimit(Call.NOW, 0, 0))
    assert watch.poll("14:36", Outlook(now, (moment("14:35"),))) == "WARNING"
    assert watch.text == "limit 120 reached"
    assert watch.poll("14:41", at("14:41", None)) == "OK cleared, told"
    (ended,) = watch.events
    assert (ended.since, ended.ended) == (moment("14:11"), moment("14:41"))
    assert ended.text == "over after 30 min: limit not within 30 min"
    assert watch.poll("14:46", at("14:46", 4)) == "WARNING raised, told"
    assert watch.events[0].since == moment("14:46")


@pytest.mark.parametrize(
    ("found", "state", "text"),
    [
        (None, "UNKNOWN", "no forecast yet"),
        (Outlook(no_forecast(Absence.TOO_LITTLE)), "UNKNOWN", "no forecast: too little history"),
        (Outlook(no_forecast(Absence.NOT_BETTER)), "UNKNOWN", f"no forecast: {Absence.NOT_BETTER}"),
        (at("14:01", None, steps=3), "UNKNOWN", "no forecast as far as 30 min"),
        (at("14:01", 3, steps=3), "CRITICAL", "limit 120 forecast for 14:10"),
        (at("14:01", 7), "CRITICAL", "limit 120 forecast for 14:30"),
        (at("14:01", 8), "OK", "limit not within 30 min"),
        (at("14:01", 8, wide=7), "OK", "limit possible from 14:00"),
    ],
)
def test_the_first_poll(found: Outlook | None, state: str, text: str) -> None:
    watch = Watch(rule(RULE))
    assert watch.poll("14:01", found).split()[0] == state
    assert watch.text.removesuffix(" (such calls held 9 of 10 times)") == text


def test_without_a_limit_nothing_is_known() -> None:
    watch = Watch(rule(RULE))
    assert watch.poll("14:01", at("14:01", 2), limit=None) == "UNKNOWN unknown"
    assert watch.text == "the limit is not known"


def test_outside_its_hours_it_is_ok() -> None:
    watch = Watch(rule(f"{RULE}, hours = '14:00-14:10'"))
    assert watch.poll("14:06", at("14:06", 2)) == "CRITICAL raised, told"
    assert watch.poll("14:11", at("14:11", 2)) == "OK cleared, told"
    assert watch.poll("14:16", at("14:16", 2)) == "OK"


def test_the_data_of_the_past_have_no_forecast() -> None:
    series = Series(moment("14:00"), (LIMIT,) * 12)
    assert find_incidents([rule(RULE)], series, LIMIT, UTC) == ()
