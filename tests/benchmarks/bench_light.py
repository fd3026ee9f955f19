"""What polytop costs, beside a bare Textual app in the same run: start, bytes, CPU, memory, keys.

Run by hand: ``python tests/benchmarks/bench_light.py [--runs N] [--steady SECONDS]``. Two
simulators are served and polled every 30 s: one of 8 variants, shown over 6 hours, and one of 50,
shown over a week that the history holds. Programs start one after another, each until 5 s have
passed; then all of them run side by side, idle. The terminal reads at once and draws only
afterwards. Medians of all runs, with their ratios to the bare app, and the bound of each.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

from bench_screen import BARE, _cpu, _environment, _seen_at  # noqa: E402
from simulator_service import Service  # noqa: E402
from terminal import Terminal  # noqa: E402

COLUMNS, ROWS = 120, 40
SETTLED = 5.0
"""Seconds after which a program has settled."""

DATA = r"(?s)^ (NOW|LAST SEEN) (≥ )?\d+ .*(All conversations|Total) +\d+ "
MONITOR = (sys.executable, "-P", "-m", "polytop")
BARE_APP = "bare Textual app"
WEEK, SERVED, LOW, DEMO = "a week of 50", "6 hours of 8", "6 hours of 8, low", "demo"
LASTING = ("--interval", "30s", "-p")
PROGRAMS = {
    BARE_APP: ((sys.executable, "-c", BARE), r"Hello"),
    WEEK: ((*MONITOR, "--window", "7d", *LASTING, "many"), DATA),
    SERVED: ((*MONITOR, *LASTING, "few"), DATA),
    LOW: ((*MONITOR, "--low-bandwidth", *LASTING, "few"), DATA),
    DEMO: ((*MONITOR, "demo"), DATA),
}
ENDINGS: Mapping[str, Callable[[Terminal], object]] = {
    "q": lambda terminal: terminal.send("q"),
    "ctrl-c": lambda terminal: terminal.send("\x03"),
    **{
        name: lambda terminal, name=name: terminal.kill(signal.Signals[name])
        for name in ("SIGTERM", "SIGHUP", "SIGQUIT")
    },
}
KEYS = 60


class Idle(NamedTuple):
    """What a program did in a minute in which nobody touched it."""

    bytes: float
    burst: float
    """Bytes of the largest burst: of a poll."""
    cpu: float
    """Percent of a core."""
    wakes: float
    """Times a second that a thread of it went to sleep, and so was woken."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each program")
    parser.add_argument("--steady", type=float, default=60.0, help="seconds of idleness")
    parser.add_argument("--only", nargs="*", help="programs to measure, by the words of the table")
    asked = parser.parse_args()
    names = [n for n in PROGRAMS if n == BARE_APP or not asked.only or n in asked.only]
    with (
        tempfile.TemporaryDirectory() as folder,
        Service("--variants", "50") as many,
        Service() as few,
    ):
        env = {**_environment(Path(folder)), "POLYTOP_API_KEY": "simulator"}
        (Path(folder) / "config" / "polytop" / "config.toml").write_text(
            _profile("many", many.url) + _profile("few", few.url)
        )
        _fill_history(env)
        paints: dict[str, list[float]] = {name: [] for name in names}
        cpus: dict[str, list[float]] = {name: [] for name in names}
        sizes: dict[str, list[float]] = {name: [] for name in names}
        idles: dict[str, list[Idle]] = {name: [] for name in names}
        for _ in range(asked.runs):
            for name in names:
                paint, cpu, size = _start(name, env)
                paints[name].append(paint)
                cpus[name].append(cpu)
                sizes[name].append(size)
            for name, idle in _idle(names, env, asked.steady).items():
                idles[name].append(idle)
        _print("first paint with data, s", paints, 1.3)
        _print("CPU from exec to settled, s", cpus, 1.5)
        _print("memory, MB", sizes, 1.6)
        _print("CPU, idle, % of a core", {n: [i.cpu for i in idles[n]] for n in names}, 2)
        _print("wake-ups a second", {n: [i.wakes for i in idles[n]] for n in names}, None)
        _print("kB a minute", {n: [i.bytes / 1e3 for i in idles[n]] for n in names}, None)
        _print("kB of the largest burst", {n: [i.burst / 1e3 for i in idles[n]] for n in names})
        waits = _waits(env)
        print(f"\nkey to first byte, in fetches, ms: median {1e3 * median(waits):.1f} (20)", end="")
        print(f", worst {1e3 * max(waits):.1f} (60), of {len(waits)}")
        left = {name: _left_by(name, env) for name in ENDINGS}
        print(f"left on the terminal: {({n: m for n, m in left.items() if m}) or 'nothing'}")


def _profile(name: str, url: str) -> str:
    return f"""
[profiles.{name}]
base_url = "{url}"
account_id = "ws-simulator"
project_id = "PROJECT-simulator"
limit = 120
"""


def _fill_history(env: Mapping[str, str]) -> None:
    """Let polytop fetch the week, and compile everything."""
    with Terminal(PROGRAMS[WEEK][0], env, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for(DATA, 60)
        terminal.wait_until(lambda shown: "fetching history" not in shown, 60)
        terminal.pump_for(3)
        terminal.send("q")
        terminal.wait_exit()


def _open(name: str, env: Mapping[str, str]) -> Terminal:
    return Terminal(PROGRAMS[name][0], env, columns=COLUMNS, rows=ROWS, draws=False)


def _start(name: str, env: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds to the first paint, seconds of CPU until settled, and megabytes then."""
    with _open(name, env) as terminal:
        terminal.pump_for(SETTLED)
        paint = _seen_at(terminal.chunks, (PROGRAMS[name][1],))
        if terminal.ended() or paint is None:
            sys.exit(f"{name}: it did not start\n{terminal.output.decode()[-2000:]}")
        return paint[0], _cpu(terminal.pid), _memory(terminal.pid)


def _memory(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _wakes(process: int) -> int:
    found = 0
    for task in Path(f"/proc/{process}/task").glob("*/status"):
        lines = dict(line.split(":", 1) for line in task.read_text().splitlines())
        found += int(lines["voluntary_ctxt_switches"])
    return found


def _idle(names: Sequence[str], env: Mapping[str, str], seconds: float) -> dict[str, Idle]:
    """Run all of them side by side, for as long as that."""
    with ExitStack() as stack, ThreadPoolExecutor(len(names)) as threads:
        terminals = [stack.enter_context(_open(name, env)) for name in names]
        idles = threads.map(lambda terminal: _watch(terminal, seconds), terminals)
        return dict(zip(names, idles, strict=True))


def _watch(terminal: Terminal, seconds: float) -> Idle:
    terminal.pump_for(3 * SETTLED)
    began, at = time.monotonic(), len(terminal.chunks)
    cpu, wakes = _cpu(terminal.pid), _wakes(terminal.pid)
    terminal.pump_for(seconds)
    lasted = time.monotonic() - began
    chunks = terminal.chunks[at:]
    bursts = [len(chunk) for _, chunk in chunks[:1]]
    for (before, _), (after, chunk) in pairwise(chunks):
        if after - before > 0.5:
            bursts.append(0)
        bursts[-1] += len(chunk)
    return Idle(
        sum(len(chunk) for _, chunk in chunks) * 60 / lasted,
        max(bursts, default=0),
        100 * (_cpu(terminal.pid) - cpu) / lasted,
        (_wakes(terminal.pid) - wakes) / lasted,
    )


def _waits(env: Mapping[str, str]) -> list[float]:
    """Seconds from a key to the first byte, at random moments of fetches that follow each other."""
    chance, waits = random.Random(1), list[float]()
    with _open(WEEK, env) as terminal:
        terminal.pump_for(SETTLED)
        for _ in range(KEYS):
            terminal.send("r")
            terminal.pump_for(chance.uniform(0.05, 0.4))
            terminal.pump(0)
            sent = time.monotonic()
            terminal.send("s")
            if terminal.wait_readable(2):
                waits.append(time.monotonic() - sent)
            while terminal.pump(0.3):
                pass
    return waits


def _left_by(ending: str, env: Mapping[str, str]) -> set[str]:
    """Modes that are left on after `ending`."""
    with _open(SERVED, env) as terminal:
        terminal.pump_for(2)
        ENDINGS[ending](terminal)
        terminal.wait_exit()
        return terminal.modes_left()


def _print(what: str, figures: Mapping[str, Sequence[float]], bound: float | None = None) -> None:
    base = median(figures[BARE_APP])
    words = "" if bound is None else f"(ratio: at most {bound})"
    print(f"\n{what:32}{'median':>9}{'best':>9}{'worst':>9}{'ratio':>8}  {words}")
    for name, found in figures.items():
        row = "".join(f"{figure:9.3f}" for figure in (median(found), min(found), max(found)))
        print(f"{name:32}{row}" + (f"{median(found) / base:8.2f}" if base else ""))


if __name__ == "__main__":
    main()
