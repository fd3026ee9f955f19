"""A day of a series: merged in any order and any number of times, packed and unpacked."""

import zlib
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.history import pages
from polytop.history.errors import Damaged
from polytop.history.pages import DAY, EMPTY, SIZE, Page, days, make_page, merge_pages
from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series

DAY_NUMBER = 20_000
BEGIN = DAY_NUMBER * DAY
VALUES = st.one_of(
    st.sampled_from((UNKNOWN, GAP, 0, 1)),
    st.integers(0, 300),
    st.integers(0, 2**31 + 5),
    st.just(2**62),
)


@st.composite
def sights(draw: st.DrawFn) -> Page:
    """The page of one answer: some windows of the day, asked before, during or after it."""
    start = BEGIN + grid.STEP * draw(st.integers(-20, SIZE - 1))
    series = Series(start, tuple(draw(st.lists(VALUES, min_size=1, max_size=40))))
    return make_page(DAY_NUMBER, series, BEGIN + draw(st.integers(0, 120)) * 1_500)


PAGES = st.lists(sights(), max_size=3).map(lambda pages: merged_all(pages) if pages else EMPTY)


def merged_all(pages: list[Page]) -> Page:
    whole = EMPTY
    for page in pages:
        whole = merge_pages(whole, page)
    return whole


@given(PAGES, PAGES)
def test_merging_does_not_ask_which_came_first(one: Page, other: Page) -> None:
    assert merge_pages(one, other) == merge_pages(other, one)


@given(PAGES, PAGES, PAGES)
def test_merging_does_not_ask_which_two_met_first(one: Page, two: Page, three: Page) -> None:
    assert merge_pages(merge_pages(one, two), three) == merge_pages(one, merge_pages(two, three))


@given(PAGES, PAGES)
def test_merging_again_changes_nothing(one: Page, other: Page) -> None:
    both = merge_pages(one, other)
    assert merge_pages(both, other) == both
    assert merge_pages(both, one) == both
    assert merge_pages(one, one) == one
    assert merge_pages(one, EMPTY) == one


@given(PAGES, PAGES)
def test_no_value_is_lost_in_merging(one: Page, other: Page) -> None:
    both = merge_pages(one, other)
    for values in zip(one.values, other.values, both.values, strict=True):
        assert values[2] in values[:2]
        assert (values[2] == GAP) == (values[0] == values[1] == GAP)


@given(PAGES)
def test_what_is_packed_comes_out_as_it_went_in(page: Page) -> None:
    assert pages.unpack(*pages.pack(page)) == page


def test_a_window_that_has_not_ended_has_no_first_value() -> None:
    page = make_page(DAY_NUMBER, Series(BEGIN, (5, 6, 7)), BEGIN + 2 * grid.STEP)
    assert page.values[:4] == (5, 6, 7, GAP)
    assert page.first[:4] == (5, 6, GAP, GAP)
    assert page.first_at[:3] == (BEGIN + 600, BEGIN + 600, 0)


def test_the_later_value_is_present_and_the_first_complete_one_is_remembered() -> None:
    sights = [(BEGIN + 200, 3), (BEGIN + 310, 8), (BEGIN + 900, 9), (BEGIN + 600, 2)]
    pages = [make_page(DAY_NUMBER, Series(BEGIN, (value,)), at) for at, value in sights]
    page = merged_all(pages)
    assert (page.values[0], page.seen[0]) == (9, BEGIN + 900)
    assert (page.first[0], page.first_at[0]) == (8, BEGIN + 310)
    assert page.revised() == ((0, 8),)


def test_a_gap_takes_no_value_away() -> None:
    value = make_page(DAY_NUMBER, Series(BEGIN, (4,)), BEGIN + 400)
    assert merge_pages(value, make_page(DAY_NUMBER, Series(BEGIN, (GAP,)), BEGIN + 9_000)) == value


@given(st.integers(-500, 500), st.integers(0, 1_000))
def test_the_days_of_a_range_hold_its_windows_and_no_day_more(first: int, size: int) -> None:
    start, end = first * grid.STEP, (first + size) * grid.STEP
    assert set(days(start, end)) == {window // DAY for window in grid.windows(start, end)}


def test_days_of_different_widths_are_joined() -> None:
    written = [make_page(0, Series(0, (value,) * SIZE), 10 * DAY) for value in (7, 70_000, 2**40)]
    raw = [pages.values_of(pages.pack(page)[0]) for page in written]
    assert [len(each) // SIZE for each in raw] == [2, 4, 8]
    values = pages.join_values([raw[0], None, raw[2], raw[1]])
    assert tuple(values) == (7,) * SIZE + (GAP,) * SIZE + (2**40,) * SIZE + (70_000,) * SIZE
    assert tuple(pages.join_values([None])) == (GAP,) * SIZE


@pytest.mark.parametrize(
    "column",
    [None, 5, "text", b"", b"garbage", zlib.compress(b""), zlib.compress(b"1234567")],
)
def test_a_column_that_is_no_page_is_damage(column: object) -> None:
    values, times, _ = pages.pack(make_page(0, Series(0, (1, 2)), DAY))
    for columns in ((column, times, None), (values, column, None)):
        with pytest.raises(Damaged):
            pages.unpack(*columns)
    with pytest.raises(Damaged):
        pages.unpack_times(column)


@pytest.mark.parametrize("numbers", [(1,), (SIZE, 5), (-1, 5)])
def test_revisions_that_are_none_are_damage(numbers: tuple[int, ...]) -> None:
    with pytest.raises(Damaged):
        pages.revisions(zlib.compress(array("q", numbers).tobytes()))


@given(st.data())
def test_bytes_that_were_changed_are_seen(data: st.DataObject) -> None:
    page = make_page(0, Series(0, tuple(range(200))), DAY)
    column = bytearray(pages.pack(page)[0])
    at = data.draw(st.integers(0, len(column) - 1))
    column[at] ^= data.draw(st.integers(1, 255))
    try:
        found = pages.values_of(bytes(column))
    except Damaged:
        return
    # A bit of the container's head that carries nothing may differ; the values may not.
    assert found == pages.values_of(pages.pack(page)[0])
