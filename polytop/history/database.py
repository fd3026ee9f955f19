"""The history file: created, opened, migrated, and set aside if it is damaged."""

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from polytop.history.errors import Damaged, HistoryError, show_path
from polytop.model.private_file import make_folder, open_private

APPLICATION_ID = 0x70746F70
"""``ptop``: marks a file as a history of polytop (SQLite's application_id)."""

Migration = tuple[str, ...]
"""The statements from one version to the next, run in one transaction."""

MIGRATIONS: tuple[Migration, ...] = (
    (
        """CREATE TABLE project (
            id INTEGER PRIMARY KEY,
            account_id TEXT NOT NULL,
            project_id TEXT NOT NULL,
            UNIQUE (account_id, project_id))""",
        """CREATE TABLE scope (
            id INTEGER PRIMARY KEY,
            project INTEGER NOT NULL,
            base_url TEXT NOT NULL,
            client_env TEXT NOT NULL,
            variant_id TEXT,
            variant_name TEXT,
            language TEXT,
            phone_number TEXT,
            slice_by TEXT)""",
        "CREATE INDEX scope_of_project ON scope (project)",
        """CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            scope INTEGER NOT NULL,
            part TEXT,
            name TEXT,
            name_end INTEGER NOT NULL,
            name_at INTEGER NOT NULL)""",
        "CREATE INDEX series_of_scope ON series (scope)",
        """CREATE TABLE page (
            scope INTEGER NOT NULL,
            day INTEGER NOT NULL,
            series INTEGER NOT NULL,
            vals BLOB NOT NULL,
            times BLOB NOT NULL,
            revised BLOB,
            PRIMARY KEY (scope, day, series)) WITHOUT ROWID""",
        """CREATE TABLE asked (
            scope INTEGER NOT NULL,
            day INTEGER NOT NULL,
            last BLOB NOT NULL,
            PRIMARY KEY (scope, day)) WITHOUT ROWID""",
        """CREATE TABLE mark (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            project INTEGER NOT NULL,
            at INTEGER NOT NULL,
            text TEXT NOT NULL)""",
        "CREATE INDEX mark_of_project ON mark (project, at)",
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
    ("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",),
    (
        """CREATE TABLE growth (
            scope INTEGER NOT NULL,
            hour INTEGER NOT NULL,
            vals BLOB NOT NULL,
            PRIMARY KEY (scope, hour)) WITHOUT ROWID""",
    ),
)
"""One for each version, the oldest first; a file's ``user_version`` counts those it has had."""


class Newer(Exception):  # noqa: N818 - what the file is, rather than what failed
    """The file was written by a later polytop; the argument is its version."""


def version(db: sqlite3.Connection) -> int:
    """Return the number of migrations the file has had."""
    return _number(db, "PRAGMA user_version")


def check(db: sqlite3.Connection, known: int = len(MIGRATIONS)) -> int:
    """Return the file's version; nothing is written.

    Raises Newer for a version above `known` and Damaged for a database that is no history.
    """
    found, owner = version(db), _number(db, "PRAGMA application_id")
    tables = _number(db, "SELECT count(*) FROM sqlite_master")
    if owner != APPLICATION_ID and (owner or found or tables):
        raise Damaged("it is a database of another program")
    if found > known:
        raise Newer(found)
    return found


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the file to the last version, each step in a transaction of its own.

    A step that fails leaves the version before it whole and raises sqlite3.Error.
    """
    while version(db) < len(migrations):
        db.execute("BEGIN IMMEDIATE")
        try:
            # Another program may have done the step while this one waited.
            done = version(db)
            for statement in migrations[done] if done < len(migrations) else ():
                db.execute(statement)
            if done < len(migrations):
                db.execute(f"PRAGMA user_version = {done + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def _number(db: sqlite3.Connection, statement: str) -> int:
    found = db.execute(statement).fetchone()[0]
    if not isinstance(found, int):
        raise Damaged("its head cannot be read")
    return found


PATIENCE = 10.0
"""The usual longest wait for another program's transaction, seconds."""

_OPENING = 0.3
"""The share of it to wait for another program that opens the file: that takes no time."""

_BESIDE = ("-wal", "-shm")
"""The endings of the files that SQLite keeps beside the database."""

_PAGE = 8_192
"""Page size, bytes: a row of a busy day is under a quarter of it, so that none overflows."""

_CHECKPOINT = 256
"""The write-ahead log is checkpointed after so many pages."""

Identity = tuple[int, int]
"""Device and inode."""


def identity(path: Path) -> Identity | None:
    """Return the identity of the file at `path`, or None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def size(path: Path) -> int:
    """Return the bytes on disk, the write-ahead log included."""
    total = 0
    for each in (path, _beside(path, "-wal")):
        with suppress(FileNotFoundError):
            total += each.stat().st_size
    return total


def open_in_memory() -> sqlite3.Connection:
    """Open a new history in memory."""
    db = _connect(":memory:", PATIENCE)
    migrate(db)
    return db


def open_file(path: Path, patience: float) -> sqlite3.Connection:
    """Open the history at `path`; create or migrate it if needed.

    Whatever is done then waits at most `patience` seconds for another program. Raises Damaged for
    what is to be set aside, HistoryError for what is to be left alone, OSError and sqlite3.Error.
    Called while :func:`lock_file`.
    """
    _create(path)
    db = _connect(path, patience)
    try:
        if check(db) == 0:
            db.execute(f"PRAGMA page_size = {_PAGE}")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _check_length(db, path)
        db.execute("PRAGMA journal_mode = WAL").fetchall()
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
        db.execute(f"PRAGMA journal_size_limit = {4 * _CHECKPOINT * _PAGE}")
        migrate(db)
        _check_tables(db)
    except Newer as newer:
        db.close()
        raise HistoryError(
            f"{show_path(path)} was written by a later polytop "
            f"(its version {newer.args[0]} is above {len(MIGRATIONS)})",
            "update polytop, or move the file to another place",
        ) from None
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def lock_file(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock for creating, opening and setting aside the file; create the folder.

    The folder itself is locked, so that nothing else lies in it. Where the file system has no
    locks, or the other one does not end, it goes on without. Raises OSError.
    """
    import fcntl

    make_folder(path.parent)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + _OPENING * patience
        while time.monotonic() < deadline:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.005)
            except OSError:
                break
            else:
                break
        yield
    finally:
        os.close(folder)


def set_aside(path: Path, now: float) -> Path:
    """Rename the file and what belongs to it, never over another; returns its new name.

    Raises OSError. Called while :func:`lock_file`.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    base = path.with_name(f"{path.name}.damaged-{stamp}")
    target, number = base, 1
    while any(os.path.lexists(each) for each in (target, *_all_beside(target))):
        target, number = base.with_name(f"{base.name}-{number}"), number + 1
    # The log first: beside a new file it would be laid into that.
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            _beside(path, ending).rename(_beside(target, ending))
    with suppress(FileNotFoundError):
        path.rename(target)
    return target


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _all_beside(path: Path) -> Iterator[Path]:
    return (_beside(path, ending) for ending in _BESIDE)


def _create(path: Path) -> None:
    """Create the file for the user alone if there is none. Raises Damaged, HistoryError, OSError.

    One that is there is not opened: closing it would end the locks that another connection of
    this process has on it.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        os.close(open_private(path, os.O_RDWR))
        return
    if stat.S_ISDIR(mode):
        raise Damaged("it is a folder")
    if not stat.S_ISREG(mode):
        raise HistoryError(
            f"{show_path(path)} is not a file", "put a file in its place, or nothing"
        )
    # SQLite would open it for reading alone, and every answer would be lost later.
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _connect(place: Path | str, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(place, timeout=patience, isolation_level=None, check_same_thread=False)


def _check_length(db: sqlite3.Connection, path: Path) -> None:
    """Raise Damaged if the file ends too early; its log may hold the rest.

    In a transaction, so that no other program shortens the file or its log meanwhile.
    """
    db.execute("BEGIN")
    try:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        width = db.execute("PRAGMA page_size").fetchone()[0]
        log = _beside(path, "-wal")
        short = path.stat().st_size < pages * width
        if short and not (log.exists() and log.stat().st_size):
            raise Damaged("it ends too early")
    finally:
        db.execute("COMMIT")


def _check_tables(db: sqlite3.Connection) -> None:
    """Raise Damaged if a table or a column is missing."""
    try:
        db.execute("SELECT id, account_id, project_id FROM project LIMIT 1").fetchall()
        db.execute("SELECT id, project, base_url, slice_by FROM scope LIMIT 1").fetchall()
        db.execute("SELECT id, scope, part, name, name_end FROM series LIMIT 1").fetchall()
        db.execute("SELECT vals, times, revised FROM page LIMIT 1").fetchall()
        db.execute("SELECT last FROM asked LIMIT 1").fetchall()
        db.execute("SELECT id, project, at, text FROM mark LIMIT 1").fetchall()
        db.execute("SELECT name, value FROM meta LIMIT 1").fetchall()
        db.execute("SELECT scope, hour, vals FROM growth LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise Damaged("its tables are not those of a history") from None
        raise
