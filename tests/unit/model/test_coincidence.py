"""The relation between a total and its parts, and where it is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.coincidence import measure_coincidence
from polytop.model.series import GAP, UNKNOWN, Series

START = 1_763_560_800 // grid.STEP * grid.STEP
value = st.integers(UNKNOWN, 40)


def made(*values: int) -> Series:
    return Series(START, values)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Series, list[Series]]:
    size = draw(st.integers(1, 12))
    column = st.lists(value, min_size=size, max_size=size).map(tuple)
    total, *parts = draw(st.lists(column, min_size=2, max_size=6))
    return Series(START, total), [Series(START, part) for part in parts]


@given(tables())
def test_violations_are_what_a_loop_finds(table: tuple[Series, list[Series]]) -> None:
    total, parts = table
    found = measure_coincidence(total, parts)
    peak = max(total.values)
    tops = [top for part in parts if (top := max(part.values)) >= 0]
    if peak < 0 or not tops:
        assert found is None
        return
    above, below = [], []
    for window, whole in total.known():
        values = [part.at(window) for part in parts]
        if max(values) > whole:
            above.append(window)
        if UNKNOWN not in values and sum(each for each in values if each > 0) < whole:
            below.append(window)
    assert found is not None
    assert (found.above, found.below) == (tuple(above), tuple(below))
    assert (found.peak, found.bound) == (peak, sum(tops))
    assert found.factor == (peak / sum(tops) if sum(tops) else None)


@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.floats(0, 1)),
        min_size=1,
        max_size=20,
    )
)
def test_a_possible_total_breaks_no_rule(windows: list[tuple[list[int], float]]) -> None:
    total = [max(parts) + int((sum(parts) - max(parts)) * share) for parts, share in windows]
    columns = zip(*(parts for parts, _ in windows), strict=True)
    found = measure_coincidence(made(*total), [made(*column) for column in columns])
    assert found is not None
    assert (found.above, found.below) == ((), ())
    assert found.factor is None or found.factor <= 1


@pytest.mark.parametrize("part", [made(), made(UNKNOWN, GAP), Series(START + grid.WEEK, (5, 5))])
def test_nothing_is_said_where_no_part_is_known(part: Series) -> None:
    assert measure_coincidence(made(3, 4), [part]) is None
    assert measure_coincidence(made(3, 4), []) is None
    assert measure_coincidence(made(GAP), [made(4)]) is None


def test_a_part_of_another_range_is_cut_to_that_of_the_total() -> None:
    wide = Series(START - grid.STEP, (99, 3, 4, 99))
    found = measure_coincidence(made(3, 4), [wide])
    assert found is not None
    assert (found.bound, found.above) == (4, ())
