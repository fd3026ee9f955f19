"""The errors of the history, in words for the user."""

from pathlib import Path
from typing import TYPE_CHECKING

from polytop.model.problem import FixableError
from polytop.model.text import printable

if TYPE_CHECKING:
    import sqlite3

_IN_USE = {5, 6}
"""SQLITE_BUSY and SQLITE_LOCKED."""

_DAMAGED = {11, 26}
"""SQLITE_CORRUPT and SQLITE_NOTADB."""

_WORDS = {
    3: ("may not be read or written", "check its permissions and those of its folder"),
    8: ("may not be written", "check its permissions, those of its folder, and the disk"),
    10: ("cannot be read or written", "check the disk"),
    13: ("has no room left on the disk", "free some, or run: polytop history prune"),
    14: ("cannot be opened", "check its permissions and those of its folder"),
    23: ("may not be read or written", "check its permissions and those of its folder"),
}
"""Problem and advice by SQLite's primary result codes (https://sqlite.org/rescode.html)."""


class HistoryError(FixableError):
    """The history cannot be used."""


class InUse(HistoryError):  # noqa: N818 - a state of the file rather than what failed
    """Another program keeps the file from being used."""


class Damaged(Exception):  # noqa: N818 - what the file is, rather than what failed
    """The file is damaged and must be set aside. The text says how."""


def show_path(path: Path | None) -> str:
    """Return a path that is safe to show."""
    return "the history in memory" if path is None else printable(str(path))


def explain_sqlite(
    error: "sqlite3.Error | UnicodeDecodeError", path: Path | None
) -> HistoryError | Damaged:
    """Return the error for the user of an SQLite `error` at `path`."""
    if isinstance(error, UnicodeDecodeError):
        return Damaged("a text in it is none")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # Text that is no UTF-8 is the one operational error that comes without a code.
    undecodable = not code and type(error).__name__ == "OperationalError"
    if code in _DAMAGED or undecodable:
        return Damaged(printable(str(error), 200))
    if code in _IN_USE:
        problem = f"{show_path(path)} is in use by another program for too long"
        return InUse(problem, "end that program, or wait for it")
    what, advice = _WORDS.get(
        code, (f"cannot be used ({printable(str(error), 200)})", "move it to another place")
    )
    return HistoryError(f"{show_path(path)} {what}", advice)


def explain_system(error: OSError, path: Path) -> HistoryError:
    """Return the error for the user of a system error at `path`."""
    reason = error.strerror or "it cannot be opened"
    return HistoryError(
        f"{show_path(path)}: {reason}", "check the path, its permissions and those of its folder"
    )
