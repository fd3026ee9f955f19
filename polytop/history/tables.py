"""The tables: projects, scopes, series, marks, and slices that a server does not offer."""

import sqlite3

from polytop.history.errors import Damaged
from polytop.history.types import Scope
from polytop.model.answer import Part
from polytop.model.frozen import frozen
from polytop.model.mark import Mark, clean_mark_text
from polytop.model.target import SliceBy, Target


def number(value: object) -> int:
    """Return `value` if it is an integer. Raises Damaged."""
    if isinstance(value, int):
        return value
    raise Damaged("a number is none")


def text(value: object) -> str:
    """Return `value` if it is text. Raises Damaged."""
    if isinstance(value, str):
        return value
    raise Damaged("a text is none")


def text_or_none(value: object) -> str | None:
    """Return `value` if it is text or None. Raises Damaged."""
    return None if value is None else text(value)


def check_day(day: object, span: range) -> int:
    """Return `day` if it is one of `span`. Raises Damaged."""
    if number(day) in span:
        return number(day)
    raise Damaged("a day is out of order")


@frozen
class Named:
    """A series in the file with its last name.

    `name_end` is the end of the newest window that the name came with, `name_at` when it came:
    the greatest of both, in this order, is the name that counts.
    """

    id: int
    part: Part
    name: str | None = None
    name_end: int = 0
    name_at: int = 0


def find_project(db: sqlite3.Connection, target: Target) -> int | None:
    """Return the project's id, or None if it is not stored."""
    found = db.execute(
        "SELECT id FROM project WHERE account_id = ? AND project_id = ?",
        (target.account_id, target.project_id),
    ).fetchone()
    return None if found is None else number(found[0])


def project_of(db: sqlite3.Connection, target: Target) -> int:
    """Return the project's id; a new project is inserted."""
    found = find_project(db, target)
    if found is not None:
        return found
    names = (target.account_id, target.project_id)
    return _insert(db, "INSERT INTO project (account_id, project_id) VALUES (?, ?)", names)


def find_scope(db: sqlite3.Connection, scope: Scope) -> int | None:
    """Return the scope's id, or None if it is not stored."""
    project = find_project(db, scope.target)
    if project is None:
        return None
    found = db.execute(
        "SELECT id FROM scope WHERE project = ? AND base_url = ? AND client_env = ? "
        "AND variant_id IS ? AND variant_name IS ? AND language IS ? AND phone_number IS ? "
        "AND slice_by IS ?",
        (project, *_key(scope)),
    ).fetchone()
    return None if found is None else number(found[0])


def scope_of(db: sqlite3.Connection, scope: Scope) -> int:
    """Return the scope's id; a new scope is inserted."""
    found = find_scope(db, scope)
    if found is not None:
        return found
    return _insert(
        db,
        "INSERT INTO scope (project, base_url, client_env, variant_id, variant_name, language, "
        "phone_number, slice_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (project_of(db, scope.target), *_key(scope)),
    )


def series_of(db: sqlite3.Connection, scope: int) -> dict[Part, Named]:
    """Return every series of a scope."""
    rows = db.execute(
        "SELECT id, part, name, name_end, name_at FROM series WHERE scope = ?", (scope,)
    )
    return {named.part: named for named in (_read(*row) for row in rows)}


def _read(series: object, part: object, name: object, end: object, refusal_time: object) -> Named:
    return Named(
        number(series),
        Part(text_or_none(part)),
        text_or_none(name),
        number(end),
        number(refusal_time),
    )


def add_series(db: sqlite3.Connection, scope: int, part: Part) -> Named:
    """Insert a series of a scope, without a name yet."""
    number = _insert(
        db,
        "INSERT INTO series (scope, part, name_end, name_at) VALUES (?, ?, 0, 0)",
        (scope, part.id),
    )
    return Named(number, part)


def rename(db: sqlite3.Connection, named: Named) -> None:
    """Store the name of `named`."""
    db.execute(
        "UPDATE series SET name = ?, name_end = ?, name_at = ? WHERE id = ?",
        (named.name, named.name_end, named.name_at, named.id),
    )


def _key(scope: Scope) -> tuple[str | None, ...]:
    filters = scope.filters
    return (
        scope.target.base_url.rstrip("/"),
        str(filters.client_env),
        filters.variant_id,
        filters.variant_name,
        filters.language,
        filters.phone_number,
        None if scope.slice_by is None else str(scope.slice_by),
    )


def _insert(db: sqlite3.Connection, statement: str, values: tuple[str | int | None, ...]) -> int:
    number = db.execute(statement, values).lastrowid
    assert number is not None
    return number


_EARLIEST, _LATEST = -(1 << 62), 1 << 62


def marks(
    db: sqlite3.Connection, target: Target, start: int | None, end: int | None
) -> tuple[Mark, ...]:
    """Return the marks in `[start, end)`, by time; None is no bound."""
    rows = db.execute(
        "SELECT id, at, text FROM mark WHERE project = ? AND at >= ? AND at < ? ORDER BY at, id",
        (
            find_project(db, target),
            _EARLIEST if start is None else start,
            _LATEST if end is None else end,
        ),
    )
    return tuple(_read_mark(*row) for row in rows)


def insert_mark(db: sqlite3.Connection, target: Target, refusal_time: float, text: str) -> Mark:
    """Insert a mark. Raises ValueError for a text that cannot be one."""
    kept = int(refusal_time), clean_mark_text(text)
    number = db.execute(
        "INSERT INTO mark (project, at, text) VALUES (?, ?, ?)",
        (project_of(db, target), *kept),
    ).lastrowid
    assert number is not None
    return Mark(number, *kept)


def update_mark(
    db: sqlite3.Connection,
    target: Target,
    mark_id: int,
    refusal_time: float | None,
    text: str | None,
) -> Mark | None:
    """Change a mark; return None if the project has no such mark. Raises ValueError."""
    project = find_project(db, target)
    found = db.execute(
        "SELECT at, text FROM mark WHERE id = ? AND project = ?", (mark_id, project)
    ).fetchone()
    if found is None:
        return None
    before = _read_mark(mark_id, *found)
    mark = Mark(
        mark_id,
        before.at if refusal_time is None else int(refusal_time),
        before.text if text is None else clean_mark_text(text),
    )
    db.execute("UPDATE mark SET at = ?, text = ? WHERE id = ?", (mark.at, mark.text, mark_id))
    return mark


def delete_mark(db: sqlite3.Connection, target: Target, mark_id: int) -> bool:
    """Remove a mark; return True if the project had it."""
    project = find_project(db, target)
    gone = db.execute("DELETE FROM mark WHERE id = ? AND project = ?", (mark_id, project))
    return gone.rowcount > 0


def _read_mark(mark_id: object, refusal_time: object, words: object) -> Mark:
    return Mark(number(mark_id), number(refusal_time), text(words))


def _name(target: Target, slice_by: SliceBy) -> str:
    import json

    place = [target.base_url, target.account_id, target.project_id, slice_by.value]
    return f"refused {json.dumps(place)}"


def store_refusal(
    db: sqlite3.Connection, target: Target, slice_by: SliceBy, refusal_time: int
) -> None:
    """Store a refusal at `refusal_time` (epoch seconds)."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(target, slice_by), refusal_time),
    )


def refusal_time(db: sqlite3.Connection, target: Target, slice_by: SliceBy) -> int | None:
    """Return when the last refusal was."""
    query = "SELECT value FROM meta WHERE name = ?"
    found = db.execute(query, (_name(target, slice_by),)).fetchone()
    return None if found is None else number(found[0])
