"""The data of a view from the history: its range, now, the days before, and marks."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest
from history_data import keep
from hypothesis import given
from hypothesis import strategies as st

from polytop.history.store import History
from polytop.history.types import Scope, StoredAnswer
from polytop.model import baseline, grid
from polytop.model.answer import Part, Row
from polytop.model.baseline import Compare
from polytop.model.frame import live_frame
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import View
from polytop.model.target import ClientEnv, Filters, SliceBy, Target
from polytop.monitor.cache import ViewHistory
from polytop.monitor.view_data import (
    RECENT_HOURS,
    ViewData,
    comparison_lead,
    comparison_reserve,
    read_view,
    sliced_rows,
    total_series,
    view_range,
    was_asked,
)

NOW = 1_790_000_130.0
END = 1_790_000_400
HOUR, DAY = 3_600, 86_400
TARGET = Target("ws-1", "PROJECT-1", "https://api.example.org")
FOLLOWING = View(Filters(), 6 * HOUR)
ZONES = (UTC, ZoneInfo("Europe/London"), ZoneInfo("America/New_York"))

MOMENTS = st.integers(1_600_000_000, 1_900_000_000).map(float)
SPANS = st.integers(600, 90 * DAY)
VIEWS = st.builds(
    View,
    st.just(Filters()),
    SPANS,
    st.none() | st.integers(5_300_000, 6_300_000).map(lambda number: number * grid.STEP),
    st.sampled_from(Compare),
)


@pytest.fixture
def memory() -> Iterator[History]:
    history = History(None)
    history.open()
    yield history
    history.close()


def value(window: int) -> int:
    return window // grid.STEP % 97


def kept(start: int, end: int, slice_by: SliceBy | None = None, at: float = NOW) -> StoredAnswer:
    """An answer in which every window has its own value, the same in every part."""
    values = tuple(map(value, grid.windows(start, end)))
    parts = [Part()] if slice_by is None else [Part("a"), Part("b")]
    rows = tuple(Row(part, None, Series(start, values)) for part in parts)
    return StoredAnswer(Scope(TARGET, Filters(), slice_by), start, end, rows, at)


# -- the range


@pytest.mark.parametrize("now", [NOW, 1_790_000_100.0, 1_790_000_399.9])
def test_the_range_of_a_view_ends_with_the_running_window(now: float) -> None:
    assert view_range(replace(FOLLOWING, span=900), now) == (END - 900, END)


@pytest.mark.parametrize("span", [1_801, 2_000, 2_099])
def test_the_range_of_a_view_begins_on_the_grid_whatever_its_span(span: int) -> None:
    assert view_range(replace(FOLLOWING, span=span), NOW) == (END - 2_100, END)


@given(VIEWS, MOMENTS)
def test_a_range_is_on_the_grid_holds_the_span_and_never_reaches_past_now(
    view: View, now: float
) -> None:
    start, end = view_range(view, now)
    assert grid.is_aligned(start)
    assert grid.is_aligned(end)
    assert view.span <= end - start < view.span + grid.STEP
    running = grid.floor(now)
    assert end == (running + grid.STEP if view.end is None else min(view.end, running + grid.STEP))


def test_the_end_of_a_view_in_the_future_is_now() -> None:
    assert view_range(replace(FOLLOWING, end=END + DAY), NOW) == view_range(FOLLOWING, NOW)


@given(VIEWS)
def test_what_is_asked_for_reaches_further_than_what_is_shown_of_the_days_before(
    view: View,
) -> None:
    if view.end is not None:
        assert comparison_lead(view) == comparison_reserve(view) == 0
        return
    assert grid.is_aligned(comparison_lead(view))
    assert view.span / 4 <= comparison_lead(view) < view.span / 4 + grid.STEP
    # For hours nothing is to be asked for again.
    assert comparison_reserve(view) - comparison_lead(view) >= min(3 * HOUR, comparison_lead(view))


# -- what is read


def blank(view: View, now: float = NOW) -> ViewData:
    history = History(None)
    history.open()
    picture = read_view(history, TARGET, view, now)
    history.close()
    return picture


def test_of_an_empty_history_everything_is_unknown() -> None:
    picture = blank(replace(FOLLOWING, compare=Compare.TYPICAL))
    assert (picture.start, picture.end) == view_range(FOLLOWING, NOW)
    assert set(total_series(picture.shown.total).values) == {UNKNOWN}
    assert len(total_series(picture.shown.total)) == 72
    assert sliced_rows(picture.shown.sliced) is None
    assert not was_asked(picture.shown.total)
    assert len(picture.earlier) == 4
    assert picture.marks == ()


def test_a_breakdown_without_a_row_is_not_one_that_was_never_asked_for(memory: History) -> None:
    keep(memory, Scope(TARGET, Filters(), SliceBy.VARIANT), END - HOUR, END, (), NOW)
    memory.keep_all([kept(END - HOUR, END)._replace(rows=(Row(Part(), None, Series(END)),))])
    picture = read_view(memory, TARGET, FOLLOWING, NOW)
    assert sliced_rows(picture.shown.sliced) == ()
    assert was_asked(picture.shown.total)
    assert set(total_series(picture.shown.total).values) == {UNKNOWN, GAP}


def test_total_and_breakdown_of_the_view_alone_are_read(memory: History) -> None:
    memory.keep_all([kept(END - DAY, END), kept(END - DAY, END, SliceBy.VARIANT)])
    picture = read_view(memory, TARGET, FOLLOWING, NOW)
    expected = Series(
        END - 6 * HOUR,
        tuple(value(at) for at in grid.windows(END - 6 * HOUR, END)),
        frozenset({END - grid.STEP}),
    )
    assert total_series(picture.shown.total) == expected
    rows = sliced_rows(picture.shown.sliced) or ()
    assert [(row.part.id, row.series) for row in rows] == [("a", expected), ("b", expected)]
    other = replace(FOLLOWING, filters=Filters(ClientEnv.SANDBOX))
    assert not was_asked(read_view(memory, TARGET, other, NOW).shown.total)


@given(VIEWS, MOMENTS)
def test_the_last_hours_are_always_there_and_no_part_is_read_twice(view: View, now: float) -> None:
    picture = blank(view, now)
    live, newest = picture.live.total, grid.floor(now) + grid.STEP
    assert live.end == newest
    assert live.start <= newest - RECENT_HOURS
    if view.end is None and view.span >= RECENT_HOURS:
        assert picture.live is picture.shown
    else:
        assert live.end - live.start == RECENT_HOURS


def test_a_past_view_has_its_own_range_beside_now(memory: History) -> None:
    past = replace(FOLLOWING, end=END - DAY)
    memory.keep_all([kept(END - 2 * DAY, END)])
    picture = read_view(memory, TARGET, past, NOW)
    assert (picture.start, picture.end) == (END - DAY - 6 * HOUR, END - DAY)
    assert total_series(picture.shown.total).at(END - DAY - 1) == value(END - DAY - grid.STEP)
    assert total_series(picture.live.total).at(NOW) == value(END - grid.STEP)


@given(
    st.builds(
        View,
        st.just(Filters()),
        st.integers(600, 3 * DAY),
        st.none() | st.integers(5_300_000, 6_000_000).map(lambda number: number * grid.STEP),
        st.sampled_from([Compare.DAY, Compare.WEEK, Compare.TYPICAL]),
    ),
    st.integers(1_700_000_000, 1_850_000_000).map(float),
    st.sampled_from(ZONES),
)
def test_the_days_before_hold_every_counterpart_of_what_is_shown(
    view: View, now: float, zone: tzinfo
) -> None:
    picture = blank(view, now)
    days = baseline.days_of(view.compare)
    assert len(picture.earlier) == len(days)
    for pair, number in zip(picture.earlier, days, strict=True):
        for stretch in baseline.find_stretches(
            picture.start, picture.end + comparison_lead(view), number, zone
        ):
            assert pair.total.start <= stretch.start - stretch.shift
            assert stretch.end - stretch.shift <= pair.total.end
        assert (pair.sliced.start, pair.sliced.end) == (pair.total.start, pair.total.end)


def test_marks_of_the_range_and_of_the_room_beside_it(memory: History) -> None:
    first = live_frame(END, 6 * HOUR).start
    moments = [first - 1, first, END - 1, END + 100, END + comparison_lead(FOLLOWING)]
    for moment in moments:
        memory.add_mark(TARGET, moment, f"at {moment}")
    found = read_view(memory, TARGET, FOLLOWING, NOW).marks
    assert [mark.at for mark in found] == moments[1:4]
    past = replace(FOLLOWING, end=END)
    assert [mark.at for mark in read_view(memory, TARGET, past, NOW).marks] == moments[2:3]


# -- keeping


class Forgetful:
    """A memory whose file is taken away."""

    def __init__(self) -> None:
        self.problem = None
        self.lose()

    def lose(self) -> None:
        history = History(None)
        history.open()
        self.forget_future, self.read = history.forget_future, history.read
        self.keep_all, self.marks = history.keep_all, history.marks
        self.close = history.close


@given(
    st.lists(
        st.tuples(
            st.integers(-90, -1), st.integers(1, 60), st.booleans(), st.integers(0, 6 * HOUR)
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([FOLLOWING, replace(FOLLOWING, end=END - HOUR), replace(FOLLOWING, span=HOUR)]),
)
def test_what_is_on_the_screen_outlives_what_it_was_read_from(
    answers: list[tuple[int, int, bool, int]], view: View
) -> None:
    memory = Forgetful()
    keeping = ViewHistory(memory, TARGET)
    for first, size, sliced, ago in answers:
        start = END + first * grid.STEP
        end = min(END, start + size * grid.STEP)
        keeping.keep([kept(start, end, SliceBy.VARIANT if sliced else None, NOW - ago)])
    before = keeping.read_view(view, NOW, shown=True)
    memory.close()
    memory.lose()
    after = keeping.read_view(view, NOW, shown=True)
    for one, two in ((before.shown, after.shown), (before.live, after.live)):
        for old, new in ((one.total, two.total), (one.sliced, two.sliced)):
            assert (new.asked, new.rows) == (old.asked, old.rows)
    known = was_asked(before.shown.total) or was_asked(before.live.total)
    known = known or was_asked(before.shown.sliced) or was_asked(before.live.sliced)
    assert (keeping.problem(NOW) is not None) == known
    assert keeping.problem(NOW + DAY) is None
    memory.close()


def test_nothing_is_lost_where_other_filters_are_looked_at() -> None:
    with closing(ViewHistory(None, TARGET)) as keeping:
        keeping.keep([kept(END - HOUR, END)])
        keeping.read_view(FOLLOWING, NOW, shown=True)
        keeping.read_view(replace(FOLLOWING, filters=Filters(ClientEnv.SANDBOX)), NOW, shown=True)
        assert keeping.problem(NOW) is None
