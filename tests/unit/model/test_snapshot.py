"""The state of a snapshot's data."""

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from polytop.model.baseline import Compare, Versus
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import Fault, Snapshot, State, View, WindowFigures
from polytop.model.stats import Summary, summary
from polytop.model.target import Filters


@pytest.mark.parametrize(
    ("kind", "fetched_at", "state"),
    [
        (None, None, State.CONNECTING),
        (None, 5.0, State.LIVE),
        (Kind.OFFLINE, None, State.OFFLINE),
        (Kind.OFFLINE, 5.0, State.OFFLINE),
        (Kind.BUSY, None, State.NO_DATA),
        (Kind.BUSY, 5.0, State.STALE),
        (Kind.BROKEN, None, State.NO_DATA),
        (Kind.BROKEN, 5.0, State.STALE),
        (Kind.REFUSED, None, State.NO_DATA),
        (Kind.REFUSED, 5.0, State.STALE),
    ],
)
def test_state(kind: Kind | None, fetched_at: float | None, state: State) -> None:
    view = View(Filters(), 3_600)
    fault = Fault(Problem(kind, "it failed", "try again"), 4.0) if kind else None
    snapshot = Snapshot(
        615.0, view, view, 0, 900, Series(0), Summary(), fault=fault, fetched_at=fetched_at
    )
    assert snapshot.state is state
    assert snapshot.running == 600


TWO_PROVISIONAL = Series(0, (1, 2, 3, 4, 5, UNKNOWN, UNKNOWN), frozenset({300, 1_200}))


def shown(total: Series, at: float, **changes: Any) -> Snapshot:
    view = View(Filters(), 3_600)
    return Snapshot(
        at, view, view, total.start, total.end, total, summary(total, at), fetched_at=at, **changes
    )


def test_each_window_is_complete_or_not_by_itself() -> None:
    snapshot = shown(TWO_PROVISIONAL, 1_900.0)
    complete = [window for window in range(0, 2_100, 300) if snapshot.is_complete(window)]
    assert complete == [0, 600, 900]
    assert snapshot.complete_until == 1_200
    assert snapshot.running == 1_800
    assert snapshot.summary.mean == (1 + 3 + 4) / 3
    assert snapshot.last_complete(None) == WindowFigures(900, 4, 4 - 1, None)
    # One window later the change would be from a window that is not complete.
    later = shown(replace(TWO_PROVISIONAL, provisional=frozenset({300})), 1_900.0)
    assert later.last_complete(None) == WindowFigures(1_200, 5, None, None)


@pytest.mark.parametrize(
    ("values", "last", "newest"),
    [
        ((1, 2, 3, 9), 3, (600, 3)),
        ((1, 2, GAP, 9), None, (300, 2)),
        ((1, GAP, GAP, 9), None, None),
        ((1, 2, UNKNOWN, UNKNOWN), 2, (300, 2)),
        ((UNKNOWN, UNKNOWN, UNKNOWN, 9), None, None),
    ],
)
def test_the_last_complete_window_may_be_a_gap_and_an_older_value_counts_for_a_while(
    values: tuple[int, ...], last: int | None, newest: tuple[int, int] | None
) -> None:
    snapshot = shown(Series(0, values), 1_000.0)
    assert snapshot.last_complete(None).value == last
    found = snapshot.newest_complete(600)
    assert (found and (found.window, found.value)) == newest


def test_the_last_complete_window_is_compared_with_complete_windows_alone() -> None:
    total, day = Series(86_400, (10, 20, 30)), View(Filters(), 900, compare=Compare.DAY)
    past = Series(-3_600, (*[UNKNOWN] * 12, 5, 8, 9))
    found = replace(shown(total, 87_100.0, earlier=(past,)), view=day).last_complete(UTC)
    assert found == WindowFigures(86_700, 20, None, Versus(20 - 8, 12 / 8))
    lower = replace(past, provisional=frozenset({300}))
    found = replace(shown(total, 87_100.0, earlier=(lower,)), view=day).last_complete(UTC)
    assert found.versus is None


@pytest.mark.parametrize(("row_until", "last"), [(1_200, 900), (900, 600), (600, 300)])
def test_a_row_that_is_behind_has_an_earlier_last_window(row_until: int, last: int) -> None:
    snapshot = shown(Series(0, (1, 2, 3, 4, 5), frozenset({1_200})), 1_250.0)
    row = Series(0, (1, 1, 1, 1, 1), frozenset(range(row_until, 1_500, 300)))
    assert snapshot.last_window(row) == last
