"""The screen's preferences, kept from run to run in a small JSON file."""

import logging
from collections.abc import Sequence
from pathlib import Path

from polytop.config import file_access
from polytop.config.errors import ConfigError

log = logging.getLogger("polytop.config")

_NOTHING = object()
_KNOWN = {"columns", "forecast"}

_LONGEST = 65_536
"""The most characters of the file."""


def load_columns(path: Path) -> tuple[str, ...] | None:
    """Return the names of the table's columns in order; None if none are stored.

    A file that cannot be read is left alone and named in the log.
    """
    stored = _load(path)
    names = stored.get("columns", _NOTHING)
    if names is _NOTHING:
        return None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    _ignore(path)
    return None


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Store the names of the columns. Raises ConfigError."""
    _save(path, "columns", list(columns))


def load_forecast(path: Path) -> bool:
    """Return True if the graph shows the forecast."""
    return _load(path).get("forecast") is True


def save_forecast(path: Path, shown: bool) -> None:
    """Store whether the graph shows the forecast. Raises ConfigError."""
    _save(path, "forecast", shown)


def _load(path: Path) -> dict[str, object]:
    """The preferences by name; empty for a file that is not there or cannot be read."""
    try:
        text = file_access.read(path)
    except ConfigError as error:
        log.warning("%s is ignored: %s", path, error)
        return {}
    if text is None:
        return {}
    import json

    try:
        stored = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        # Too deep a nesting ends in a RecursionError.
        stored = None
    if isinstance(stored, dict) and stored.keys() & _KNOWN:
        return stored
    _ignore(path)
    return {}


def _ignore(path: Path) -> None:
    log.warning("%s is ignored: it holds no preferences; choosing anew replaces it", path)


def _save(path: Path, name: str, value: object) -> None:
    import json

    file_access.write(path, json.dumps({**_load(path), name: value}) + "\n", private=True)
