"""The terminal side of an export: the line of its progress, and signals that end it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from polytop.ui.cells import cut


class ProgressLine:
    """A line on a terminal that is written over; on anything else nothing."""

    def __init__(self, stream: TextIO | None) -> None:
        terminal = stream is not None and stream.isatty()
        self._stream = stream if terminal and os.environ.get("TERM") != "dumb" else None
        self._shown = False

    @property
    def visible(self) -> bool:
        """Whether someone is looking."""
        return self._stream is not None

    def show(self, text: str) -> None:
        """Show `text` in the place of what was shown."""
        if self._stream is not None:
            self._put(f"\r\x1b[K{cut(text, self._columns() - 1)}")
            self._shown = True

    def clear(self) -> None:
        """Leave the line empty."""
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _put(self, text: str) -> None:
        assert self._stream is not None
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()

    def _columns(self) -> int:
        assert self._stream is not None
        try:
            return max(20, os.get_terminal_size(self._stream.fileno()).columns)
        except (OSError, ValueError):
            return 80


@contextmanager
def unwind_on_signals() -> Iterator[None]:
    """Within it SIGINT, SIGTERM and SIGHUP unwind the program, so that it tidies up.

    One that is ignored stays ignored.
    """

    def end(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
