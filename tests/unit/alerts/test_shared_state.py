"""Several polytops that watch the same calls, and one file of alerts."""

from dataclasses import replace
from pathlib import Path

import pytest
from alert_day import BREACHES, OUTAGES, within
from alert_programs import WATCHED, Program
from alert_tables import DAY, moment, rule
from hypothesis import given
from hypothesis import strategies as st

from polytop.alerts.log import AlertLog
from polytop.alerts.state import Change


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alert-state.json"


def test_an_acknowledgement_and_a_snooze_reach_the_other(path: Path) -> None:
    one, two = Program(path), Program(path)
    one.poll(moment("10:01:30"))
    two.poll(moment("10:01:50"))
    one.notifier.acknowledge()
    two.tick(moment("10:02:00"))
    assert two.rule.acknowledged
    two.notifier.snooze(moment("11:30"))
    one.tick(moment("10:02:10"))
    assert one.rule.snoozed_until == moment("11:30")
    one.notifier.snooze(0.0)
    two.tick(moment("10:02:20"))
    assert two.rule.snoozed_until is None
    assert one.rule.acknowledged
    assert two.rule.acknowledged


def test_a_snooze_before_any_alert_ends_in_both(path: Path) -> None:
    one, two = Program(path), Program(path)
    one.poll(moment("09:01:30"))
    two.poll(moment("09:01:50"))
    one.notifier.snooze(moment("11:30"))
    two.tick(moment("09:02:00"))
    two.notifier.snooze(0.0)
    one.tick(moment("09:02:10"))
    assert one.rule.snoozed_until is None
    assert Program(path).rule.snoozed_until is None


def test_one_does_not_overwrite_what_the_other_has_saved(path: Path) -> None:
    one, two = Program(path), Program(path)
    one.poll(moment("09:38:30"))
    two.poll(moment("09:38:30"))
    one.poll(moment("10:01:30"))
    one.notifier.acknowledge()
    two.now = moment("10:01:40")
    two.notifier.snooze(moment("11:30"))
    third = Program(path)
    assert (third.rule.raised, third.rule.acknowledged) == (True, True)
    assert third.rule.since == moment("09:40")
    assert third.rule.snoozed_until == moment("11:30")


def test_what_was_acknowledged_in_one_is_raised_in_the_other_without_notice(path: Path) -> None:
    one, two = Program(path), Program(path)
    two.poll(moment("09:38:30"))
    one.poll(moment("10:01:30"))
    one.notifier.acknowledge()
    two.poll(moment("10:01:50"))
    (raised,) = two.events
    assert (raised.change, raised.notified, raised.since) == (
        Change.RAISED,
        False,
        moment("09:40"),
    )
    assert two.rule.acknowledged


def test_over_a_day_with_outages_two_log_each_incident_once(tmp_path: Path) -> None:
    log = AlertLog(tmp_path / "alerts.jsonl")
    one, two = (Program(tmp_path / "alert-state.json", log=log) for _ in range(2))
    for now in range(DAY + 30, DAY + 86_400, 60):
        one.poll(now, failed=within(now, OUTAGES))
        two.poll(now + 25, failed=within(now + 25, OUTAGES))
        if now % 7_200 == 30:
            two.start()
    expected = [change for _ in BREACHES for change in ("raised", "cleared")]
    logged = [each.event for each in reversed(list(log.newest()))]
    assert [event for event in logged if event in {"raised", "cleared"}] == expected
    for program in (one, two):
        turns = [e for e in program.events if e.change in {Change.RAISED, Change.CLEARED}]
        assert [each.since for each in turns[::2]] == [moment(start) for start, _ in BREACHES]
        assert [each.since for each in turns[1::2]] == [each.since for each in turns[::2]]


def test_the_later_one_rings_its_own_terminal_and_runs_no_command(path: Path) -> None:
    loud = replace(rule("above = 108, tell = ['bell']"), name="near")
    one, two = Program(path, loud), Program(path, loud)
    one.poll(moment("10:01:30"))
    two.poll(moment("10:01:50"))
    assert (one.written, two.written) == ("\a", "\a")
    assert [each.shared for each in (*one.events, *two.events)] == [False, True]
    two.start()
    two.poll(moment("10:02:50"))
    assert two.written == "\a"


def test_profiles_of_the_same_calls_have_states_of_their_own(path: Path) -> None:
    other = replace(WATCHED, profile="other")
    one = Program(path)
    one.poll(moment("10:01:30"))
    assert not Program(path, watched=other).rule.raised


def test_rules_that_only_the_other_has_are_kept(path: Path) -> None:
    Program(path).poll(moment("10:01:30"))
    Program(path, replace(rule("above = 100"), name="lower")).poll(moment("10:01:40"))
    assert Program(path).rule.raised


def test_a_second_damaged_file_does_not_replace_the_first(path: Path) -> None:
    for number, content in enumerate((b"first", b"second", b"third")):
        path.write_bytes(content)
        program = Program(path)
        name = "alert-state.json.broken" + (f"-{number + 1}" if number else "")
        assert path.with_name(name).read_bytes() == content
        assert name in program.notifier.view.problems[0].summary


def test_a_file_damaged_meanwhile_is_set_aside_and_written_anew(path: Path) -> None:
    program = Program(path)
    program.poll(moment("10:01:30"))
    path.write_bytes(b"{")
    program.tick(moment("10:01:40"))
    assert "set aside" in program.notifier.view.problems[0].summary
    program.notifier.acknowledge()
    assert program.notifier.view.problems == ()
    assert Program(path).rule.acknowledged


ACTIONS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["ack", "snooze", "wake", "start", "poll"])),
    max_size=12,
)


@given(ACTIONS)
def test_whatever_the_two_do_a_third_starts_with_what_both_show(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[int, str]]
) -> None:
    path = tmp_path_factory.mktemp("state") / "alert-state.json"
    programs = [Program(path), Program(path)]
    now = moment("10:01:30")
    for program in programs:
        program.poll(now)
    for which, action in actions:
        program, now = programs[which], now + 10
        program.now = float(now)
        match action:
            case "ack":
                program.notifier.acknowledge()
            case "snooze":
                program.notifier.snooze(now + 3_600.0)
            case "wake":
                program.notifier.snooze(0.0)
            case "start":
                program.start()
            case "poll":
                program.poll(now)
    programs.append(Program(path))
    for program in programs:
        program.poll(now + 10)
    shown = {(p.rule.since, p.rule.acknowledged, p.rule.snoozed_until) for p in programs}
    assert len(shown) == 1
    asked = [action for _, action in actions]
    assert programs[0].rule.acknowledged == ("ack" in asked)
    naps = [action for action in asked if action in {"snooze", "wake"}]
    assert (programs[0].rule.snoozed_until is not None) == (naps[-1:] == ["snooze"])


def test_a_tick_that_changes_nothing_writes_nothing(path: Path) -> None:
    program = Program(path)
    program.poll(moment("10:01:30"))
    before = path.stat()
    program.tick(moment("10:02:30"))
    assert path.stat() == before
