"""A memory that goes on where its file does not: both together are one history."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from history_data import MIDNIGHT, SCOPES, TARGET, TOTAL, VARIANTS, answers, row, total
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.history import database
from polytop.history.store import History, HistoryError
from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model.answer import Part
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.monitor import cache
from polytop.monitor.cache import HistoryCache, merge_stored

DAY = 86_400
START, END = MIDNIGHT - DAY, MIDNIGHT + DAY


def series(found: StoredSeries) -> list[tuple[Part, Series]]:
    return [(row.part, row.series) for row in found.rows]


def held(kept: list[StoredAnswer], scope: Scope) -> StoredSeries:
    with closing(History(None)) as history:
        history.open()
        history.keep_all(kept)
        return history.read(scope, START, END)


@settings(max_examples=50)
@given(st.lists(answers(), max_size=5), st.lists(answers(), max_size=5))
def test_what_is_kept_in_memory_lies_over_the_file(
    old: list[StoredAnswer], new: list[StoredAnswer]
) -> None:
    later = [each._replace(at=each.at + DAY) for each in new]
    for scope in SCOPES:
        both = held([*old, *later], scope)
        found = merge_stored(held(old, scope), held(later, scope))
        assert series(found) == series(both)
        assert (found.asked, found.last_asked) == (both.asked, both.last_asked)


def test_who_was_silent_in_one_of_both_has_gaps_there() -> None:
    old = [StoredAnswer(VARIANTS, START, START + 600, (row("a", START, 1, 2),), START + DAY)]
    new = [StoredAnswer(VARIANTS, START + 600, START + 1_200, (row("b", START + 600, 3, 4),), END)]
    found = merge_stored(held(old, VARIANTS), held(new, VARIANTS))
    assert {row.part.id: row.series.values[:5] for row in found.rows} == {
        "a": (1, 2, GAP, GAP, UNKNOWN),
        "b": (GAP, GAP, 3, 4, UNKNOWN),
    }


def test_a_name_stays_where_a_later_answer_has_none() -> None:
    old = [StoredAnswer(VARIANTS, START, START + 300, (row("a", START, 1),), START + DAY)]
    nameless = replace(row("a", START + 300, 2), name=None)
    new = [StoredAnswer(VARIANTS, START + 300, START + 600, (nameless,), END)]
    assert merge_stored(held(old, VARIANTS), held(new, VARIANTS)).rows[0].name == "A"


def test_a_file_that_is_in_use_is_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.02)
    path = tmp_path / "history.sqlite3"
    with closing(HistoryCache(path)) as memory:
        memory.keep_all([StoredAnswer(TOTAL, START, START + 300, total(START, 5), END)])
        assert memory.problem is None
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            memory.keep_all(
                [StoredAnswer(TOTAL, START + 300, START + 600, total(START + 300, 6), END)]
            )
            found = memory.read(TOTAL, START, START + 900)
            with pytest.raises(HistoryError):
                memory.add_mark(TARGET, START, "not kept")
        assert found.rows[0].series.values == (5, 6, UNKNOWN)
        assert memory.problem is not None
        assert "in use" in memory.problem.summary
        assert memory.problem.advice.startswith("Nothing is kept beyond this run: ")
        memory.forget_future(START)
        last = memory.read(TOTAL, START, START + 900).last_asked
        assert last is not None
        assert last <= START


def value(memory: HistoryCache) -> int:
    return memory.read(TOTAL, START, START + 300).rows[0].series.values[0]


def test_a_file_that_cannot_be_read_meanwhile_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    kept = StoredAnswer(TOTAL, START, START + 300, total(START, 5), END)
    with closing(HistoryCache(path, patience=0.01)) as memory:
        memory.keep_all([kept])
    with closing(HistoryCache(path, patience=0.01)) as memory:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode = DELETE")
            other.execute("BEGIN EXCLUSIVE")
            assert value(memory) == UNKNOWN
            assert "in use" in (memory.problem.summary if memory.problem else "")
        # Each try would have to wait once more.
        assert value(memory) == UNKNOWN
        later = time.monotonic() + cache.IN_USE_FOR
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert value(memory) == 5
