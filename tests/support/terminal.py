"""A real pseudo-terminal with a program in it, as a user has it before them."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from patience import PATIENCE
from terminal_modes import modes_left
from terminal_picture import Picture

POLYTOP = [sys.executable, "-m", "polytop"]
"""The program, as a command."""

LEADER = Path(__file__).with_name("terminal_leader.py")

_QUESTIONS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
}

BACKGROUND = b"\x1b]11;?\x07"
"""Asks for the colour of the background."""


class Terminal:
    """Runs `command` in a terminal of `columns` by `rows`. A context manager that ends it.

    Output is read only while one of the waits runs: whoever does not wait is a terminal that
    has stalled. `chunks` are all reads, as (seconds since the start, bytes). `sent` are the
    last keys and sizes. The screen is known only while it `draws`. Questions of the program
    are answered after `answers_after` seconds, as over a slow link. That for the
    background is answered with `background`, if there is one.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 40,
        draws: bool = True,
        answers_after: float = 0.0,
        background: bytes | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        self._set_size(columns, rows)
        self._attributes: list[Any] = termios.tcgetattr(slave)
        self._picture = Picture(columns, rows)
        self.draws = draws
        self._answers_after = answers_after
        self._background = background
        self.chunks: list[tuple[float, bytes]] = []
        self.sent: deque[bytes | tuple[int, int]] = deque(maxlen=40)
        self._leader = subprocess.Popen(
            [sys.executable, "-S", "-E", str(LEADER), os.ttyname(slave), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(env),
            start_new_session=True,
            bufsize=0,
        )
        os.close(slave)
        process, started = self._read_report()
        self.pid, self.started = int(process), float(started)
        self._end: tuple[int, float, float] | None = None

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_report(self) -> list[bytes]:
        assert self._leader.stdout is not None
        return self._leader.stdout.readline().split()

    # What a user sees

    @property
    def output(self) -> bytes:
        """Everything that was written so far."""
        return b"".join(chunk for _, chunk in self.chunks)

    def screen(self) -> str:
        """Return the text on the terminal now."""
        return self._picture.text()

    def wait_until(self, holds: Callable[[str], object], seconds: float = PATIENCE) -> str:
        """The screen, as soon as it `holds`. Raises AssertionError with the screen in it."""
        ends = time.monotonic() + seconds
        while not holds(shown := self.screen()):
            ended = self.ended()
            self.pump(0.05)
            if holds(self.screen()):
                return self.screen()
            if ended or time.monotonic() > ends:
                how = f"ended with {self.status}" if ended else f"not within {seconds} s"
                raise AssertionError(f"{how}:\n{self.screen()}")
        return shown

    def wait_for(self, pattern: str, seconds: float = PATIENCE) -> str:
        """The screen, as soon as `pattern` is found in it."""
        sought = re.compile(pattern, re.MULTILINE)
        return self.wait_until(sought.search, seconds)

    def settle(self, quiet: float = 0.2, seconds: float = PATIENCE) -> str:
        """The screen, as soon as the program says nothing for `quiet` seconds (a clock ticks)."""
        ends = time.monotonic() + seconds
        while self.pump(quiet) and time.monotonic() < ends:
            pass
        return self.screen()

    def pump(self, seconds: float) -> int:
        """Read what comes first within `seconds`, and what is there beside it; bytes read."""
        size, wait = 0, seconds
        while select.select([self._master], [], [], wait)[0]:
            try:
                chunk = os.read(self._master, 65_536)
            except OSError:
                break
            self.chunks.append((time.monotonic() - self.started, chunk))
            self._answer(chunk)
            if self.draws:
                self._picture.feed(chunk)
            size, wait = size + len(chunk), 0.01
        return size

    def pump_for(self, seconds: float) -> int:
        """Read for `seconds`; bytes read."""
        ends, size = time.monotonic() + seconds, 0
        while (left := ends - time.monotonic()) > 0:
            size += self.pump(left)
        return size

    def wait_readable(self, seconds: float) -> bool:
        """Return True if there is output to read within `seconds`."""
        return bool(select.select([self._master], [], [], seconds)[0])

    def _answer(self, chunk: bytes) -> None:
        for question, answer in _QUESTIONS.items():
            if question in chunk:
                time.sleep(self._answers_after)
                os.write(self._master, answer)
        if self._background is not None and BACKGROUND in chunk:
            os.write(self._master, self._background)

    # What a user does

    def send(self, keys: str) -> None:
        """Press keys."""
        self.send_bytes(keys.encode())

    def send_bytes(self, keys: bytes) -> None:
        """Send what need not be text."""
        self.sent.append(keys)
        os.write(self._master, keys)

    def resize(self, columns: int, rows: int) -> None:
        """Drag the window to another size."""
        self.sent.append((columns, rows))
        self._set_size(columns, rows)
        self._picture.resize(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, number: signal.Signals) -> float:
        """Send a signal; when that was (monotonic)."""
        os.kill(self.pid, number)
        return time.monotonic()

    def close_master(self) -> float:
        """Take the terminal away; when that was (monotonic)."""
        os.close(self._master)
        self._master = -1
        return time.monotonic()

    # How it ends

    def ended(self) -> bool:
        """True if the program is over."""
        if self._end is None and select.select([self._leader.stdout], [], [], 0)[0]:
            status, at, cpu = self._read_report()
            self._end = int(status), float(at), float(cpu)
        return self._end is not None

    @property
    def status(self) -> int:
        """The exit status, negative for a signal."""
        assert self._end is not None
        return self._end[0]

    @property
    def ended_at(self) -> float:
        """When it ended (monotonic seconds)."""
        assert self._end is not None
        return self._end[1]

    def wait_exit(self, seconds: float = PATIENCE, *, reads: bool = True) -> int:
        """The exit status; a terminal that does not read lets the program wait."""
        ends = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > ends:
                raise AssertionError(f"still running after {seconds} s:\n{self.screen()}")
            sources = [self._leader.stdout]
            if reads and self._master >= 0:
                sources.append(self._master)
            if self._master in select.select(sources, [], [], 0.1)[0]:
                self.pump(0)
        if self._master >= 0:
            self.pump(0)
        return self.status

    def cpu(self) -> float:
        """Seconds of CPU time that the program has taken so far, to the 10 ms."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        user, system = stat[stat.rindex(")") + 2 :].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def busy(self) -> bool:
        """Return True if the program works, or would if the machine let it."""
        for task in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            with suppress(OSError):  # a thread that has just ended
                stat = task.read_text()
                if stat[stat.rindex(")") + 2] not in "SZ":
                    return True
        return False

    def modes_left(self) -> set[str]:
        """Return the modes and attributes that the program left changed."""
        left = modes_left(self.output)
        if termios.tcgetattr(self._master) != self._attributes:
            left.add("attributes")
        return left

    def left_behind(self) -> list[int]:
        """Ids of processes of the program's session that are still there."""
        return [
            process
            for process in (int(path.name) for path in Path("/proc").glob("[0-9]*"))
            if process != self._leader.pid and _session(process) == self._leader.pid
        ]

    def close(self) -> None:
        """End everything, by force where that is needed."""
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
        for process in self.left_behind():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._leader.communicate()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


def _session(process: int) -> int | None:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    state, _, _, session, *_ = stat[stat.rindex(")") + 2 :].split()
    return int(session) if state not in "ZX" else None
