"""Screens that are watched for long or killed, and what they leave in the history."""

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from terminal import POLYTOP, Terminal

from polytop.history.store import History
from polytop.history.types import Scope
from polytop.model import grid
from polytop.model.target import Filters, Target

FAULTS = (
    "400", "401", "403", "404", "500", "501", "429", "html", "slow", "hang", "drop", "truncated",
    "nonjson", "unordered", "dupes", "flaky", "hostile-names",
)  # fmt: skip
"""Scenarios of the simulator that leave the values of the total as they are."""

KEYS = (
    "[", "]", "b", "c", "c", "s", "S", "+", "-", "\x1b[D", "\x1b[C", "p", "n", "u", "t", "r", "r",
    "?", "L", "f", "w", "w", "\r", "\x1b", "\x1b", "x", "y", "a", "A", "j", "k", "1", "2", "3",
)  # fmt: skip
SIZES = ((120, 40), (80, 24), (60, 15), (200, 50), (30, 6))


def history_file(home: Mapping[str, str]) -> Path:
    """Where the history of `home` is."""
    return Path(home["XDG_DATA_HOME"]) / "polytop" / "history.sqlite3"


def values(path: Path, base_url: str, start: int, end: int, env: str = "live") -> tuple[int, ...]:
    """What the history holds of the simulator's total; negative where it holds nothing.

    Raises AssertionError where the file is not whole.
    """
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    target = Target("ws-simulator", "PROJECT-simulator", base_url)
    with closing(History(path)) as history:
        history.open()
        assert history.note is None
        rows = history.read(Scope(target, Filters(env)), start, end).rows
    assert not list(path.parent.glob("*damaged*"))
    return rows[0].series.values if rows else (-2,) * grid.count(start, end)


def private_memory(process: Path = Path("/proc/self")) -> float:
    """The private memory of a process, MB."""
    return sum(
        int(line.split()[1]) / 1024
        for line in (process / "smaps_rollup").read_text().splitlines()
        if line.startswith("Private_")
    )


class Figures(NamedTuple):
    """What a process holds: private memory in MB, file descriptors and threads."""

    memory: float
    descriptors: int
    threads: int


def figures(process: int) -> Figures:
    """The figures of `process`, or of its child where it only started one (faketime)."""
    folder = Path("/proc") / str(process)
    children = (folder / "task" / str(process) / "children").read_text().split()
    if "faketime" in (folder / "comm").read_text() and children:
        folder = Path("/proc") / children[0]
    counts = (len(list((folder / each).iterdir())) for each in ("fd", "task"))
    return Figures(private_memory(folder), *counts)


def disturb(
    terminal: Terminal,
    play: Callable[[str], None],
    chance: random.Random,
    fault_seconds: float,
    rest_seconds: float,
) -> str:
    """Play one fault, press keys and change the size meanwhile; return the fault."""
    fault = chance.choice(FAULTS)
    for name, seconds in ((fault, fault_seconds), ("none", rest_seconds)):
        play(name)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            terminal.send(chance.choice(KEYS))
            if chance.random() < 0.1:
                terminal.resize(*chance.choice(SIZES))
            terminal.pump_for(min(0.4, seconds / 4))
        assert not terminal.ended(), f"ended with {terminal.status} under {name}"
    assert b"Traceback" not in terminal.output
    terminal.chunks.clear()
    return fault


class Kills(NamedTuple):
    """What was killed, and the windows that were there and are not any more."""

    kills: int
    missing: int


def kill_storm(
    home: Mapping[str, str], base_url: str, kills: int, seed: int, start: int, end: int
) -> Kills:
    """Kill monitors and glances that share one history, at any moment of their lives."""
    chance, path = random.Random(seed), history_file(home)
    held: set[int] = set()
    missing = 0
    for _ in range(kills):
        moment = chance.uniform(0.1, 2.5)
        glances = [
            subprocess.Popen(
                [*POLYTOP, "glance", "--window", chance.choice(("1h", "6h", "24h"))],
                env=dict(home),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(chance.randint(0, 2))
        ]
        with Terminal([*POLYTOP, "--interval", "5s"], home, draws=False) as terminal:
            terminal.pump_for(moment)
            for process in glances:
                process.kill()
        for process in glances:
            process.wait()
        if path.exists():
            now = values(path, base_url, start, end)
            there = {number for number, value in enumerate(now) if value >= 0}
            missing += len(held - there)
            held |= there
    return Kills(kills, missing)
