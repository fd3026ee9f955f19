"""Ends the process in time on a signal or a lost terminal, with the terminal restored.

A signal asks the app to leave. If it has not left within :data:`GRACE` (because its event loop is
stuck in a write to a terminal that does not read, say), the terminal is restored by hand and the
process ends at once. The same happens if the terminal is lost.
"""

import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, TextIO


def suspend_job() -> None:
    """Stop the whole job until the shell continues it; call it in the main thread.

    The system ignores the signal if there is no shell to continue the job, where a program that
    stopped itself would hang for ever.
    """
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        os.kill(0, signal.SIGTSTP)
    finally:
        signal.signal(signal.SIGTSTP, before)


GRACE = 1.2
"""Time for the app to leave by itself, seconds."""

RESTORE = (
    "\x18\x1b[<u\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?2026l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Aborts an unfinished sequence and resets every mode that a full-screen program sets."""

_NUDGE = signal.SIGURG
"""Interrupts a blocked write of a thread; ignored by default."""

_TRIES = 20
"""Attempts to write to a terminal that does not read, ten milliseconds apart."""

ALWAYS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the app even where they were ignored when it started."""

_OTHERS = ("KILL", "STOP", "CHLD", "CONT", "URG", "WINCH", "TSTP", "TTIN", "TTOU", "INFO")
_FAULTS = ("SEGV", "BUS", "FPE", "ILL")
"""Signals that end nothing, and those of a fault in the process: it would go on failing."""


def _ending_signals() -> set[int]:
    """Every signal that would end the process and can be handled."""
    left_out = {getattr(signal, f"SIG{name}", None) for name in (*_OTHERS, *_FAULTS)}
    return {
        number
        for number in signal.valid_signals() - left_out
        if number in ALWAYS or signal.getsignal(number) is signal.SIG_DFL
    }


def open_screen() -> TextIO | None:
    """The terminal to draw on: standard output, standard error, else the terminal of the process.

    None if there is none. What cannot be encoded is escaped.
    """
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None and stream.isatty():
            return _text(stream.fileno(), stream.encoding)
    with suppress(OSError):
        return _text(os.open("/dev/tty", os.O_WRONLY | os.O_CLOEXEC), None)
    return None


def _text(descriptor: int, encoding: str | None) -> TextIO:
    return open(descriptor, "w", encoding=encoding, errors="backslashreplace", closefd=False)


@contextmanager
def guard_terminal(
    leave: Callable[[int], None], screen: int
) -> Iterator[Callable[[int, str], None]]:
    """While entered, signals and a lost terminal call `leave` with an exit status, in any thread.

    `screen` is the descriptor of the terminal. It yields a function to call, with the exit
    status and the last words, when the app leaves by itself: it too has only :data:`GRACE`,
    because a thread that waits for an answer would delay the end.

    Enter it in the main thread, before the app takes over the terminal.
    """
    attributes = _attributes()
    ending = threading.Event()

    def leaves(status: int, words: str = "") -> None:
        if ending.is_set():
            return
        ending.set()
        timer = threading.Timer(GRACE, _end_now, (status, words, screen, attributes))
        timer.daemon = True
        timer.start()

    def end(status: int) -> None:
        if not ending.is_set():
            leaves(status)
            leave(status)

    def on_signal(number: int, _: FrameType | None) -> None:
        end(128 + number)

    before = {number: signal.signal(number, on_signal) for number in _ending_signals()}
    before[_NUDGE] = signal.signal(_NUDGE, _ignore)
    lost = threading.Thread(
        target=_watch_terminal, args=(lambda: end(128 + signal.SIGHUP),), daemon=True
    )
    lost.start()
    try:
        yield leaves
    except BaseException:
        with suppress(OSError, ValueError, termios.error):
            _restore(screen)
        _set_attributes(attributes)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(_: int, __: FrameType | None) -> None:
    """Do nothing: a handled signal interrupts a blocked call, an ignored one does not."""


def _attributes() -> list[Any] | None:
    with suppress(OSError, ValueError, AttributeError, termios.error):
        return termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]
    return None


def _set_attributes(attributes: list[Any] | None) -> None:
    with suppress(OSError, ValueError, AttributeError, termios.error):
        if attributes is not None:
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)  # type: ignore[union-attr]


def _watch_terminal(lost: Callable[[], None]) -> None:
    """Block until the terminal hangs up, then call `lost`."""
    with suppress(OSError, ValueError, AttributeError):
        poll = select.poll()
        poll.register(sys.__stdin__.fileno(), 0)  # type: ignore[union-attr]
        for _, event in poll.poll():
            if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                lost()


def _end_now(status: int, words: str, screen: int, attributes: list[Any] | None) -> None:
    with suppress(OSError, ValueError):
        _end_children()
    with suppress(OSError, ValueError, termios.error):
        _restore(screen)
    _set_attributes(attributes)
    if words:
        with suppress(OSError):
            os.write(2, f"{words}\n".encode())
    os._exit(status)


def _end_children() -> None:
    """End child processes that still run, if the system lists them."""
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            group = os.getpgid(child)
            if group != os.getpgrp():
                os.killpg(group, signal.SIGTERM)


def _restore(screen: int) -> None:
    """Write :data:`RESTORE` to the terminal `screen`, ahead of output that it has not read.

    Unread output is discarded to make room, and threads that block in a write are redirected. The
    terminal is opened again, so that others who share `screen` do not inherit non-blocking mode.
    """
    terminal = os.open(os.ttyname(screen), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    os.dup2(os.open(os.devnull, os.O_WRONLY), screen)
    for _ in range(_TRIES):
        for thread in threading.enumerate():
            if thread.ident not in (None, threading.get_ident()):
                signal.pthread_kill(thread.ident, _NUDGE)
        termios.tcflush(terminal, termios.TCOFLUSH)
        with suppress(BlockingIOError):
            if os.write(terminal, RESTORE.encode()) == len(RESTORE):
                return
        time.sleep(0.01)
