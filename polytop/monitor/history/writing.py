"""An answer laid into the tables, over what is there."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.monitor.history import distrust, packing, rooms
from polytop.monitor.history.held import Kept
from polytop.monitor.history.page import DAY, EMPTY, SIZE, Page, days, merged, observed

_NEVER = (0,) * SIZE


def keep(db: sqlite3.Connection, kept: Kept) -> int:
    """Merge `kept` into the tables; to be called within a transaction that writes.

    Returns the number of the scope, of which nothing outside of the range is changed.
    Raises Damaged, sqlite3.Error.
    """
    distrust.note(db, int(kept.at))
    scope = rooms.scope_of(db, kept.scope)
    _keep_asked(db, scope, kept)
    known = rooms.series_of(db, scope)
    newer: dict[tuple[int, int], Page] = {}
    for row in kept.rows:
        cut = replace(row, series=row.series.cut(kept.start, kept.end))
        if max(cut.series.values) < 0:
            continue
        named = known.get(row.part) or rooms.add_series(db, scope, row.part)
        known[row.part] = _named(db, named, cut, int(kept.at))
        for day in days(kept.start, kept.end):
            page = observed(day, cut.series, int(kept.at))
            if page != EMPTY:
                before = newer.get((day, named.id), EMPTY)
                newer[day, named.id] = merged(before, page)
    _keep_pages(db, scope, newer)
    return scope


def _keep_asked(db: sqlite3.Connection, scope: int, kept: Kept) -> None:
    span, at = days(kept.start, kept.end), int(kept.at)
    rows = db.execute(
        "SELECT day, last FROM asked WHERE scope = ? AND day BETWEEN ? AND ?",
        (scope, span.start, span.stop - 1),
    ).fetchall()
    found = {day: packing.unpacked_moments(column) for day, column in rows}
    for day in span:
        old = tuple(found.get(day, _NEVER))
        first = max(0, (kept.start - day * DAY) // grid.STEP)
        stop = min(SIZE, (kept.end - day * DAY) // grid.STEP)
        new = old[:first] + tuple(max(at, each) for each in old[first:stop]) + old[stop:]
        if new != old:
            db.execute(
                "INSERT OR REPLACE INTO asked (scope, day, last) VALUES (?, ?, ?)",
                (scope, day, packing.packed_moments(new)),
            )


def _named(db: sqlite3.Connection, named: rooms.Named, row: Row, at: int) -> rooms.Named:
    """`named` with the name of `row` where that is newer."""
    if row.name is None:
        return named
    newest = max(window for window, _ in row.series.known())
    candidate = (newest + grid.STEP, at, row.name)
    if candidate <= (named.name_end, named.name_at, named.name or ""):
        return named
    found = replace(named, name=row.name, name_end=candidate[0], name_at=at)
    rooms.rename(db, found)
    return found


def _keep_pages(db: sqlite3.Connection, scope: int, newer: dict[tuple[int, int], Page]) -> None:
    """Merge pages, by day and series, into those of the scope; what does not change is let be."""
    if not newer:
        return
    old = _old(db, scope, newer)
    changed = []
    for (day, series), page in newer.items():
        before = old.get((day, series), EMPTY)
        after = merged(before, page)
        if after != before:
            changed.append((scope, day, series, *packing.packed(after)))
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
        (day, series): packing.unpacked(*columns)
        for day, series, *columns in rows
        if (day, series) in keys
    }


def checked(kept: Kept) -> Kept:
    """`kept` where it can be kept. Raises ValueError for a range off the grid and the like."""
    if not (grid.on_grid(kept.start) and grid.on_grid(kept.end) and kept.start < kept.end):
        raise ValueError("what is kept spans whole windows of the 5-minute grid, one at least")
    # Written so that a NaN fails the comparison too.
    if not 1 <= kept.at < 1 << 53:
        raise ValueError("the moment of an answer is in seconds since the epoch")
    if kept.scope.slice_by is None and [row.part for row in kept.rows] != [Part()]:
        raise ValueError("a total is kept as one row without a part")
    return kept
