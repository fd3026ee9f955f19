"""What a restart must not forget, and a file that is not to be trusted."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from alert_day import BREACHES, OUTAGES, within
from alert_programs import NEAR, WATCHED, Program
from alert_tables import DAY, moment, rule
from hypothesis import given
from hypothesis import strategies as st

from polytop.alerts.saved_state import LARGEST, AlertStateFile, BrokenStateError
from polytop.alerts.state import Change
from polytop.model.stats import Severity


def test_five_restarts_in_a_day_tell_nothing_twice_and_forget_nothing(tmp_path: Path) -> None:
    program = Program(tmp_path / "data" / "alert-state.json")
    restarts = {"00:45", "06:33", "10:30", "12:30", "21:00"}
    for now in range(DAY + 30, DAY + 86_400, 60):
        clock = f"{(now - DAY) // 3_600:02}:{(now - DAY) // 60 % 60:02}"
        if clock in restarts:
            program.start()
        program.poll(now, failed=within(now, OUTAGES))
    turns = [each for each in program.events if each.change in {Change.RAISED, Change.CLEARED}]
    assert [each.change for each in turns] == [Change.RAISED, Change.CLEARED] * len(BREACHES)
    assert all(each.notified for each in turns)
    assert [each.since for each in turns[::2]] == [moment(start) for start, _ in BREACHES]
    assert [each.since for each in turns[1::2]] == [each.since for each in turns[::2]]
    assert not [each for each in program.events if each.change is Change.STILL]


def test_the_beginning_the_acknowledgement_and_the_snooze_outlast_a_restart(
    tmp_path: Path,
) -> None:
    path = tmp_path / "alert-state.json"
    program = Program(path)
    program.poll(moment("10:01:30"))
    program.notifier.acknowledge()
    program.notifier.snooze(moment("11:30"))
    program.start()
    (shown,) = program.notifier.view.rules
    assert (shown.state, shown.raised, shown.acknowledged) == (Severity.CRITICAL, True, True)
    assert (shown.since, shown.snoozed_until) == (moment("09:40"), moment("11:30"))
    program.poll(moment("10:35:30"))
    (shown,) = program.notifier.view.rules
    assert (shown.since, shown.text) == (moment("09:40"), "120 of 120")
    assert program.notifier.view.events == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_answer_before_and_after_a_restart_is_one_incident(tmp_path: Path) -> None:
    stale = replace(rule("stale = '10m'"), name="stale")
    program = Program(tmp_path / "alert-state.json", stale)
    program.poll(moment("09:00:30"))
    for minute in range(1, 20):
        program.poll(moment(f"09:{minute:02}:30"), failed=True)
    program.start()
    program.poll(moment("09:21:30"))
    assert [each.change for each in program.events] == [Change.RAISED, Change.CLEARED]
    assert {each.since for each in program.events} == {moment("09:00:30")}


def test_a_rule_that_was_changed_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "alert-state.json"
    Program(path).poll(moment("10:01:30"))
    program = Program(path, replace(rule("above = 119"), name="near"))
    assert not program.notifier.view.rules[0].raised


def test_other_projects_keep_their_entries(tmp_path: Path) -> None:
    path = tmp_path / "alert-state.json"
    Program(path).poll(moment("10:01:30"))
    state_file = AlertStateFile(path)
    other = replace(WATCHED, target=replace(WATCHED.target, project_id="PROJECT-other"))
    for number in range(120):
        each = replace(other, target=replace(other.target, project_id=f"P-{number}"))
        state_file.save(each, (), state_file.load(each, (), 0.0), float(number))
    assert len(json.loads(path.read_bytes())["projects"]) == 100
    loaded = state_file.load(WATCHED, (NEAR,), moment("10:02"))
    assert loaded.rules["near"].episode is not None


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"version": 2, "projects": {}}',
    b'{"version": 1, "projects": []}',
    b"[" * 100_000,
    b" " * (LARGEST + 1),
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_set_aside_and_said_and_a_new_one_is_begun(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "alert-state.json"
    path.write_bytes(content)
    program = Program(path)
    (problem,) = program.notifier.view.problems
    assert "set aside as" in problem.summary
    assert path.with_name("alert-state.json.broken").read_bytes() == content
    program.poll(moment("10:01:30"))
    assert program.notifier.view.problems == ()
    assert AlertStateFile(path).load(WATCHED, (NEAR,), program.now).rules["near"].episode


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(st.data())
def test_whatever_stands_in_the_file_it_is_a_state_or_broken(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("state") / "alert-state.json"
    Program(path).poll(moment("10:01:30"))
    document = json.loads(path.read_bytes())
    (project,) = document["projects"].values()
    entry = project["rules"]["near"]
    holder = data.draw(st.sampled_from((project, entry, entry["episode"])))
    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(JSON)
    path.write_text(json.dumps(document))
    now = float(moment("10:02"))
    try:
        loaded = AlertStateFile(path).load(WATCHED, (NEAR,), now)
    except BrokenStateError:
        return
    for state in loaded.rules.values():
        if state.episode is not None:
            assert 0 <= state.episode.since <= state.episode.raised_at <= now
