"""The history: the one store of what was fetched, shared by every polytop of this user."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from polytop.history import clock_skew, database, read_write, tables
from polytop.history.blocks import Blocks
from polytop.history.errors import Damaged, HistoryError, explain_sqlite, explain_system, show_path
from polytop.history.growth import read_growth
from polytop.history.types import Scope, StoredAnswer, StoredSeries
from polytop.model import grid
from polytop.model.mark import Mark
from polytop.model.nowcast import Growth
from polytop.model.series import Series
from polytop.model.target import SliceBy, Target

__all__ = ["History", "HistoryError", "StoredAnswer"]

if TYPE_CHECKING:
    from polytop.history.maintenance import Info, Pruned

_T = TypeVar("_T")


class History:
    """One file, or memory if `path` is None; safe in any thread.

    Each of them raises HistoryError where the file cannot be used. One that turns out to be
    damaged is set aside, :attr:`note` says so, and the method works on a new one. `clock` gives
    epoch seconds, for the name of such a file. `patience` is the longest wait for another program,
    seconds.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        clock: Callable[[], float] = time.time,
        patience: float | None = None,
    ) -> None:
        """Prepare a history; the disk is not touched yet."""
        self.path = path
        self.note: str | None = None
        """A note for the user about the file, or None."""
        self._clock = clock
        self._patience = database.PATIENCE if patience is None else patience
        self._lock = threading.RLock()
        self._wanted = False
        self._db: sqlite3.Connection | None = None
        self._identity: database.Identity | None = None
        self._blocks = Blocks()

    def open(self) -> None:
        """Create the folder (mode 0700) and the file (0600) if needed, and open it.

        Does nothing where it is open. Raises HistoryError, also for a file of a later polytop,
        which is left as it is.
        """
        with self._lock:
            self._wanted = True
            if self._db is None:
                self._reopen(None)

    def close(self) -> None:
        """Close the file; nothing else can be called until it is opened again."""
        with self._lock:
            self._wanted = False
            self._let_go()

    def _let_go(self) -> None:
        db, self._db = self._db, None
        self._blocks.clear()
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def read(self, scope: Scope, start: int, end: int) -> StoredSeries:
        """Return what is known over `[start, end)`. Raises ValueError off the 5-minute grid."""
        _check_range(start, end)

        def work(db: sqlite3.Connection) -> StoredSeries:
            self._blocks.check(db)
            return read_write.read(db, self._blocks, scope, start, end)

        return self._run(work, write=False)

    def asked(self, scope: Scope, start: int, end: int) -> Series:
        """:attr:`StoredSeries.asked` alone: quick for years of many series."""
        _check_range(start, end)
        return self._run(lambda db: read_write.asked_states(db, scope, start, end), write=False)

    def growth(self, scope: Scope, start: int, end: int) -> tuple[Growth, ...]:
        """Return what windows of a total were at each age, oldest first: kept for four weeks."""
        return self._run(lambda db: read_growth(db, scope, start, end), write=False)

    def keep_all(self, answers: Sequence[StoredAnswer]) -> None:
        """Store all answers or, if that fails, none."""
        from polytop.history import read_write

        checked = [read_write.check_answer(kept) for kept in answers]

        def work(db: sqlite3.Connection) -> None:
            for kept in checked:
                self._blocks.drop(read_write.store_answer(db, kept), kept.start, kept.end)

        if checked:
            self._run(work, drops=False)

    def forget_future(self, now: float) -> None:
        """Forget what was stored by a clock ahead of `now`: see `polytop.history.clock_skew`.

        Quick where nothing was kept more than a window after `now`.
        """
        if self._run(lambda db: clock_skew.needs_repair(db, now), write=False):
            for day in self._run(clock_skew.stored_days, write=False):
                self._run(lambda db, day=day: clock_skew.repair_day(db, day, now))  # type: ignore[misc]
            self._run(lambda db: clock_skew.finish_repair(db, now))

    def refuse(self, target: Target, slice_by: SliceBy, at: float) -> None:
        """Store that the server did not offer a slice (501) when asked at `at`."""
        self._run(lambda db: tables.store_refusal(db, target, slice_by, int(at)))

    def refused_at(self, target: Target, slice_by: SliceBy) -> int | None:
        """Return when that was last stored, epoch seconds."""
        return self._run(lambda db: tables.refusal_time(db, target, slice_by), write=False)

    def marks(
        self, target: Target, start: int | None = None, end: int | None = None
    ) -> tuple[Mark, ...]:
        """Return the project's marks in `[start, end)`, by time; None is no bound."""
        return self._run(lambda db: tables.marks(db, target, start, end), write=False)

    def add_mark(self, target: Target, at: float, text: str) -> Mark:
        """Add a mark. Raises ValueError for a text that cannot be one."""
        return self._run(lambda db: tables.insert_mark(db, target, at, text))

    def change_mark(
        self, target: Target, mark_id: int, *, at: float | None = None, text: str | None = None
    ) -> Mark | None:
        """Change a mark; return None if the project has none of this id. Raises ValueError."""
        return self._run(lambda db: tables.update_mark(db, target, mark_id, at, text))

    def remove_mark(self, target: Target, mark_id: int) -> bool:
        """Remove a mark; return False if the project has none of this id."""
        return self._run(lambda db: tables.delete_mark(db, target, mark_id))

    def info(self) -> "Info":
        """Return the facts about the history."""
        from polytop.history import maintenance

        return self._run(lambda db: maintenance.info(db, self.path, self._size(db)), write=False)

    def prune(
        self,
        *,
        before: int | None,
        largest: int | None,
        pause: Callable[[], object] = lambda: None,
    ) -> "Pruned":
        """Remove whole days (UTC): those that end by `before`, then the oldest until it fits.

        `before` is in epoch seconds and takes marks with it, `largest` in bytes of the file; None
        is no bound. Other programs may work on the file meanwhile: each day goes by itself, and
        so does each part of the file that is given back; `pause` is called between.
        """
        from polytop.history import maintenance

        return maintenance.prune(self._run, self._size, before, largest, pause)

    def tidy(
        self, now: float, *, max_age: int, max_size: int, pause: Callable[[], object]
    ) -> "Pruned | None":
        """Prune to `max_age` (seconds before `now`) and `max_size` (bytes), once a day.

        None where any polytop has done so within a day before `now` (epoch seconds).
        """
        from polytop.history import maintenance

        if not self._run(lambda db: maintenance.claim(db, int(now))):
            return None
        return self.prune(before=int(now) - max_age, largest=max_size, pause=pause)

    def vacuum(self) -> tuple[int, int]:
        """Vacuum the file; return the bytes before and after."""
        from polytop.history import maintenance

        return self._run(lambda db: maintenance.vacuum(db, self._size), write=None)

    def _size(self, db: sqlite3.Connection) -> int:
        if self.path is not None:
            return database.size(_real(self.path))
        from polytop.history import maintenance

        return maintenance.bytes_in_use(db)

    def _run(
        self,
        work: Callable[[sqlite3.Connection], _T],
        *,
        write: bool | None = True,
        drops: bool = True,
    ) -> _T:
        """Run `work` in a transaction that writes or reads, or (None) in none; return its result.

        `drops` is whether what it writes may be of blocks that it does not drop itself.
        """
        begin = {True: "BEGIN IMMEDIATE", False: "BEGIN", None: None}[write]
        with self._lock:
            if write is not False and drops:
                self._blocks.clear()
            if not self._wanted:
                raise HistoryError(f"{show_path(self.path)} is not open", "start polytop again")
            moved = self.path is not None and database.identity(self.path) != self._identity
            if self._db is None or moved:
                # What is written to a file that was moved away would be lost.
                self._reopen(None)
            try:
                return self._attempt(work, begin)
            except Damaged as damage:
                self._reopen(damage)
            try:
                return self._attempt(work, begin)
            except Damaged as damage:
                raise self._hopeless(damage) from None

    def _attempt(self, work: Callable[[sqlite3.Connection], _T], begin: str | None) -> _T:
        db = self._db
        assert db is not None
        try:
            if begin is None:
                return work(db)
            db.execute(begin)
            try:
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise explain_sqlite(error, self.path) from error
        except UnicodeEncodeError:
            raise HistoryError(
                f"{show_path(self.path)} takes no text with lone surrogates", "check the settings"
            ) from None
        return result

    def _reopen(self, damage: Damaged | None) -> None:
        """Open the file; set it aside first if `damage` was found in it."""
        self._let_go()
        try:
            self._db = database.open_in_memory() if self.path is None else self._opened(damage)
        except Damaged as found:
            raise self._hopeless(found) from None
        except sqlite3.Error as error:
            raise explain_sqlite(error, self.path) from error
        except OSError as error:
            assert self.path is not None
            raise explain_system(error, self.path) from error

    def _opened(self, damage: Damaged | None) -> sqlite3.Connection:
        assert self.path is not None
        real = _real(self.path)
        with database.lock_file(real, self._patience):
            # Where another polytop has set it aside meanwhile, a new one is in its place.
            if damage is not None and database.identity(real) == self._identity:
                self._set_aside(real, damage)
            try:
                db = database.open_file(real, self._patience)
            except (Damaged, sqlite3.Error, UnicodeDecodeError) as error:
                found = error if isinstance(error, Damaged) else explain_sqlite(error, real)
                if not isinstance(found, Damaged):
                    raise
                self._set_aside(real, found)
                db = database.open_file(real, self._patience)
            self._identity = database.identity(real)
        return db

    def _set_aside(self, real: Path, damage: Damaged) -> None:
        if self.path is not None and self.path.is_symlink() and real.is_dir():
            raise HistoryError(
                f"{show_path(real)} is a folder", "put a file in its place, or nothing"
            )
        aside = database.set_aside(real, self._clock())
        self.note = (
            f"{show_path(real)} was damaged ({damage}): it is set aside as {show_path(aside)}"
        )

    def _hopeless(self, damage: Damaged) -> HistoryError:
        return HistoryError(
            f"{show_path(self.path)} was damaged ({damage}), and so is the new one",
            "check the disk",
        )


def _check_range(start: int, end: int) -> None:
    if not (grid.is_aligned(start) and grid.is_aligned(end)):
        raise ValueError("a range is read on the 5-minute grid only: align it first")


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
