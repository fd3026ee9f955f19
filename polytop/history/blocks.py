"""Blocks of days, unpacked once: a move through time reads only what is new."""

import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from polytop.history import pages, tables
from polytop.history.pages import DAY, SIZE
from polytop.history.types import COMPLETE, FINAL, PROVISIONAL
from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Chunk

_DAYS = 4
"""Days of a block: few enough to read for an hour's view, and enough to handle together."""

SPAN = _DAYS * DAY
"""Span of a block, seconds; blocks are counted from the epoch."""

LARGEST = 3_000_000
"""The most values kept unpacked: half a year of 50 series, about 12 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The data of a scope over the :data:`SPAN` seconds from `start`.

    `asked` is as :attr:`StoredSeries.asked`; `moments` are the times of asking (epoch seconds), 0
    for never. `series` has the values by the series' id; `silent` stands for one that
    is not there. `provisional` are the windows, by the same id, whose value was seen before their
    end alone; later answers may have left it out. `revised` is as :attr:`StoredSeries.revised`, for
    a total.
    """

    start: int
    asked: Chunk
    moments: Chunk
    silent: Chunk
    series: Mapping[int, Chunk] = field(default_factory=dict)
    provisional: Mapping[int, Sequence[int]] = field(default_factory=dict)
    revised: tuple[tuple[int, int], ...] = ()

    def newest(self, start: int, end: int) -> int:
        """Return the newest time at which a window of `[start, end)` was asked for, or 0."""
        first = max(0, (start - self.start) // grid.STEP)
        last = min(len(self.moments), (end - self.start) // grid.STEP)
        return self.moments.highest(first, last) if first < last else 0

    def latest(self, start: int, end: int) -> int:
        """Return when the last known window of `[start, end)` was asked for, or 0."""
        first = max(0, (start - self.start) // grid.STEP)
        last = min(len(self.moments), (end - self.start) // grid.STEP)
        return next((at for at in reversed(self.moments.values[first:last]) if at), 0)

    @property
    def size(self) -> int:
        """The number of values in it."""
        return (3 + len(self.series)) * len(self.asked)


class Blocks:
    """A cache of blocks by the scope's number; the least recently used are dropped.

    They say what the file says for as long as nothing is written to it: :meth:`check` finds what
    others wrote; who writes by the same connection tells of it by :meth:`drop` or :meth:`clear`.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest, self.size = largest, 0
        """The number of values in the cache."""
        self._found: OrderedDict[tuple[int, int], Block] = OrderedDict()
        self._version: int | None = None

    def check(self, db: sqlite3.Connection) -> None:
        """Forget everything if another connection has written. Call it first in a transaction."""
        version = tables.number(db.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self.clear()
            self._version = version

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()
        self.size, self._version = 0, None

    def drop(self, scope: int, start: int, end: int) -> None:
        """Forget the blocks of a scope over `[start, end)`."""
        for number in _numbers(start, end):
            block = self._found.pop((scope, number), None)
            self.size -= block.size if block else 0

    def over(
        self, db: sqlite3.Connection, scope: int, start: int, end: int, *, total: bool
    ) -> Sequence[Block]:
        """Return the blocks that `[start, end)` touches, at least the one of `start`, in order.

        `total` is whether the scope is one: of others no revisions are read. Raises Damaged,
        sqlite3.Error.
        """
        wanted = _numbers(start, end)
        lacking = [number for number in wanted if (scope, number) not in self._found]
        for run in _runs(lacking):
            for block in _read(db, scope, run, total=total):
                self._found[scope, block.start // SPAN] = block
                self.size += block.size
        found = [self._found[scope, number] for number in wanted]
        for number in wanted:
            self._found.move_to_end((scope, number))
        while self.size > self._largest and self._found:
            self.size -= self._found.popitem(last=False)[1].size
        return found


def _numbers(start: int, end: int) -> range:
    first = start // SPAN
    return range(first, max(first + 1, -(-end // SPAN)))


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """Yield ascending `numbers` as ranges without holes."""
    first = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield range(numbers[first], numbers[at - 1] + 1)
            first = at


def _read(db: sqlite3.Connection, scope: int, numbers: range, *, total: bool) -> Iterator[Block]:
    """Read consecutive blocks from the tables."""
    span = range(numbers.start * _DAYS, numbers.stop * _DAYS)
    moments, asked = states(db, scope, span)
    pages, provisional = _pages(db, scope, span)
    revised = _read_revised(db, scope, span) if total else []
    for number in numbers:
        first = (number - numbers.start) * _DAYS
        low, high = first * SIZE, (first + _DAYS) * SIZE
        cut, start = asked[low:high], number * SPAN
        unknown = tuple(_unknown(cut))
        silent = array("b", (GAP,)) * len(cut)
        _mask(silent, unknown)
        yield Block(
            start,
            Chunk(cut),
            Chunk(moments[low:high]),
            Chunk(silent),
            _series(pages, first, unknown),
            {
                series: [each for each in windows if start <= each < start + SPAN]
                for series, windows in provisional.items()
            },
            tuple(pair for pair in revised if start <= pair[0] < start + SPAN),
        )


def states(db: sqlite3.Connection, scope: int, span: range) -> "tuple[array[int], array[int]]":
    """Return when each window was last asked for, and its :attr:`StoredSeries.asked`."""
    rows = db.execute(
        "SELECT day, last FROM asked WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    )
    found = {tables.check_day(day, span): pages.unpack_times(column) for day, column in rows}
    never, unknown = array("q", (0,)) * SIZE, array("b", (UNKNOWN,)) * SIZE
    moments, asked = array("q"), array("b")
    for day in span:
        known = found.get(day)
        moments += never if known is None else known
        asked += unknown if known is None else _states(known, day * DAY)
    return moments, asked


def _states(moments: Sequence[int], start: int) -> "array[int]":
    """Return :attr:`StoredSeries.asked` of the day's windows from `start`, asked at `moments`."""
    first = start + grid.STEP + grid.RECENT
    if min(moments) >= first + DAY - grid.STEP:
        return array("b", (FINAL,)) * SIZE
    return array(
        "b",
        (
            UNKNOWN
            if not moment
            else FINAL
            if moment >= due
            else COMPLETE
            if moment >= due - grid.RECENT
            else PROVISIONAL
            for moment, due in zip(moments, range(first, first + DAY, grid.STEP), strict=True)
        ),
    )


def _pages(
    db: sqlite3.Connection, scope: int, span: range
) -> tuple[Mapping[int, list[bytes | None]], Mapping[int, list[int]]]:
    """Return the packed values of each series by day, and its :attr:`Block.provisional`.

    None is a day without a page.
    """
    rows = db.execute(
        "SELECT series, day, vals, times FROM page WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    )
    found: dict[int, list[bytes | None]] = {}
    provisional: dict[int, list[int]] = {}
    for series, day, column, times in rows:
        if series not in found:
            found[series], provisional[series] = [None] * len(span), []
        found[series][tables.check_day(day, span) - span.start] = pages.values_of(column)
        provisional[series] += [
            (day * SIZE + index) * grid.STEP for index in pages.provisional(times)
        ]
    return found, provisional


def _read_revised(db: sqlite3.Connection, scope: int, span: range) -> list[tuple[int, int]]:
    """Return the windows whose first value was another, with that value."""
    rows = db.execute(
        "SELECT day, revised FROM page "
        "WHERE scope = ? AND day BETWEEN ? AND ? AND revised IS NOT NULL ORDER BY day",
        (scope, span.start, span.stop - 1),
    )
    return [
        ((tables.number(day) * SIZE + index) * grid.STEP, first)
        for day, column in rows
        for index, first in pages.revisions(column)
    ]


def _series(
    columns: Mapping[int, Sequence[bytes | None]], first: int, unknown: Sequence[tuple[int, int]]
) -> Mapping[int, Chunk]:
    """Return the block from the day `first` of each series with a page in it."""
    found = {}
    for series, every in columns.items():
        raw = every[first : first + _DAYS]
        if any(raw):
            values = pages.join_values(raw)
            _mask(values, unknown)
            found[series] = Chunk(values)
    return found


def _unknown(asked: "array[int]") -> Iterator[tuple[int, int]]:
    """Return the runs of windows that were never asked for: first and last, exclusive."""
    at, size = 0, len(asked)
    while at < size:
        try:
            first = asked.index(UNKNOWN, at)
        except ValueError:
            return
        at = next((end for end in range(first, size) if asked[end] != UNKNOWN), size)
        yield first, at


def _mask(values: "array[int]", unknown: Sequence[tuple[int, int]]) -> None:
    """Replace gaps that were never asked for by UNKNOWN."""
    for first, last in unknown:
        cut = values[first:last]
        if cut.count(GAP) == len(cut):
            values[first:last] = array(values.typecode, (UNKNOWN,)) * len(cut)
        else:
            marked = (UNKNOWN if value < 0 else value for value in cut)
            values[first:last] = array(values.typecode, marked)
