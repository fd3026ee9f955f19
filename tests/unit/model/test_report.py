"""The facts of a report: what the snapshot says, and what is computed besides."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.mark import Mark
from polytop.model.plan import Plan, Planned, Side
from polytop.model.report import Report, Stretch, build_report
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters, Target

STEP, WEEK = 300, 604_800
START = 1_790_000_100
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
CAPACITY = Capacity(120)
VALUES = st.lists(st.sampled_from([0, 3, 95, 96, 108, 120, 130, GAP, UNKNOWN]), min_size=1)


def snapshot(*values: int, at: float | None = None, **changes: object) -> Snapshot:
    """A span in the past with these windows; `at` is as late as needed."""
    end = START + STEP * len(values)
    total = Series(START, values)
    moment = float(end + 7_200) if at is None else at
    view = View(Filters(), end - START, end)
    figures = summary(total, moment, CAPACITY)
    made = Snapshot(moment, view, view, START, end, total, figures, (), CAPACITY, moment)
    return replace(made, **changes)


def report(found: Snapshot, **more: object) -> Report:
    return build_report(found, "prod", TARGET, zone=None, written_at=found.at, **more)


def with_week(found: Snapshot, *before: int) -> Snapshot:
    """`found` beside a week before of these windows, an hour wider at either end as it must be."""
    wide = (UNKNOWN,) * 12
    earlier = Series(START - WEEK - 3_600, (*wide, *before, *wide))
    return replace(found, view=replace(found.view, compare=Compare.WEEK), earlier=(earlier,))


@given(VALUES)
def test_every_window_is_a_value_a_gap_or_not_fetched(values: list[int]) -> None:
    found = report(snapshot(*values))
    missing = sum(each.windows for each in (*found.gaps, *found.not_fetched))
    assert found.windows == len(values) == missing + found.snapshot.summary.known
    for each in (*found.gaps, *found.not_fetched):
        assert len({found.snapshot.total.at(at) for at in grid.windows(*each)}) == 1


@given(VALUES)
def test_levels_count_the_windows_that_reach_them(values: list[int]) -> None:
    levels = report(snapshot(*values)).levels
    assert [(each.name, each.at) for each in levels] == [
        ("warning", 96), ("critical", 108), ("limit", 120),
    ]  # fmt: skip
    for each in levels:
        assert each.windows == sum(value >= each.at for value in values)


def test_without_a_limit_there_is_no_level() -> None:
    assert report(snapshot(50, capacity=Capacity())).levels == ()


@given(VALUES, st.data())
def test_the_week_before_is_compared_window_by_window(
    values: list[int], data: st.DataObject
) -> None:
    before = [data.draw(st.sampled_from([0, 50, 100, GAP, UNKNOWN])) for _ in values]
    week = report(with_week(snapshot(*values), *before)).week
    pairs = [pair for pair in zip(values, before, strict=True) if min(pair) >= 0]
    known = [value for value in before if value >= 0]
    if not known:
        assert week is None
        return
    assert week is not None
    assert week.windows == len(pairs)
    assert week.peak is not None
    assert week.peak.value == max(known)
    assert week.peak.window == START - WEEK + STEP * before.index(max(known))
    if pairs:
        assert week.mean == sum(now for now, _ in pairs) / len(pairs)
        assert week.mean_before == sum(then for _, then in pairs) / len(pairs)
    else:
        assert (week.mean, week.mean_before, week.change) == (None, None, None)


def test_a_window_that_runs_or_ran_when_it_was_fetched_is_not_compared() -> None:
    running = with_week(snapshot(50, 60, at=START + STEP + 10.0), 40, 40)
    assert report(running).week.windows == 1
    lower = with_week(snapshot(50, 60), 40, 40)
    lower = replace(lower, total=Series(START, (50, 60), frozenset({START + STEP})))
    found = report(lower)
    assert found.week.windows == 1
    assert found.provisional == (START + STEP,)


def test_another_comparison_is_no_week() -> None:
    found = with_week(snapshot(50), 40)
    assert report(replace(found, view=replace(found.view, compare=Compare.DAY))).week is None


def test_a_row_has_its_figures_and_its_value_at_the_peak_of_the_total() -> None:
    found = snapshot(50, 90, 60)
    rows = tuple(
        RowView(Part(name), None, Series(START, values), summary(Series(START, values), found.at))
        for name, values in (("a", (50, 40, 60)), ("b", (0, GAP, 0)))
    )
    one, two = report(replace(found, rows=rows)).rows
    assert (one.at_peak, one.summary) == (40, rows[0].summary)
    assert two.at_peak is None


def test_only_variants_are_added_up() -> None:
    found = snapshot(50, 90)
    rows = (RowView(Part("a"), None, found.total, found.summary),)
    assert report(replace(found, rows=rows)).coincidence.bound == 90
    for by in (Breakdown.LANGUAGE, Breakdown.CLIENT_ENV):
        other = replace(found, rows=rows, view=replace(found.view, breakdown=by))
        assert report(other).coincidence is None


def test_marks_and_revisions_of_the_range_alone() -> None:
    marks = tuple(Mark(at, START + STEP * at, "x") for at in (-1, 0, 1, 2))
    revised = ((START - STEP, 1), (START, 70), (START + STEP, 4))
    found = report(snapshot(50, GAP, marks=marks, revised=revised))
    assert [mark.id for mark in found.marks] == [0, 1]
    assert [tuple(each) for each in found.revisions] == [(START, 70, 50), (START + STEP, 4, None)]


def test_the_plan_is_compared_in_the_range_alone() -> None:
    plan = Plan(START - STEP, (Planned(50.0),) * 3)
    found = report(snapshot(50, 80, 50), plan=plan).plan
    assert (found.planned, len(found.compared)) == (2, 2)
    assert (found.count(Side.ON), found.count(Side.OVER), found.count(Side.UNDER)) == (1, 1, 0)
    assert (found.largest.window, found.largest.difference) == (START + STEP, 30)
    apart = report(snapshot(50), plan=Plan(START + 86_400, (Planned(50.0),))).plan
    assert (apart.planned, apart.compared, apart.largest) == (0, (), None)


def test_an_empty_range_has_no_figure_and_says_what_lacks() -> None:
    found = report(snapshot(GAP, GAP, UNKNOWN))
    assert found.snapshot.summary.peak is None
    assert found.gaps == (Stretch(START, START + 2 * STEP),)
    assert found.not_fetched == (Stretch(START + 2 * STEP, START + 3 * STEP),)
    assert [each.windows for each in found.levels] == [0, 0, 0]
    assert (found.coincidence, found.week, found.plan) == (None, None, None)
