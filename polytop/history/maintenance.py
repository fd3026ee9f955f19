"""Maintenance: facts about the history, and pruning it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from polytop.history import database, growth, pages, tables
from polytop.history.pages import DAY, SIZE
from polytop.model import grid
from polytop.model.frozen import frozen


@frozen
class ProjectInfo:
    """The stored data of one project.

    `asked` counts windows, of every scope; `first` and `last` are the first and the last of them
    (their starts), None where none was asked for.
    """

    account_id: str
    project_id: str
    scopes: int = 0
    series: int = 0
    asked: int = 0
    first: int | None = None
    last: int | None = None
    marks: int = 0


@frozen
class Info:
    """The whole history: `path` is None in memory, `size` in bytes with the write-ahead log."""

    path: Path | None
    size: int
    version: int
    projects: tuple[ProjectInfo, ...] = ()
    pages: int = 0

    @property
    def scopes(self) -> int:
        """The number of scopes."""
        return sum(project.scopes for project in self.projects)

    @property
    def series(self) -> int:
        """The number of series, totals and parts."""
        return sum(project.series for project in self.projects)

    @property
    def asked(self) -> int:
        """The number of windows asked for, over all scopes."""
        return sum(project.asked for project in self.projects)

    @property
    def marks(self) -> int:
        """The number of marks."""
        return sum(project.marks for project in self.projects)

    @property
    def first(self) -> int | None:
        """The start of the first window asked for."""
        return min((each.first for each in self.projects if each.first is not None), default=None)

    @property
    def last(self) -> int | None:
        """The start of the last window asked for."""
        return max((each.last for each in self.projects if each.last is not None), default=None)


@frozen
class Pruned:
    """The result of pruning: removed `days` and `marks`, and bytes on disk."""

    days: int
    marks: int
    size_before: int
    size_after: int


_GIVEN_BACK = 256
"""Pages that are freed at a time."""

_TIDIED = "tidied"

_T = TypeVar("_T")


class Run(Protocol):
    """Runs work in a transaction that writes or reads, or (None) in none."""

    def __call__(
        self, work: Callable[[sqlite3.Connection], _T], *, write: bool | None = True
    ) -> _T: ...


def info(db: sqlite3.Connection, path: Path | None, size: int) -> Info:
    """Return the facts about the history at `path`, which takes `size` bytes."""
    return Info(path, size, database.version(db), projects(db), page_count(db))


def projects(db: sqlite3.Connection) -> tuple[ProjectInfo, ...]:
    """Return the facts about each project, by account and id."""
    rows = db.execute(
        "SELECT account_id, project_id, id, "
        "(SELECT count(*) FROM scope WHERE scope.project = project.id), "
        "(SELECT count(*) FROM series JOIN scope ON series.scope = scope.id "
        "WHERE scope.project = project.id), "
        "(SELECT count(*) FROM mark WHERE mark.project = project.id) "
        "FROM project ORDER BY account_id, project_id"
    ).fetchall()
    return tuple(
        ProjectInfo(
            tables.text(account),
            tables.text(name),
            scopes,
            series,
            *_asked(db, tables.number(number)),
            marks,
        )
        for account, name, number, scopes, series, marks in rows
    )


def _asked(db: sqlite3.Connection, project: int) -> tuple[int, int | None, int | None]:
    """Return the number of windows asked for, the first and the last of them."""
    rows = db.execute(
        "SELECT day, last FROM asked JOIN scope ON asked.scope = scope.id "
        "WHERE scope.project = ? ORDER BY day",
        (project,),
    )
    asked, ends = 0, []
    for day, column in rows:
        moments = pages.unpack_times(column)
        indices = [index for index, moment in enumerate(moments) if moment]
        asked += len(indices)
        begin = tables.number(day) * SIZE
        ends += [(begin + index) * grid.STEP for index in indices[:1] + indices[-1:]]
    return asked, min(ends, default=None), max(ends, default=None)


def page_count(db: sqlite3.Connection) -> int:
    """Return the number of stored days of series."""
    return _number(db, "SELECT count(*) FROM page")


def bytes_in_use(db: sqlite3.Connection) -> int:
    """Return the bytes in use, without those that could be freed."""
    used = _number(db, "PRAGMA page_count") - _number(db, "PRAGMA freelist_count")
    return used * _number(db, "PRAGMA page_size")


def oldest_day(db: sqlite3.Connection) -> int | None:
    """Return the first stored day, counted from the epoch."""
    days = db.execute(
        "SELECT min((SELECT min(day) FROM asked WHERE asked.scope = scope.id)) FROM scope"
    ).fetchone()
    return None if days[0] is None else tables.number(days[0])


def remove_day(db: sqlite3.Connection, day: int) -> None:
    """Remove everything of `day`, and series and scopes that are empty then."""
    growth.forget_until(db, (day + 1) * DAY)
    scopes = [scope for (scope,) in db.execute("SELECT id FROM scope").fetchall()]
    for scope in scopes:
        db.execute("DELETE FROM page WHERE scope = ? AND day = ?", (scope, day))
        db.execute("DELETE FROM asked WHERE scope = ? AND day = ?", (scope, day))


def remove_empty(db: sqlite3.Connection) -> None:
    """Remove series without a page, scopes never asked for, and projects without scope and mark."""
    db.execute("DELETE FROM series WHERE id NOT IN (SELECT series FROM page)")
    db.execute("DELETE FROM scope WHERE id NOT IN (SELECT scope FROM asked)")
    db.execute("DELETE FROM series WHERE scope NOT IN (SELECT id FROM scope)")
    db.execute(
        "DELETE FROM project WHERE id NOT IN (SELECT project FROM scope) "
        "AND id NOT IN (SELECT project FROM mark)"
    )


def remove_marks(db: sqlite3.Connection, before: int) -> int:
    """Remove the marks older than `before`; return their number."""
    return db.execute("DELETE FROM mark WHERE at < ?", (before,)).rowcount


def claim(db: sqlite3.Connection, now: int) -> bool:
    """Claim today's maintenance; return False if somebody did within the last day."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (_TIDIED,)).fetchone()
    # A moment after now is of a clock that was wrong.
    if found is not None and now - DAY < tables.number(found[0]) <= now:
        return False
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_TIDIED, now))
    return True


def prune_day(db: sqlite3.Connection, before: int | None, largest: int | None) -> bool:
    """Remove the oldest day where it ends by `before`, or the file is larger than `largest`.

    Returns whether there was such a day.
    """
    day = oldest_day(db)
    if day is None:
        return False
    aged = before is not None and (day + 1) * DAY <= before
    large = largest is not None and bytes_in_use(db) > largest
    if aged or large:
        remove_day(db, day)
    return aged or large


def prune(
    run: Run,
    size: Callable[[sqlite3.Connection], int],
    before: int | None,
    largest: int | None,
    pause: Callable[[], object],
) -> Pruned:
    """See :meth:`polytop.history.store.History.prune`; `size` is that of the file."""
    size_before = run(size, write=False)
    marks = 0 if before is None else run(lambda db: remove_marks(db, before))
    days = 0
    while run(lambda db: prune_day(db, before, largest)):
        days += 1
        pause()
    if days or marks:
        run(remove_empty)
    if days or marks or (largest is not None and size_before > largest):
        while run(free_pages, write=None):
            pause()
        run(checkpoint, write=None)
    return Pruned(days, marks, size_before, run(size, write=False))


def vacuum(db: sqlite3.Connection, size: Callable[[sqlite3.Connection], int]) -> tuple[int, int]:
    """Vacuum the file; return its size before and after, bytes."""
    before = size(db)
    db.execute("VACUUM")
    checkpoint(db)
    return before, size(db)


def free_pages(db: sqlite3.Connection) -> bool:
    """Free a part of the unused pages; return True if more is left."""
    before = _number(db, "PRAGMA freelist_count")
    # The pragma frees a page a row and has no columns: only a script is stepped to its end.
    db.executescript(f"PRAGMA incremental_vacuum({_GIVEN_BACK})")
    return 0 < _number(db, "PRAGMA freelist_count") < before


def checkpoint(db: sqlite3.Connection) -> None:
    """Checkpoint the log, as far as no other program is in the way."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _number(db: sqlite3.Connection, statement: str) -> int:
    return tables.number(db.execute(statement).fetchone()[0])
