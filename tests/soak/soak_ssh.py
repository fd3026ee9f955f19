"""The monitor over SSH and a slow link: ``python tests/soak/soak_ssh.py [MINUTES] [SIZE …]``.

Starts an sshd on loopback with keys of its own, and before it a link of 200 ms there and back and
64 kbit/s. Measures the monitor over it for so many minutes (2) at 120x40 and 80x24: the start, the
bytes, the keys; arrow keys torn while a poll runs, the end and a broken connection. The exit status
is 1 if anything is wrong. Needs Debian's openssh-server; says so where it is not there.
One at a time: as root it makes and removes `/run/sshd`.
"""

import re
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from program_home import new_home
from simulator_service import Service
from slow_link import SlowLink, SshServer, sshd
from terminal import POLYTOP, Terminal

from polytop.ui.paint_pace import APART

DELAY, RATE = 0.1, 64_000
"""Of the link, each way: seconds, bits a second."""

DATA = r"last 5 min +\d"
SPARED = r"low bandwidth"
WINDOW = r"· last 6 h"
SNOOZED = r"snoozed"
GAPS = (0.0, 0.02, 0.1, 0.2, 0.28, 0.35, 0.5, 0.8)
"""Seconds between the escape of a torn arrow key and its rest."""


def runs(home: dict[str, str]) -> bool:
    """Return True if a monitor of that home runs at the far end."""
    mark = f"HOME={home['HOME']}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is another's
            variables = (folder / "environ").read_bytes().split(b"\0")
            if mark in variables and any(each.startswith(b"SSH_TTY") for each in variables):
                return True
    return False


def ends(home: dict[str, str], seconds: float = 10.0) -> float | None:
    """Return how many seconds the monitors took to end, or None."""
    began = time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        if not runs(home):
            return took
        time.sleep(0.05)
    return None


def title(shown: str) -> str:
    """Return the line above the graph, which says what it is compared with."""
    return shown.splitlines()[4]


def reactions(terminal: Terminal, presses: int) -> Iterator[float]:
    """Choose another comparison again and again; yield the seconds until the title says so."""
    for _ in range(presses):
        before = title(terminal.settle(0.5))
        began = time.monotonic()
        terminal.send("c")
        terminal.wait_until(lambda shown, old=before: title(shown) != old)
        yield time.monotonic() - began


def torn(terminal: Terminal, service: Service) -> list[str]:
    """Press arrow keys, whole and torn, while polls run; return what they have done wrong."""
    service.play("slow")
    asked = service.answered()
    for gap in GAPS:
        terminal.send("r")
        for arrow in "ABCD":
            terminal.send_bytes(b"\x1b")
            terminal.pump_for(gap)
            terminal.send_bytes(f"[{arrow}".encode())
            terminal.pump_for(1.2)
    service.play("none")
    terminal.send("n")
    shown = terminal.settle(3)
    wrong = [] if re.search(WINDOW, shown) else ["a torn key has changed the window"]
    wrong += ["a torn key has silenced alerts"] if re.search(SNOOZED, shown) else []
    wrong += [] if service.answered() > asked else ["no poll has run"]
    # The same keys on purpose, so that the search for them is known to find them.
    terminal.send("A")
    terminal.wait_for(SNOOZED)
    terminal.send("A[")
    terminal.wait_until(lambda screen: not re.search(WINDOW, screen))
    return wrong


class Watch:
    """The monitor in a terminal of one size over the link; what is wrong with it is kept."""

    def __init__(self, size: str, folder: Path, service: Service, server: SshServer) -> None:
        self._size, self._service = size, service
        self._columns, self._rows = map(int, size.split("x"))
        self._home = new_home(folder / size)
        path = Path(self._home["XDG_CONFIG_HOME"]) / "polytop"
        service.write_profile(path)
        # The limit is passed at any time, so that there is an alert to silence.
        config = (path / "config.toml").read_text()
        (path / "config.toml").write_text(re.sub(r"limit = \d+", "limit = 4", config))
        self.link = SlowLink(server.port, DELAY, RATE)
        self._client = server.client(self.link.port)
        self.wrong: list[str] = []

    def tell(self, what: str, figure: str) -> None:
        """Print a figure."""
        print(f"{self._size:8} {what:52} {figure}", flush=True)

    def login(self) -> None:
        """What ssh takes by itself."""
        began = time.monotonic()
        command = [*self._client, "true"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        self.tell("ssh alone, with `true`", f"{time.monotonic() - began:.1f} s")

    def start(self, *options: str) -> Terminal:
        """Start the monitor at the far end and wait for its data."""
        # sshd hands no COLORTERM on.
        variables = [f"{name}={each}" for name, each in self._home.items() if name != "COLORTERM"]
        far = shlex.join(["env", *variables, *POLYTOP, *options])
        command = [*self._client, far]
        terminal = Terminal(command, self._home, columns=self._columns, rows=self._rows)
        terminal.wait_for(DATA)
        return terminal

    def settle(self, *options: str) -> Terminal:
        """Start it and wait until it is at rest; the figures of that."""
        before = self.link.sent
        words = " ".join(["start", *options])
        terminal = self.start(*options)
        self.tell(f"{words}: paint with data after", f"{terminal.chunks[-1][0]:.1f} s")
        terminal.wait_for(SPARED)
        self.tell(f"{words}: low bandwidth said after", f"{terminal.chunks[-1][0]:.1f} s")
        while terminal.pump_for(APART + 1) > 200:
            pass  # another picture, not an age that has grown
        last = max(at for at, chunk in terminal.chunks if len(chunk) > 100)
        self.tell(f"{words}: at rest after", f"{last:.1f} s")
        figure = f"{len(terminal.output):,} ({self.link.sent - before:,})"
        self.tell(f"{words}: bytes until then (and on the wire)", figure)
        return terminal

    def use(self, terminal: Terminal, minutes: float) -> None:
        """Watch it, press keys, quit."""
        before = self.link.sent
        steady = terminal.pump_for(60 * minutes) / minutes
        wire = (self.link.sent - before) / minutes
        self.tell("bytes a minute (and on the wire)", f"{steady:,.0f} ({wire:,.0f})")
        for words, scenario in (("at rest", "none"), ("while a poll runs", "slow")):
            self._service.play(scenario)
            terminal.send("r" * (scenario == "slow"))
            took = sorted(1_000 * each for each in reactions(terminal, 8))
            figure = f"{statistics.median(took):.0f} ms, {took[-1]:.0f} ms"
            self.tell(f"key until its line is there, {words}: median, worst", figure)
        done = torn(terminal, self._service)
        self.tell("arrow keys torn while polls run", "; ".join(done) or "nothing done")
        terminal.send("q")
        status, left = terminal.wait_exit(), terminal.modes_left()
        self.tell("q: exit status, modes left", f"{status}, {', '.join(left) or 'none'}")
        self.wrong += done + ["q does not end it well"] * bool(status or left)

    def break_off(self, words: str, how: Callable[[Terminal], object]) -> None:
        """Break the connection and wait for the end of the monitor."""
        with self.start() as terminal:
            if not runs(self._home):
                raise RuntimeError("no monitor is found at the far end")
            how(terminal)
            took = ends(self._home)
        self.tell(f"{words}: the monitor ends after", "-" if took is None else f"{took:.1f} s")
        self.wrong += [f"it outlives: {words}"] * (took is None)


def measure(size: str, minutes: float, folder: Path) -> list[str]:
    """Print the figures of a terminal of that size; return what is wrong."""
    (folder / size).mkdir()
    with Service() as service, SshServer(folder / size) as server:
        watch = Watch(size, folder, service, server)
        with closing(watch.link):
            watch.login()
            watch.settle("--low-bandwidth").close()
            with watch.settle() as terminal:
                watch.use(terminal, minutes)
            watch.break_off("the link is cut", lambda _: watch.link.cut())
            watch.break_off("ssh is killed", lambda terminal: terminal.kill(signal.SIGKILL))
    return [f"{size}: {each}" for each in watch.wrong]


def main(minutes: float, sizes: list[str]) -> int:
    """Measure; return the exit status."""
    if sshd() is None:
        print("skipped: there is no sshd here (Debian: openssh-server)")
        return 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            wrong += measure(size, minutes, Path(folder))
    print("\n".join(wrong) or "nothing wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    asked = sys.argv[1:]
    chosen = [each for each in asked if "x" in each] or ["120x40", "80x24"]
    numbers = [float(each) for each in asked if "x" not in each] or [2.0]
    sys.exit(main(numbers[0], chosen))
