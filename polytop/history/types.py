"""The values that go into the history and come out of it."""

from collections.abc import Iterator
from typing import NamedTuple

from polytop.model.answer import Row
from polytop.model.frozen import frozen
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.target import Filters, SliceBy, Target


class Scope(NamedTuple):
    """Everything that decides a value except the window.

    Of the target its base URL, account and project count; the region is only another name of
    the first.
    """

    target: Target
    filters: Filters
    slice_by: SliceBy | None = None


PROVISIONAL = 0
"""In :attr:`StoredSeries.asked`: last asked before the window's end, a lower bound."""

COMPLETE = 1
"""In :attr:`StoredSeries.asked`: asked after the window's end; the value may still be revised."""

FINAL = 2
"""In :attr:`StoredSeries.asked`: complete, and so late that it is not asked for again.

That is :data:`grid.RECENT` or more after the window's end.
"""

MERGE_GAP = 86_400
"""Missing runs with less than so many seconds between them are fetched by one request."""


class StoredAnswer(NamedTuple):
    """An answer to `scope` for exactly `[start, end)`, asked at `at` (epoch seconds).

    A total is the one row of ``Part()``. A part that is known and not among the `rows` was a gap.
    """

    scope: Scope
    start: int
    end: int
    rows: tuple[Row, ...]
    at: float


@frozen
class StoredSeries:
    """The stored data of a scope over exactly `[start, end)`.

    `asked` says UNKNOWN of windows that were never asked for, else :data:`PROVISIONAL`,
    :data:`COMPLETE` or :data:`FINAL`; `last_asked` is the newest moment (whole epoch seconds) at
    which any of them was. `rows` are GAP where asked and absent, UNKNOWN where never asked,
    ordered by id, None last; a total is the one row of ``Part()``, of a breakdown only rows with a
    value are here. `newest_asked` is that moment of the newest window that was.
    `revised` tells of a total's windows whose value is not the one first seen after their end:
    the window's start and that first value.
    """

    start: int
    end: int
    asked: Series
    last_asked: float | None
    rows: tuple[Row, ...]
    revised: tuple[tuple[int, int], ...] = ()
    newest_asked: float | None = None

    def lacking(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return the longest runs of windows in `[start, end)` that are not final, oldest first."""
        return tuple(unfinal_runs(self.asked.cut(start, end)))


def silent_series(asked: Series) -> Series:
    """Return the series of a part without a value; `asked` is :attr:`StoredSeries.asked`."""
    values = tuple(GAP if state > UNKNOWN else UNKNOWN for state in asked.values)
    return Series(asked.start, values, frozenset(asked.find(PROVISIONAL)))


def unfinal_runs(asked: Series, *, across: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the longest runs of windows that are not final, oldest first.

    Two with a settled stretch of at most `across` seconds between them are one: asking for a
    little again saves a request.
    """
    found = _runs(asked)
    first, last = next(found, (0, 0))
    if first == last:
        return
    for start, end in found:
        if start - last > across:
            yield first, last
            first = start
        last = end
    yield first, last


def _runs(asked: Series) -> Iterator[tuple[int, int]]:
    first = last = asked.start
    for state, start, end in asked.runs():
        if state != FINAL:
            last = end
            continue
        if first < start:
            yield first, start
        first = last = end
    if first < last:
        yield first, last
