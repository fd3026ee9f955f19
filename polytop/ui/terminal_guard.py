"""The end, whatever happens: signals and a lost terminal end the process, restored, in time.

A signal asks the app to leave by itself. Where it has not left within :data:`GRACE` (its event
loop is stuck in a write to a terminal that does not read, say), the terminal is put back by
hand and the process ends at once. So it does where the terminal is gone for good.
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
from typing import Any


def suspend_job() -> None:
    """Stop the whole job until the shell continues it; to be called in the main thread.

    The signal is left to the system, which ignores it where no shell is there to continue the
    job: a program that stopped itself would hang there for good.
    """
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        os.kill(0, signal.SIGTSTP)
    finally:
        signal.signal(signal.SIGTSTP, before)


GRACE = 1.2
"""Seconds that the app has to leave by itself."""

RESTORE = (
    "\x18\x1b[<u\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?2026l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Breaks off a sequence under way, undoes every mode that a full-screen program switches on."""

_NUDGE = signal.SIGURG
"""Gets a thread out of a write that waits; does nothing where nobody heeds it."""

_TRIES = 20
"""Attempts, ten milliseconds apart, to write to a terminal that does not read."""

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@contextmanager
def guard_terminal(leave: Callable[[int], None]) -> Iterator[Callable[[int], None]]:
    """Within, signals and a lost terminal call `leave` with the exit status, from any thread.

    Gives a function that says, with the exit status, that the app leaves of its own accord: then
    too it has :data:`GRACE`, for a thread that waits for an answer would hold the process up.

    To be entered in the main thread, before the terminal is taken over.
    """
    attributes = _attributes()
    ending = threading.Event()

    def leaves(status: int) -> None:
        if ending.is_set():
            return
        ending.set()
        timer = threading.Timer(GRACE, _end_now, (status, attributes))
        timer.daemon = True
        timer.start()

    def end(status: int) -> None:
        if not ending.is_set():
            leaves(status)
            leave(status)

    def on_signal(number: int, _: FrameType | None) -> None:
        end(128 + number)

    before = {number: signal.signal(number, on_signal) for number in SIGNALS}
    before[_NUDGE] = signal.signal(_NUDGE, _ignore)
    lost = threading.Thread(
        target=_watch_terminal, args=(lambda: end(128 + signal.SIGHUP),), daemon=True
    )
    lost.start()
    try:
        yield leaves
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(_: int, __: FrameType | None) -> None:
    """Heed a signal by doing nothing: unlike an ignored one it ends a wait."""


def _attributes() -> list[Any] | None:
    with suppress(OSError, ValueError, AttributeError, termios.error):
        return termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]
    return None


def _watch_terminal(lost: Callable[[], None]) -> None:
    """Wait, at no cost, until the terminal hangs up."""
    with suppress(OSError, ValueError, AttributeError):
        poll = select.poll()
        poll.register(sys.__stdin__.fileno(), 0)  # type: ignore[union-attr]
        for _, event in poll.poll():
            if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                lost()


def _end_now(status: int, attributes: list[Any] | None) -> None:
    with suppress(OSError, ValueError):
        _end_children()
    with suppress(OSError, ValueError, AttributeError, termios.error):
        _put_back(sys.__stderr__.fileno())  # type: ignore[union-attr]
    with suppress(OSError, ValueError, AttributeError, termios.error):
        if attributes is not None:
            termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)  # type: ignore[union-attr]
    os._exit(status)


def _end_children() -> None:
    """End the commands that were started and are still waited for, where the system lists them."""
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            group = os.getpgid(child)
            if group != os.getpgrp():
                os.killpg(group, signal.SIGTERM)


def _put_back(screen: int) -> None:
    """Write :data:`RESTORE` to the terminal `screen`, past what it has not read.

    What waits to be read is thrown away to make room, and threads that wait to write more, and
    keep others from writing, are sent elsewhere. The terminal is opened anew, so that nobody
    who shares `screen` inherits a mode that does not wait.
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
