"""What is known of a scope over a range, out of the tables."""

import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import replace

from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.monitor.history import columns, packing, rooms
from polytop.monitor.history.held import FRESH, SETTLED, Held
from polytop.monitor.history.page import DAY, SIZE, days
from polytop.monitor.history.scope import Scope

_Pages = dict[int, list[bytes | None]]
"""The values of each series, a day each; None is a day without a page."""


def read(db: sqlite3.Connection, scope: Scope, start: int, end: int) -> Held:
    """What is known of `scope` over the aligned `[start, end)`. Raises Damaged, sqlite3.Error."""
    size = grid.count(start, end)
    number = rooms.find_scope(db, scope)
    if number is None:
        unknown = Series(start, (UNKNOWN,) * size)
        row = Row(Part(), None, unknown)
        return Held(start, end, unknown, None, (row,) if scope.slice_by is None else ())
    states, last = _asked(db, number, start, end)
    held = Held(start, end, states, last, _rows(db, number, states))
    if scope.slice_by is not None:
        return held
    rows = held.rows or (Row(Part(), None, _masked(None, states)),)
    return replace(held, rows=rows, revised=_revised(db, number, start, end))


def asked(db: sqlite3.Connection, scope: Scope, start: int, end: int) -> Series:
    """:attr:`Held.asked` of `scope` alone. Raises as :func:`read` does."""
    number = rooms.find_scope(db, scope)
    if number is None:
        return Series(start, (UNKNOWN,) * grid.count(start, end))
    return _asked(db, number, start, end)[0]


def _asked(db: sqlite3.Connection, scope: int, start: int, end: int) -> tuple[Series, float | None]:
    """Which windows were asked for, and the newest moment of them."""
    span = days(start, end)
    found = _moments(db, scope, span)
    states: list[int] = []
    newest = 0
    for day in span:
        moments = found.get(day)
        begin, stop = max(start, day * DAY), min(end, (day + 1) * DAY)
        if moments is None:
            states += [UNKNOWN] * grid.count(begin, stop)
            continue
        cut = moments[(begin - day * DAY) // grid.STEP : (stop - day * DAY) // grid.STEP]
        newest = max(newest, *cut)
        states += _states(cut, begin, stop)
    return Series(start, tuple(states)), float(newest) if newest else None


def _moments(db: sqlite3.Connection, scope: int, span: range) -> "dict[int, array[int]]":
    rows = db.execute(
        "SELECT day, last FROM asked WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    )
    return {columns.within(day, span): packing.unpacked_moments(column) for day, column in rows}


def _states(moments: Sequence[int], start: int, end: int) -> list[int]:
    """UNKNOWN, FRESH or SETTLED of the windows of `[start, end)`, asked for at `moments`."""
    if min(moments) >= end + grid.RECENT:
        return [SETTLED] * len(moments)
    first = start + grid.STEP + grid.RECENT
    settled = range(first, end + grid.STEP + grid.RECENT, grid.STEP)
    return [
        UNKNOWN if not moment else SETTLED if moment >= due else FRESH
        for moment, due in zip(moments, settled, strict=False)
    ]


def _rows(db: sqlite3.Connection, scope: int, asked: Series) -> tuple[Row, ...]:
    """The rows with a value in the range, ordered by id, None last."""
    span = days(asked.start, asked.end)
    pages = _pages(db, scope, span)
    skip = (asked.start - span.start * DAY) // grid.STEP
    every = sorted(rooms.series_of(db, scope).values(), key=_order)
    rows = []
    for named in every:
        values = packing.joined(pages.get(named.id, ()), skip, len(asked))
        if values is not None:
            rows.append(Row(named.part, named.name, _masked(values, asked)))
    return tuple(rows)


def _pages(db: sqlite3.Connection, scope: int, span: range) -> _Pages:
    rows = db.execute(
        "SELECT series, day, vals FROM page WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    )
    pages: _Pages = {}
    for series, day, column in rows:
        if series not in pages:
            pages[series] = [None] * len(span)
        pages[series][columns.within(day, span) - span.start] = packing.values_of(column)
    return pages


def _order(named: rooms.Named) -> tuple[bool, str]:
    return named.part.id is None, named.part.id or ""


def _masked(values: tuple[int, ...] | None, asked: Series) -> Series:
    """`values`, None for none at all, with UNKNOWN for the gaps that were never asked for."""
    found = (GAP,) * len(asked) if values is None else values
    if UNKNOWN not in asked.values:
        return Series(asked.start, found)
    pairs = zip(found, asked.values, strict=True)
    masked = (UNKNOWN if state == UNKNOWN and value < 0 else value for value, state in pairs)
    return Series(asked.start, tuple(masked))


def _revised(
    db: sqlite3.Connection, scope: int, start: int, end: int
) -> tuple[tuple[int, int], ...]:
    span = days(start, end)
    rows = db.execute(
        "SELECT day, revised FROM page "
        "WHERE scope = ? AND day BETWEEN ? AND ? AND revised IS NOT NULL ORDER BY day",
        (scope, span.start, span.stop - 1),
    )
    every = (
        ((columns.number(day) * SIZE + index) * grid.STEP, first)
        for day, column in rows
        for index, first in packing.revisions(column)
    )
    return tuple(pair for pair in every if start <= pair[0] < end)
