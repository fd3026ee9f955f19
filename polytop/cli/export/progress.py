"""The terminal side of an export: its progress line, and the signals that end it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from polytop.cli.output import columns_of
from polytop.model.terminal import is_dumb


class ProgressLine:
    """A line on a terminal that is overwritten; nothing on anything else."""

    def __init__(self, stream: TextIO | None) -> None:
        terminal = stream is not None and stream.isatty()
        self._stream = stream if terminal and not is_dumb(os.environ) else None
        self._shown = False

    @property
    def visible(self) -> bool:
        """True if the stream is a terminal."""
        return self._stream is not None

    def show(self, text: str) -> None:
        """Replace the line by `text`, cut to the width of the terminal."""
        if self._stream is not None:
            from polytop.ui.cells import cut

            self._write(f"\r\x1b[K{cut(text, max(20, columns_of(self._stream) or 80) - 1)}")
            self._shown = True

    def clear(self) -> None:
        """Empty the line."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _write(self, text: str) -> None:
        assert self._stream is not None
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


@contextmanager
def unwind_on_signals() -> Iterator[None]:
    """Make SIGINT, SIGTERM and SIGHUP raise an exception, so that the program cleans up.

    A signal that is ignored stays ignored.
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
