"""How soon the screen is there and what it costs, beside a bare Textual app, in one run.

Run by hand: ``python tests/benchmarks/bench_screen.py``. Start-up: medians over interleaved runs,
from the start of the process to the output that makes the text appear. Steady state: bytes to
the terminal and CPU time of the process, over a minute, after five seconds. Latency: from a key
to the first byte that it causes. The terminal reads at once and draws only afterwards.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from simulator_service import Service  # noqa: E402
from terminal import Terminal  # noqa: E402
from terminal_picture import Picture  # noqa: E402

COLUMNS, ROWS = 120, 40
BARE = """
from textual.app import App
from textual.widgets import Footer, Header, Label

class Bare(App):
    BINDINGS = [("q", "quit", "Quit"), ("s", "toggle_dark", "Other theme")]

    def compose(self):
        yield Header()
        yield Label("Hello")
        yield Footer()

Bare().run()
"""
FRAME = r"connecting|live ·"
DATA = r"(?s)^ NOW (≥ )?\d+ .*(All conversations|Total) +\d+ "


@dataclass(frozen=True)
class Program:
    """A command, what its frame and its data look like, and a key that it answers to."""

    name: str
    command: tuple[str, ...]
    marks: tuple[str, ...]
    key: str = "s"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="starts of each program")
    parser.add_argument("--steady", type=float, default=60.0, help="seconds of steady state")
    parser.add_argument("--keys", type=int, default=15, help="keys pressed for the latency")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Service() as service:
        env = _environment(Path(folder))
        service.write_profile(Path(folder) / "config" / "polytop")
        programs = _programs()
        starts: dict[str, list[tuple[float, ...]]] = {program.name: [] for program in programs}
        for run in range(asked.runs + 1):
            for program in programs:
                times = _start(program, env)
                if run:  # the first run fills caches
                    starts[program.name].append(times)
        _print_starts(programs, starts)
        for program in programs:
            _print_steady(program, env, asked.steady, asked.keys)


def _programs() -> tuple[Program, ...]:
    python = sys.executable
    return (
        Program("bare Textual app", (python, "-c", BARE), (r"Hello",)),
        Program("polytop demo", (python, "-P", "-m", "polytop", "demo"), (FRAME, DATA)),
        Program(
            "polytop, served, every 30 s",
            (python, "-P", "-m", "polytop", "--interval", "30s"),
            (FRAME, DATA),
        ),
    )


def _environment(folder: Path) -> dict[str, str]:
    (folder / "config" / "polytop").mkdir(parents=True)
    places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA")}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        **places,
    }


def _start(program: Program, env: dict[str, str]) -> tuple[float, ...]:
    """Seconds until each of the program's marks is on the screen."""
    with Terminal(program.command, env, columns=COLUMNS, rows=ROWS, draws=False) as terminal:
        terminal.pump_for(1.2)
        while (times := _seen_at(terminal.chunks, program.marks)) is None:
            terminal.pump_for(0.5)
            if terminal.ended() or time.monotonic() - terminal.started > 20:
                sys.exit(f"{program.name}: {program.marks} did not appear")
        terminal.send("q")
        terminal.wait_exit()
    return times


def _seen_at(
    chunks: Sequence[tuple[float, bytes]], marks: Sequence[str]
) -> tuple[float, ...] | None:
    picture, found = Picture(COLUMNS, ROWS), []
    for at, chunk in chunks:
        picture.feed(chunk)
        while len(found) < len(marks) and re.search(marks[len(found)], picture.text(), re.M):
            found.append(at)
    return tuple(found) if len(found) == len(marks) else None


def _print_starts(programs: Sequence[Program], starts: dict[str, list[tuple[float, ...]]]) -> None:
    base = median(times[0] for times in starts[programs[0].name])
    print(f"{'first paint, ms':32}{'median':>8}{'best':>8}{'worst':>8}{'ratio':>8}")
    for program in programs:
        for place, what in enumerate(("frame", "data")[: len(program.marks)]):
            times = [found[place] for found in starts[program.name]]
            middle = median(times)
            figures = "".join(f"{1e3 * t:8.0f}" for t in (middle, min(times), max(times)))
            print(f"{f'{program.name}: {what}':32}{figures}{middle / base:8.2f}")
    print(f"\n{'steady state':32}{'kB/min':>8}{'CPU %':>8}{'key ms':>8}{'worst':>8}")


def _print_steady(program: Program, env: dict[str, str], seconds: float, keys: int) -> None:
    with Terminal(program.command, env, columns=COLUMNS, rows=ROWS, draws=False) as terminal:
        terminal.pump_for(5)
        cpu, began = _cpu(terminal.pid), time.monotonic()
        size = terminal.pump_for(seconds)
        lasted = time.monotonic() - began
        share = (_cpu(terminal.pid) - cpu) / lasted
        waits = [_latency(terminal, program.key) for _ in range(keys)]
        terminal.send("q")
        terminal.wait_exit()
    print(
        f"{program.name:32}{size / lasted * 60 / 1e3:8.1f}{100 * share:8.2f}"
        f"{1e3 * median(waits):8.1f}{1e3 * max(waits):8.1f}"
    )


def _latency(terminal: Terminal, key: str) -> float:
    """Seconds from a key, pressed in a quiet moment, to the first byte."""
    while terminal.pump(0.3):
        pass
    sent = time.monotonic()
    terminal.send(key)
    if not terminal.wait_readable(2):
        sys.exit(f"no answer to the key {key}")
    return time.monotonic() - sent


def _cpu(process: int) -> float:
    """Seconds on a CPU of all threads so far, to the nanosecond."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


if __name__ == "__main__":
    main()
