"""How windows grew: what was seen at each age is what is read, bounded, and of totals alone."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from history_data import MIDNIGHT, SANDBOX, TARGET, TOTAL, VARIANTS, keep, row, total

from polytop.history import database
from polytop.history.store import History
from polytop.history.types import Scope
from polytop.model.nowcast import Growth, age_place
from polytop.model.series import GAP, UNKNOWN
from polytop.model.target import Filters

DAY = 86_400
NOON = MIDNIGHT + DAY // 2


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path / "history.sqlite3")
    made.open()
    yield made
    made.close()


def see(history: History, age: float, value: int, window: int = NOON, scope: Scope = TOTAL) -> None:
    rows = total(window, value) if scope.slice_by is None else (row("a", window, value),)
    keep(history, scope, window, window + 300, rows, window + age)


def grown(history: History, window: int = NOON) -> Growth | None:
    found = history.growth(TOTAL, window, window + 300)
    return found[0] if found else None


def seen(found: Growth | None) -> dict[int, int]:
    assert found is not None
    return {place: value for place, value in enumerate(found.seen) if value != UNKNOWN}


def test_each_age_keeps_what_was_seen_last(history: History) -> None:
    for age, value in ((3.0, 4), (29.0, 5), (31.0, 5), (299.0, 9), (330.0, 9), (390.0, 11)):
        see(history, age, value)
    found = grown(history)
    assert seen(found) == {0: 5, 1: 5, 9: 9, 10: 9, 11: 11}
    assert found is not None
    assert found.changed == 390
    assert found.window == NOON


def test_a_window_that_comes_late_was_absent_before(history: History) -> None:
    see(history, 100.0, GAP)
    see(history, 1_055.0, 7)
    see(history, 1_100.0, GAP)
    found = grown(history)
    assert found is not None
    assert seen(found) == {3: GAP, age_place(1_055): 7, age_place(1_100): 7}
    assert found.changed == 1_055


def test_what_is_final_or_first_seen_is_no_change(history: History) -> None:
    see(history, 320.0, 7)
    see(history, 3_900.0, 12)
    found = grown(history)
    assert found is not None
    assert (seen(found), found.changed) == ({10: 7}, 0)


def test_a_poll_over_midnight_is_of_two_days(history: History) -> None:
    start = MIDNIGHT - 600
    keep(history, TOTAL, start, MIDNIGHT + 300, total(start, 1, 2, 3), MIDNIGHT + 40.0)
    found = history.growth(TOTAL, start, MIDNIGHT + 300)
    assert [(each.window, max(each.seen)) for each in found] == [
        (start, 1),
        (start + 300, 2),
        (MIDNIGHT, 3),
    ]


def test_only_totals_without_filters_are_kept(history: History) -> None:
    language = Scope(TARGET, Filters(language="en-GB"))
    for scope in (VARIANTS, language, SANDBOX):
        see(history, 10.0, 5, scope=scope)
    assert grown(history) is None
    assert history.growth(language, NOON, NOON + 300) == ()
    assert len(history.growth(SANDBOX, NOON, NOON + 300)) == 1


def test_four_weeks_are_kept_and_pruned_days_go(history: History) -> None:
    for day in range(40):
        see(history, 10.0, 5, NOON + day * DAY)
    found = history.growth(TOTAL, MIDNIGHT, MIDNIGHT + 50 * DAY)
    assert [(each.window - NOON) // DAY for each in found] == list(range(12, 40))
    history.prune(before=MIDNIGHT + 20 * DAY, largest=None)
    found = history.growth(TOTAL, MIDNIGHT, MIDNIGHT + 50 * DAY)
    assert found[0].window == NOON + 20 * DAY


def test_ages_by_a_clock_that_was_ahead_are_forgotten(history: History) -> None:
    see(history, 10.0, 5)
    see(history, 10.0, 5, NOON + 2 * DAY)
    history.forget_future(NOON + DAY)
    assert grown(history, NOON + 2 * DAY) is None
    assert grown(history) is not None


def test_a_file_from_before_gets_room_for_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    path.touch(0o600)
    db = sqlite3.connect(path, isolation_level=None)
    database.migrate(db, database.MIGRATIONS[:2])
    db.execute("INSERT INTO project (account_id, project_id) VALUES ('ws-1', 'PROJECT-1')")
    db.execute("INSERT INTO mark (project, at, text) VALUES (1, 5, 'kept')")
    db.close()
    history = History(path)
    history.open()
    assert [mark.text for mark in history.marks(TARGET)] == ["kept"]
    see(history, 10.0, 5)
    assert seen(grown(history)) == {0: 5}
    assert history.note is None
    history.close()
