"""The log: every failed request, and whatever else went wrong."""

import logging
from pathlib import Path

from polytop.config.paths import log_file

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class LateFile(logging.Handler):
    """The log file at `path`, made with the first record: see :mod:`polytop.cli.logfile`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write `record`; called under the handler's lock."""
        if self._file is None:
            from polytop.cli.logfile import PrivateRotatingFile

            self._file = PrivateRotatingFile(self._path)
            self._file.setFormatter(self.formatter)
        self._file.emit(record)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        super().close()


def open_log(path: Path | None = None) -> None:
    """Log polytop's warnings and errors to the file; nothing goes to the terminal."""
    handler = LateFile(path or log_file())
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("polytop")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
