"""The log of alerts: a file of JSON lines with a size limit, safe against crashes."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polytop.alerts.messages import WatchedCalls, event_fields
from polytop.alerts.state import Event
from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.private_file import make_folder, open_private, read_regular
from polytop.model.stats import Severity
from polytop.model.text import printable

LARGEST = 1_000_000
"""Bytes at which the log is renamed and a new one begun; one old log is kept."""

_TEXT = 300
"""Longest text shown of a line, in characters."""


@frozen
class LogEntry:
    """A line of the log, made safe to show; moments in epoch seconds.

    `since` and `ended` are those of the event, None where an older polytop did not write them.
    `calls` are what its rules count: see :attr:`polytop.alerts.messages.WatchedCalls.names`.
    """

    at: float
    profile: str
    alert: str
    event: str
    state: Severity
    text: str
    severity: Severity
    since: float | None = None
    ended: float | None = None
    calls: tuple[str, ...] = ()
    told: bool = False


class AlertLog:
    """The log at `path`; several processes may write to it at once.

    Its folder has mode 0700, the file mode 0600.
    """

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path, self._largest = path, largest

    @property
    def _older(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")

    def append(self, watched: WatchedCalls, event: Event) -> None:
        """Append one event in a single write. Raises OSError."""
        line = json.dumps(event_fields(watched, event), ensure_ascii=False).encode() + b"\n"
        make_folder(self.path.parent)
        descriptor = self._open()
        try:
            if self._rotate(descriptor, len(line)):
                self._write(line)
            else:
                _append_line(descriptor, line)
        finally:
            os.close(descriptor)

    def _write(self, line: bytes) -> None:
        descriptor = self._open()
        try:
            _append_line(descriptor, line)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        descriptor = open_private(self.path, os.O_RDWR | os.O_APPEND)
        os.fchmod(descriptor, 0o600)
        return descriptor

    def _rotate(self, descriptor: int, more: int) -> bool:
        """Return True if the open file had no room for `more` bytes and was renamed."""
        size = os.fstat(descriptor).st_size
        if not size or size + more <= self._largest:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # Another process may have renamed the same file before.
        if os.path.samestat(os.fstat(descriptor), self.path.stat()):
            self.path.replace(self._older)
        return True

    def newest(self) -> Iterator[LogEntry]:
        """Yield the entries, newest first; skips invalid lines. Raises OSError."""
        for path in (self.path, self._older):
            try:
                content = read_regular(path, 2 * self._largest)
            except FileNotFoundError:
                continue
            for line in reversed(content.split(b"\n")):
                entry = _entry(line)
                if entry is not None:
                    yield entry


def _append_line(descriptor: int, line: bytes) -> None:
    """Append in a single write, so that the lines of several processes do not mix."""
    size = os.fstat(descriptor).st_size
    # A line that a crash cut short must not spoil this one.
    torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
    os.write(descriptor, b"\n" + line if torn else line)


def _entry(line: bytes) -> LogEntry | None:
    try:
        values = json.loads(line)
        return LogEntry(
            at=grid.from_iso(values["at"]),
            **{name: _text(values[name]) for name in ("profile", "alert", "event", "text")},
            state=Severity[values["state"]],
            severity=Severity[str(values.get("severity", values["state"])).upper()],
            since=_moment(values.get("since")),
            ended=_moment(values.get("ended")),
            calls=tuple(str(values.get(name)) for name in WatchedCalls.FIELDS),
            told=values.get("told") is True,
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _moment(value: Any) -> float | None:
    return None if value is None else grid.from_iso(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return printable(value, _TEXT)
