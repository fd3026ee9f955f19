"""The screen's preferences, kept from run to run in a small JSON file."""

import logging
from collections.abc import Sequence
from pathlib import Path

from polytop.config import file_access
from polytop.config.errors import ConfigError

log = logging.getLogger("polytop.config")

_LONGEST = 65_536
"""The most characters of the file."""


def load_columns(path: Path) -> tuple[str, ...] | None:
    """Return the names of the table's columns in order; None if none are stored.

    A file that cannot be read is left alone and named in the log.
    """
    try:
        text = file_access.read(path)
    except ConfigError as error:
        log.warning("%s is ignored: %s", path, error)
        return None
    if text is None:
        return None
    import json

    try:
        names = json.loads(text)["columns"] if len(text) <= _LONGEST else None
    except (ValueError, LookupError, TypeError, RecursionError):
        # Too deep a nesting ends in a RecursionError.
        names = None
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    log.warning("%s is ignored: it is no list of columns; choosing anew replaces it", path)
    return None


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Store the names of the columns. Raises ConfigError."""
    import json

    file_access.write(path, json.dumps({"columns": list(columns)}) + "\n", private=True)
