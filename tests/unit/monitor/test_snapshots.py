"""The result of a poll, as a table to be checked by eye."""

from dataclasses import dataclass, replace

import pytest

from polytop.history.types import Scope, StoredAnswer
from polytop.model.answer import Part, Row
from polytop.model.baseline import Compare
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, Progress, Snapshot, State, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.requests import PollResult
from polytop.monitor.snapshots import (
    PollerStatus,
    PollState,
    after_poll,
    build_snapshot,
    filters_changed,
    with_view,
)
from polytop.monitor.view_data import ViewData, read_view

NOW = 1_790_000_130.0
START, END = 1_789_999_500, 1_790_000_400
WEEK = 604_800
TARGET = Target("ws-1", "PROJECT-1", "https://api.example.org")
A, B = View(Filters(), 900), View(Filters(variant_id="b"), 900)
LONGER = replace(A, span=1_800)
REFUSED, OFFLINE, BUSY, BROKEN = (Problem(kind, f"{kind}", "advice") for kind in (
    Kind.REFUSED, Kind.OFFLINE, Kind.BUSY, Kind.BROKEN,
))  # fmt: skip
BEFORE = Fault(OFFLINE, NOW - 60, 3)


def total(start: int, *values: int, filters: Filters = A.filters, at: float = NOW) -> StoredAnswer:
    row = Row(Part(), None, Series(start, values))
    return StoredAnswer(Scope(TARGET, filters), start, row.series.end, (row,), at)


def sliced(start: int, end: int, *rows: Row, at: float = NOW) -> StoredAnswer:
    return StoredAnswer(Scope(TARGET, A.filters, SliceBy.VARIANT), start, end, rows, at)


def row(name: str, start: int, *values: int) -> Row:
    return Row(Part(name), name.upper(), Series(start, values))


def pictured(view: View, *answers: StoredAnswer, now: float = NOW) -> ViewData:
    """Return the stored data of `view` after `answers`."""
    memory = HistoryCache()
    memory.keep_all(answers)
    picture = read_view(memory, TARGET, view, now)
    memory.close()
    return picture


OLD = pictured(A, total(START, 1, 2, 3))


@dataclass(frozen=True)
class Case:
    """The state before a poll, its result, and the state after it."""

    wanted: View
    problem: Problem | None
    answered: bool
    fault: Fault | None
    shown: View
    wants: View
    refusal: Problem | None = None


CASES = {
    # the same filters: the problem is the fault
    "first answer": Case(A, None, False, None, A, A),
    "next answer": Case(A, None, True, None, A, A),
    "refused": Case(A, REFUSED, True, Fault(REFUSED, NOW), A, A),
    "refused at first": Case(A, REFUSED, False, Fault(REFUSED, NOW), A, A),
    "offline": Case(A, OFFLINE, True, Fault(OFFLINE, NOW), A, A),
    "busy": Case(A, BUSY, True, Fault(BUSY, NOW), A, A),
    # another range is shown whatever comes
    "another window": Case(LONGER, None, True, None, LONGER, LONGER),
    "offline, longer": Case(LONGER, OFFLINE, True, Fault(OFFLINE, NOW), LONGER, LONGER),
    "refused, longer": Case(LONGER, REFUSED, True, Fault(REFUSED, NOW), LONGER, LONGER),
    # other filters are shown once they are answered, a refusal takes the change back
    "changed": Case(B, None, True, None, B, B),
    "changed at first": Case(B, None, False, None, B, B),
    "taken back": Case(B, REFUSED, True, None, A, A, refusal=REFUSED),
    "nothing to go back to": Case(B, REFUSED, False, Fault(REFUSED, NOW), A, B),
    "changed offline": Case(B, OFFLINE, True, Fault(OFFLINE, NOW), A, B),
    "changed, broken": Case(B, BROKEN, True, Fault(BROKEN, NOW), A, B),
    "changed, busy": Case(B, BUSY, False, Fault(BUSY, NOW), A, B),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_judged(case: Case) -> None:
    before = NOW - 30 if case.answered else None
    standing = with_view(PollState(A, A, refusal=BUSY, answered_at=before, polls=4), case.wanted)
    outcome = PollResult(problem=case.problem)
    found = after_poll(standing, outcome, NOW)
    assert (found.shown, found.wanted) == (case.shown, case.wants)
    assert found.fault == case.fault
    assert found.refusal == case.refusal
    assert found.answered_at == (before if case.problem else NOW)
    assert (found.polls, found.outcome) == (5, outcome)


@pytest.mark.parametrize(
    ("wanted", "problem", "expected"),
    [
        (A, None, None),
        (B, None, None),
        (B, REFUSED, None),
        (A, REFUSED, Fault(REFUSED, NOW - 60, 4)),
        (A, BROKEN, Fault(BROKEN, NOW - 60, 4)),
        (B, OFFLINE, Fault(OFFLINE, NOW - 60, 4)),
    ],
)
def test_a_fault_that_lasts_keeps_when_it_began_and_counts(
    wanted: View, problem: Problem | None, expected: Fault | None
) -> None:
    standing = PollState(A, wanted, BEFORE, answered_at=NOW - 90)
    assert after_poll(standing, PollResult(problem=problem), NOW).fault == expected


def test_a_breakdown_that_fails_alone_is_no_fault() -> None:
    found = after_poll(PollState(A, A), PollResult(breakdown_problem=BROKEN), NOW)
    assert (found.fault, found.answered_at) == (None, NOW)


@pytest.mark.parametrize("view", [LONGER, replace(A, end=START), replace(A, compare=Compare.WEEK)])
def test_another_range_or_comparison_is_shown_at_once(view: View) -> None:
    found = with_view(PollState(A, A), view)
    assert (found.shown, found.wanted, filters_changed(found)) == (view, view, False)


def test_other_filters_are_wanted_first_and_given_up_again() -> None:
    found = with_view(PollState(A, A), B)
    assert (found.shown, found.wanted, filters_changed(found)) == (A, B, True)
    assert with_view(found, LONGER) == PollState(LONGER, LONGER)


# -- the snapshot


def drawn(standing: PollState, picture: ViewData = OLD, now: float = NOW) -> Snapshot:
    return build_snapshot(standing, picture, now, Capacity(100), PollerStatus())


GOOD = PollState(A, A, answered_at=NOW, polls=1)


def test_a_snapshot_spans_its_view() -> None:
    longer = pictured(LONGER, total(START, 1, 2, 3))
    found = drawn(replace(GOOD, shown=LONGER, wanted=LONGER), longer)
    assert (found.start, found.end) == (END - 1_800, END)
    assert found.total.values == (UNKNOWN, UNKNOWN, UNKNOWN, 1, 2, 3)
    assert found.summary.now is not None
    assert (found.summary.now.value, found.summary.now.provisional) == (3, True)


def test_what_is_known_before_the_first_answer_is_dated_by_when_it_was_asked_for() -> None:
    start = PollState(A, A)
    old = pictured(A, total(START, 1, 2, 3, at=NOW - 20))
    assert [
        (one.state, one.remembered, one.fetched_at, one.polls)
        for one in (
            drawn(start, pictured(A)),
            drawn(start, old),
            drawn(replace(start, fault=BEFORE, polls=1), old),
            drawn(replace(start, fault=BEFORE, polls=1), pictured(A)),
            drawn(GOOD, old),
        )
    ] == [
        (State.CONNECTING, False, None, 0),
        (State.REMEMBERED, True, NOW - 20, 0),
        (State.OFFLINE, False, NOW - 20, 1),
        (State.OFFLINE, False, None, 1),
        (State.LIVE, False, NOW, 1),
    ]


def test_data_keep_their_date_while_a_fault_lasts_and_the_fault_is_told_once_it_is_over() -> None:
    moments = [NOW, NOW + 30, NOW + 60, NOW + 90]
    standing, found = PollState(A, A), []
    for now, problem in zip(moments, (None, OFFLINE, None, None), strict=True):
        standing = after_poll(standing, PollResult(problem=problem), now)
        found.append(drawn(standing, now=now))
    fault = Fault(OFFLINE, NOW + 30)
    assert [(one.fetched_at, one.fault, one.recovered, one.polls) for one in found] == [
        (NOW, None, None, 1),
        (NOW, fault, None, 2),
        (NOW + 60, None, fault, 3),
        (NOW + 90, None, fault, 4),
    ]


def test_a_refusal_does_not_make_data_fresh() -> None:
    found = drawn(after_poll(replace(GOOD, wanted=B), PollResult(problem=REFUSED), NOW + 30))
    assert (found.fetched_at, found.refusal, found.fault) == (NOW, REFUSED, None)


def test_rows_are_none_until_a_breakdown_has_come() -> None:
    assert drawn(GOOD).rows is None
    assert drawn(GOOD, pictured(A, sliced(START, END))).rows == ()
    spoken = pictured(A, sliced(END - 300, END, row("a", END - 300, 5)))
    (only,) = drawn(GOOD, spoken).rows or ()
    assert (only.part, only.name) == (Part("a"), "A")
    assert only.series.values == (UNKNOWN, UNKNOWN, 5)
    assert only.summary.now is not None
    assert only.summary.now.value == 5


def test_the_limit_is_for_all_conversations_not_for_some() -> None:
    assert drawn(GOOD).capacity == Capacity(100)
    new = pictured(B, total(START, 99, 99, 99, filters=B.filters))
    some = drawn(replace(GOOD, shown=B, wanted=B), new)
    assert some.capacity == Capacity()
    assert some.summary.touched_warning == 0


def test_what_is_compared_with_comes_beside_total_and_rows() -> None:
    view, then = replace(A, compare=Compare.WEEK), START - WEEK
    picture = pictured(
        view,
        total(START, 1, 2, 3),
        total(then, 4, 5, 6),
        sliced(START, END, row("new", START, 1, 2, 3), row("both", START, 0, 0, 0)),
        sliced(then, END - WEEK, row("both", then, 4, GAP, 6), row("gone", then, 1, 1, 1)),
    )
    found = drawn(replace(GOOD, shown=view, wanted=view), picture)
    (past,) = found.earlier
    assert past.cut(then, END - WEEK).values == (4, 5, 6)
    rows = {each.part.id: each.earlier for each in found.rows or ()}
    assert set(rows) == {"new", "both"}
    assert [one.cut(then, END - WEEK).values for one in rows["both"]] == [(4, GAP, 6)]
    # It was silent then; beyond what was asked for nobody knows.
    assert [one.cut(then - 300, END - WEEK).values for one in rows["new"]] == [
        (UNKNOWN, GAP, GAP, GAP)
    ]


def test_what_was_revised_is_told() -> None:
    early, late = total(START, 7, 2, at=END - 300), total(START, 9, 2, at=END)
    assert drawn(GOOD, pictured(A, early, late, now=END - 1.0)).revised == ((START, 7),)


def test_the_last_hours_are_there_whatever_is_looked_at() -> None:
    past = replace(A, end=START - 86_400)
    picture = pictured(past, total(START, 1, 2, 3), total(START - 87_300, 8, 9, 10))
    found = drawn(replace(GOOD, shown=past, wanted=past), picture)
    assert found.total.values == (8, 9, 10)
    assert found.recent.cut(START, END).values == (1, 2, 3)
    assert found.recent.end == END
    assert found.live.now is not None
    assert found.live.now.value == 3


def test_what_is_told_of_the_history_is_passed_on() -> None:
    told = PollerStatus(NOW + 30, Progress(1, 4), BUSY, history_problem=BROKEN)
    found = build_snapshot(GOOD, OLD, NOW, Capacity(), told)
    assert (found.backfill, found.backfill_problem) == (Progress(1, 4), BUSY)
    assert (found.history_problem, found.next_at) == (BROKEN, NOW + 30)
