"""Reading scopes from the tables, and writing answers into them."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from polytop.history import clock_skew, pages, tables
from polytop.history.blocks import SPAN, Block, Blocks, states
from polytop.history.growth import store_growth
from polytop.history.pages import DAY, EMPTY, NEVER, SIZE, Page, days, make_page, merge_pages
from polytop.history.types import PROVISIONAL, Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import UNKNOWN, Chunk, Packed, Series


def read(
    db: sqlite3.Connection, blocks: Blocks, scope: Scope, start: int, end: int
) -> StoredSeries:
    """Read what is known of `scope` over the aligned `[start, end)`. Raises Damaged, sqlite3.Error.

    To be called within a transaction that reads, for which `blocks` are up to date.
    """
    number = tables.find_scope(db, scope)
    if number is None:
        unknown = Series(start, (UNKNOWN,) * grid.count(start, end))
        row = Row(Part(), None, unknown)
        return StoredSeries(start, end, unknown, None, (row,) if scope.slice_by is None else ())
    found = blocks.over(db, number, start, end, total=scope.slice_by is None)
    asked_states = _series(start, end, [block.asked for block in found])
    provisional = frozenset(asked_states.find(PROVISIONAL))
    rows = _rows(db, number, found, start, end, provisional)
    last = _last(found, start, end)
    held = StoredSeries(
        start, end, asked_states, _newest(found, start, end), rows, newest_asked=last
    )
    if scope.slice_by is not None:
        return held
    silent = _series(start, end, [block.silent for block in found], provisional)
    rows = held.rows or (Row(Part(), None, silent),)
    revised = (pair for block in found for pair in block.revised if start <= pair[0] < end)
    return replace(held, rows=rows, revised=tuple(revised))


def asked_states(db: sqlite3.Connection, scope: Scope, start: int, end: int) -> Series:
    """:attr:`StoredSeries.asked` of `scope` alone. Raises as :func:`read` does."""
    number = tables.find_scope(db, scope)
    if number is None:
        return Series(start, (UNKNOWN,) * grid.count(start, end))
    span = days(start, end)
    whole = states(db, number, span)[1]
    return Series(span.start * DAY, tuple(whole)).cut(start, end)


def _series(
    start: int, end: int, pieces: Sequence[Chunk], provisional: frozenset[int] = frozenset()
) -> Series:
    """Cut the range out of consecutive blocks' `pieces`, the first of which holds `start`."""
    packed = Packed(pieces, start % SPAN // grid.STEP, grid.count(start, end))
    return Series(start, packed, provisional)


def _newest(found: Sequence[Block], start: int, end: int) -> float | None:
    """Return the newest time at which a window of the range was asked for."""
    newest = max((block.newest(start, end) for block in found), default=0)
    return float(newest) if newest else None


def _last(found: Sequence[Block], start: int, end: int) -> float | None:
    """Return the time at which the newest asked-for window was asked for."""
    moments = (block.latest(start, end) for block in reversed(found))
    return next((float(moment) for moment in moments if moment), None)


def _rows(
    db: sqlite3.Connection,
    scope: int,
    found: Sequence[Block],
    start: int,
    end: int,
    provisional: frozenset[int],
) -> tuple[Row, ...]:
    """Return the rows with a value in the range, ordered by id, None last."""
    inner: set[int] = set()
    for block in found[1:-1]:
        inner.update(block.series)
    rows = []
    for named in sorted(tables.series_of(db, scope).values(), key=_order):
        pieces = [block.series.get(named.id, block.silent) for block in found]
        lower = {
            window
            for block in found
            for window in block.provisional.get(named.id, ())
            if start <= window < end
        }
        series = _series(start, end, pieces, provisional | lower)
        # No page is without a value; of the days at the edges it may be outside of the range.
        if named.id in inner or series.highest() >= 0:
            rows.append(Row(named.part, named.name, series))
    return tuple(rows)


def _order(named: tables.Named) -> tuple[bool, str]:
    return named.part.id is None, named.part.id or ""


def store_answer(db: sqlite3.Connection, kept: StoredAnswer) -> int:
    """Merge an answer into the tables. Call it within a writing transaction.

    Returns the number of the scope, of which nothing outside of the range is changed.
    Raises Damaged, sqlite3.Error.
    """
    clock_skew.note_answer(db, int(kept.at))
    scope = tables.scope_of(db, kept.scope)
    _store_asked(db, scope, kept)
    store_growth(db, scope, kept)
    known = tables.series_of(db, scope)
    newer: dict[tuple[int, int], Page] = {}
    for row in kept.rows:
        cut = replace(row, series=row.series.cut(kept.start, kept.end))
        if max(cut.series.values) < 0:
            continue
        named = known.get(row.part) or tables.add_series(db, scope, row.part)
        known[row.part] = _rename_newer(db, named, cut, int(kept.at))
        for day in days(kept.start, kept.end):
            page = make_page(day, cut.series, int(kept.at))
            if page != EMPTY:
                before = newer.get((day, named.id), EMPTY)
                newer[day, named.id] = merge_pages(before, page)
    _store_pages(db, scope, newer)
    return scope


def _store_asked(db: sqlite3.Connection, scope: int, kept: StoredAnswer) -> None:
    span, at = days(kept.start, kept.end), int(kept.at)
    rows = db.execute(
        "SELECT day, last FROM asked WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    ).fetchall()
    found = {day: pages.unpack_times(column) for day, column in rows}
    for day in span:
        old = tuple(found.get(day, NEVER))
        first = max(0, (kept.start - day * DAY) // grid.STEP)
        stop = min(SIZE, (kept.end - day * DAY) // grid.STEP)
        new = old[:first] + tuple(max(at, each) for each in old[first:stop]) + old[stop:]
        if new != old:
            db.execute(
                "INSERT OR REPLACE INTO asked (scope, day, last) VALUES (?, ?, ?)",
                (scope, day, pages.pack_times(new)),
            )


def _rename_newer(db: sqlite3.Connection, named: tables.Named, row: Row, at: int) -> tables.Named:
    """Return `named` with the name of `row` if that is newer."""
    if row.name is None:
        return named
    newest = max(window for window, _ in row.series.known())
    candidate = (newest + grid.STEP, at, row.name)
    if candidate <= (named.name_end, named.name_at, named.name or ""):
        return named
    found = replace(named, name=row.name, name_end=candidate[0], name_at=at)
    tables.rename(db, found)
    return found


def _store_pages(db: sqlite3.Connection, scope: int, newer: dict[tuple[int, int], Page]) -> None:
    """Merge pages by day and series into those of the scope; unchanged ones are not written."""
    if not newer:
        return
    old = _old(db, scope, newer)
    changed = []
    for (day, series), page in newer.items():
        before = old.get((day, series), EMPTY)
        after = merge_pages(before, page)
        if after != before:
            changed.append((scope, day, series, *pages.pack(after)))
    db.executemany(
        "INSERT OR REPLACE INTO page (scope, day, series, vals, times, revised) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        changed,
    )


def _old(
    db: sqlite3.Connection, scope: int, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Page]:
    keys = set(wanted)
    rows = db.execute(
        "SELECT day, series, vals, times, revised FROM page "
        "WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, min(day for day, _ in keys), max(day for day, _ in keys)),
    )
    return {
        (day, series): pages.unpack(*columns)
        for day, series, *columns in rows
        if (day, series) in keys
    }


def check_answer(kept: StoredAnswer) -> StoredAnswer:
    """Return the answer if it can be stored. Raises ValueError for a range off the grid."""
    if not (grid.is_aligned(kept.start) and grid.is_aligned(kept.end) and kept.start < kept.end):
        raise ValueError("what is kept spans whole windows of the 5-minute grid, one at least")
    # Written so that a NaN fails the comparison too.
    if not 1 <= kept.at < 1 << 53:
        raise ValueError("the moment of an answer is in seconds since the epoch")
    if kept.scope.slice_by is None and [row.part for row in kept.rows] != [Part()]:
        raise ValueError("a total is kept as one row without a part")
    return kept
