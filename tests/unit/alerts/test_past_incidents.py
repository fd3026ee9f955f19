"""The incidents of a past range: found in its data, and joined with the log."""

import json
from pathlib import Path

import pytest
from alert_tables import DAY, moment, rule
from hypothesis import given
from hypothesis import strategies as st

from polytop.alerts.incidents import find_incidents, join_incidents, logged_incidents
from polytop.alerts.log import AlertLog
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Change, Event
from polytop.model.incident import Incident
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import Severity
from polytop.model.target import Target

STEP = 300
ABOVE = rule("above = 108")
WATCHED = WatchedCalls("prod", Target("ws-1", "PROJECT-1", "https://api.example", "uk-1"))


def series(*values: int) -> Series:
    return Series(DAY, values)


def found(*values: int, text: str = "above = 108") -> list[tuple[int, int | None, bool]]:
    """Beginning and end of each incident in windows from the start, and if it began before."""
    incidents = find_incidents([rule(text)], series(*values), 120, None)
    return [
        (
            int(each.since - DAY) // STEP,
            None if each.ended is None else int(each.ended - DAY) // STEP,
            each.earlier,
        )
        for each in incidents
    ]


def test_an_incident_is_from_its_first_bad_window_to_the_end_of_its_last() -> None:
    assert found(50, 110, 115, 50) == [(1, 3, False)]


def test_one_at_an_edge_of_the_range_has_an_open_beginning_or_end() -> None:
    assert found(110, 50, 50, 110) == [(0, 1, True), (3, None, False)]


def test_a_gap_ends_nothing_and_windows_that_were_not_fetched_end_nothing() -> None:
    assert found(50, 110, GAP, 110, 50) == [(1, 4, False)]
    assert found(50, 110, UNKNOWN, UNKNOWN, 110, 50) == [(1, 5, False)]


def test_one_after_windows_that_were_not_fetched_may_have_begun_in_them() -> None:
    assert found(50, UNKNOWN, 110, 50) == [(2, 3, True)]


def test_the_last_windows_of_the_range_count_though_nothing_follows() -> None:
    assert found(50, 50, 110) == [(2, None, False)]
    assert found(50, 110, 50) == [(1, 2, False)]
    assert found(50, GAP, GAP, text="silent = true") == [(1, None, False)]


def test_rules_with_several_windows_and_about_few_calls() -> None:
    assert found(50, 110, 50, 110, 50, 50, text="above = 108, times = 2, windows = 3") == [
        (1, 4, False)
    ]
    few = find_incidents([rule("below = 10")], series(50, 9, 3, 50), None, None)
    assert [each.extreme for each in few] == [3]


def test_the_extreme_is_that_of_the_incident_alone() -> None:
    incidents = find_incidents([ABOVE], series(50, 130, 50, 110, 119, 50, 200), 120, None)
    assert [each.extreme for each in incidents] == [130, 119, 200]


def test_a_rule_about_answers_finds_nothing_in_data() -> None:
    assert find_incidents([rule("stale = '10m'")], series(50, GAP, 50), 120, None) == ()
    assert find_incidents([], series(50, 50), 120, None) == ()


@given(st.lists(st.sampled_from([0, 50, 107, 108, 120, GAP, UNKNOWN]), max_size=40))
def test_every_bad_window_is_in_one_incident_and_no_incident_is_without(values: list[int]) -> None:
    incidents = find_incidents([ABOVE], series(*values), 120, None)
    windows = range(DAY, DAY + STEP * len(values), STEP)
    bad = [window for window, value in zip(windows, values, strict=True) if value >= 108]
    within = [
        [each for each in incidents if each.overlaps(window, window + STEP)] for window in bad
    ]
    assert [len(each) for each in within] == [1] * len(bad)
    for each in incidents:
        assert each.since in bad
        assert each.ended is None or each.ended - STEP in bad
        assert each.extreme == max(
            value
            for window, value in zip(windows, values, strict=True)
            if each.overlaps(window, window + STEP)
        )


# -- the log


def event(change: Change, at: str, since: str, **more: float | bool | None) -> Event:
    return Event(
        moment(at), "r", change, Severity.CRITICAL, Severity.CRITICAL, "110", moment(since), **more
    )


@pytest.fixture
def log(tmp_path: Path) -> AlertLog:
    return AlertLog(tmp_path / "alerts.jsonl")


def test_the_log_has_beginning_end_and_who_was_told(log: AlertLog) -> None:
    log.append(WATCHED, event(Change.RAISED, "09:02", "08:55"))
    log.append(WATCHED, event(Change.STILL, "09:20", "08:55", notified=True))
    log.append(WATCHED, event(Change.CLEARED, "09:42", "08:55", ended=moment("09:40")))
    log.append(WATCHED, event(Change.RAISED, "11:01", "11:00"))
    one, two = logged_incidents(log.newest(), WATCHED)
    assert (one.since, one.ended, one.told) == (moment("08:55"), moment("09:40"), True)
    assert (two.since, two.ended, two.told) == (moment("11:00"), None, False)


def test_only_the_calls_that_are_meant_are_read(log: AlertLog) -> None:
    other = WatchedCalls("prod", Target("ws-1", "PROJECT-2", "https://api.example", "uk-1"))
    log.append(other, event(Change.RAISED, "09:02", "08:55"))
    log.append(WATCHED, event(Change.ACKNOWLEDGED, "09:02", "08:55"))
    assert logged_incidents(log.newest(), WATCHED) == ()


def test_lines_of_older_logs_and_broken_ones_are_no_incidents(log: AlertLog) -> None:
    log.append(WATCHED, event(Change.RAISED, "09:02", "08:55"))
    whole = json.loads(log.path.read_text())
    lines = [{**whole, "since": None}, {**whole, "since": 5}, {**whole, "severity": ["x"]}]
    lines += [{**whole, "ended": "soon"}, {key: whole[key] for key in ("at", "alert", "event")}]
    log.path.write_text("\n".join(map(json.dumps, lines)))
    assert logged_incidents(log.newest(), WATCHED) == ()


def incident(since: str, ended: str | None, **more: bool | None) -> Incident:
    last = None if ended is None else moment(ended)
    return Incident("r", Severity.CRITICAL, moment(since), last, **more)


def test_the_log_tells_a_beginning_and_an_end_that_the_data_do_not_show() -> None:
    (one,) = join_incidents(
        [incident("09:00", None, earlier=True)],
        [incident("08:30", "10:20", told=True, by_log=True)],
        moment("09:00"),
        moment("10:00"),
    )
    assert (one.since, one.ended) == (moment("08:30"), moment("10:20"))
    assert (one.earlier, one.told, one.by_log) == (False, True, False)


def test_what_the_data_show_stands_against_the_log() -> None:
    (one,) = join_incidents(
        [incident("09:10", "09:30")],
        [incident("09:05", "09:50", told=False, by_log=True)],
        moment("09:00"),
        moment("10:00"),
    )
    assert (one.since, one.ended, one.told) == (moment("09:10"), moment("09:30"), False)


def test_what_the_log_alone_has_is_there_once_and_only_of_the_range() -> None:
    logged = [incident(*each, by_log=True) for each in (("07:00", "08:00"), ("09:20", "09:25"))]
    (one,) = join_incidents([], logged, moment("09:00"), moment("10:00"))
    assert (one.since, one.by_log) == (moment("09:20"), True)
