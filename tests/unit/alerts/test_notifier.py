"""The alarm over snapshots, and the log that it writes."""

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from alert_tables import moment, rule
from hypothesis import given
from hypothesis import strategies as st

from polytop.alerts.log import AlertLog
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.state import AlertView, Change, Event
from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity, Severity, Summary
from polytop.model.target import ClientEnv, Filters, Target

TARGET = Target("ws-1", "PROJECT-1", "https://a.example", "uk-1")
WATCHED = WatchedCalls("prod", TARGET)


def snapshot(when: str, *values: int, filters: Filters | None = None) -> Snapshot:
    """A poll that brings these values, the last of them of the window that ended last."""
    now = moment(when)
    end = grid.floor(now)
    start = end - len(values) * grid.STEP
    view = View(filters or Filters(), len(values) * grid.STEP)
    capacity = Capacity() if view.filters.active() else Capacity(120)
    return Snapshot(
        at=now,
        view=view,
        wanted=view,
        start=start,
        end=end,
        total=Series(start, values),
        summary=Summary(),
        capacity=capacity,
        fetched_at=now,
        next_at=now + 30,
    )


class Hand:
    """A clock, a terminal and an alarm at hand."""

    def __init__(
        self,
        *rules: Rule,
        alert_log: AlertLog | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.now, self.written = 0.0, ""
        self.alarm = AlertNotifier(
            rules,
            WATCHED,
            clock=lambda: self.now,
            zone=UTC,
            write=self.write,
            environ={"TERM": "xterm-kitty", "PATH": os.environ["PATH"]},
            alert_log=alert_log,
            changed=changed,
        )

    def write(self, text: str) -> None:
        self.written += text

    def poll(self, when: str, *values: int, filters: Filters | None = None) -> AlertView:
        self.now = float(moment(when))
        return self.alarm.consume(snapshot(when, *values, filters=filters))

    def tick(self, when: str) -> AlertView:
        self.now = float(moment(when))
        return self.alarm.tick()


def named(name: str, text: str) -> Rule:
    return replace(rule(text), name=name)


BELL_AND_DESKTOP = "tell = ['bell', 'desktop']"
NEAR = named("near", f"above = '90%', {BELL_AND_DESKTOP}")


def test_without_rules_there_is_no_state() -> None:
    hand = Hand()
    assert hand.poll("14:06:30", 120) == AlertView()


def test_before_the_first_poll_nothing_is_known_and_nothing_happens() -> None:
    hand = Hand(NEAR)
    for view in (hand.alarm.view, hand.tick("14:06:30")):
        assert view.state is Severity.UNKNOWN
        assert view.events == ()
        (shown,) = view.rules
        assert (shown.state, shown.since, shown.raised) == (Severity.UNKNOWN, None, False)


def test_it_says_how_every_rule_stands_and_the_worst_of_them() -> None:
    warn = named("busy", "above = '80%', severity = 'warning'")
    stale = named("stale", "stale = '10m'")
    hand = Hand(warn, NEAR, stale)
    assert hand.poll("14:06:30", 95).state is Severity.OK
    view = hand.poll("14:11:30", 95, 100)
    assert view.state is Severity.WARNING
    view = hand.poll("14:16:30", 95, 100, 108)
    assert view.state is Severity.CRITICAL
    assert [(one.rule.name, one.state, one.raised) for one in view.rules] == [
        ("busy", Severity.WARNING, True),
        ("near", Severity.CRITICAL, True),
        ("stale", Severity.OK, False),
    ]
    assert [one.text for one in view.rules] == [
        "108 of 120",
        "108 of 120",
        "last answer 0 s ago",
    ]
    assert view.rules[0].since == moment("14:05")
    assert view.rules[1].since == moment("14:10")


def test_bell_and_desktop_are_written_once_and_the_end_rings_no_bell() -> None:
    hand = Hand(
        NEAR, named("as near", f"above = 108, {BELL_AND_DESKTOP}"), named("mute", "above = 1")
    )
    hand.poll("14:06:30", 108)
    head = "\x1b]777;notify;polytop prod: "
    line = " · polytop -p prod --at 2026-09-21T14:00Z"
    assert hand.written == (
        f"{head}CRITICAL;near: 108 of 120 since 14:00 (6 min){line}\a"
        f"{head}CRITICAL;as near: 108 of 120 since 14:00 (6 min){line}\a"
        "\a"
    )
    hand.written = ""
    hand.poll("14:07:00", 108)
    assert hand.written == ""
    hand.poll("14:11:30", 108, 60)
    assert hand.written == (
        f"{head}cleared;near: over after 5 min: 60 of 120 (50 %){line}\a"
        f"{head}cleared;as near: over after 5 min: 60 of 120 (50 %){line}\a"
    )


def test_between_polls_time_alone_raises_what_it_can() -> None:
    hand = Hand(named("stale", "stale = '10m'"), NEAR)
    hand.poll("14:06:30", 50)
    for minute in range(7, 16):
        hand.tick(f"14:{minute:02}:30")
    assert hand.tick("14:16:00").state is Severity.UNKNOWN
    view = hand.tick("14:16:30")
    assert [(each.rule, each.change) for each in view.events] == [
        ("stale", Change.RAISED),
        ("near", Change.UNKNOWN),
    ]
    assert view.events[0].text == "no answer since 14:06 (10 min)"
    assert hand.poll("14:17:00", 50, 50, 50).state is Severity.OK


def test_the_sleep_of_the_machine_between_two_ticks_is_no_outage() -> None:
    hand = Hand(named("stale", "stale = '10m'"))
    hand.poll("14:06:30", 50)
    hand.tick("14:07:30")
    view = hand.tick("17:00:00")
    assert (view.state, view.rules[0].text) == (Severity.OK, "last answer 2 h ago")
    for minute in range(1, 10):
        assert hand.tick(f"17:{minute:02}:00").state is Severity.OK
    assert hand.tick("17:10:00").state is Severity.CRITICAL


def test_a_selection_is_not_held_against_the_rules() -> None:
    hand = Hand(NEAR)
    hand.poll("14:06:30", 60)
    for filters in (Filters(language="en-GB"), Filters(ClientEnv.SANDBOX)):
        view = hand.poll("14:11:30", 60, 120, filters=filters)
        assert view.state is Severity.OK
    view = hand.poll("14:16:30", 60, 120, 120, filters=Filters(language="en-GB"))
    assert view.state is Severity.UNKNOWN
    assert view.rules[0].text == "not watched since 14:05: the screen shows a selection"
    assert hand.poll("14:17:00", 60, 60, 60).state is Severity.OK


def test_a_second_feed_that_fails_is_no_lack_of_answers_while_the_first_has_some() -> None:
    hand = Hand(named("stale", "stale = '10m'"))
    hand.poll("14:06:30", 50)
    failing = snapshot("14:06:30", 50)
    for minute in range(7, 30):
        when = f"14:{minute:02}:30"
        hand.poll(when, 50, filters=Filters(language="en-GB"))
        now = float(moment(when))
        view = hand.alarm.consume(replace(failing, at=now, next_at=now + 30))
        assert view.state is Severity.OK
        assert view.rules[0].text == "last answer 0 s ago"


def test_what_a_shorter_window_shows_adds_to_what_was_seen() -> None:
    hand = Hand(named("long", "above = 100, times = 3, windows = 6"))
    hand.poll("14:31:30", 50, 50, 101, 50, 101, 50)
    assert hand.poll("14:36:30", 101).state is Severity.CRITICAL


def test_acknowledge_and_snooze() -> None:
    hand = Hand(NEAR, named("other", "above = 100"))
    hand.poll("14:06:30", 110)
    view = hand.alarm.acknowledge(["near"])
    assert [one.acknowledged for one in view.rules] == [True, False]
    view = hand.alarm.snooze(moment("14:30"))
    assert [one.snoozed_until for one in view.rules] == [moment("14:30")] * 2
    changes = [(each.rule, each.change) for each in view.events[:3]]
    assert changes == [
        ("other", Change.SNOOZED),
        ("near", Change.SNOOZED),
        ("near", Change.ACKNOWLEDGED),
    ]
    view = hand.alarm.snooze(hand.now, ["other"])
    assert [one.snoozed_until for one in view.rules] == [moment("14:30"), None]
    assert hand.tick("14:30").rules[0].snoozed_until is None


async def test_a_command_that_fails_is_in_the_view_until_it_goes_well(tmp_path: Path) -> None:
    import asyncio

    ended = asyncio.Event()
    flag = tmp_path / "flag"
    words = f"exec = ['test', '-e', '{flag}']"
    hand = Hand(named("near", f"above = 108, {words}"), changed=ended.set)
    hand.poll("14:06:30", 110)
    await asyncio.wait_for(ended.wait(), 20)
    (problem,) = hand.alarm.view.problems
    assert problem.summary == "The command of the alert near ended with status 1"
    flag.touch()
    ended.clear()
    hand.poll("14:11:30", 110, 50)
    await asyncio.wait_for(ended.wait(), 20)
    assert hand.alarm.view.problems == ()
    await hand.alarm.aclose()


# -- the log


def events(alert_log: AlertLog) -> list[tuple[str, str, str]]:
    return [(one.alert, one.event, one.text) for one in alert_log.newest()]


def test_the_log_holds_every_event_newest_first_and_is_the_users_own(tmp_path: Path) -> None:
    alert_log = AlertLog(tmp_path / "data" / "alerts.jsonl")
    assert events(alert_log) == []
    hand = Hand(NEAR, alert_log=alert_log)
    hand.poll("14:06:30", 110)
    hand.alarm.acknowledge()
    hand.poll("14:11:30", 110, 60)
    assert events(alert_log) == [
        ("near", "cleared", "over after 5 min: 60 of 120 (50 %)"),
        ("near", "acknowledged", "110 of 120 since 14:00 (6 min)"),
        ("near", "raised", "110 of 120 since 14:00 (6 min)"),
    ]
    raised = list(alert_log.newest())[-1]
    assert (raised.at, raised.profile) == (moment("14:06:30"), "prod")
    assert raised.state is Severity.CRITICAL
    written = json.loads(alert_log.path.read_text().splitlines()[0])
    assert (written["value"], written["limit"], written["told"]) == (110, 120, True)
    assert stat.S_IMODE(alert_log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(alert_log.path.parent.stat().st_mode) == 0o700


def event(text: str) -> Event:
    state, severity = Severity.CRITICAL, NEAR.severity
    return Event(moment("14:06"), "near", Change.RAISED, state, severity, text, moment("14:00"))


def test_a_log_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    alert_log = AlertLog(tmp_path / "alerts.jsonl")
    alert_log.path.touch(0o644)
    alert_log.append(WATCHED, event("x"))
    assert stat.S_IMODE(alert_log.path.stat().st_mode) == 0o600


def test_the_log_is_bounded_and_keeps_the_latest(tmp_path: Path) -> None:
    alert_log = AlertLog(tmp_path / "alerts.jsonl", largest=2_000)
    for number in range(100):
        alert_log.append(WATCHED, event(str(number)))
    kept = [int(one.text) for one in alert_log.newest()]
    assert kept == list(range(99, 99 - len(kept), -1))
    assert len(kept) >= 5
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes.keys() == {"alerts.jsonl", "alerts.jsonl.1"}
    assert max(sizes.values()) <= 2_000


@given(st.binary(max_size=300), st.integers(0, 200))
def test_whatever_stands_in_the_log_what_is_appended_can_be_read(spoilt: bytes, cut: int) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        alert_log = AlertLog(Path(folder) / "alerts.jsonl")
        alert_log.append(WATCHED, event("torn"))
        alert_log.path.write_bytes(spoilt + alert_log.path.read_bytes()[:cut])
        alert_log.append(WATCHED, event("whole"))
        assert next(alert_log.newest()).text == "whole"


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "{}",
        '{"at": 1}',
        json.dumps({"at": "yesterday"}),
        pytest.param("[" * 100_000, id="deep"),
        '{"at": "2026-09-21T14:00:00Z", "profile": 1, "alert": "", "event": "", "state": ""}',
    ],
)
def test_a_line_that_is_no_entry_is_left_out(tmp_path: Path, line: str) -> None:
    alert_log = AlertLog(tmp_path / "alerts.jsonl")
    alert_log.path.write_text(f"{line}\n")
    assert list(alert_log.newest()) == []


def test_what_the_log_holds_is_safe_to_show(tmp_path: Path) -> None:
    alert_log = AlertLog(tmp_path / "alerts.jsonl")
    alert_log.append(WATCHED, event("\x1b]0;x\a" + "long" * 200))
    text = next(alert_log.newest()).text
    assert text.startswith("␛]0;x␇")
    assert len(text) == 300


def test_a_log_that_cannot_be_written_is_said_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "file"
    place.touch()
    hand = Hand(NEAR, alert_log=AlertLog(place / "alerts.jsonl"))
    hand.poll("14:06:30", 110)
    view = hand.poll("14:11:30", 110, 60)
    assert [each.change for each in view.events] == [Change.CLEARED, Change.RAISED]
    (problem,) = view.problems
    assert problem.summary == "The log of alerts was not written: File exists"
    assert len(caplog.records) == 1
    place.unlink()
    assert hand.poll("14:16:30", 110, 60, 110).problems == ()
