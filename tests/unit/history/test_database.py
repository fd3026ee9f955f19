"""The schema: from an empty file to this version, one whole step at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TARGET, TOTAL, keep, total

from polytop.history import database
from polytop.history.store import History, HistoryError

STEPS = (
    ("CREATE TABLE one (x)", "INSERT INTO one VALUES (1)"),
    ("CREATE TABLE two (x)", "INSERT INTO two SELECT x + 1 FROM one"),
    ("DROP TABLE one", "INSERT INTO two VALUES (3)"),
)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    yield made
    made.close()


def tables(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def test_an_empty_file_gets_every_table(db: sqlite3.Connection) -> None:
    assert database.check(db) == 0
    database.migrate(db)
    assert database.check(db) == database.version(db) == len(database.MIGRATIONS)
    assert tables(db) == {
        *("project", "scope", "series", "page", "asked", "mark", "meta", "growth"),
    }
    database.migrate(db)
    assert database.version(db) == len(database.MIGRATIONS)


@pytest.mark.parametrize("had", range(len(STEPS) + 1))
def test_each_file_gets_the_steps_that_it_has_not_had(db: sqlite3.Connection, had: int) -> None:
    database.migrate(db, STEPS[:had])
    assert database.version(db) == had
    database.migrate(db, STEPS)
    assert database.version(db) == len(STEPS)
    assert tables(db) == {"two"}
    assert db.execute("SELECT x FROM two ORDER BY x").fetchall() == [(2,), (3,)]


def test_a_step_that_fails_leaves_the_version_before_it_whole(db: sqlite3.Connection) -> None:
    failing = (*STEPS[:2], ("DROP TABLE one", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        database.migrate(db, failing)
    assert not db.in_transaction
    assert database.version(db) == 2
    assert tables(db) == {"one", "two"}
    database.migrate(db, STEPS)
    assert tables(db) == {"two"}


def test_a_later_version_keeps_what_this_one_wrote(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = History(path)
    history.open()
    keep(history, TOTAL, MIDNIGHT, MIDNIGHT + 300, total(MIDNIGHT, 5), MIDNIGHT + 9_000)
    history.close()
    later = (*database.MIGRATIONS, ("ALTER TABLE mark ADD COLUMN colour TEXT",))
    db = sqlite3.connect(path, isolation_level=None)
    database.migrate(db, later)
    assert database.version(db) == len(later)
    assert db.execute("SELECT count(*) FROM page").fetchone() == (1,)
    db.close()


def test_a_file_of_a_later_polytop_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = History(path)
    history.open()
    mark = history.add_mark(TARGET, MIDNIGHT, "kept")
    history.close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA user_version = {len(database.MIGRATIONS) + 1}")
    db.close()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(HistoryError, match="update polytop, or move the file") as caught:
            history.open()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert history.note is None
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA user_version = {len(database.MIGRATIONS)}")
    db.close()
    history.open()
    assert history.marks(TARGET) == (mark,)
    history.close()


def test_many_that_open_the_same_new_file_at_once_all_can(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.sqlite3"
    histories = [History(path) for _ in range(8)]
    failed: list[BaseException] = []
    together = threading.Barrier(len(histories))

    def work(history: History) -> None:
        try:
            together.wait()
            history.open()
            history.add_mark(TARGET, MIDNIGHT, "here")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(history,)) for history in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(histories[0].marks(TARGET)) == len(histories)
    assert [history.note for history in histories] == [None] * len(histories)
    for history in histories:
        history.close()
