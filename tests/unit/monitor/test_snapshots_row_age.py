"""Rows that were asked for earlier than the total: what they say is of when they were asked for."""

from collections.abc import Sequence

from row_poller import Rows, Server
from virtual_time import lived

from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot, View
from polytop.model.stats import Capacity, Reading
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.requests import PollResult, needs_poll_now
from polytop.monitor.snapshots import PollerStatus, PollState, build_snapshot, with_view
from polytop.monitor.view_data import ViewData, read_view

TARGET = Target("ws-1", "PROJECT-1", "https://api.example")
WINDOW = 1_789_999_800
"""A window that runs when rows are asked for, and is over when they are shown."""
EARLY, LATE = WINDOW + 60.0, WINDOW + 390.0
WHOLE = Part()
TOTAL = Scope(TARGET, Filters())
VARIANTS = Scope(TARGET, Filters(), SliceBy.VARIANT)
ENGLISH = Scope(TARGET, Filters(language="en-GB"))
BY_VARIANT = View(Filters(), 3_600)
BY_LANGUAGE = View(Filters(), 3_600, breakdown=Breakdown.LANGUAGE, values=("en-GB",))


def kept(scope: Scope, values: Sequence[int], at: float, part: Part = WHOLE) -> StoredAnswer:
    """`values` of the last windows at `at`, the running one included."""
    end = grid.floor(at) + grid.STEP
    start = end - len(values) * grid.STEP
    return StoredAnswer(scope, start, end, (Row(part, None, Series(start, tuple(values))),), at)


def pictured(view: View, *answers: StoredAnswer, now: float = LATE) -> ViewData:
    memory = HistoryCache()
    memory.refuse(TARGET, SliceBy.LANGUAGE, now - 60)
    memory.keep_all(answers)
    picture = read_view(memory, TARGET, view, now)
    memory.close()
    return picture


def shown(view: View, *answers: StoredAnswer, now: float = LATE) -> Snapshot:
    picture = pictured(view, *answers, now=now)
    return build_snapshot(
        PollState(view, view, answered_at=now), picture, now, Capacity(), PollerStatus()
    )


def only(found: Snapshot) -> RowView:
    assert found.rows is not None
    (row,) = found.rows
    return row


def test_the_window_that_ran_when_a_row_was_asked_for_is_not_over_for_it() -> None:
    totals = kept(TOTAL, (20, 20, 20, 20, 20, 20, 20), LATE)
    row = only(shown(BY_LANGUAGE, totals, kept(ENGLISH, (11, 10, 9, 8, 7, 2), EARLY)))
    assert row.asked_at == EARLY
    # 7 against 10: the 2 is what the running window had come to.
    assert row.summary.change == 7 - 10
    assert row.summary.mean == (11 + 10 + 9 + 8 + 7) / 5
    assert row.summary.p95 == 11
    assert row.summary.now == Reading(WINDOW, 2, provisional=True)


def test_a_row_that_was_asked_for_in_this_window_says_what_it_has() -> None:
    totals = kept(TOTAL, (20,) * 7, LATE)
    row = only(shown(BY_LANGUAGE, totals, kept(ENGLISH, (11, 10, 9, 8, 7, 6, 5), LATE - 60)))
    assert row.summary.change == 6 - 9
    assert row.summary.now == Reading(WINDOW + 300, 5, provisional=True)


def test_an_older_row_has_no_now() -> None:
    totals = kept(TOTAL, (20,) * 7, LATE)
    row = only(shown(BY_LANGUAGE, totals, kept(ENGLISH, (5, 5, 5), EARLY - 600)))
    assert row.summary.now is None


def test_the_past_of_a_row_that_is_asked_for_later_makes_the_row_no_younger() -> None:
    totals = kept(TOTAL, (20,) * 7, LATE)
    start = WINDOW - 3_000
    past = StoredAnswer(
        ENGLISH, start, start + 600, (Row(Part(), None, Series(start, (1, 1))),), LATE
    )
    row = only(shown(BY_LANGUAGE, totals, kept(ENGLISH, (8, 7, 2), EARLY), past))
    assert row.asked_at == EARLY


def test_variants_have_an_age_only_where_they_are_behind_the_total() -> None:
    totals = kept(TOTAL, (20,) * 7, LATE)
    fresh = kept(VARIANTS, (9, 8, 7, 6, 5, 4, 3), LATE, Part("a"))
    assert only(shown(BY_VARIANT, totals, fresh)).asked_at is None
    old = only(shown(BY_VARIANT, totals, kept(VARIANTS, (9, 8, 7, 6, 5, 2), EARLY, Part("a"))))
    assert old.asked_at == EARLY
    assert old.summary.change == 5 - 8


def test_a_slice_that_is_behind_is_asked_for_at_once() -> None:
    totals = kept(TOTAL, (20,) * 16, LATE)
    behind = pictured(BY_VARIANT, totals, kept(VARIANTS, (5,) * 16, LATE - 20, Part("a")))
    assert needs_poll_now(TARGET, behind, LATE, sliced=True)
    assert not needs_poll_now(TARGET, behind, LATE, sliced=False)
    level = pictured(BY_VARIANT, totals, kept(VARIANTS, (5,) * 16, LATE, Part("a")))
    assert not needs_poll_now(TARGET, level, LATE, sliced=True)


def test_what_is_wrong_with_one_breakdown_is_not_said_of_another() -> None:
    refused = Problem(Kind.REFUSED, "The server does not offer this", "Leave it out.", 501)
    standing = PollState(BY_VARIANT, BY_VARIANT, outcome=PollResult(breakdown_problem=refused))
    assert with_view(standing, BY_LANGUAGE).outcome.breakdown_problem is None
    longer = View(Filters(), 7_200)
    assert with_view(standing, longer).outcome.breakdown_problem == refused


def test_rows_that_were_never_asked_for_go_before_the_past_of_others() -> None:
    server = Server()

    async def main() -> None:
        rows = Rows(server, 60, 40, compare=Compare.WEEK)
        async with rows.running():
            await rows.until(lambda shown: len(shown.rows or ()) == 60)

    lived(main())
    asked = [each for each in server.sent if each.number is not None]
    newest = [each.newest for each in asked]
    assert newest.index(False) >= 58
