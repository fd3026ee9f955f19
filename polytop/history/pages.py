"""Pages as bytes: integers of the narrowest width that holds them, little-endian, deflated.

The width is not written down: it follows from the length.
"""

import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple

from polytop.history.errors import Damaged
from polytop.model import grid
from polytop.model.series import GAP, Series

DAY = 86_400
"""Span of a page, seconds; days are counted from the epoch."""

SIZE = DAY // grid.STEP
"""Windows of a page."""

_ABSENT = (GAP,) * SIZE
NEVER = (0,) * SIZE
"""The times of a page that was never fetched."""


class Page(NamedTuple):
    """Four tuples of :data:`SIZE`, one item a window; moments are whole epoch seconds.

    `values` is what was seen last, at `seen`: GAP and 0 where there is no value. `first` is what
    was seen first of all that was seen at or after the window's end, at `first_at`: GAP and 0
    where nothing was.
    """

    values: tuple[int, ...] = _ABSENT
    seen: tuple[int, ...] = NEVER
    first: tuple[int, ...] = _ABSENT
    first_at: tuple[int, ...] = NEVER

    def revised(self) -> tuple[tuple[int, int], ...]:
        """Yield index and first value of every window with another value now."""
        return tuple(
            (index, first)
            for index, (first, value) in enumerate(zip(self.first, self.values, strict=True))
            if first not in (GAP, value)
        )


EMPTY = Page()


def days(start: int, end: int) -> range:
    """Return the days that `[start, end)` touches."""
    return range(start // DAY, -(-end // DAY) if end > start else start // DAY)


def make_page(day: int, series: Series, at: int) -> Page:
    """Return the page of `day` with the values of `series`, seen at `at`.

    A window that had not ended by then has a value, but none that counts as the first.
    """
    begin = day * DAY
    cut = series.cut(begin, begin + DAY).values
    # Lists first: every poll makes a page for every row, and generators take half as long again.
    values = tuple([value if value >= 0 else GAP for value in cut])
    seen = tuple([at if value >= 0 else 0 for value in values])
    ended = max(0, min(SIZE, (at - begin) // grid.STEP))
    return Page(values, seen, values[:ended] + _ABSENT[ended:], seen[:ended] + NEVER[ended:])


def merge_pages(one: Page, other: Page) -> Page:
    """Merge two pages: each window's last value, and its first complete one.

    Of two values seen in the same second the higher counts as later, the lower as earlier.
    """
    if one == EMPTY:
        return other
    values, seen = list(one.values), list(one.seen)
    first, first_at = list(one.first), list(one.first_at)
    for index, value in enumerate(other.values):
        if value < 0:
            continue
        moment = other.seen[index]
        latest = seen[index], values[index]
        seen[index], values[index] = max(latest, (moment, value))
        moment = other.first_at[index]
        earliest = first_at[index]
        if moment and (not earliest or (moment, other.first[index]) < (earliest, first[index])):
            first_at[index], first[index] = moment, other.first[index]
    return Page(tuple(values), tuple(seen), tuple(first), tuple(first_at))


_CODES = {2: "h", 4: "i", 8: "q"}
"""The array type code by width in bytes."""

_BASE = 8
"""The width of a page's base time, bytes."""


def pack(page: Page) -> tuple[bytes, bytes, bytes | None]:
    """Pack `page` into three columns: values, times, and revisions (None without any)."""
    revised = [number for pair in page.revised() for number in pair]
    return (
        zlib.compress(_raw(_narrow(page.values))),
        _pack_times(page),
        zlib.compress(_raw(array("q", revised))) if revised else None,
    )


def unpack(values: object, times: object, revised: object) -> Page:
    """Unpack a page from its three columns. Raises Damaged if they do not fit together."""
    present = _numbers(values_of(values))
    raw = _inflate(times)
    if len(raw) <= _BASE:
        raise Damaged("a page has no times")
    base = _array("q", raw[:_BASE])[0]
    numbers = _numbers(raw[_BASE:], 2 * SIZE)
    seen, first_at = [0] * SIZE, [0] * SIZE
    for index, value in enumerate(present):
        if value < 0:
            continue
        base += numbers[index]
        seen[index] = base
        lag = numbers[SIZE + index]
        first_at[index] = base - lag if lag >= 0 else 0
    first = [value if at else GAP for value, at in zip(present, first_at, strict=True)]
    for index, value in revisions(revised):
        first[index] = value
    return Page(tuple(present), tuple(seen), tuple(first), tuple(first_at))


def values_of(column: object) -> bytes:
    """Inflate the column of values. Raises Damaged."""
    raw = _inflate(column)
    if len(raw) not in (2 * SIZE, 4 * SIZE, 8 * SIZE):
        raise Damaged("a page has not the values of a day")
    return raw


def provisional(column: object) -> list[int]:
    """Return the windows of a column of times whose value was seen before their end alone.

    Raises Damaged.
    """
    lags = _numbers(_inflate(column)[_BASE:], 2 * SIZE)[SIZE:]
    return [index for index, lag in enumerate(lags) if lag < 0] if min(lags) < 0 else []


def join_values(pages: Sequence[bytes | None]) -> "array[int]":
    """Join the values of consecutive days; None stands for a day of gaps."""
    width = max((len(raw) // SIZE for raw in pages if raw is not None), default=min(_CODES))
    blank = b"\xff" * (width * SIZE)
    raw = b"".join(_widen(page, width) if page is not None else blank for page in pages)
    return _array(_CODES[width], raw)


def revisions(column: object) -> list[tuple[int, int]]:
    """Yield index and first value from the column of revisions. Raises Damaged."""
    if column is None:
        return []
    raw = _inflate(column)
    if len(raw) % 16:
        raise Damaged("the revisions of a page are no pairs")
    numbers = _array("q", raw)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(0 <= index < SIZE for index, _ in pairs):
        raise Damaged("a revision lies outside of its page")
    return pairs


def pack_times(moments: Sequence[int]) -> bytes:
    """Unpack times: whole epoch seconds, one for each window."""
    return zlib.compress(_raw(array("q", moments)))


def unpack_times(column: object) -> "array[int]":
    """Unpack packed times. Raises Damaged."""
    raw = _inflate(column)
    if len(raw) != 8 * SIZE:
        raise Damaged("what was asked on a day is not of a day")
    return _array("q", raw)


def pack_numbers(numbers: Sequence[int]) -> bytes:
    """Pack numbers in the narrowest width that holds them."""
    return zlib.compress(_raw(_narrow(numbers)), 1)


def unpack_numbers(column: object, size: int) -> "array[int]":
    """Unpack `size` packed numbers. Raises Damaged."""
    return _numbers(_inflate(column), size)


def _pack_times(page: Page) -> bytes:
    """The first moment seen, the steps to the next ones, and how long before each first was."""
    base = last = next((moment for moment in page.seen if moment), 0)
    steps, lags = [0] * SIZE, [0] * SIZE
    for index, moment in enumerate(page.seen):
        if moment:
            steps[index], last = moment - last, moment
            first_at = page.first_at[index]
            lags[index] = moment - first_at if first_at else -1
    return zlib.compress(_raw(array("q", (base,))) + _raw(_narrow(steps + lags)))


def _narrow(numbers: Sequence[int]) -> "array[int]":
    low, high = min(numbers), max(numbers)
    for width, code in _CODES.items():
        bound = 1 << (8 * width - 1)
        if -bound <= low and high < bound:
            return array(code, numbers)
    raise ValueError("a number of the history has at most 63 bits")


def _widen(raw: bytes, width: int) -> bytes:
    own = len(raw) // SIZE
    if own == width:
        return raw
    return _raw(array(_CODES[width], _array(_CODES[own], raw)))


def _numbers(raw: bytes, size: int = SIZE) -> "array[int]":
    code = _CODES.get(len(raw) // size)
    if code is None or len(raw) % size:
        raise Damaged("a page has not the length of one")
    return _array(code, raw)


def _array(code: str, raw: bytes) -> "array[int]":
    numbers = array(code)
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _raw(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def _inflate(column: object) -> bytes:
    if not isinstance(column, bytes):
        raise Damaged("a page holds no bytes")
    try:
        return zlib.decompress(column)
    except zlib.error as error:
        raise Damaged(f"a page cannot be unpacked ({error})") from None
