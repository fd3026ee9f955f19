"""Panning and zooming through a year of 50 variants, as a terminal sees it.

Run by hand: ``python tests/benchmarks/bench_time.py [--weeks 53]``. A history of that many weeks
is made by the simulator's traffic, 365 days and 50 variants are 5.3 million rows; the monitor
runs on it in a pty of 120×40, without a service. For each key: milliseconds from the key to the
last byte that it causes (the first is printed too), then the memory of the process and the size
of the file.
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

from bench_screen import COLUMNS, ROWS, _environment  # noqa: E402
from bench_start import PROFILE, fill  # noqa: E402
from terminal import Terminal  # noqa: E402

from polytop.history.store import History  # noqa: E402

LEFT, RIGHT, PAN_LEFT, PAN_RIGHT = "\x1b[D", "\x1b[C", "\x1b[1;2D", "\x1b[1;2C"
QUIET = 0.25
"""Seconds without a picture's bytes after which a key has had its effect."""

TICK = 60
"""Bytes up to which a write is the clock's, which ticks every second."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=53, help="weeks in the history")
    parser.add_argument("--keys", type=int, default=12, help="keys at each span")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**_environment(folder), "POLYTOP_API_KEY": "simulator"}
        (folder / "config" / "polytop" / "config.toml").write_text(PROFILE)
        path = folder / "data" / "polytop" / "history.sqlite3"
        begun = time.monotonic()
        fill(path, asked.weeks * 7 * 86_400)
        print(f"{asked.weeks} weeks made in {time.monotonic() - begun:.0f} s")
        with closing(History(path)) as history:
            history.open()
            print(f"file {history.info().size / 1e6:.1f} MB, {history.info().pages} pages")
        print(f"{'span':8}{'key':>12}{'median':>8}{'worst':>8}{'first':>8}{'MB':>8}   ms")
        for span in ("6h", "24h", "7d", "30d", "90d"):
            _spans(env, span, asked.keys, asked.weeks)


def _spans(env: dict[str, str], span: str, keys: int, weeks: int) -> None:
    # The service is not there: between two polls nothing but a key changes the screen.
    command = (sys.executable, "-P", "-m", "polytop", "--interval", "1h", "--window", span)
    chance = random.Random(1)
    with Terminal(command, env, columns=COLUMNS, rows=ROWS, draws=False) as terminal:
        terminal.pump_for(4)
        # Somewhere else in the year each time: nothing is warm.
        back = chance.randrange(10, max(11, weeks * 7 - 95))
        terminal.send("g")
        terminal.pump_for(0.6)
        terminal.send(f"-{back}d\r")
        terminal.pump_for(1.5)
        for what, each in (
            ("pan", [PAN_LEFT] * keys),
            ("pan back", [PAN_RIGHT] * keys),
            ("zoom", ["+", "-"] * (keys // 2)),
            ("cursor", [LEFT] * keys),
        ):
            pairs = [pair for key in each if (pair := _effect(terminal, key))]
            last = [pair[1] for pair in pairs]
            first = median(pair[0] for pair in pairs)
            figures = "".join(f"{1e3 * t:8.0f}" for t in (median(last), max(last), first))
            print(f"{span:8}{what:>12}{figures}{_memory(terminal.pid):8.0f}")
        terminal.send("q")
        terminal.wait_exit()


def _effect(terminal: Terminal, key: str) -> tuple[float, float] | None:
    """Seconds from the key to the first and to the last byte that it causes; None without any."""
    while _burst(terminal, QUIET):
        pass
    sent = time.monotonic()
    terminal.send(key)
    times = _burst(terminal, 3)
    offset = sent - terminal.started
    return (times[0] - offset, times[-1] - offset) if times else None


def _burst(terminal: Terminal, wait: float) -> list[float]:
    """When the bytes of pictures came that begin within `wait` seconds, up to a pause."""
    before, until = len(terminal.chunks), time.monotonic() + wait
    times: list[float] = []
    while time.monotonic() < until:
        terminal.pump(0.02)
        found = [at for at, chunk in terminal.chunks[before:] if len(chunk) > TICK]
        if len(found) > len(times):
            times, until = found, time.monotonic() + QUIET
    return times


def _memory(process: int) -> float:
    """Resident memory, MB."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1e3


if __name__ == "__main__":
    main()
