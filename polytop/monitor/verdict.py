"""What a round of questions means for the screen: pure functions, no clock of their own."""

from dataclasses import dataclass, replace

from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.monitor.asking import Outcome
from polytop.monitor.picture import Picture, row_views


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held and shown, and what the user wants to be shown."""

    held: Picture
    shown: View
    wanted: View
    fault: Fault | None = None
    refusal: Problem | None = None


def view_range(view: View, now: float) -> tuple[int, int]:
    """The windows of `view` at `now`, the running one included; its span is rounded up to them."""
    end = grid.floor(now) + grid.STEP
    return grid.floor(end - view.span), end


def judged(standing: Standing, outcome: Outcome, now: float, *, answered: bool) -> Standing:
    """The standing after `outcome`: the new picture, or the last good one and the reason.

    A change of filters that the server refuses is taken back, where there is a picture to go
    back to (`answered`); any other problem leaves the change wanted and is tried again.
    """
    problem, wanted = outcome.problem, standing.wanted
    turned = wanted.filters != standing.shown.filters
    if problem and problem.kind is Kind.REFUSED and turned and answered:
        return replace(standing, wanted=standing.shown, fault=None, refusal=problem)
    if problem and turned:
        return replace(standing, fault=_fault(standing.fault, problem, now), refusal=None)
    held = outcome.picture.over(*view_range(wanted, now))
    return Standing(held, wanted, wanted, _fault(standing.fault, problem, now))


def _fault(before: Fault | None, problem: Problem | None, now: float) -> Fault | None:
    if problem is None:
        return None
    if before is None:
        return Fault(problem, now)
    return Fault(problem, before.since, before.failures + 1)


def snapshot(
    standing: Standing,
    outcome: Outcome,
    last: Snapshot | None,
    *,
    now: float,
    next_at: float | None,
    capacity: Capacity,
) -> Snapshot:
    """The standing as the screen shows it; `last` is the snapshot before, if any.

    The limit counts all conversations: a selection of them is not held against it.
    """
    start, end = view_range(standing.shown, now)
    if standing.shown.filters.active():
        capacity = Capacity()
    shown = standing.held.over(start, end)
    good = standing.fault is None and standing.refusal is None
    return Snapshot(
        at=now,
        view=standing.shown,
        wanted=standing.wanted,
        start=start,
        end=end,
        total=shown.total,
        summary=summary(shown.total, now, capacity),
        rows=row_views(shown, now, capacity) if GAP in shown.sliced.values else None,
        capacity=capacity,
        fetched_at=now if good else last.fetched_at if last else None,
        next_at=next_at,
        fault=standing.fault,
        refusal=standing.refusal,
        recovered=(last.fault or last.recovered) if last and good else None,
        breakdown_problem=outcome.breakdown_problem,
        ignored=outcome.ignored,
        cost=outcome.cost,
        polls=last.polls + 1 if last else 1,
    )
