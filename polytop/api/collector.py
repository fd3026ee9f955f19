"""Gathers the rows of one answer into series, and keeps count of those left out."""

import logging
from collections.abc import Iterable

from polytop.api.limits import MOST_PARTS
from polytop.api.query import Query
from polytop.api.rows import Fault, WireRow
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, Series
from polytop.model.text import printable

_MOST_LINES = 20
"""Rows of one answer that are logged one by one."""

_log = logging.getLogger("polytop.api")


class Collector:
    """The series of one answer as they are read. The order of the rows does not matter."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._size = grid.count(query.start, query.end)
        self._slots: dict[str, int] = {}
        self._parts: dict[str | None, list[int]] = {}
        self._names: dict[str, tuple[int, str]] = {}
        self._ignored = 0

    def add(self, rows: Iterable[WireRow], first: int) -> None:
        """Take in `rows`, the first of which is number `first` of the answer."""
        slots, parts, names = self._slots, self._parts, self._names
        for index, row in enumerate(rows, first):
            slot = slots.get(row.time)
            if slot is None:
                found = self._slot(row.time)
                if isinstance(found, Fault):
                    self.leave_out(index, found)
                    continue
                slot = found
            name = row.name
            key = row.key or name or None
            values = parts.get(key)
            if values is None:
                if len(parts) >= MOST_PARTS:
                    self.leave_out(index, Fault("", f"is of more than {MOST_PARTS} parts"))
                    continue
                values = parts[key] = [GAP] * self._size
            # Half the cost of max(), and this runs a hundred thousand times an answer.
            if row.count > values[slot]:  # noqa: PLR1730
                values[slot] = row.count
            if name and key is not None:
                best = names.get(key)
                if best is None or (slot, name) > best:
                    names[key] = (slot, name)

    def leave_out(self, index: int, fault: Fault) -> None:
        """Count the row number `index` as impossible and log why."""
        self._ignored += 1
        if self._ignored <= _MOST_LINES:
            _log.warning("ignored $.intervals[%d]%s: %s", index, fault.field, fault.reason)

    def answer(self) -> Answer:
        """What was gathered, over exactly the range of the query, ordered by part."""
        if self._ignored:
            _log.warning("%d rows ignored in the answer for %s", self._ignored, self._query.path())
        if self._query.slice_by is None:
            values = self._parts.get(None) or [GAP] * self._size
            return Answer(Series(self._query.start, tuple(values)), (), self._ignored)
        return Answer(None, tuple(self._rows()), self._ignored)

    def _rows(self) -> Iterable[Row]:
        for key in sorted(self._parts, key=lambda key: (key is not None, key or "")):
            name = self._names.get(key) if key is not None else None
            series = Series(self._query.start, tuple(self._parts[key]))
            yield Row(Part(key), name[1] if name else None, series)

    def _slot(self, text: str) -> int | Fault:
        """Number of the window that `text` names, kept for the next row of the same window."""
        try:
            moment = grid.from_iso(text)
        except (ValueError, OverflowError):
            return Fault(".time", f"is no date with an offset: {printable(repr(text[:60]), 60)}")
        if not grid.on_grid(moment):
            return Fault(".time", f"is off the 5-minute grid: {printable(repr(text), 60)}")
        if not self._query.start <= moment < self._query.end:
            return Fault(".time", f"is outside the range asked for: {printable(repr(text), 60)}")
        slot = (int(moment) - self._query.start) // grid.STEP
        self._slots[text] = slot
        return slot
