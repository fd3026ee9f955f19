"""The requests of the poller: none is missing, none is sent twice; and their results."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simulated_poller import DAY, HOUR, NOW, TARGET

from polytop.api.errors import ServerFailed
from polytop.api.query import Query, QueryError
from polytop.history.types import Scope, StoredAnswer
from polytop.model import baseline, grid
from polytop.model.answer import Answer, Cost, NotOffered, Part, Row
from polytop.model.baseline import Compare
from polytop.model.frame import live_frame
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import View
from polytop.model.target import Filters, SliceBy
from polytop.monitor.cache import HistoryCache
from polytop.monitor.poller import Poller
from polytop.monitor.requests import ask_all, missing_queries, poll_queries, unsendable_result
from polytop.monitor.schedule import Backoff
from polytop.monitor.view_data import ViewData, comparison_lead, read_view

END = grid.floor(NOW) + grid.STEP
START = END - 900
ASKED = tuple(Query(TARGET, Filters(), START, END, slice_by=by) for by in (None, SliceBy.VARIANT))
FAILED = Problem(Kind.BROKEN, "It failed", "Wait.", status=500)
TOTAL = Answer(Series(START, (1, 2, 3)), (), 2, Cost(1, 100, 0.5))
SLICED = Answer(None, (Row(Part("a"), "A", Series(START, (1, 1, 2))),), 3, Cost(2, 50, 0.25))
SIDES = (None, SliceBy.VARIANT)

VIEWS = st.builds(
    View,
    st.just(Filters()),
    st.sampled_from([1_800, 3 * HOUR, 6 * HOUR, DAY, 4 * DAY]) | st.integers(900, 40 * DAY),
    st.none() | st.integers(0, 40 * 288).map(lambda ago: END - ago * grid.STEP),
    st.sampled_from(Compare),
)
PAUSES = st.sampled_from([0, 30, 290, 300, 3_599, 3_600, 4_000]) | st.integers(0, 20 * DAY)


# -- what is asked for


class Ledger:
    """An API that notes what it is asked, and does not want to be asked twice for what is final."""

    def __init__(self) -> None:
        self.now = NOW
        self.final: dict[SliceBy | None, set[int]] = defaultdict(set)
        self.asked: dict[SliceBy | None, set[int]] = defaultdict(set)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds

    async def fetch(self, query: Query, /) -> Answer | NotOffered:
        """Note the question, and answer it."""
        assert query.end - query.start <= grid.WEEK
        assert query.end <= grid.floor(self.now) + grid.STEP
        windows = set(grid.windows(query.start, query.end))
        again = windows & self.final[query.slice_by]
        assert not again, f"{len(again)} windows are asked for again, from {min(again)}"
        self.asked[query.slice_by] |= windows
        self.final[query.slice_by] |= {at for at in windows if self.is_final(at)}
        series = Series(query.start, tuple(at // grid.STEP % 50 for at in sorted(windows)))
        if query.slice_by is None:
            return Answer(series)
        return Answer(None, (Row(Part("a"), "A", series),))

    def is_final(self, window: int) -> bool:
        return window + grid.STEP + grid.RECENT <= self.now

    def knows(self, start: int, end: int) -> bool:
        """Return True if every window of both sides was asked for, the final ones once final."""
        windows = set(grid.windows(start, end))
        final = {at for at in windows if self.is_final(at)}
        return all(windows <= self.asked[by] and final <= self.final[by] for by in SIDES)


def overlapping(queries: Iterable[Query]) -> bool:
    """Return True if two of the same side share a window."""
    spans = sorted((str(each.slice_by), each.start, each.end) for each in queries)
    return any(one[0] == two[0] and two[1] < one[2] for one, two in pairwise(spans))


async def one_round(ledger: Ledger, memory: HistoryCache, view: View) -> ViewData:
    """A poll, then everything that lacks; the picture then."""
    picture = read_view(memory, TARGET, view, ledger.now)
    polled = poll_queries(TARGET, picture, ledger.now)
    assert [query.slice_by for query in polled] == list(SIDES)
    assert {query.end for query in polled} == {grid.floor(ledger.now) + grid.STEP}
    assert not overlapping([*polled, *missing_queries(TARGET, picture, ledger.now)])
    memory.keep_all((await ask_all(ledger.fetch, polled, ledger.clock)).answers)
    picture = read_view(memory, TARGET, view, ledger.now)
    rest = missing_queries(TARGET, picture, ledger.now)
    assert not overlapping(rest)
    memory.keep_all((await ask_all(ledger.fetch, rest, ledger.clock)).answers)
    return read_view(memory, TARGET, view, ledger.now)


def check(ledger: Ledger, picture: ViewData) -> None:
    """Everything that is shown was asked for, and nothing is left to ask."""
    now, view = ledger.now, picture.view
    span = picture.end - picture.start
    first = live_frame(picture.end, span).start if view.end is None else picture.start
    assert ledger.knows(first, picture.end)
    assert ledger.knows(picture.live.total.start, picture.live.total.end)
    for number in baseline.days_of(view.compare):
        start, end = baseline.counterpart_range(first, picture.end + comparison_lead(view), number)
        assert ledger.knows(start, min(end, grid.floor(now) + grid.STEP))
    assert missing_queries(TARGET, picture, now) == ()
    # With everything known a poll asks for the last hour and the running window.
    again = poll_queries(TARGET, picture, now)
    assert {query.start for query in again} == {grid.floor(now) - grid.RECENT}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(VIEWS, PAUSES), min_size=1, max_size=5))
@example([(View(Filters(), DAY, None, Compare.TYPICAL), 0)])
@example([(View(Filters(), 14 * DAY, None, Compare.TYPICAL), 300), (View(Filters(), 1_800), 0)])
def test_every_round_asks_for_all_that_lacks_and_for_nothing_that_is_final(
    rounds: list[tuple[View, int]],
) -> None:
    ledger, memory = Ledger(), HistoryCache()
    for view, pause in rounds:
        ledger.now += pause
        check(ledger, asyncio.run(one_round(ledger, memory, view)))
    memory.close()


async def started(ledger: Ledger, memory: HistoryCache, view: View, polls: int) -> None:
    """The program runs until it lacks nothing, and for `polls` at least."""
    pacing = Backoff(30, lambda: 0.5)
    poller = Poller(
        ledger.fetch,
        TARGET,
        view,
        clock=ledger.clock,
        sleep=ledger.sleep,
        pacing=pacing,
        memory=memory,
    )
    async with aclosing(poller.snapshots()) as snapshots:
        async for snapshot in snapshots:
            assert snapshot.fault is None
            assert (snapshot.breakdown_problem, snapshot.backfill_problem) == (None, None)
            # Where a poll is due, a window may have begun that nobody can have asked for.
            due = snapshot.next_at is not None and snapshot.next_at <= ledger.now
            if snapshot.polls >= polls and snapshot.backfill is None and not due:
                break
    assert ledger.knows(snapshot.start, snapshot.end)
    assert UNKNOWN not in snapshot.total.values


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(VIEWS, PAUSES, st.integers(1, 15)), min_size=1, max_size=4),
)
@example(
    [
        (View(Filters(), 1_800), 0, 4),
        (View(Filters(), 1_800), 0, 15),
        (View(Filters(), 1_800, None, Compare.DAY), 30, 1),
    ]
)
def test_over_restarts_too_nothing_that_is_final_is_asked_for_again(
    starts: list[tuple[View, int, int]],
) -> None:
    ledger, memory = Ledger(), HistoryCache()
    for view, pause, polls in starts:
        ledger.now += pause
        asyncio.run(started(ledger, memory, view, polls))
    memory.close()


def pictured(view: View, *answers: StoredAnswer, now: float = NOW) -> ViewData:
    memory = HistoryCache()
    memory.keep_all(answers)
    picture = read_view(memory, TARGET, view, now)
    memory.close()
    return picture


def known(start: int, end: int, at: float = NOW) -> tuple[StoredAnswer, ...]:
    """Both sides of a range."""
    total = (Row(Part(), None, Series(start, (1,) * grid.count(start, end))),)
    return tuple(StoredAnswer(Scope(TARGET, Filters(), by), start, end, total, at) for by in SIDES)


def test_of_an_empty_history_the_last_week_is_polled_and_older_weeks_newest_first() -> None:
    picture = pictured(View(Filters(), 21 * DAY))
    assert [(one.start, one.end) for one in poll_queries(TARGET, picture, NOW)] == [
        (END - 7 * DAY, END)
    ] * 2
    found = [(one.start, one.end, one.slice_by) for one in missing_queries(TARGET, picture, NOW)]
    assert found == [
        (END - 14 * DAY, END - 7 * DAY, None),
        (END - 14 * DAY, END - 7 * DAY, SliceBy.VARIANT),
        (END - 21 * DAY, END - 14 * DAY, None),
        (END - 21 * DAY, END - 14 * DAY, SliceBy.VARIANT),
        (live_frame(END, 21 * DAY).start, END - 21 * DAY, None),
        (live_frame(END, 21 * DAY).start, END - 21 * DAY, SliceBy.VARIANT),
    ]
    assert all(one.slice_by is None for one in missing_queries(TARGET, picture, NOW, sliced=False))


def test_a_hole_is_asked_for_by_itself() -> None:
    held = (*known(END - DAY, END - 6 * HOUR), *known(END - 4 * HOUR, END - 2 * HOUR))
    picture = pictured(View(Filters(), DAY), *held)
    assert {(one.start, one.end) for one in poll_queries(TARGET, picture, NOW)} == {
        (END - 2 * HOUR, END)
    }
    assert {(one.start, one.end) for one in missing_queries(TARGET, picture, NOW)} == {
        (END - 6 * HOUR, END - 4 * HOUR),
        (live_frame(END, DAY).start, END - DAY),
    }


def test_the_days_before_are_asked_for_with_a_reserve_and_then_no_more_for_hours() -> None:
    view = View(Filters(), 6 * HOUR, None, Compare.DAY)
    ledger, memory = Ledger(), HistoryCache()
    asked = []
    for _ in range(60):
        picture = read_view(memory, TARGET, view, ledger.now)
        memory.keep_all(
            asyncio.run(
                ask_all(ledger.fetch, poll_queries(TARGET, picture, ledger.now), ledger.clock)
            ).answers
        )
        rest = missing_queries(TARGET, read_view(memory, TARGET, view, ledger.now), ledger.now)
        memory.keep_all(asyncio.run(ask_all(ledger.fetch, rest, ledger.clock)).answers)
        asked.append(len(rest))
        ledger.now += grid.STEP
    memory.close()
    assert asked[0] == 2
    assert sum(asked) == 4  # five hours later again


def test_where_no_breakdown_can_be_had_the_days_before_are_asked_for_no_oftener() -> None:
    view = View(Filters(), 6 * HOUR, None, Compare.DAY)
    total, _ = known(END - 40 * HOUR, END)
    picture = pictured(view, total)
    assert missing_queries(TARGET, picture, NOW, sliced=False) == ()
    assert len(missing_queries(TARGET, picture, NOW)) == 1


def test_nothing_before_1970_is_asked_for() -> None:
    picture = pictured(View(Filters(), DAY, 2 * HOUR, Compare.WEEK))
    assert [(one.start, one.end) for one in missing_queries(TARGET, picture, NOW)][-2:] == [
        (0, 2 * HOUR)
    ] * 2


# -- what comes of it


async def answer(query: Query) -> Answer | NotOffered:
    return SLICED if query.slice_by else TOTAL


async def no_slices(query: Query) -> Answer | NotOffered:
    if query.slice_by is None:
        return TOTAL
    return NotOffered(query.slice_by, "not yet", Cost(1, 10, 0.1))


async def failure(query: Query) -> Answer | NotOffered:
    raise ServerFailed(FAILED)


def clock() -> float:
    return NOW


async def test_answers_are_kept_by_their_question_and_their_costs_added() -> None:
    outcome = await ask_all(answer, ASKED, clock)
    assert outcome.answers == (
        StoredAnswer(
            Scope(TARGET, Filters()),
            START,
            END,
            (Row(Part(), None, Series(START, (1, 2, 3))),),
            NOW,
        ),
        StoredAnswer(Scope(TARGET, Filters(), SliceBy.VARIANT), START, END, SLICED.rows, NOW),
    )
    assert (outcome.cost, outcome.ignored) == (Cost(3, 150, 0.5), 5)
    assert (outcome.problem, outcome.breakdown_problem) == (None, None)


async def test_an_answer_is_dated_by_when_it_was_asked_for() -> None:
    moments = iter([NOW, NOW + 90, NOW + 180])

    async def slow(query: Query) -> Answer | NotOffered:
        next(moments)
        return await answer(query)

    outcome = await ask_all(slow, ASKED, lambda: next(moments))
    assert {kept.at for kept in outcome.answers} == {NOW}


async def test_a_breakdown_that_is_not_offered_is_said_so() -> None:
    outcome = await ask_all(no_slices, ASKED, clock)
    assert [kept.scope.slice_by for kept in outcome.answers] == [None]
    assert outcome.problem is None
    assert outcome.breakdown_problem is not None
    assert (outcome.breakdown_problem.kind, outcome.breakdown_problem.status) == (Kind.REFUSED, 501)
    assert outcome.breakdown_problem.error_message == "not yet"
    assert outcome.cost == Cost(2, 110, 0.5)


async def test_of_what_fails_nothing_is_kept() -> None:
    outcome = await ask_all(failure, ASKED, clock)
    assert outcome.answers == ()
    assert (outcome.problem, outcome.breakdown_problem) == (FAILED, FAILED)
    assert outcome.cost == Cost(requests=2)


async def test_of_no_question_nothing_comes() -> None:
    outcome = await ask_all(failure, (), clock)
    assert (outcome.answers, outcome.cost, outcome.problem) == ((), Cost(), None)


def test_a_question_that_may_not_be_sent_says_what_to_change() -> None:
    picture = pictured(View(Filters(phone_number="not a number"), HOUR))
    with pytest.raises(QueryError) as caught:
        poll_queries(TARGET, picture, NOW)
    outcome = unsendable_result(caught.value)
    assert outcome.problem is not None
    assert outcome.problem.kind is Kind.REFUSED
    assert "phone_number" in outcome.problem.advice
    assert outcome.answers == ()
