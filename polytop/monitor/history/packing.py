"""Pages as bytes: integers of the narrowest width that holds them, little-endian, deflated.

The width is not written down: it follows from the length.
"""

import sys
import zlib
from array import array
from collections.abc import Sequence

from polytop.model.series import GAP
from polytop.monitor.history.errors import Damaged
from polytop.monitor.history.page import SIZE, Page

_CODES = {2: "h", 4: "i", 8: "q"}
"""Type code of an array by its width in bytes."""

_BASE = 8
"""Width of the moment that those of a page are counted from, bytes."""


def packed(page: Page) -> tuple[bytes, bytes, bytes | None]:
    """`page` as three columns: its values, its moments, and its revisions, None without any."""
    revised = [number for pair in page.revised() for number in pair]
    return (
        zlib.compress(_raw(_narrow(page.values))),
        _packed_times(page),
        zlib.compress(_raw(array("q", revised))) if revised else None,
    )


def unpacked(values: object, times: object, revised: object) -> Page:
    """The page of three columns. Raises Damaged where they do not fit together."""
    present = _numbers(values_of(values))
    raw = _inflated(times)
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
    """The column of values inflated: bytes for :func:`joined`. Raises Damaged."""
    raw = _inflated(column)
    if len(raw) not in (2 * SIZE, 4 * SIZE, 8 * SIZE):
        raise Damaged("a page has not the values of a day")
    return raw


def joined(pages: Sequence[bytes | None]) -> "array[int]":
    """The values of consecutive days from :func:`values_of`; None stands for a day of gaps."""
    width = max((len(raw) // SIZE for raw in pages if raw is not None), default=min(_CODES))
    blank = b"\xff" * (width * SIZE)
    raw = b"".join(_widened(page, width) if page is not None else blank for page in pages)
    return _array(_CODES[width], raw)


def revisions(column: object) -> list[tuple[int, int]]:
    """Window's index and first value of the column of revisions. Raises Damaged."""
    if column is None:
        return []
    raw = _inflated(column)
    if len(raw) % 16:
        raise Damaged("the revisions of a page are no pairs")
    numbers = _array("q", raw)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if not all(0 <= index < SIZE for index, _ in pairs):
        raise Damaged("a revision lies outside of its page")
    return pairs


def packed_moments(moments: Sequence[int]) -> bytes:
    """Whole epoch seconds, one a window."""
    return zlib.compress(_raw(array("q", moments)))


def unpacked_moments(column: object) -> "array[int]":
    """The moments of :func:`packed_moments`. Raises Damaged."""
    raw = _inflated(column)
    if len(raw) != 8 * SIZE:
        raise Damaged("what was asked on a day is not of a day")
    return _array("q", raw)


def _packed_times(page: Page) -> bytes:
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


def _widened(raw: bytes, width: int) -> bytes:
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


def _inflated(column: object) -> bytes:
    if not isinstance(column, bytes):
        raise Damaged("a page holds no bytes")
    try:
        return zlib.decompress(column)
    except zlib.error as error:
        raise Damaged(f"a page cannot be unpacked ({error})") from None
