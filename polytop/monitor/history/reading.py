"""What is known of a scope over a range, out of the tables."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.packed import Packed, Piece
from polytop.model.series import UNKNOWN, Series
from polytop.monitor.history import rooms
from polytop.monitor.history.blocks import SPAN, Block, Blocks, states
from polytop.monitor.history.held import Held
from polytop.monitor.history.page import DAY, days
from polytop.monitor.history.scope import Scope


def read(db: sqlite3.Connection, blocks: Blocks, scope: Scope, start: int, end: int) -> Held:
    """What is known of `scope` over the aligned `[start, end)`. Raises Damaged, sqlite3.Error.

    To be called within a transaction that reads, for which `blocks` are up to date.
    """
    number = rooms.find_scope(db, scope)
    if number is None:
        unknown = Series(start, (UNKNOWN,) * grid.count(start, end))
        row = Row(Part(), None, unknown)
        return Held(start, end, unknown, None, (row,) if scope.slice_by is None else ())
    found = blocks.over(db, number, start, end, total=scope.slice_by is None)
    asked = _series(start, end, [block.asked for block in found])
    rows = _rows(db, number, found, asked)
    last = _last(found, start, end)
    held = Held(start, end, asked, _newest(found, start, end), rows, newest_asked=last)
    if scope.slice_by is not None:
        return held
    silent = _series(start, end, [block.silent for block in found])
    rows = held.rows or (Row(Part(), None, silent),)
    revised = (pair for block in found for pair in block.revised if start <= pair[0] < end)
    return replace(held, rows=rows, revised=tuple(revised))


def asked(db: sqlite3.Connection, scope: Scope, start: int, end: int) -> Series:
    """:attr:`Held.asked` of `scope` alone. Raises as :func:`read` does."""
    number = rooms.find_scope(db, scope)
    if number is None:
        return Series(start, (UNKNOWN,) * grid.count(start, end))
    span = days(start, end)
    whole = states(db, number, span)[1]
    return Series(span.start * DAY, tuple(whole)).cut(start, end)


def _series(start: int, end: int, pieces: Sequence[Piece]) -> Series:
    """The range of consecutive blocks' `pieces`, the first of which holds `start`."""
    return Series(start, Packed(pieces, start % SPAN // grid.STEP, grid.count(start, end)))


def _newest(found: Sequence[Block], start: int, end: int) -> float | None:
    """The newest moment at which a window of the range was asked for."""
    newest = max((block.newest(start, end) for block in found), default=0)
    return float(newest) if newest else None


def _last(found: Sequence[Block], start: int, end: int) -> float | None:
    """The moment at which the newest window of those that were asked for was."""
    moments = (block.latest(start, end) for block in reversed(found))
    return next((float(moment) for moment in moments if moment), None)


def _rows(
    db: sqlite3.Connection, scope: int, found: Sequence[Block], asked: Series
) -> tuple[Row, ...]:
    """The rows with a value in the range, ordered by id, None last."""
    inner: set[int] = set()
    for block in found[1:-1]:
        inner.update(block.series)
    rows = []
    for named in sorted(rooms.series_of(db, scope).values(), key=_order):
        pieces = [block.series.get(named.id, block.silent) for block in found]
        series = _series(asked.start, asked.end, pieces)
        # No page is without a value; of the days at the edges it may be outside of the range.
        if named.id in inner or series.highest() >= 0:
            rows.append(Row(named.part, named.name, series))
    return tuple(rows)


def _order(named: rooms.Named) -> tuple[bool, str]:
    return named.part.id is None, named.part.id or ""
