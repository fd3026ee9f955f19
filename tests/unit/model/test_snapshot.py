"""The state of a snapshot's data."""

import pytest

from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault, Snapshot, State, View
from polytop.model.stats import Summary
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


@pytest.mark.parametrize(
    ("asked_at", "complete_until"),
    [(None, 600), (614.0, 600), (600.0, 600), (599.9, 300), (299.0, 0)],
)
def test_a_window_is_complete_if_it_was_asked_for_after_its_end(
    asked_at: float | None, complete_until: int
) -> None:
    view = View(Filters(), 3_600)
    snapshot = Snapshot(615.0, view, view, 0, 900, Series(0), Summary(), asked_at=asked_at)
    assert snapshot.complete_until == complete_until
    assert snapshot.running == 600
