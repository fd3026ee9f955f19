"""The tables, and how a file of an older version becomes one of this."""

import sqlite3
from collections.abc import Sequence

from polytop.monitor.history.errors import Damaged

APPLICATION_ID = 0x70746F70
"""``ptop``: marks a file as a history of polytop (SQLite's application_id)."""

Migration = tuple[str, ...]
"""The statements that lead from one version to the next, in one transaction."""

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
)
"""One a version, the oldest first; a file's ``user_version`` counts those that it has had."""


class Newer(Exception):  # noqa: N818 - what the file is, rather than what failed
    """The file was written by a later polytop; the argument is its version."""


def version(db: sqlite3.Connection) -> int:
    """How many migrations the file has had."""
    return _number(db, "PRAGMA user_version")


def check(db: sqlite3.Connection, known: int = len(MIGRATIONS)) -> int:
    """The file's version; nothing is written.

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
