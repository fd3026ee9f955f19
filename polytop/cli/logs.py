"""The log file: failed requests and other errors."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from polytop.config.paths import log_file
from polytop.model.private_file import make_folder, open_private
from polytop.model.secret import redact_all

_SIZE, _KEPT = 1_000_000, 3


class PrivateRotatingFile(RotatingFileHandler):
    """A rotating log that only its owner can read. The file is made with the first record."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_SIZE, backupCount=_KEPT, delay=True, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        make_folder(path.parent)
        handle = open_private(path, os.O_WRONLY | os.O_APPEND)
        return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Do nothing: a log that cannot be written must not write over the screen."""


class _Formatter(logging.Formatter):
    """Takes the keys that the process holds out of tracebacks."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback of `ei`, an exception with its type and frames."""
        return redact_all(super().formatException(ei), os.environ)


_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def open_log(path: Path | None = None) -> None:
    """Write polytop's log records to the file at `path`; nothing goes to the terminal."""
    handler = PrivateRotatingFile(path or log_file())
    handler.setFormatter(_Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S%z"))
    # An error that nobody waits for must not be written over the screen.
    logging.getLogger("asyncio").addHandler(logging.NullHandler())
    logger = logging.getLogger("polytop")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
