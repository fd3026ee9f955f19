"""The screen's preferences, kept from run to run in a small JSON file."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger("polytop.config")

_LARGEST = 65_536
"""The most bytes that are read."""


def load_columns(path: Path) -> tuple[str, ...] | None:
    """Return the names of the table's columns in order; None if none are stored.

    A file that cannot be read is left alone and named in the log.
    """
    try:
        # Without waiting: a named pipe in the file's place must not hold the program up.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        log.warning("%s is ignored: %s", path, error.strerror or "not readable")
        return None
    found = _decode(content)
    if found is None:
        log.warning("%s is ignored: it is no list of columns; choosing anew replaces it", path)
    return found


def _decode(content: bytes) -> tuple[str, ...] | None:
    import json

    try:
        # Too deep a nesting ends in a RecursionError.
        names = json.loads(content)["columns"] if len(content) <= _LARGEST else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names)


def save_columns(path: Path, columns: Sequence[str]) -> None:
    """Store the names of the columns. Raises ConfigError."""
    import json

    from polytop.config import file_access

    file_access.write(path, json.dumps({"columns": list(columns)}) + "\n", private=True)
