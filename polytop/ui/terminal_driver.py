"""Textual's driver, made safe: it draws on a chosen file, and survives stops and odd bytes."""

import logging
import os
import re
import selectors
import time
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable
from io import FileIO
from math import inf
from typing import Any, TextIO, cast

from rich.console import Console
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Offset

from polytop.ui.terminal_input import SequenceReader, escape_delay, messages_of
from polytop.ui.terminal_output import TerminalCopy

log = logging.getLogger("polytop.ui")

_QUESTION, _ANSWER = "\x1b[?2026$p", re.compile(r"\x1b\[\?2026;\d+\$y")
"""Asks whether the terminal draws synchronously: any answer will do."""

_BACKGROUND = "\x1b]11;?\x07"
_COLOUR = re.compile(
    r"\x1b\]11;rgba?:([\da-f]{1,4})/([\da-f]{1,4})/([\da-f]{1,4})(?:/[\da-f]{1,4})?(?:\x07|\x1b\\)",
    re.IGNORECASE,
)
"""Asks for the background, and the answer: red, green and blue. Source: xterm, "OSC Ps = 11"."""

_IN_TIME = 2.0
"""Seconds after which an answer about the background changes nothing: the eye has settled."""

_HOME = Offset(0, 0)
"""Where Textual has the cursor while there is no text to edit."""

_PIECE = 256
"""Characters that a terminal takes in at once, however slow the link."""

_Heed = Callable[[float, re.Match[str]], object]
"""Takes the seconds until the terminal has answered, and the answer."""


def _is_light(parts: Iterable[str]) -> bool:
    """Return True for a colour nearer to white than to black; `parts` are its hexadecimal parts."""
    red, green, blue = (int(part, 16) / int("f" * len(part), 16) for part in parts)
    brightness: float = 0.299 * red + 0.587 * green + 0.114 * blue
    return brightness > 0.5


def open_keyboard(terminal: int) -> FileIO:
    """Open the terminal of a descriptor once more, to read without waiting.

    While the program is stopped, the shell may take what was there to be read: a read that waits
    would then wait for the next key, and the program with it. The shell shares `terminal` itself,
    which stays as it is.
    """
    flags = os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return FileIO(os.open(os.ttyname(terminal), flags))
    except OSError:
        # It has no name here: in another mount namespace, or it is no terminal.
        return FileIO(os.dup(terminal))


class TerminalDriver(LinuxDriver):
    """Draws on `output`, a terminal, whatever standard error is."""

    def __init__(self, app: Any, *, output: TextIO, guarded: frozenset[str], **named: Any) -> None:
        super().__init__(app, **named)
        self._file = cast("Any", output)
        self._screen = output.fileno()
        self._guarded = guarded
        """See SequenceReader."""
        self._drawing = False
        self._wake: tuple[int, int] | None = None
        """A pipe: what is written to it wakes the thread that reads the keys."""
        self.copy = TerminalCopy()
        """What the terminal shows."""
        self._written: deque[tuple[float, int]] = deque()
        self.written = 0
        """Bytes for the terminal since the start."""
        self._questions: dict[re.Pattern[str], tuple[float, _Heed]] = {}
        """By the answer: when the terminal was asked, and who wants to know."""

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return columns and rows of the terminal; variables say what another one had."""
        try:
            columns, rows = os.get_terminal_size(self._screen)
        except (OSError, ValueError):
            return 80, 24
        return columns or 80, rows or 24

    def start_application_mode(self) -> None:
        """Take the terminal. In the background the process is stopped instead."""
        self._wake = self._wake or os.pipe()
        self.copy.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._drawing = self._key_thread is not None and self._key_thread.is_alive()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._drawing = False
        self.reset_style()
        super().stop_application_mode()

    def draw(
        self, update: LayoutUpdate | ChopsUpdate, console: Console, *, sync: bool, cursor: Offset
    ) -> None:
        """Write what `update` changes, if anything. A little of it comes whole without `sync`."""
        if text := self.copy.encode(update, console):
            if cursor != _HOME:
                text += f"\x1b[{cursor.y + 1};{cursor.x + 1}H"
            # Over a slow link no more is shown at once for it.
            held = sync and len(text) > _PIECE and not self.copy.few_colours
            self.write(f"{SYNC_START}{text}{SYNC_END}" if held else text)

    def reset_style(self) -> None:
        """Go back to the terminal's own style, before somebody else writes."""
        if text := self.copy.reset_style():
            self.write(text)

    def write(self, data: str) -> None:
        """Write `data`, and count it."""
        now, size = time.monotonic(), len(data.encode("utf-8", "replace"))
        self.written += size
        self._written.append((now, size))
        while self._written[0][0] < now - 60:
            self._written.popleft()
        super().write(data)

    def written_lately(self) -> int:
        """Return how many bytes there were for the terminal in the last minute."""
        now = time.monotonic()
        return sum(size for at, size in self._written if at >= now - 60)

    def measure_delay(self, answered: Callable[[float], object]) -> None:
        """Ask the terminal something; call `answered` with the seconds until it has answered."""
        self._ask(_QUESTION, _ANSWER, lambda seconds, _: answered(seconds))

    def ask_background(self, answered: Callable[[bool], object]) -> None:
        """Ask for the terminal's background; call `answered` with True if it is light.

        An answer that comes late, or none, is nothing.
        """

        def heed(seconds: float, found: re.Match[str]) -> None:
            if seconds < _IN_TIME:
                answered(_is_light(found.groups()))

        self._ask(_BACKGROUND, _COLOUR, heed)

    def _ask(self, question: str, answer: re.Pattern[str], heed: _Heed) -> None:
        self._questions[answer] = time.monotonic(), heed
        self.write(question)

    def _heed_answer(self, part: str) -> None:
        for answer in [*self._questions]:
            if found := answer.fullmatch(part):
                asked_at, heed = self._questions.pop(answer)
                self._loop.call_soon_threadsafe(heed, time.monotonic() - asked_at, found)

    def disable_input(self) -> None:
        """End the thread that reads the keys."""
        wake, self._wake = self._wake, None
        if wake is not None:
            os.write(wake[1], b"!")  # it stays there: the thread looks until it is told to end
        super().disable_input()
        for end in wake or ():
            os.close(end)

    # A signal handler may interrupt a write, whose lock it would wait for: the loop does the work.

    def _sigtstp_application(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._app.action_suspend_process)

    def _sigcont_application(self, *_: object) -> None:
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """Set up the terminal anew after a stop that came without a warning.

        What it was before polytop is put back first: else that would be forgotten.
        """
        if self._drawing:
            self.suspend_application_mode()
            self.resume_application_mode()
            self._app.refresh(layout=True)

    def run_input_thread(self) -> None:
        """Read the terminal until the app leaves."""
        parser = XTermParser(self._debug)
        reader = SequenceReader(escape_delay(os.environ), self._guarded)
        decode = getincrementaldecoder("utf-8")("replace").decode
        wake = self._wake[0] if self._wake else None
        with open_keyboard(self.fileno) as keyboard, selectors.SelectSelector() as selector:
            selector.register(keyboard, selectors.EVENT_READ)
            if wake is not None:
                selector.register(wake, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                left = reader.due - time.monotonic()
                ready = [
                    key.fd for key, _ in selector.select(None if left == inf else max(0, left))
                ]
                found: list[str] = []
                # None: what was there has gone to another reader.
                if keyboard.fileno() in ready and (text := decode(keyboard.read(4_096) or b"")):
                    found += reader.read(text, time.monotonic())
                found += reader.wait(time.monotonic())
                for part in found:
                    self._heed_answer(part)
                    for message in messages_of(part, parser):
                        self.process_message(message)

    def _run_input_thread(self) -> None:
        """Read keys until the app leaves. What cannot be understood is dropped."""
        while not self.exit_event.is_set():
            try:
                self.run_input_thread()
            except OSError:
                return  # The terminal is gone: its guard ends the process.
            except Exception as error:
                log.warning("input was dropped: %s", type(error).__name__)
