"""Marks of a project: in the tables, whatever region and filters are watched."""

import sqlite3

from polytop.model.mark import Mark, marked_text
from polytop.model.target import Target
from polytop.monitor.history import columns, rooms

_EARLIEST, _LATEST = -(1 << 62), 1 << 62


def marks(
    db: sqlite3.Connection, target: Target, start: int | None, end: int | None
) -> tuple[Mark, ...]:
    """The marks in `[start, end)`, by time; None is no bound."""
    rows = db.execute(
        "SELECT id, at, text FROM mark WHERE project = ? AND at >= ? AND at < ? ORDER BY at, id",
        (
            rooms.find_project(db, target),
            _EARLIEST if start is None else start,
            _LATEST if end is None else end,
        ),
    )
    return tuple(_read(*row) for row in rows)


def add(db: sqlite3.Connection, target: Target, at: float, text: str) -> Mark:
    """A new mark. Raises ValueError for a text that cannot be one."""
    kept = int(at), marked_text(text)
    number = db.execute(
        "INSERT INTO mark (project, at, text) VALUES (?, ?, ?)",
        (rooms.project_of(db, target), *kept),
    ).lastrowid
    assert number is not None
    return Mark(number, *kept)


def change(
    db: sqlite3.Connection, target: Target, mark_id: int, at: float | None, text: str | None
) -> Mark | None:
    """The mark as it is then, or None where the project has no such mark. Raises ValueError."""
    project = rooms.find_project(db, target)
    found = db.execute(
        "SELECT at, text FROM mark WHERE id = ? AND project = ?", (mark_id, project)
    ).fetchone()
    if found is None:
        return None
    before = _read(mark_id, *found)
    mark = Mark(
        mark_id,
        before.at if at is None else int(at),
        before.text if text is None else marked_text(text),
    )
    db.execute("UPDATE mark SET at = ?, text = ? WHERE id = ?", (mark.at, mark.text, mark_id))
    return mark


def remove(db: sqlite3.Connection, target: Target, mark_id: int) -> bool:
    """Whether there was such a mark of the project."""
    project = rooms.find_project(db, target)
    gone = db.execute("DELETE FROM mark WHERE id = ? AND project = ?", (mark_id, project))
    return gone.rowcount > 0


def _read(number: object, at: object, text: object) -> Mark:
    return Mark(columns.number(number), columns.number(at), columns.text(text))
