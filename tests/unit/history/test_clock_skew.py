"""Data stored under a clock that was ahead count for little once the clock is right."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TOTAL, VARIANTS, answers, keep, row, total
from hypothesis import given
from hypothesis import strategies as st

from polytop.history.store import History
from polytop.history.types import FINAL, PROVISIONAL, Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.series import GAP, UNKNOWN, Series

HOUR, DAY = 3_600, 86_400
NOW = MIDNIGHT + 12 * HOUR + 30.0
START, END = MIDNIGHT - DAY, MIDNIGHT + 3 * DAY


@pytest.fixture
def history() -> Iterator[History]:
    with closing(History(None)) as made:
        made.open()
        yield made


def held(history: History, scope: Scope = TOTAL) -> StoredSeries:
    return history.read(scope, START, END)


def value(history: History, window: int) -> int:
    return held(history).rows[0].series.at(window)


def test_what_was_asked_for_in_the_future_is_to_be_asked_for_again(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + DAY, total(MIDNIGHT, *[7] * 288), NOW + 3 * DAY)
    assert set(held(history).asked.values) == {FINAL, UNKNOWN}
    history.forget_future(NOW)
    found = held(history)
    assert set(found.asked.values) == {PROVISIONAL, UNKNOWN}
    assert found.last_asked is not None
    assert found.last_asked <= NOW
    assert found.rows[0].series.at(MIDNIGHT) == 7


@pytest.mark.parametrize("newer", [3, 9])
@pytest.mark.parametrize("window", [MIDNIGHT, MIDNIGHT + 12 * HOUR, MIDNIGHT + 2 * DAY])
def test_whatever_is_seen_then_wins(history: History, newer: int, window: int) -> None:
    end = window + grid.STEP
    keep(history, TOTAL, window, end, total(window, 7), NOW + 3 * DAY)
    keep(history, TOTAL, window, end, total(window, newer), NOW)
    assert value(history, window) == 7
    history.forget_future(NOW)
    keep(history, TOTAL, window, end, total(window, newer), NOW)
    assert value(history, window) == newer


def test_what_was_seen_before_the_clock_went_wrong_stays_the_first(history: History) -> None:
    end = MIDNIGHT + grid.STEP
    keep(history, TOTAL, MIDNIGHT, end, total(MIDNIGHT, 5), NOW - HOUR)
    keep(history, TOTAL, MIDNIGHT, end, total(MIDNIGHT, 7), NOW + DAY)
    history.forget_future(NOW)
    keep(history, TOTAL, MIDNIGHT, end, total(MIDNIGHT, 6), NOW + 60)
    assert value(history, MIDNIGHT) == 6
    assert held(history).revised == ((MIDNIGHT, 5),)


def test_a_name_from_the_future_gives_way(history: History) -> None:
    old, new = row("a", MIDNIGHT, 1), replace(row("a", MIDNIGHT, 2), name="As it is called")
    later = replace(row("a", MIDNIGHT + 2 * DAY, 1), name="Old")
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, [old], NOW + DAY)
    keep(history, VARIANTS, later.series.start, later.series.end, [later], NOW + DAY)
    history.forget_future(NOW)
    window = grid.floor(NOW)
    renamed = replace(new, series=Series(window, (1,)))
    keep(history, VARIANTS, window, window + 300, [renamed], NOW)
    assert held(history, VARIANTS).rows[0].name == "As it is called"


@pytest.mark.parametrize("ahead", [0, 1, 299])
def test_a_clock_that_is_a_little_ahead_is_let_be(history: History, ahead: int) -> None:
    start = grid.floor(NOW) - 2 * HOUR
    keep(history, TOTAL, start, start + HOUR, total(start, *[7] * 12), NOW + ahead)
    before = held(history)
    history.forget_future(NOW)
    assert held(history) == before


def test_another_program_of_the_same_file_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(History(path)) as one, closing(History(path)) as two:
        one.open()
        two.open()
        keep(one, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 7), NOW + DAY)
        two.forget_future(NOW)
        assert one.read(TOTAL, MIDNIGHT, MIDNIGHT + 300).asked.values == (PROVISIONAL,)


def known_of(found: StoredSeries) -> dict[Part, list[int]]:
    """The windows of which each part has a value."""
    return {row.part: [window for window, _ in row.series.known()] for row in found.rows}


@given(
    st.lists(answers(), max_size=6), st.integers(-2, 8).map(lambda step: MIDNIGHT + step * 1_800)
)
def test_only_what_was_asked_by_then_is_final_and_values_stay(
    kept: list[StoredAnswer], now: int
) -> None:
    with closing(History(None)) as history, closing(History(None)) as right:
        history.open()
        right.open()
        history.keep_all(kept)
        right.keep_all([each for each in kept if int(each.at) <= now])
        before = {each.scope: held(history, each.scope) for each in kept}
        history.forget_future(now)
        due = any(int(each.at) > now + grid.STEP for each in kept)
        for scope, old in before.items():
            new = held(history, scope)
            assert known_of(new) == known_of(old)
            if not due:
                assert new == old
                continue
            assert new.last_asked is not None
            assert new.last_asked <= now
            trusted = held(right, scope).asked.values
            for was, known, found in zip(old.asked.values, trusted, new.asked.values, strict=True):
                # A later question may have hidden that an earlier one was final already.
                assert (found == UNKNOWN) == (was == UNKNOWN)
                assert found != FINAL or known == FINAL
        again = {scope: held(history, scope) for scope in before}
        history.forget_future(now)
        assert {scope: held(history, scope) for scope in before} == again


@given(st.lists(answers(), min_size=1, max_size=6), st.lists(answers(), min_size=1, max_size=3))
def test_any_answer_that_comes_later_wins(
    wrong: list[StoredAnswer], fresh: list[StoredAnswer]
) -> None:
    now = MIDNIGHT - 40 * HOUR
    with closing(History(None)) as history, closing(History(None)) as right:
        history.open()
        right.open()
        history.keep_all(wrong)
        history.forget_future(now)
        dated = [each._replace(at=now + number) for number, each in enumerate(fresh)]
        history.keep_all(dated)
        right.keep_all(dated)
        for each in fresh:
            found = {row.part: row.series for row in held(history, each.scope).rows}
            for expected in held(right, each.scope).rows:
                for window, known in expected.series.known():
                    assert found[expected.part].at(window) == known
                assert GAP not in {found[expected.part].at(at) for at, _ in expected.series.known()}
