"""The history: what was kept is what is read, whatever the order, in memory and in a file."""

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from history_data import (
    MIDNIGHT,
    PARTS,
    SANDBOX,
    SCOPES,
    TARGET,
    TOTAL,
    VARIANTS,
    answers,
    expected,
    keep,
    row,
    total,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.history.store import History, HistoryError
from polytop.history.types import COMPLETE, FINAL, PROVISIONAL, Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.target import Filters, SliceBy, Target

LATER = MIDNIGHT + 20 * 86_400
"""Long after every window here has settled."""


@pytest.fixture(params=["file", "memory"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    made = History(tmp_path / "data" / "history.sqlite3" if request.param == "file" else None)
    made.open()
    yield made
    made.close()


def values(held: StoredSeries) -> dict[str | None, tuple[int, ...]]:
    return {row.part.id: row.series.values for row in held.rows}


# -- any answers, any order


@settings(deadline=None, max_examples=200)
@given(st.lists(answers(), max_size=5), st.data())
def test_a_history_knows_what_its_answers_say(
    found: list[StoredAnswer], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(found + found[:2]))
    start = MIDNIGHT + grid.STEP * data.draw(st.integers(-40, 40))
    end = start + grid.STEP * data.draw(st.integers(0, 60))
    history = History(None)
    history.open()
    for kept in shuffled:
        keep(history, kept.scope, kept.start, kept.end, kept.rows, kept.at)
    for scope in SCOPES:
        assert history.read(scope, start, end) == expected(found, scope, start, end)
    history.close()


@settings(deadline=None, max_examples=20)
@given(st.lists(answers(), min_size=1, max_size=6), st.data())
def test_keeping_several_at_once_is_keeping_each(
    found: list[StoredAnswer], data: st.DataObject
) -> None:
    span = MIDNIGHT - 86_400, MIDNIGHT + 86_400
    together, apart = History(None), History(None)
    together.open()
    apart.open()
    together.keep_all(data.draw(st.permutations(found)))
    for kept in found:
        apart.keep_all((kept,))
    for scope in SCOPES:
        assert together.read(scope, *span) == apart.read(scope, *span)
    together.close()
    apart.close()


# -- one thing at a time


def test_nothing_is_known_of_a_new_scope(history: History) -> None:
    end = MIDNIGHT + 900
    unknown = Series(MIDNIGHT, (UNKNOWN,) * 3)
    held = history.read(TOTAL, MIDNIGHT, end)
    assert held == StoredSeries(MIDNIGHT, end, unknown, None, (Row(Part(), None, unknown),))
    assert history.read(VARIANTS, MIDNIGHT, end) == StoredSeries(MIDNIGHT, end, unknown, None, ())
    assert held.lacking(MIDNIGHT, end) == ((MIDNIGHT, end),)


def test_value_zero_gap_and_unknown_stay_four_things(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 900, total(MIDNIGHT, 7, 0, GAP), LATER)
    held = history.read(TOTAL, MIDNIGHT - 300, MIDNIGHT + 1_200)
    assert values(held) == {None: (UNKNOWN, 7, 0, GAP, UNKNOWN)}
    assert held.asked.values == (UNKNOWN, FINAL, FINAL, FINAL, UNKNOWN)
    assert held.last_asked == LATER


def test_a_part_that_an_answer_leaves_out_was_silent(history: History) -> None:
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 600, (row("a", MIDNIGHT, 1, 2),), LATER)
    later = MIDNIGHT + 600
    keep(history, VARIANTS, later, later + 600, (row("b", later, 3, 4),), LATER)
    held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 1_200)
    assert values(held) == {"a": (1, 2, GAP, GAP), "b": (GAP, GAP, 3, 4)}
    # Of a range in which it says nothing, a part has no row.
    assert values(history.read(VARIANTS, later, later + 600)) == {"b": (3, 4)}


def test_an_answer_of_nothing_but_gaps_was_asked_for(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 600, total(MIDNIGHT, GAP, GAP), LATER)
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 600, (), LATER)
    assert values(history.read(TOTAL, MIDNIGHT, MIDNIGHT + 600)) == {None: (GAP, GAP)}
    held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 600)
    assert (held.rows, held.asked.values) == ((), (FINAL, FINAL))


def test_windows_settle_an_hour_after_their_end(history: History) -> None:
    at = MIDNIGHT + 600 + grid.RECENT
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 900, total(MIDNIGHT, 1, 2, 3), at + 0.9)
    held = history.read(TOTAL, MIDNIGHT, MIDNIGHT + 900)
    assert held.asked.values == (FINAL, FINAL, COMPLETE)
    assert held.last_asked == at
    lacking = held.lacking(MIDNIGHT - 300, MIDNIGHT + 1_200)
    assert lacking == ((MIDNIGHT - 300, MIDNIGHT), (MIDNIGHT + 600, MIDNIGHT + 1_200))
    assert held.lacking(MIDNIGHT, MIDNIGHT + 600) == ()


def test_each_window_is_complete_or_not_by_when_it_was_asked_for_itself(history: History) -> None:
    first, second = MIDNIGHT + 299, MIDNIGHT + 900
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 81), first)
    keep(history, TOTAL, MIDNIGHT + 300, MIDNIGHT + 1_200, total(MIDNIGHT + 300, 5, 6, 7), second)
    held = history.read(TOTAL, MIDNIGHT, MIDNIGHT + 1_500)
    assert held.asked.values == (PROVISIONAL, COMPLETE, COMPLETE, PROVISIONAL, UNKNOWN)
    assert held.rows[0].series.provisional == {MIDNIGHT, MIDNIGHT + 900}
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 95), second)
    held = history.read(TOTAL, MIDNIGHT, MIDNIGHT + 900)
    assert (held.rows[0].series.values, held.rows[0].series.provisional) == ((95, 5, 6), set())


def test_a_value_of_a_running_window_stays_a_lower_bound_if_later_answers_leave_it_out(
    history: History,
) -> None:
    end, rows = MIDNIGHT + 300, (row("a", MIDNIGHT, 81), row("b", MIDNIGHT, 7))
    keep(history, VARIANTS, MIDNIGHT, end, rows, end - 1)
    keep(history, VARIANTS, MIDNIGHT, end, (row("b", MIDNIGHT, 8),), LATER)
    held = history.read(VARIANTS, MIDNIGHT, end)
    assert held.asked.values == (FINAL,)
    found = {each.part.id: (each.series.values, each.series.provisional) for each in held.rows}
    assert found == {"a": ((81,), {MIDNIGHT}), "b": ((8,), set())}


def test_a_total_remembers_what_was_first_seen_of_a_window_that_had_ended(
    history: History,
) -> None:
    for at, value in ((200, 4), (400, 6), (700, 9), (900, GAP)):
        keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, value), MIDNIGHT + at)
        keep(
            history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("a", MIDNIGHT, value),), MIDNIGHT + at
        )
    held = history.read(TOTAL, MIDNIGHT - 300, MIDNIGHT + 300)
    assert values(held) == {None: (UNKNOWN, 9)}
    assert held.revised == ((MIDNIGHT, 6),)
    assert history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).revised == ()
    assert history.read(TOTAL, MIDNIGHT + 300, MIDNIGHT + 600).revised == ()


def test_the_name_is_the_one_of_the_newest_window(history: History) -> None:
    def named(start: int, name: str | None) -> tuple[Row, ...]:
        return (Row(Part("a"), name, Series(start, (1,))),)

    later = MIDNIGHT + 86_400
    keep(history, VARIANTS, later, later + 300, named(later, "new"), LATER)
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, named(MIDNIGHT, "old"), LATER + 60)
    keep(history, VARIANTS, later, later + 300, named(later, None), LATER + 90)
    assert history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows[0].name == "new"
    keep(history, VARIANTS, later, later + 300, named(later, "newer"), LATER + 120)
    assert history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300).rows[0].name == "newer"


def test_rows_are_in_the_order_of_their_ids_and_none_is_last(history: History) -> None:
    rows = tuple(Row(part, None, Series(MIDNIGHT, (1,))) for part in reversed(PARTS))
    keep(history, VARIANTS, MIDNIGHT, MIDNIGHT + 300, rows, LATER)
    found = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300)
    assert [row.part.id for row in found.rows] == ["a", "b", "ü|[/b]", None]


def test_scopes_know_nothing_of_each_other(history: History) -> None:
    elsewhere = Target("ws-1", "PROJECT-1", "https://other.example.org", "uk-1")
    scopes = [
        TOTAL,
        VARIANTS,
        SANDBOX,
        Scope(elsewhere, Filters()),
        Scope(Target("ws-2", "PROJECT-1", TARGET.base_url), Filters()),
        Scope(Target("ws-1", "PROJECT-2", TARGET.base_url), Filters()),
        Scope(TARGET, Filters(variant_id="x")),
        Scope(TARGET, Filters(variant_name="x")),
        Scope(TARGET, Filters(language="x")),
        Scope(TARGET, Filters(phone_number="x")),
        Scope(TARGET, Filters(), SliceBy.LANGUAGE),
    ]
    for number, scope in enumerate(scopes):
        keep(history, scope, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, number), LATER)
    for number, scope in enumerate(scopes):
        assert values(history.read(scope, MIDNIGHT, MIDNIGHT + 300)) == {None: (number,)}


def test_the_region_is_only_another_name_of_the_base_url(history: History) -> None:
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 5), LATER)
    same = Scope(Target("ws-1", "PROJECT-1", TARGET.base_url + "/"), Filters())
    assert values(history.read(same, MIDNIGHT, MIDNIGHT + 300)) == {None: (5,)}


@settings(deadline=None, max_examples=30)
@given(st.text(), st.text(), st.text(), st.text())
def test_texts_are_data(account: str, project: str, part: str, name: str) -> None:
    scope = Scope(Target(account, project, "https://x"), Filters(variant_name=name), "variant")
    history = History(None)
    history.open()
    rows = (Row(Part(part), name, Series(0, (3,))), Row(Part(), None, Series(0, (4,))))
    keep(history, scope, 0, 300, rows, LATER)
    assert history.read(scope, 0, 300).rows == rows
    history.close()


def test_a_text_that_cannot_be_stored_is_refused_in_words(history: History) -> None:
    rows = (Row(Part("\ud800"), None, Series(0, (3,))),)
    with pytest.raises(HistoryError, match="surrogates"):
        keep(history, VARIANTS, 0, 300, rows, LATER)
    assert history.read(VARIANTS, 0, 300).asked.values == (UNKNOWN,)


@pytest.mark.parametrize(
    ("start", "end", "at"),
    [
        (1, 300, 5.0),
        (0, 301, 5.0),
        (300, 300, 5.0),
        (600, 300, 5.0),
        (0, 300, -1.0),
        (0, 300, float("nan")),
        (0, 300, float("inf")),
    ],
)
def test_what_is_no_answer_is_not_kept(history: History, start: int, end: int, at: float) -> None:
    with pytest.raises(ValueError, match=r"windows|moment"):
        keep(history, VARIANTS, start, end, (), at)
    with pytest.raises(ValueError, match="one row"):
        keep(history, TOTAL, 0, 300, (), 5.0)


def test_a_range_off_the_grid_is_not_read(history: History) -> None:
    with pytest.raises(ValueError, match="align"):
        history.read(TOTAL, 1, 300)


# -- the file and its users


def test_what_was_kept_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.sqlite3"
    first = History(path)
    first.open()
    first.open()
    keep(first, VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("a", MIDNIGHT, 3),), LATER)
    before = first.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300)
    first.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in path.parent.iterdir()) == ["history.sqlite3"]
    again = History(path)
    again.open()
    assert again.read(VARIANTS, MIDNIGHT, MIDNIGHT + 300) == before
    assert again.note is None
    beside = [each for each in path.parent.iterdir() if each != path]
    assert {stat.S_IMODE(each.stat().st_mode) for each in beside} == {0o600}
    again.close()


def test_making_one_does_not_touch_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.sqlite3"
    History(path)
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_is_not_open_says_so(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3")
    with pytest.raises(HistoryError, match="not open"):
        history.read(TOTAL, 0, 300)
    history.open()
    history.close()
    history.close()
    with pytest.raises(HistoryError, match="not open"):
        keep(history, TOTAL, 0, 300, total(0, 1), LATER)


def test_what_does_not_change_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history, other = History(path), History(path)
    history.open()
    other.open()
    answer = VARIANTS, MIDNIGHT, MIDNIGHT + 300, (row("a", MIDNIGHT, 3),), LATER
    keep(history, *answer)
    size = (tmp_path / "history.sqlite3-wal").stat().st_size
    keep(other, *answer)
    assert (tmp_path / "history.sqlite3-wal").stat().st_size == size
    history.close()
    other.close()


def test_a_failing_answer_leaves_none_of_them(history: History) -> None:
    good = StoredAnswer(VARIANTS, 0, 300, (row("a", 0, 3),), LATER)
    bad = StoredAnswer(VARIANTS, 300, 600, (Row(Part("\udcff"), None, Series(300, (3,))),), LATER)
    with pytest.raises(HistoryError):
        history.keep_all((good, bad))
    assert history.read(VARIANTS, 0, 600).asked.values == (UNKNOWN, UNKNOWN)


def test_any_thread_may_read_and_keep(history: History) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(12):
                start = MIDNIGHT + (12 * number + step) * 300
                keep(history, VARIANTS, start, start + 300, (row("a", start, number),), LATER)
                history.read(VARIANTS, start, start + 300)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    held = history.read(VARIANTS, MIDNIGHT, MIDNIGHT + 48 * 300)
    assert values(held) == {"a": tuple(number for number in range(4) for _ in range(12))}
