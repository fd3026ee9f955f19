"""What a round of questions means, as a table to be checked by eye."""

from dataclasses import dataclass, replace

import pytest

from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters
from polytop.monitor.asking import Outcome
from polytop.monitor.picture import Picture
from polytop.monitor.verdict import Standing, judged, snapshot, view_range

NOW = 1_790_000_130.0
START, END = 1_789_999_500, 1_790_000_400
A, B = View(Filters(), 900), View(Filters(variant_id="b"), 900)
LONGER = replace(A, span=1_800)
OLD = Picture.blank(A.filters, NOW).with_total(Answer(Series(START, (1, 2, 3))))
NEW = Picture.blank(B.filters, NOW).with_total(Answer(Series(START, (7, 8, 9))))
REFUSED, OFFLINE, BUSY, BROKEN = (Problem(kind, f"{kind}", "advice") for kind in (
    Kind.REFUSED, Kind.OFFLINE, Kind.BUSY, Kind.BROKEN,
))  # fmt: skip
BEFORE = Fault(OFFLINE, NOW - 60, 3)


@dataclass(frozen=True)
class Case:
    """What there was, what the round brought, and what it comes to."""

    wanted: View
    problem: Problem | None
    answered: bool
    fault: Fault | None
    held: Picture
    shown: View
    wants: View
    refusal: Problem | None = None


CASES = {
    # the same filters: the answer is taken in, the problem is the fault
    "first answer": Case(A, None, False, None, OLD, A, A),
    "next answer": Case(A, None, True, None, OLD, A, A),
    "refused": Case(A, REFUSED, True, Fault(REFUSED, NOW), OLD, A, A),
    "refused at first": Case(A, REFUSED, False, Fault(REFUSED, NOW), OLD, A, A),
    "offline": Case(A, OFFLINE, True, Fault(OFFLINE, NOW), OLD, A, A),
    "busy": Case(A, BUSY, True, Fault(BUSY, NOW), OLD, A, A),
    "another window": Case(LONGER, None, True, None, OLD, LONGER, LONGER),
    "offline, longer": Case(LONGER, OFFLINE, True, Fault(OFFLINE, NOW), OLD, LONGER, LONGER),
    # other filters: their answer replaces the picture, a refusal takes the change back
    "changed": Case(B, None, True, None, NEW, B, B),
    "changed at first": Case(B, None, False, None, NEW, B, B),
    "taken back": Case(B, REFUSED, True, None, OLD, A, A, refusal=REFUSED),
    "nothing to go back to": Case(B, REFUSED, False, Fault(REFUSED, NOW), OLD, A, B),
    "changed offline": Case(B, OFFLINE, True, Fault(OFFLINE, NOW), OLD, A, B),
    "changed, broken": Case(B, BROKEN, True, Fault(BROKEN, NOW), OLD, A, B),
    "changed, busy": Case(B, BUSY, False, Fault(BUSY, NOW), OLD, A, B),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_judged(case: Case) -> None:
    standing = Standing(OLD, A, case.wanted, refusal=BUSY)
    turned = case.wanted.filters != A.filters
    outcome = Outcome(NEW if turned else OLD, problem=case.problem)
    found = judged(standing, outcome, NOW, answered=case.answered)
    bounds = view_range(case.shown, NOW)
    assert found.held.over(*bounds) == case.held.over(*bounds)
    assert (found.shown, found.wanted) == (case.shown, case.wants)
    assert found.fault == case.fault
    assert found.refusal == case.refusal


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
    standing = Standing(OLD, A, wanted, BEFORE)
    assert judged(standing, Outcome(OLD, problem=problem), NOW, answered=True).fault == expected


@pytest.mark.parametrize("now", [NOW, 1_790_000_100.0, 1_790_000_399.9])
def test_the_range_of_a_view_ends_with_the_running_window(now: float) -> None:
    assert view_range(A, now) == (START, END)


@pytest.mark.parametrize("span", [1_801, 2_000, 2_099])
def test_the_range_of_a_view_begins_on_the_grid_whatever_its_span(span: int) -> None:
    start, end = view_range(View(Filters(), span), NOW)
    assert (start, end) == (END - 2_100, END)
    assert grid.on_grid(start)


# -- the snapshot


def drawn(standing: Standing, last: Snapshot | None = None, now: float = NOW) -> Snapshot:
    outcome, capacity = Outcome(standing.held), Capacity(100)
    return snapshot(standing, outcome, last, now=now, next_at=None, capacity=capacity)


GOOD = Standing(OLD, A, A)
BAD = Standing(OLD, A, A, Fault(OFFLINE, NOW + 30))


def test_a_snapshot_spans_its_view() -> None:
    found = drawn(Standing(OLD, LONGER, LONGER))
    assert (found.start, found.end) == (END - 1_800, END)
    assert found.total.values == (UNKNOWN, UNKNOWN, UNKNOWN, 1, 2, 3)
    assert found.summary.now is not None
    assert (found.summary.now.value, found.summary.now.provisional) == (3, True)


def test_data_keep_their_date_while_a_fault_lasts_and_the_fault_is_told_once_it_is_over() -> None:
    first = drawn(GOOD)
    faulty = drawn(BAD, last=first, now=NOW + 30)
    over = drawn(GOOD, last=faulty, now=NOW + 60)
    later = drawn(GOOD, last=over, now=NOW + 90)
    assert [(one.fetched_at, one.recovered, one.polls) for one in (first, faulty, over, later)] == [
        (NOW, None, 1),
        (NOW, None, 2),
        (NOW + 60, BAD.fault, 3),
        (NOW + 90, BAD.fault, 4),
    ]


def test_a_refusal_does_not_make_data_fresh() -> None:
    first = drawn(GOOD)
    refused = drawn(replace(GOOD, refusal=REFUSED), last=first, now=NOW + 30)
    assert (refused.fetched_at, refused.refusal, refused.fault) == (NOW, REFUSED, None)


def test_rows_are_none_until_a_breakdown_has_come() -> None:
    assert drawn(GOOD).rows is None
    silent = OLD.with_rows((), START, END)
    assert drawn(replace(GOOD, held=silent)).rows == ()
    spoken = OLD.with_rows([Row(Part("a"), "A", Series(END - 300, (5,)))], START, END)
    (only,) = drawn(replace(GOOD, held=spoken)).rows or ()
    assert only.series.values == (-1, -1, 5)


def test_the_limit_is_for_all_conversations_not_for_some() -> None:
    assert drawn(GOOD).capacity == Capacity(100)
    some = drawn(Standing(NEW, B, B))
    assert some.capacity == Capacity()
    assert some.summary.touched_warning == 0
