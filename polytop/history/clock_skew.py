"""Clock skew: repairs what was stored while the machine's clock was ahead.

The moment of every answer is then in the future: its windows would count as final for ever, and
its values as newer than all that come. Such a moment is set back to when the window began, so that
the window is asked for again and whatever is answered then wins.
"""

import sqlite3

from polytop.history import pages, tables
from polytop.history.growth import forget_from
from polytop.history.pages import DAY, SIZE, Page
from polytop.model import grid
from polytop.model.series import GAP

_LATEST = "latest"


def note_answer(db: sqlite3.Connection, at: int) -> None:
    """Store the time of an answer."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > value",
        (_LATEST, at),
    )


def needs_repair(db: sqlite3.Connection, now: float) -> bool:
    """Return True if an answer is dated more than a window after `now`."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (_LATEST,)).fetchone()
    return found is not None and tables.number(found[0]) > now + grid.STEP


def stored_days(db: sqlite3.Connection) -> list[int]:
    """Return the days with stored data."""
    rows = db.execute("SELECT DISTINCT day FROM asked UNION SELECT DISTINCT day FROM page")
    return [tables.number(day) for (day,) in rows]


def repair_day(db: sqlite3.Connection, day: int, now: float) -> None:
    """Set back every time of `day` that is later than `now`."""
    latest = int(now)
    rows = db.execute("SELECT scope, last FROM asked WHERE day = ?", (day,)).fetchall()
    for scope, column in rows:
        moments = pages.unpack_times(column)
        if max(moments) > latest:
            starts = range(day * DAY, (day + 1) * DAY, grid.STEP)
            pairs = zip(moments, starts, strict=True)
            corrected = [at if at <= latest else _earlier(start, latest) for at, start in pairs]
            db.execute(
                "UPDATE asked SET last = ? WHERE scope = ? AND day = ?",
                (pages.pack_times(corrected), scope, day),
            )
    rows = db.execute(
        "SELECT scope, series, vals, times, revised FROM page WHERE day = ?", (day,)
    ).fetchall()
    for scope, series, *found in rows:
        page = pages.unpack(*found)
        if max(page.seen) > latest:
            db.execute(
                "UPDATE page SET vals = ?, times = ?, revised = ? "
                "WHERE day = ? AND scope = ? AND series = ?",
                (*pages.pack(_repaired_time(day, page, latest)), day, scope, series),
            )


def finish_repair(db: sqlite3.Connection, now: float) -> None:
    """Store that everything later than `now` is repaired."""
    latest = int(now)
    db.execute(
        "UPDATE series SET name_end = min(name_end, ?), name_at = 0 WHERE name_at > ?",
        (grid.floor(now), latest),
    )
    forget_from(db, now)
    db.execute("UPDATE meta SET value = ? WHERE name = ?", (latest, _LATEST))


def _earlier(start: int, latest: int) -> int:
    """Return a time for one in the future: before the window's end, and before `latest`."""
    return max(1, min(latest - 1, start))


def _repaired_time(day: int, page: Page, latest: int) -> Page:
    """Return the first value if its time can be trusted, else the last one."""
    values, seen = list(page.values), list(page.seen)
    first, first_at = list(page.first), list(page.first_at)
    for index in range(SIZE):
        if seen[index] <= latest:
            continue
        if 0 < first_at[index] <= latest:
            values[index], seen[index] = first[index], first_at[index]
        else:
            seen[index] = _earlier(day * DAY + index * grid.STEP, latest)
            first[index], first_at[index] = GAP, 0
    return Page(tuple(values), tuple(seen), tuple(first), tuple(first_at))
