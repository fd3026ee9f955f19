"""Errors of the system and of SQLite in words, with advice."""

import errno
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from history_data import MIDNIGHT, TARGET

from polytop.history.errors import Damaged, HistoryError, explain_sqlite, explain_system
from polytop.history.store import History

PLACE = Path("/data/\x1b[31mpolytop/history.sqlite3")


def full(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "db")) as db:
        db.execute("PRAGMA max_page_count = 3")
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")


def locked(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "db")) as one:
        one.execute("BEGIN IMMEDIATE")
        with closing(sqlite3.connect(folder / "db", timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")


def read_only(folder: Path) -> None:
    sqlite3.connect(folder / "db").close()
    with closing(sqlite3.connect(f"file:{folder}/db?mode=ro", uri=True)) as db:
        db.execute("CREATE TABLE t (x)")


def no_folder(folder: Path) -> None:
    sqlite3.connect(folder / "none" / "db").close()


def anything_else(folder: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("SELECT * FROM nowhere")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (full, r"no room left on the disk; free some, or run: polytop history prune"),
        (locked, r"in use by another program for too long; end that program"),
        (read_only, r"may not be written; check its permissions"),
        (no_folder, r"cannot be opened; check its permissions"),
        (anything_else, r"cannot be used \(no such table: nowhere\); move it"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, fault: Callable[[Path], None], words: str
) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        fault(tmp_path)
    told = explain_sqlite(caught.value, PLACE)
    assert isinstance(told, HistoryError)
    assert "\x1b" not in str(told)
    with pytest.raises(HistoryError, match=words):
        raise told


def test_a_text_that_is_none_is_damage() -> None:
    with closing(sqlite3.connect(":memory:")) as db, pytest.raises(sqlite3.Error) as caught:
        db.execute("SELECT CAST(x'ff' AS TEXT)").fetchall()
    assert isinstance(explain_sqlite(caught.value, PLACE), Damaged)


def test_the_system_s_own_words_are_told() -> None:
    told = explain_system(OSError(errno.EROFS, "Read-only file system"), PLACE)
    assert str(told).startswith("/data/␛[31mpolytop/history.sqlite3: Read-only file system; check")


def test_another_program_s_transaction_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(History(path)) as history:
        history.open()
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        added = threading.Thread(target=lambda: history.add_mark(TARGET, MIDNIGHT, "waited"))
        added.start()
        time.sleep(0.05)
        assert added.is_alive()
        other.execute("COMMIT")
        other.close()
        added.join()
        assert [mark.text for mark in history.marks(TARGET)] == ["waited"]
