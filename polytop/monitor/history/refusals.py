"""Slices that a project's server does not offer (501), and when it said so."""

import sqlite3

from polytop.model.target import SliceBy, Target
from polytop.monitor.history import columns


def _name(target: Target, slice_by: SliceBy) -> str:
    import json

    place = [target.base_url, target.account_id, target.project_id, slice_by.value]
    return f"refused {json.dumps(place)}"


def note(db: sqlite3.Connection, target: Target, slice_by: SliceBy, at: int) -> None:
    """Note a refusal at `at` (epoch seconds)."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_name(target, slice_by), at),
    )


def at(db: sqlite3.Connection, target: Target, slice_by: SliceBy) -> int | None:
    """When the last refusal was."""
    query = "SELECT value FROM meta WHERE name = ?"
    found = db.execute(query, (_name(target, slice_by),)).fetchone()
    return None if found is None else columns.number(found[0])
