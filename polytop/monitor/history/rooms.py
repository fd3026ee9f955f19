"""Which rows of the tables belong to a project, a scope and a part."""

import sqlite3
from dataclasses import dataclass

from polytop.model.answer import Part
from polytop.model.target import Target
from polytop.monitor.history import columns
from polytop.monitor.history.scope import Scope


@dataclass(frozen=True, slots=True)
class Named:
    """A series of the file with the name it was last given.

    `name_end` is the end of the newest window that the name came with, `name_at` when it came:
    the greatest of both, in this order, is the name that counts.
    """

    id: int
    part: Part
    name: str | None = None
    name_end: int = 0
    name_at: int = 0


def find_project(db: sqlite3.Connection, target: Target) -> int | None:
    """The project's id, or None where nothing is kept of it."""
    found = db.execute(
        "SELECT id FROM project WHERE account_id = ? AND project_id = ?",
        (target.account_id, target.project_id),
    ).fetchone()
    return None if found is None else columns.number(found[0])


def project_of(db: sqlite3.Connection, target: Target) -> int:
    """The project's id, made where it is new."""
    found = find_project(db, target)
    if found is not None:
        return found
    names = (target.account_id, target.project_id)
    return _inserted(db, "INSERT INTO project (account_id, project_id) VALUES (?, ?)", names)


def find_scope(db: sqlite3.Connection, scope: Scope) -> int | None:
    """The scope's id, or None where nothing is kept of it."""
    project = find_project(db, scope.target)
    if project is None:
        return None
    found = db.execute(
        "SELECT id FROM scope WHERE project = ? AND base_url = ? AND client_env = ? "
        "AND variant_id IS ? AND variant_name IS ? AND language IS ? AND phone_number IS ? "
        "AND slice_by IS ?",
        (project, *_key(scope)),
    ).fetchone()
    return None if found is None else columns.number(found[0])


def scope_of(db: sqlite3.Connection, scope: Scope) -> int:
    """The scope's id, made where it is new."""
    found = find_scope(db, scope)
    if found is not None:
        return found
    return _inserted(
        db,
        "INSERT INTO scope (project, base_url, client_env, variant_id, variant_name, language, "
        "phone_number, slice_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (project_of(db, scope.target), *_key(scope)),
    )


def series_of(db: sqlite3.Connection, scope: int) -> dict[Part, Named]:
    """Every series of a scope."""
    rows = db.execute(
        "SELECT id, part, name, name_end, name_at FROM series WHERE scope = ?", (scope,)
    )
    return {named.part: named for named in (_read(*row) for row in rows)}


def _read(number: object, part: object, name: object, end: object, at: object) -> Named:
    return Named(
        columns.number(number),
        Part(columns.text_or_none(part)),
        columns.text_or_none(name),
        columns.number(end),
        columns.number(at),
    )


def add_series(db: sqlite3.Connection, scope: int, part: Part) -> Named:
    """A new series of a scope, without a name yet."""
    number = _inserted(
        db,
        "INSERT INTO series (scope, part, name_end, name_at) VALUES (?, ?, 0, 0)",
        (scope, part.id),
    )
    return Named(number, part)


def rename(db: sqlite3.Connection, named: Named) -> None:
    """Keep the name of `named`."""
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


def _inserted(db: sqlite3.Connection, statement: str, values: tuple[str | int | None, ...]) -> int:
    number = db.execute(statement, values).lastrowid
    assert number is not None
    return number
