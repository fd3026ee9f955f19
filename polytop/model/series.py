"""A time series on the 5-minute grid: frozen, and honest about what is not known.

A value is the maximum number of concurrent conversations in its window. Two marks stand
beside the values: :data:`GAP`, asked for and not returned, and :data:`UNKNOWN`, never asked
for or asked in vain. Neither is zero and neither is ever drawn as a value.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from polytop.model import grid
from polytop.model.packed import Packed

GAP = -1
"""The window was asked for and the answer left it out."""

UNKNOWN = -2
"""The window was never asked for, or asking failed."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of consecutive windows, the first of which starts at `start` (epoch seconds)."""

    start: int
    values: tuple[int, ...] | Packed = ()

    def __post_init__(self) -> None:
        if not grid.on_grid(self.start):
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

    def known(self) -> Iterator[tuple[int, int]]:
        """Window start and value, of the windows that have one."""
        for index, value in enumerate(self.values):
            if value >= 0:
                yield self.start + index * grid.STEP, value

    def highest(self, first: int = 0, last: int | None = None) -> int:
        """The maximum of ``values[first:last]``, marks included; UNKNOWN of nothing."""
        first, last, _ = slice(first, last).indices(len(self.values))
        if isinstance(self.values, Packed):
            found = self.values.highest(first, last)
            return UNKNOWN if found is None else found
        return max(self.values[first:last], default=UNKNOWN)

    def counts(self, first: int = 0, last: int | None = None) -> Counter[int]:
        """How often each value is in ``values[first:last]``; the two marks do not count."""
        first, last, _ = slice(first, last).indices(len(self.values))
        if isinstance(self.values, Packed):
            found = self.values.counts(first, last)
        else:
            found = Counter(self.values[first:last])
        found.pop(GAP, None)
        found.pop(UNKNOWN, None)
        return found

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """The longest runs of one value or mark: it, its start and its end (epoch seconds)."""
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
        """The same series over exactly `[start, end)`, UNKNOWN where it did not reach."""
        if (start, end) == (self.start, self.end):
            return self
        size = grid.count(start, end)
        first = (start - self.start) // grid.STEP
        if isinstance(self.values, Packed) and 0 <= first <= first + size <= len(self.values):
            return Series(start, self.values.part(first, first + size))
        before = min(size, max(0, -first))
        inner = self.values[max(0, first) : max(0, first + size)]
        after = size - before - len(inner)
        return Series(start, (UNKNOWN,) * before + inner + (UNKNOWN,) * after)

    def first_unknown(self) -> int | None:
        """Start of the first window that is UNKNOWN, or None."""
        try:
            return self.start + self.values.index(UNKNOWN) * grid.STEP
        except ValueError:
            return None

    def revised(self, newer: "Series") -> "Series":
        """This series with everything that `newer` knows (values and gaps) laid over it.

        A revised value wins, whether higher or lower. A gap never replaces a value: that the
        answer left a window out this time does not unsay what it said before. The result spans
        both series.
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
                old if new == UNKNOWN or (new == GAP and old >= 0) else new
                for old, new in zip(under, newer.values, strict=True)
            )
        return Series(start, wide[:first] + laid + wide[last:])


def _runs(values: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    return ((value, sum(1 for _ in same)) for value, same in groupby(values))


def reduced(values: Iterable[int], size: int) -> tuple[int, ...]:
    """Every `size` values as one, by maximum: no peak is lost, a gap shows only where all is gap.

    The last group may be shorter. Raises ValueError where `size` is less than 1.
    """
    if size < 1:
        raise ValueError("values are reduced in groups of at least one")
    whole = tuple(values)
    if size == 1:
        return whole
    return tuple(max(whole[at : at + size]) for at in range(0, len(whole), size))
