"""The picture: answers laid over it in any order, and what it still has to ask for."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters
from polytop.monitor.asking import RECENT
from polytop.monitor.picture import Picture, missing, needed, row_views

END = 1_790_000_100
BLANK = Picture.blank(Filters(), END)
SPANS = st.integers(1, 31 * 288).map(lambda number: number * grid.STEP)


def faithful(start: int, end: int) -> Series:
    """What a server would answer: every window its own value, some of them left out."""
    values = (window // grid.STEP % 7 - 1 for window in grid.windows(start, end))
    return Series(start, tuple(max(GAP, value) for value in values))


def final(start: int, end: int) -> Series:
    """What a server would answer in the end."""
    return Series(start, (5,) * grid.count(start, end))


def row(name: str, start: int, *values: int) -> Row:
    return Row(Part(name), name.upper(), Series(start, values))


# -- what to ask for


@given(SPANS)
def test_asking_what_is_needed_and_then_what_lacks_covers_the_window_once(span: int) -> None:
    start, held = END - span, BLANK.total
    asked = [needed(held, start, END, RECENT)]
    held = held.revised(faithful(*asked[0]))
    while (lacking := missing(held, start, END, RECENT)) is not None:
        asked.append(lacking)
        held = held.revised(faithful(*lacking))
        assert len(asked) <= 5
    assert held == faithful(start, END)
    assert [point for piece in reversed(asked) for point in grid.windows(*piece)] == list(
        grid.windows(start, END)
    )
    assert all(last - first <= grid.WEEK for first, last in asked)
    assert asked == sorted(asked, reverse=True)


@given(SPANS, st.integers(0, 40 * 288))
def test_later_what_was_missed_and_before_it_what_was_not_final_then(
    span: int, missed: int
) -> None:
    start, last = END - span, END - missed * grid.STEP
    held = faithful(min(start, last), last)
    assert needed(held, start, END, RECENT) == (
        max(start, min(last, END - grid.STEP) - RECENT, END - grid.WEEK),
        END,
    )


@given(SPANS, st.integers(0, 40 * 288))
def test_everything_that_was_not_final_is_asked_for_again(span: int, missed: int) -> None:
    start, last = END - span, END - missed * grid.STEP
    # Of a pause within an hour of whole weeks, the hour before it would take another request.
    assume(all(not last - RECENT < END - weeks * grid.WEEK <= last for weeks in range(1, 6)))
    held = Series(start, (99,) * grid.count(start, last)).cut(start, END)
    asked = [needed(held, start, END, RECENT)]
    held = held.revised(final(*asked[0]))
    while (lacking := missing(held, start, END, RECENT)) is not None:
        held = held.revised(final(*lacking))
    changing = max(start, last - RECENT)
    assert held.cut(changing, END) == final(changing, END)


def test_what_lacks_further_back_than_a_week_is_no_reason_to_ask_for_the_week_again() -> None:
    start = END - 3 * grid.WEEK
    held = faithful(END - 2 * grid.WEEK, END)
    assert needed(held, start, END, RECENT) == (END - grid.STEP - RECENT, END)
    assert missing(held, start, END, RECENT) == (start, END - 2 * grid.WEEK)


@given(st.lists(st.sampled_from([UNKNOWN, GAP, 3]), max_size=60), st.integers(0, 3))
def test_missing_reaches_over_all_that_is_unknown(values: list[int], again: int) -> None:
    held = Series(END - len(values) * grid.STEP, tuple(values))
    found = missing(held, held.start, held.end, again * grid.STEP)
    unknown = [held.start + i * grid.STEP for i, one in enumerate(values) if one == UNKNOWN]
    if not unknown:
        assert found is None
    else:
        assert found == (
            max(held.start, unknown[0] - again * grid.STEP),
            unknown[-1] + grid.STEP,
        )


# -- laying answers over it


def test_a_blank_picture_knows_nothing() -> None:
    assert BLANK.over(END - 900, END).total.values == (UNKNOWN,) * 3
    assert BLANK.rows == ()


def test_a_total_is_laid_in_and_a_sliced_answer_is_none() -> None:
    picture = BLANK.with_total(Answer(Series(END - 900, (1, 2, 3))))
    assert picture.with_total(Answer(Series(END - 300, (9,)))).total.values == (1, 2, 9)
    with pytest.raises(ValueError, match="no total"):
        picture.with_total(Answer(None))


def test_a_part_that_the_answer_does_not_name_was_silent_there() -> None:
    picture = BLANK.with_rows([row("a", END - 900, 4, 5, 6)], END - 900, END)
    later = picture.with_rows([row("b", END, 7)], END, END + 300)
    assert {one.part.id: one.series.cut(END - 900, END + 300).values for one in later.rows} == {
        "a": (4, 5, 6, GAP),
        "b": (GAP, GAP, GAP, 7),
    }
    assert later.sliced.cut(END - 900, END + 300).values == (GAP,) * 4


def test_a_part_is_unknown_where_no_breakdown_was_asked_for() -> None:
    picture = BLANK.with_rows([row("a", END - 300, 4)], END - 300, END)
    later = picture.with_rows([row("b", END + 300, 7)], END + 300, END + 600)
    found = later.over(END - 600, END + 600)
    assert {one.part.id: one.series.values for one in found.rows} == {
        "a": (UNKNOWN, 4, UNKNOWN, GAP),
        "b": (UNKNOWN, GAP, UNKNOWN, 7),
    }


PIECES = st.permutations([0, 1, 2])
ANSWERS = st.lists(
    st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(GAP, 9), min_size=2, max_size=2)),
    min_size=3,
    max_size=3,
)


@given(ANSWERS, PIECES)
def test_the_order_in_which_pieces_come_does_not_matter(
    answers: list[dict[str, list[int]]], order: list[int]
) -> None:
    def laid(numbers: list[int]) -> Picture:
        picture = BLANK
        for number in numbers:
            start = END + number * 600
            rows = [row(name, start, *values) for name, values in answers[number].items()]
            picture = picture.with_rows(rows, start, start + 600)
        return picture.over(END, END + 1_800)

    assert laid(order) == laid([0, 1, 2])


def test_the_newest_name_stays_where_a_later_answer_has_none() -> None:
    picture = BLANK.with_rows([row("a", END, 4)], END, END + 300)
    nameless = replace(row("a", END, 5), name=None)
    renamed = replace(row("a", END, 6), name="Main")
    assert picture.with_rows([nameless], END, END + 300).rows[0].name == "A"
    assert picture.with_rows([renamed], END, END + 300).rows[0].name == "Main"


def test_an_older_piece_that_comes_later_does_not_bring_an_old_name_back() -> None:
    picture = BLANK.with_rows([row("a", END, 4)], END, END + 300)
    older = replace(row("a", END - 300, 5), name="As it was called")
    found = picture.with_rows([older], END - 300, END).rows[0]
    assert (found.name, found.series.cut(END - 300, END + 300).values) == ("A", (5, 4))


def test_calls_without_a_part_are_a_row_of_their_own_after_the_others() -> None:
    rows = [Row(Part(), None, Series(END, (2,))), row("b", END, 4), row("a", END, 1)]
    picture = BLANK.with_rows(rows, END, END + 300)
    assert [one.part.id for one in picture.rows] == ["a", "b", None]


def test_rows_of_which_nothing_is_left_go() -> None:
    rows = [row("a", END - 600, 4, GAP), row("b", END - 600, 0, 0)]
    picture = BLANK.with_rows(rows, END - 600, END)
    assert [one.part.id for one in picture.over(END - 300, END + 300).rows] == ["b"]


def test_rows_say_what_their_series_say() -> None:
    picture = BLANK.with_rows([row("a", END, 90, 30)], END, END + 600)
    now, capacity = END + 400.0, Capacity(100)
    (found,) = row_views(picture, now, capacity)
    assert found.summary == summary(picture.rows[0].series, now, capacity)
    assert (found.name, found.summary.touched_warning) == ("A", 1)
