"""The history behind a cache: it survives a broken file, and the view survives its loss."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from polytop.history.errors import HistoryError, InUse
from polytop.history.store import History
from polytop.history.types import (
    COMPLETE,
    FINAL,
    PROVISIONAL,
    Scope,
    StoredAnswer,
    StoredSeries,
    silent_series,
)
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.mark import Mark
from polytop.model.nowcast import Growth
from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import SliceBy, Target
from polytop.monitor.nowcaster import Nowcaster
from polytop.monitor.view_data import (
    HistoryStore,
    RangeData,
    ViewData,
    read_view,
    scoped_series,
    total_series,
)

if TYPE_CHECKING:
    from polytop.monitor.forecaster import ProjectForecaster

log = logging.getLogger("polytop.monitor")

IN_USE_FOR = 60.0
"""Seconds for which a file that another program holds is left alone: each try has to wait."""


class HistoryCache:
    """A history in `path`, or in memory if that is None or broken.

    What cannot be written to the file is kept in memory, and what can be read of the file is read
    on. May be used from any thread; the file is opened at the first use. `patience` is the longest
    wait for another program, seconds.
    """

    def __init__(self, path: Path | None = None, patience: float | None = None) -> None:
        self._file = History(path, patience=patience)
        self._in_use_until = 0.0
        self._spare: History | None = None
        self._note: str | None = None
        self._lock = threading.Lock()
        self.problem: Problem | None = None

    def _fall_back(self, error: HistoryError) -> None:
        with self._lock:
            if self._spare is not None:
                return
            log.warning("%s", error)
            advice = f"Nothing is kept beyond this run: {error.advice}."
            self.problem = Problem(Kind.BROKEN, error.message, advice)
            spare = History(None)
            spare.open()
            self._spare = spare

    def _report_note(self) -> None:
        with self._lock:
            note = self._file.note
            if note is None or note == self._note:
                return
            log.warning("%s", note)
            self._note = note
            if self._spare is None:
                self.problem = Problem(Kind.BROKEN, note, "The monitor goes on.")

    def _try(self, call: Callable[[History], object], *, writes: bool = False) -> object | None:
        """Return what the file gives; None once it is broken."""
        if time.monotonic() < self._in_use_until:
            return None
        try:
            found = call(self._open())
        except HistoryError as error:
            # One that cannot be written may be read without waiting.
            if isinstance(error, InUse) and not writes:
                self._in_use_until = time.monotonic() + IN_USE_FOR
            self._fall_back(error)
            return None
        self._report_note()
        return found

    def forget_future(self, now: float) -> None:
        """Forget what was stored with a clock ahead of `now`."""
        self._try(lambda history: history.forget_future(now))
        if self._spare is not None:
            self._spare.forget_future(now)

    def read(self, scope: Scope, start: int, end: int) -> StoredSeries:
        """Return what is known of `scope` over `[start, end)`."""
        found = self._try(lambda history: history.read(scope, start, end))
        if self._spare is None:
            assert isinstance(found, StoredSeries)
            return found
        spare = self._spare.read(scope, start, end)
        return merge_stored(found, spare) if isinstance(found, StoredSeries) else spare

    def growth(self, scope: Scope, start: int, end: int) -> tuple[Growth, ...]:
        """Return what windows of a total were at each age."""
        found = self._try(lambda history: history.growth(scope, start, end))
        known = found if isinstance(found, tuple) else ()
        return known if self._spare is None else (*known, *self._spare.growth(scope, start, end))

    def keep_all(self, answers: Sequence[StoredAnswer]) -> None:
        """Store several answers at once."""
        if self._spare is None:
            self._try(lambda history: history.keep_all(answers), writes=True)
        if self._spare is not None:
            self._spare.keep_all(answers)

    def marks(self, target: Target, start: int, end: int) -> tuple[Mark, ...]:
        """Return the project's marks in the range."""
        found = self._try(lambda history: history.marks(target, start, end))
        return found if isinstance(found, tuple) else ()

    def refuse(self, target: Target, slice_by: SliceBy, at: float) -> None:
        """Store that the server did not offer a slice when asked at `at`."""
        if self._spare is None:
            self._try(lambda history: history.refuse(target, slice_by, at), writes=True)
        if self._spare is not None:
            self._spare.refuse(target, slice_by, at)

    def refused_at(self, target: Target, slice_by: SliceBy) -> float | None:
        """Return when that was last stored."""
        if self._spare is not None:
            return self._spare.refused_at(target, slice_by)
        found = self._try(lambda history: history.refused_at(target, slice_by))
        return found if isinstance(found, int) else None

    # Marks that cannot be kept are not kept for a while only: whoever puts one is told.

    def all_marks(self, target: Target) -> tuple[Mark, ...]:
        """Return every mark of the project. Raises HistoryError, as the changes below do."""
        return self._open().marks(target)

    def add_mark(self, target: Target, at: float, text: str) -> Mark:
        """Add a mark."""
        return self._open().add_mark(target, at, text)

    def change_mark(self, target: Target, mark_id: int, text: str) -> Mark | None:
        """Change a mark's text; return None if it is gone."""
        return self._open().change_mark(target, mark_id, text=text)

    def remove_mark(self, target: Target, mark_id: int) -> bool:
        """Remove a mark; return False if it was gone."""
        return self._open().remove_mark(target, mark_id)

    def _open(self) -> History:
        self._file.open()
        return self._file

    def close(self) -> None:
        """Close the file and what is in memory."""
        self._file.close()
        if self._spare is not None:
            self._spare.close()


def merge_stored(old: StoredSeries, new: StoredSeries) -> StoredSeries:
    """Return `new` laid over `old`, both of the same range."""
    asked = Series(old.start, tuple(map(max, old.asked.values, new.asked.values)))
    silent = silent_series(asked)
    known: dict[Part, Row] = {}
    for row in (*old.rows, *new.rows):
        before = known.get(row.part)
        name = row.name or (before.name if before else None)
        series = (before.series if before else silent).merge(row.series)
        known[row.part] = Row(row.part, name, series)
    rows = sorted(known.values(), key=lambda row: (row.part.id is None, row.part.id or ""))
    last = _later(old.last_asked, new.last_asked)
    newest = _later(old.newest_asked, new.newest_asked)
    return StoredSeries(old.start, old.end, asked, last, tuple(rows), old.revised, newest)


def _later(*moments: float | None) -> float | None:
    return max((at for at in moments if at is not None), default=None)


LOSS_SHOWN_FOR = 900.0
"""Seconds for which a loss is shown."""

_LOST = Problem(
    Kind.BROKEN,
    "The history was removed by another program, or a part of it",
    "What is shown is kept anew; the rest is asked for when it is looked at.",
)


class ViewHistory:
    """The history of one target. Its methods are slow (milliseconds) and safe in any thread.

    Without a `memory` it has one of its own, for as long as it is not closed. `zone` is that of the
    people who call, None the machine's own.
    """

    def __init__(
        self, memory: HistoryStore | None, target: Target, zone: tzinfo | None = None
    ) -> None:
        self._own = HistoryCache()
        self._memory: HistoryStore = memory or self._own
        self._target = target
        self._nowcaster = Nowcaster(self._memory, target)
        self._zone = zone
        self._forecaster: ProjectForecaster | None = None
        self._lock = threading.Lock()
        self._shown: ViewData | None = None
        self._lost_at: float | None = None

    def read_view(self, view: View, now: float, *, shown: bool = False) -> ViewData:
        """Return what is known of `view`; `shown` is True if the screen will show it."""
        with self._lock:
            self.forget_future(now)
            found = read_view(self._memory, self._target, view, now)
            if self._shown is not None and has_lost(self._shown, found, self._target):
                log.warning("%s", _LOST.summary)
                self._lost_at = now
                self._memory.keep_all(tuple(answers_of(self._shown, self._target)))
                found = read_view(self._memory, self._target, view, now)
            if shown:
                self._shown = found
            return found

    def with_outlook(self, snapshot: Snapshot, data: ViewData) -> Snapshot:
        """Return the snapshot with the likely ends of its windows, and with its forecast.

        Until the first answer no window has a likely end: the start does not wait for what it is
        learned from.
        """
        asked_at = None if snapshot.remembered else data.live.total.newest_asked
        nowcasts = self._nowcaster.predict(snapshot.view.filters, asked_at)
        outlook = None
        if data.past is not None:
            from polytop.monitor.forecaster import ProjectForecaster

            self._forecaster = self._forecaster or ProjectForecaster(self._zone)
            limit, past = snapshot.capacity.limit, total_series(data.past.total)
            outlook = self._forecaster.forecast(past, snapshot.at, limit)
        return replace(
            snapshot,
            nowcasts=nowcasts,
            final_after=self._nowcaster.final_after,
            outlook=outlook,
        )

    def forget_future(self, now: float) -> None:
        """Forget what was stored with a clock ahead of `now`."""
        self._memory.forget_future(now)

    def keep(self, answers: Sequence[StoredAnswer]) -> None:
        """Store answers."""
        self._memory.keep_all(answers)

    def refuse(self, slice_by: SliceBy, at: float) -> None:
        """Store that the server does not offer a slice."""
        self._memory.refuse(self._target, slice_by, at)

    def problem(self, now: float) -> Problem | None:
        """Return the problem of the history, if any."""
        fresh = self._lost_at is not None and abs(now - self._lost_at) < LOSS_SHOWN_FOR
        return self._memory.problem or (_LOST if fresh else None)

    def close(self) -> None:
        """Close the history that is this object's own."""
        self._own.close()


def has_lost(old: ViewData, new: ViewData, target: Target) -> bool:
    """Return True if `new` lacks windows that `old` had."""
    if old.view.filters != new.view.filters:
        return False
    return any(
        scope in known and _has_lost_windows(known[scope], stored)
        for one, two in zip(_ranges(old), _ranges(new), strict=False)
        for known in (dict(scoped_series(target, old.view, one)),)
        for scope, stored in scoped_series(target, new.view, two)
    )


def _ranges(data: ViewData) -> tuple[RangeData, ...]:
    return (data.live, data.shown, *data.earlier, *([data.lead] if data.lead else []))


def _has_lost_windows(old: StoredSeries, new: StoredSeries) -> bool:
    start, end = max(old.start, new.start), min(old.end, new.end)
    if start >= end or UNKNOWN not in new.asked.values:
        return False
    was, now = old.asked.cut(start, end).values, new.asked.cut(start, end).values
    return was != now and any(b == UNKNOWN < a for a, b in zip(was, now, strict=True))


def answers_of(data: ViewData, target: Target) -> Iterator[StoredAnswer]:
    """Yield answers that `data` could have come from: every window stays what it was."""
    for data_range in _ranges(data):
        for scope, stored in scoped_series(target, data.view, data_range):
            lower = frozenset(stored.asked.find(PROVISIONAL)).union(
                *(row.series.provisional for row in stored.rows)
            )
            for window in lower:
                yield StoredAnswer(scope, window, window + grid.STEP, stored.rows, max(1, window))
            rows = tuple(replace(row, series=row.series.complete()) for row in stored.rows)
            for start, end, at in _complete_runs(stored):
                yield StoredAnswer(scope, start, end, rows, at)


def _complete_runs(stored: StoredSeries) -> Iterator[tuple[int, int, float]]:
    """Yield the runs of complete windows, each with a possible moment of asking."""
    for state, start, end in stored.asked.runs():
        if state == FINAL and stored.last_asked is not None:
            yield start, end, stored.last_asked
        elif state == COMPLETE:
            # At the end of an hour its windows are complete, and none of them is final.
            for first, last in grid.split_range(start, end, grid.RECENT):
                yield first, last, last
