"""A time series on the 5-minute grid, frozen, with marks for missing values.

A value is the maximum number of concurrent conversations in its window. Two marks stand
beside the values: :data:`GAP`, requested and not returned, and :data:`UNKNOWN`, never requested
or requested in vain. Neither is zero, and neither is ever drawn as a value.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, groupby
from typing import overload

from polytop.model import grid
from polytop.model.frozen import frozen

_STRIDE = 96
"""Number of values for which a chunk caches one maximum."""


class Chunk:
    """Values of consecutive windows. It never changes, and caches its counts and maxima.

    It owns the array that it is made of.
    """

    __slots__ = ("_counts", "_highest", "values")

    def __init__(self, values: "array[int]") -> None:
        self.values = values
        self._counts: Counter[int] | None = None
        self._highest: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def counts(self) -> Counter[int]:
        """How often each value occurs, marks included; do not change it."""
        if self._counts is None:
            self._counts = Counter(self.values)
        return self._counts

    def counts_between(self, first: int, last: int) -> Counter[int]:
        """The same of ``values[first:last]``."""
        if last - first == len(self.values):
            return self.counts
        return Counter(self.values[first:last])

    def highest(self, first: int, last: int) -> int:
        """The maximum of ``values[first:last]``, which must not be empty."""
        if last - first <= 2 * _STRIDE:
            return max(self.values[first:last])
        if self._highest is None:
            steps = range(0, len(self.values), _STRIDE)
            self._highest = tuple(max(self.values[at : at + _STRIDE]) for at in steps)
        low, high = -(-first // _STRIDE), last // _STRIDE
        return max(
            *self._highest[low:high],
            *self.values[first : low * _STRIDE],
            *self.values[high * _STRIDE : last],
        )


class Packed(Sequence[int]):
    """`size` values of equally long consecutive `chunks`, without the first `skip`.

    An immutable sequence, equal to a tuple of the same values. Slices are tuples.
    """

    __slots__ = ("_chunks", "_size", "_skip", "_span")

    def __init__(self, chunks: Sequence[Chunk], skip: int, size: int) -> None:
        """Raises ValueError if the chunks have too few values or different lengths."""
        span = len(chunks[0]) if chunks else 1
        if any(len(chunk) != span for chunk in chunks):
            raise ValueError("the chunks of a series have one length")
        if skip < 0 or not 0 <= size <= span * len(chunks) - skip:
            raise ValueError("a series is no longer than its chunks")
        first, last = skip // span, -(-(skip + size) // span)
        self._chunks = tuple(chunks[first:last])
        self._skip, self._size, self._span = skip - first * span, size, span

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> int: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[int, ...]: ...

    def __getitem__(self, at: int | slice) -> int | tuple[int, ...]:
        if isinstance(at, slice):
            first, last, step = at.indices(self._size)
            if step != 1:
                return tuple(self)[at]
            return tuple(chain.from_iterable(self._arrays(first, last)))
        if not -self._size <= at < self._size:
            raise IndexError("no such window in the series")
        place, index = divmod((at if at >= 0 else at + self._size) + self._skip, self._span)
        return self._chunks[place].values[index]

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self._arrays(0, self._size))

    def __contains__(self, value: object) -> bool:
        return any(
            value in chunk.counts_between(*bounds) for chunk, bounds in self._cut(0, self._size)
        )

    def index(self, value: int, start: int = 0, stop: int | None = None) -> int:
        """The first place of `value` in ``[start:stop]``. Raises ValueError without one."""
        first, last, _ = slice(start, stop).indices(self._size)
        before = first
        for chunk, (low, high) in self._cut(first, last):
            if high - low < self._span or value in chunk.counts:
                try:
                    return before + chunk.values.index(value, low, high) - low
                except ValueError:
                    pass
            before += high - low
        raise ValueError(f"{value!r} is not in the series")

    def count(self, value: int) -> int:
        """How often `value` occurs."""
        return sum(
            chunk.counts[value] if high - low == self._span else chunk.values[low:high].count(value)
            for chunk, (low, high) in self._cut(0, self._size)
        )

    def counts(self, first: int, last: int) -> Counter[int]:
        """How often each value occurs in ``[first:last]``, marks included."""
        counts: Counter[int] = Counter()
        for chunk, bounds in self._cut(first, last):
            for value, times in chunk.counts_between(*bounds).items():
                counts[value] += times
        return counts

    def highest(self, first: int, last: int) -> int | None:
        """The maximum of ``[first:last]``; None of nothing."""
        tops = [chunk.highest(*bounds) for chunk, bounds in self._cut(first, last)]
        return max(tops, default=None)

    def runs(self) -> Iterator[tuple[int, int]]:
        """Yield runs of one value with their lengths; a run may come in parts."""
        for chunk, (low, high) in self._cut(0, self._size):
            if high - low == self._span and len(chunk.counts) == 1:
                yield chunk.values[0], high - low
                continue
            for value, same in groupby(chunk.values[low:high]):
                yield value, sum(1 for _ in same)

    def part(self, first: int, last: int) -> "Packed":
        """``[first:last]``, which must lie within; copies no value."""
        return Packed(self._chunks, self._skip + first, last - first)

    def raw(self, code: str) -> bytes:
        """The bytes of an array of type `code` with these values. Raises OverflowError."""
        arrays = self._arrays(0, self._size)
        return b"".join(each if each.typecode == code else array(code, each) for each in arrays)

    def _cut(self, first: int, last: int) -> Iterator[tuple[Chunk, tuple[int, int]]]:
        """Yield the chunks of ``[first:last]``, with the bounds in each."""
        at, stop = self._skip + first, self._skip + last
        while at < stop:
            place, low = divmod(at, self._span)
            high = min(self._span, low + stop - at)
            yield self._chunks[place], (low, high)
            at += high - low

    def _arrays(self, first: int, last: int) -> "Iterator[array[int]]":
        for chunk, (low, high) in self._cut(first, last):
            yield chunk.values if high - low == self._span else chunk.values[low:high]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Packed):
            alike = self._skip == other._skip and self._chunks == other._chunks
            return self._size == other._size and (alike or tuple(self) == tuple(other))
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Packed{tuple(self)!r}"


GAP = -1
"""The window was requested, and the answer has no value for it."""

UNKNOWN = -2
"""The window was never requested, or the request failed."""


@frozen
class Series:
    """Values of consecutive windows, the first of which starts at `start` (epoch seconds).

    A window is *complete* if it was fetched after its end. `provisional` are the starts of those
    that were last fetched while they ran: their values are lower bounds.
    """

    start: int
    values: tuple[int, ...] | Packed = ()
    provisional: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not grid.is_aligned(self.start):
            raise ValueError(f"a series starts on the 5-minute grid, not at {self.start}")

    @property
    def end(self) -> int:
        """End of the last window, epoch seconds, exclusive."""
        return self.start + len(self.values) * grid.STEP

    def __len__(self) -> int:
        return len(self.values)

    def at(self, moment: float) -> int:
        """Value of the window that holds `moment`; UNKNOWN outside the series."""
        index = (grid.floor(moment) - self.start) // grid.STEP
        return self.values[index] if 0 <= index < len(self.values) else UNKNOWN

    def is_complete(self, window: int) -> bool:
        """True if `window` was fetched after its end, whether it has a value or not."""
        return window not in self.provisional and self.at(window) != UNKNOWN

    def find(self, value: int) -> Iterator[int]:
        """Yield the starts of the windows with `value`, which may be a mark."""
        index = -1
        with suppress(ValueError):
            while True:
                index = self.values.index(value, index + 1)
                yield self.start + index * grid.STEP

    def known(self) -> Iterator[tuple[int, int]]:
        """Yield start and value of the windows that have a value."""
        for index, value in enumerate(self.values):
            if value >= 0:
                yield self.start + index * grid.STEP, value

    def highest(self, first: int = 0, last: int | None = None) -> int:
        """The maximum of ``values[first:last]``, marks included; UNKNOWN of nothing."""
        first, last, _ = slice(first, last).indices(len(self.values))
        if isinstance(self.values, Packed):
            highest = self.values.highest(first, last)
            return UNKNOWN if highest is None else highest
        return max(self.values[first:last], default=UNKNOWN)

    def counts(self, first: int = 0, last: int | None = None) -> Counter[int]:
        """How often each value occurs in ``values[first:last]``, the two marks left out."""
        first, last, _ = slice(first, last).indices(len(self.values))
        if isinstance(self.values, Packed):
            counts = self.values.counts(first, last)
        else:
            counts = Counter(self.values[first:last])
        counts.pop(GAP, None)
        counts.pop(UNKNOWN, None)
        return counts

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Yield the longest runs of one value or mark: value, start and end (epoch seconds)."""
        parts = self.values.runs() if isinstance(self.values, Packed) else _runs(self.values)
        first = last = self.start
        before = None
        for value, size in parts:
            if value != before and before is not None:
                yield before, first, last
                first = last
            before, last = value, last + size * grid.STEP
        if before is not None:
            yield before, first, last

    def cut(self, start: int, end: int) -> "Series":
        """The series over exactly `[start, end)`, UNKNOWN beyond its own range."""
        if (start, end) == (self.start, self.end):
            return self
        size = grid.count(start, end)
        first = (start - self.start) // grid.STEP
        provisional = frozenset(each for each in self.provisional if start <= each < end)
        if isinstance(self.values, Packed) and 0 <= first <= first + size <= len(self.values):
            return Series(start, self.values.part(first, first + size), provisional)
        before = min(size, max(0, -first))
        inner = self.values[max(0, first) : max(0, first + size)]
        after = size - before - len(inner)
        return Series(start, (UNKNOWN,) * before + inner + (UNKNOWN,) * after, provisional)

    def complete(self) -> "Series":
        """The series with UNKNOWN in place of every provisional window."""
        if not self.provisional:
            return self
        values = list(self.values)
        for window in self.provisional:
            values[(window - self.start) // grid.STEP] = UNKNOWN
        return Series(self.start, tuple(values))

    def merge(self, newer: "Series") -> "Series":
        """Merge the values and gaps of `newer` into this series.

        A revised value wins, whether higher or lower. A gap never replaces a value: an answer
        without a window does not revoke an earlier one. The result spans both series.
        """
        if not newer.values:
            return self
        if not self.values:
            return newer
        start, end = min(self.start, newer.start), max(self.end, newer.end)
        wide = tuple(self.cut(start, end).values)
        first = (newer.start - start) // grid.STEP
        last = first + len(newer)
        under = wide[first:last]
        if under.count(UNKNOWN) == len(under):
            laid = tuple(newer.values)
        else:
            laid = tuple(
                new if _replaces(new, old) else old
                for old, new in zip(under, newer.values, strict=True)
            )
        both = self.provisional | newer.provisional
        provisional = frozenset(
            window
            for window in both
            if window
            in (newer if _replaces(newer.at(window), self.at(window)) else self).provisional
        )
        return Series(start, wide[:first] + laid + wide[last:], provisional)


def _replaces(new: int, old: int) -> bool:
    return new != UNKNOWN and not (new == GAP and old >= 0)


def _runs(values: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return ((value, sum(1 for _ in same)) for value, same in groupby(values))


def group_maxima(values: Iterable[int], size: int) -> tuple[int, ...]:
    """Join every `size` values by maximum: no peak is lost, and a group of gaps stays a gap.

    The last group may be shorter. Raises ValueError if `size` is less than 1.
    """
    if size < 1:
        raise ValueError("a group has at least one value")
    whole = tuple(values)
    if size == 1:
        return whole
    return tuple(max(whole[at : at + size]) for at in range(0, len(whole), size))
