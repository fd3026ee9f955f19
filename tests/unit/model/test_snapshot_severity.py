"""One state of a profile for header, wall and glance, as a table to be checked by eye."""

import pytest

from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.snapshot import TOO_OLD, Fault, Snapshot, View, profile_severity
from polytop.model.stats import Capacity, Severity, summary
from polytop.model.target import Filters

OK, UNKNOWN = Severity.OK, Severity.UNKNOWN
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL
NOW = 1_700_000_100.0
RUNNING = grid.floor(NOW)
FAULT = Fault(Problem(Kind.OFFLINE, "Cannot reach the API", "Check the network."), NOW - 30)


def snapshot(last: int, running: int, *, age: float = 5.0, fault: Fault | None = None) -> Snapshot:
    capacity = Capacity(100, 0.8, 0.9)
    total = Series(RUNNING - grid.STEP, (last, running))
    view = View(Filters(), 600)
    values = summary(total, NOW, capacity)
    return Snapshot(
        NOW, view, view, total.start, total.end, total, values, capacity=capacity,
        fetched_at=NOW - age, fault=fault, recent=total, live=values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("last", "running", "alert", "age", "failed", "state"),
    [
        (10, 5, None, 5, False, OK),
        (10, 85, None, 5, False, WARNING),  # the running window raises
        (95, 5, None, 5, False, CRITICAL),  # and never clears
        (10, 5, OK, 5, False, OK),
        (10, 5, UNKNOWN, 5, False, UNKNOWN),
        (10, 5, CRITICAL, 5, False, CRITICAL),
        (95, 95, OK, 5, False, CRITICAL),
        # nor is a lower bound all that is known
        (GAP, 5, None, 5, False, UNKNOWN),
        (GAP, 85, None, 5, False, WARNING),
        (GAP, 5, OK, 5, False, OK),
        (10, GAP, None, 5, False, OK),
        (GAP, GAP, None, 5, False, UNKNOWN),
        # what is old says nothing about now
        (10, 5, OK, 5, True, UNKNOWN),
        (10, 5, None, 5, True, UNKNOWN),
        (10, 5, WARNING, 60, True, WARNING),
        (95, 95, None, 60, True, CRITICAL),
        (95, 95, CRITICAL, TOO_OLD, True, UNKNOWN),
    ],
)
def test_the_state(last, running, alert, age, failed, state):
    if failed:
        assert profile_severity(snapshot(last, running, age=age, fault=FAULT), alert) is state
    assert profile_severity(snapshot(last, running, age=age), alert, failed=failed) is state


def test_without_any_answer_nothing_is_known():
    assert profile_severity(None) is UNKNOWN
    assert profile_severity(None, CRITICAL) is UNKNOWN
