"""The header now and in the past."""

import re
from dataclasses import replace

import pytest
from render_scene import START, scene, snap

from polytop.alerts.state import AlertView, RuleView
from polytop.model.alert_rules import Above, Level, LimitWithin, Rule
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Fault
from polytop.model.stats import Severity
from polytop.ui.render.header import alert_lines, header


def test_the_header_tells_the_state_of_now_while_one_looks_back():
    shot = snap([60] * 72, past=True)
    line = header(shot, scene(shot, cursor=START), 120)
    assert "● live · 6 s ago" in line.text
    assert "frozen at" in header(shot, scene(shot, cursor=START, frozen=True), 120).text


@pytest.mark.parametrize(("kind", "words"), [(Kind.BROKEN, "▲ stale"), (Kind.OFFLINE, "✖ offline")])
def test_a_fault_is_told_while_one_looks_at_the_past(kind, words):
    shot = snap([60] * 72, fault=Fault(Problem(kind, "It failed", "Wait"), START))
    for width in (40, 60, 120):
        assert words in header(shot, scene(shot, cursor=START), width).text


@pytest.mark.parametrize(
    ("text", "words"), [("120 of 120", ""), ("120 of 120 in 3 of 3 windows", ", 1 more: L")]
)
def test_an_alert_that_says_less_of_the_same_is_not_counted(text, words):
    shot = snap([120] * 72)
    rules = [
        RuleView(Rule(name, Above(Level(at))), state, START, said, raised=True)
        for name, at, state, said in (
            ("critical", 108, Severity.CRITICAL, "120 of 120"),
            ("warning", 96, Severity.WARNING, text),
        )
    ]
    here = replace(scene(shot), alerts=AlertView(Severity.CRITICAL, tuple(rules)))
    assert f'120 of 120, rule "critical"{words} ' in header(shot, here, 160).text
    (line,) = alert_lines(shot, here, 80)
    assert ("1 more" in line.text) == bool(words)


@pytest.mark.parametrize("silence", ["", "acknowledged", "snoozed"])
@pytest.mark.parametrize("width", range(36, 121, 7))
def test_an_alert_is_told_to_its_end_over_hours_at_every_width(width, silence):
    shot = snap([120] * 72)
    text = "up 55 within 15 min (53 → 108) in 2 of 3 windows"
    rule = RuleView(
        Rule("rise", Above(Level(108))), Severity.CRITICAL, START, text, raised=True,
        acknowledged=silence == "acknowledged",
        snoozed_until=shot.at + 40_000 if silence == "snoozed" else None,
    )  # fmt: skip
    here = replace(scene(shot), alerts=AlertView(Severity.CRITICAL, (rule,)))
    for minutes in range(0, 600, 53):
        now = replace(here, now=shot.at + 60 * minutes)
        lines = alert_lines(shot, now, width)
        told = " ".join(each.text.strip() for each in lines) + header(shot, now, width).text
        assert re.search(rf"{re.escape(text)} since (Wed 19 )?09:00 \([^)]+\)", told)
        assert silence in told
        assert len(lines) <= 3


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
def test_why_the_state_is_unknown_is_told_at_every_width_over_hours(width):
    shot = snap([60] * 72)
    text = "no forecast: too little history"
    rule = RuleView(Rule("ahead", LimitWithin(1_800)), Severity.UNKNOWN, START, text)
    calm = RuleView(Rule("critical", Above(Level(108))), Severity.OK, START, "60 of 120 (50 %)")
    here = replace(scene(shot), alerts=AlertView(Severity.UNKNOWN, (calm, rule)))
    for minutes in range(0, 600, 53):
        now = replace(here, now=shot.at + 60 * minutes)
        lines = alert_lines(shot, now, width)
        assert (
            " ".join([header(shot, now, width).text, *(each.text for each in lines)]).count(text)
            == 1
        )
    assert alert_lines(shot, replace(here, alerts=AlertView(Severity.OK, (calm,))), width) == ()


def test_what_is_remembered_says_how_old_it_is():
    shot = snap([60] * 9)
    shot = replace(shot, remembered=True, fetched_at=shot.at - 3 * 3_600)
    text = header(shot, scene(shot), 120).text
    assert "○ from history · 3 h old · connecting" in text


def test_ages_are_in_the_time_of_whoever_watches_a_clock_that_runs_fast():
    shot = snap([60] * 9)
    here = scene(shot)
    here = replace(here, subject=here.subject._replace(speed=60.0))
    for seconds in range(0, 360, 30):
        moved = replace(here, now=shot.fetched_at + seconds)
        assert f"● live · {seconds // 60} s ago" in header(shot, moved, 120).text
    old = replace(shot, remembered=True)
    assert "from history · 5 s old" in header(old, moved, 120).text
