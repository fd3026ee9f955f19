"""How the totals of a project grew: what each window's value was at each age, for four weeks."""

import sqlite3
from array import array
from collections.abc import Iterator

from polytop.history import pages, tables
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.nowcast import AGES, Growth, age_place
from polytop.model.series import GAP, UNKNOWN

_KEPT = 28 * 24
"""Hours."""

_HOUR = 3_600
_SIZE = _HOUR // grid.STEP
"""Windows of an hour, which are stored together."""

_ROW = AGES + 1
"""The numbers of a window: a value for each age, and the age of its last change."""

_BLANK = (UNKNOWN,) * AGES + (0,)


def store_growth(db: sqlite3.Connection, scope: int, kept: StoredAnswer) -> None:
    """Store what an answer says of windows that are not final; of totals without filters alone."""
    if kept.scope.slice_by is not None or kept.scope.filters.active():
        return
    at, series = int(kept.at), kept.rows[0].series
    start = max(kept.start, grid.floor(at) - grid.RECENT)
    end = min(kept.end, grid.floor(at) + grid.STEP)
    for hour in _hours(start, end):
        numbers = _read_hour(db, scope, hour)
        if numbers is None:
            # The first answer of an hour makes room for it.
            db.execute("DELETE FROM growth WHERE scope = ? AND hour <= ?", (scope, hour - _KEPT))
            numbers = array("q", _BLANK * _SIZE)
        before = numbers[:]
        begin = hour * _HOUR
        for window in grid.windows(max(start, begin), min(end, begin + _HOUR)):
            value = series.at(window)
            if value != UNKNOWN:
                _store_value(numbers, (window - begin) // grid.STEP * _ROW, value, at - window)
        if numbers != before:
            db.execute(
                "INSERT OR REPLACE INTO growth (scope, hour, vals) VALUES (?, ?, ?)",
                (scope, hour, pages.pack_numbers(numbers)),
            )


def _store_value(numbers: "array[int]", row: int, value: int, age: int) -> None:
    place = age_place(age)
    if place is None:
        return
    seen = numbers[row : row + AGES]
    earlier = next((each for each in reversed(seen[: place + 1]) if each != UNKNOWN), UNKNOWN)
    # An answer that lacks the window does not revoke its value.
    value = earlier if value < 0 <= earlier else max(GAP, value)
    if earlier not in (UNKNOWN, value):
        numbers[row + AGES] = max(numbers[row + AGES], age)
    numbers[row + place] = value


def read_growth(db: sqlite3.Connection, scope: Scope, start: int, end: int) -> tuple[Growth, ...]:
    """Return what is known of the windows of `[start, end)`, oldest first. Raises Damaged."""
    number = tables.find_scope(db, scope)
    return () if number is None else tuple(_read(db, number, start, end))


def _read(db: sqlite3.Connection, scope: int, start: int, end: int) -> Iterator[Growth]:
    hours = _hours(start, end)
    rows = db.execute(
        "SELECT hour, vals FROM growth WHERE scope = ? AND hour BETWEEN ? AND ? ORDER BY hour",
        (scope, hours.start, hours.stop - 1),
    )
    for hour, column in rows:
        numbers = pages.unpack_numbers(column, _SIZE * _ROW)
        for at, window in enumerate(grid.windows(hour * _HOUR, (hour + 1) * _HOUR)):
            seen = numbers[at * _ROW : at * _ROW + AGES]
            if start <= window < end and max(seen) > UNKNOWN:
                yield Growth(window, seen, numbers[at * _ROW + AGES])


def _read_hour(db: sqlite3.Connection, scope: int, hour: int) -> "array[int] | None":
    found = db.execute(
        "SELECT vals FROM growth WHERE scope = ? AND hour = ?", (scope, hour)
    ).fetchone()
    if found is None:
        return None
    return array("q", pages.unpack_numbers(found[0], _SIZE * _ROW))


def _hours(start: int, end: int) -> range:
    """The hours, counted from the epoch, that `[start, end)` touches."""
    return range(start // _HOUR, -(-end // _HOUR))


def forget_from(db: sqlite3.Connection, moment: float) -> None:
    """Forget the hour of `moment` and what is later: the ages were told by a wrong clock."""
    db.execute("DELETE FROM growth WHERE hour >= ?", (int(moment // _HOUR),))


def forget_until(db: sqlite3.Connection, moment: int) -> None:
    """Forget the hours that end by `moment`."""
    db.execute("DELETE FROM growth WHERE hour < ?", (moment // _HOUR,))
