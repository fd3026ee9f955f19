"""Packed values are the same as a tuple of them, whatever is asked of either."""

from array import array
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.coincidence import measure_coincidence
from polytop.model.series import GAP, UNKNOWN, Chunk, Packed, Series
from polytop.model.stats import PLATEAU, Capacity, summary

START = 20_000 * 86_400
COUNTS = st.integers(0, 40)


def packed_of(values: tuple[int, ...], span: int, skip: int) -> Packed:
    """`values` in pieces of `span`, with others before and after them."""
    padded = (99,) * skip + values
    padded += (99,) * (-len(padded) % span)
    cuts = [padded[at : at + span] for at in range(0, len(padded), span)]
    wide = [
        array("q" if max(cut) >= 2**31 else "i" if place % 2 else "h", cut)
        for place, cut in enumerate(cuts)
    ]
    return Packed([Chunk(each) for each in wide], skip, len(values))


@st.composite
def pairs(draw: st.DrawFn, size: st.SearchStrategy[int] = COUNTS) -> tuple[tuple[int, ...], Packed]:
    """The same values twice: few different ones, with runs longer than a piece."""
    count = draw(size)
    run = st.tuples(st.sampled_from((UNKNOWN, GAP, 0, 1, 2, 7, 300)), st.integers(1, 12))
    found: list[int] = []
    while len(found) < count:
        value, times = draw(run)
        found += [value] * times
    values = tuple(found[:count])
    return values, packed_of(values, draw(st.integers(1, 9)), draw(st.integers(0, 8)))


@given(pairs(), st.data())
def test_a_sequence_is_the_tuple(pair: tuple[tuple[int, ...], Packed], data: st.DataObject) -> None:
    values, packed = pair
    first, last = (data.draw(st.integers(-45, 45) | st.none()) for _ in range(2))
    assert (len(packed), tuple(packed)) == (len(values), values)
    assert packed[first:last] == values[first:last]
    assert packed[first:last:-2] == values[first:last:-2]
    assert [packed[at] for at in range(-len(values), len(values))] == [*values, *values]
    for value in (UNKNOWN, 2, 5):
        assert (value in packed) == (value in values)
        assert packed.count(value) == values.count(value)
        places = [at for at, each in enumerate(values) if each == value]
        begin, stop, _ = slice(first, last).indices(len(values))
        inner = [at for at in places if begin <= at < stop]
        if inner:
            assert packed.index(value, begin, stop) == inner[0]
        else:
            with pytest.raises(ValueError, match="not in the series"):
                packed.index(value, begin, stop)
    with pytest.raises(IndexError):
        packed[len(values)]


@given(pairs(), pairs())
def test_equality_is_that_of_the_values(
    one: tuple[tuple[int, ...], Packed], other: tuple[tuple[int, ...], Packed]
) -> None:
    values, packed = one
    assert packed == values
    assert values == packed
    assert hash(packed) == hash(values)
    assert packed == packed_of(values, 3, 1)
    assert (packed == other[1]) == (values == other[0])
    assert (packed == other[0]) == (values == other[0])
    assert packed != list(values)
    assert repr(packed) == f"Packed{values!r}"


@given(pairs(), st.data())
def test_a_part_counts_and_reduces_as_the_slice(
    pair: tuple[tuple[int, ...], Packed], data: st.DataObject
) -> None:
    values, packed = pair
    first, last = sorted(data.draw(st.integers(0, len(values))) for _ in range(2))
    part = values[first:last]
    assert packed.part(first, last) == part
    assert packed.counts(first, last) == Counter(part)
    assert packed.highest(first, last) == max(part, default=None)
    assert packed.part(first, last).raw("q") == array("q", part).tobytes()
    assert [value for value, times in packed.runs() for _ in range(times)] == list(values)


@settings(max_examples=20)
@given(st.lists(st.integers(GAP, 500), min_size=500, max_size=700), st.data())
def test_no_peak_is_lost_in_long_pieces(numbers: list[int], data: st.DataObject) -> None:
    values = tuple(numbers)
    packed = packed_of(values, data.draw(st.sampled_from((97, 250, 1_152))), 5)
    first, last = sorted(data.draw(st.integers(0, len(values))) for _ in range(2))
    for _ in range(2):
        assert packed.highest(first, last) == max(values[first:last], default=None)


@given(pairs(), pairs(), st.integers(-20, 60), st.integers(0, 60), st.integers(-9, 9))
def test_a_series_says_the_same_of_both(
    one: tuple[tuple[int, ...], Packed],
    other: tuple[tuple[int, ...], Packed],
    first: int,
    size: int,
    shift: int,
) -> None:
    plain, packed = Series(START, one[0]), Series(START, one[1])
    start = START + first * grid.STEP
    end = start + size * grid.STEP
    assert packed == plain
    assert packed.cut(start, end) == plain.cut(start, end)
    assert [packed.at(each) for each in grid.windows(start, end)] == [
        plain.at(each) for each in grid.windows(start, end)
    ]
    assert list(packed.known()) == list(plain.known())
    assert (packed.highest(), packed.counts()) == (plain.highest(), plain.counts())
    assert (packed.highest(3, 9), packed.counts(3)) == (plain.highest(3, 9), plain.counts(3))
    newer = START + shift * grid.STEP
    found = plain.merge(Series(newer, other[0]))
    assert packed.merge(Series(newer, other[1])) == found
    runs = list(packed.runs())
    assert runs == list(plain.runs())
    assert [plain.at(at) for value, a, b in runs for at in grid.windows(a, b)] == list(one[0])
    assert all(a[0] != b[0] and a[2] == b[1] for a, b in pairwise(runs))


def plateau_of(values: tuple[int, ...], limit: int) -> tuple[int, int] | None:
    """The latest stretch at the limit that is long enough, looked for from the start."""
    found, begin = None, None
    if max(values, default=0) > limit:
        return None
    for at, value in enumerate((*values, UNKNOWN)):
        if value >= limit:
            begin = at if begin is None else begin
        elif begin is not None:
            if at - begin >= PLATEAU:
                found = START + begin * grid.STEP, START + at * grid.STEP
            begin = None
    return found


@given(pairs(st.integers(1, 40)), st.sampled_from((1, 2, 8)), st.integers(0, 2))
def test_the_summary_of_pieces_is_that_of_the_whole(
    pair: tuple[tuple[int, ...], Packed], limit: int, ahead: int
) -> None:
    plain, packed = Series(START, pair[0]), Series(START, pair[1])
    now = plain.end - ahead * grid.STEP + 7.0
    said = summary(packed, now, Capacity(limit))
    assert said == summary(plain, now, Capacity(limit))
    complete = pair[0][: max(0, len(pair[0]) - ahead)]
    assert said.plateau == plateau_of(complete, limit)


@given(
    st.lists(st.tuples(st.sampled_from((3, 9)), st.integers(1, 400)), min_size=1, max_size=6),
    st.booleans(),
)
def test_the_latest_plateau_is_found_in_months(
    runs: list[tuple[int, int]], in_pieces: bool
) -> None:
    values = tuple(value for value, times in runs for _ in range(times))
    series = Series(START, packed_of(values, 1_152, 40) if in_pieces else values)
    assert summary(series, series.end, Capacity(9)).plateau == plateau_of(values, 9)


@given(
    st.lists(pairs(st.just(30)), min_size=2, max_size=5),
    st.sampled_from((1, 200, 10**6, 10**12, 10**25)),
)
def test_what_contradicts_is_the_same_in_lanes_of_any_width(
    columns: list[tuple[tuple[int, ...], Packed]], times: int
) -> None:
    def grown(values: tuple[int, ...]) -> Series:
        return Series(START, tuple(each * times if each > 0 else each for each in values))

    plain = [Series(START, values) for values, _ in columns]
    found = measure_coincidence(plain[0], plain[1:])
    packed = [Series(START, pieces) for _, pieces in columns]
    assert measure_coincidence(packed[0], packed[1:]) == found
    large = measure_coincidence(grown(columns[0][0]), [grown(values) for values, _ in columns[1:]])
    if found is None:
        assert large is None
    else:
        assert large is not None
        assert (large.above, large.below) == (found.above, found.below)
        assert (large.peak, large.bound) == (found.peak * times, found.bound * times)


@pytest.mark.parametrize(("lengths", "skip", "size"), [((3, 2), 0, 1), ((3,), 1, 3), ((), 0, 1)])
def test_more_than_the_chunks_hold_is_refused(
    lengths: tuple[int, ...], skip: int, size: int
) -> None:
    chunks = [Chunk(array("h", [1] * length)) for length in lengths]
    with pytest.raises(ValueError, match="chunks"):
        Packed(chunks, skip, size)
