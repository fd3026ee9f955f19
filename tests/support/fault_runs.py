"""Commands and screens of polytop while a fault of the table is played to them."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fault_matrix import UNREADABLE
from faulty_server import WAYS, Fault, FaultyServer, Way
from program_home import new_home
from simulator_service import write_files
from terminal import POLYTOP, Terminal
from terminal_text import full, said

KEY = "sk-of-the-matrix-7f3a91c05e"


class Command(NamedTuple):
    """A command that asks once: its exit status where it failed, and the longest it may take."""

    arguments: Callable[[Fault], tuple[str, ...]]
    failed: int
    seconds: float
    """What it may take on an idle machine, time limits and repeated requests included."""


COMMANDS = {
    "check": Command(lambda fault: ("check", "-t", "4" if fault.endless else "60"), 3, 62),
    "glance": Command(lambda _: ("glance",), 1, 65),
    "export": Command(lambda _: ("export", "--start", "-2h", "--include-running"), 1, 190),
}


def home_with_profiles(server: FaultyServer, folder: Path, key: str = KEY) -> dict[str, str]:
    """An environment with a profile for each way to `server`."""
    home = new_home(folder) | server.environ
    write_files(Path(home["XDG_CONFIG_HOME"]) / "polytop", *server.profiles(key))
    return home


def run_commands(
    fault: Fault, home: Mapping[str, str], names: Collection[str] = tuple(COMMANDS)
) -> dict[str, str]:
    """What is wrong with each command of `names` under `fault`, empty where nothing is.

    They run side by side, each without a history.
    """
    shutil.rmtree(home["XDG_DATA_HOME"], ignore_errors=True)
    began = time.monotonic()
    running = {
        name: subprocess.Popen(
            [*POLYTOP, *command.arguments(fault), "-p", fault.way],
            env=dict(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name, command in COMMANDS.items()
        if name in names
    }
    found = {}
    for name, process in running.items():
        seconds = COMMANDS[name].seconds * 3
        try:
            output, _ = process.communicate(timeout=max(1, began + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            found[name] = f"still runs after {seconds:.0f} s"
            continue
        found[name] = _complaint(fault, name, process.returncode, output.decode())
    return found


def _complaint(fault: Fault, name: str, status: int, output: str) -> str:
    said = " ".join(output.split())
    if "Traceback" in output or "please report it" in output:
        return f"breaks: {said[-300:]}"
    if KEY in output:
        return "tells the key"
    if fault.words is None:
        return "" if status == 0 else f"fails with {status}: {said[:300]}"
    if fault.words is UNREADABLE and name != "check":
        return ""  # gaps, and a word on stderr
    if status != COMMANDS[name].failed:
        return f"exits with {status}: {said[:300]}"
    return "" if fault.words in said else f"does not say {fault.words!r}: {said[:300]}"


class Screens(NamedTuple):
    """The monitor of each profile, and the wall of all."""

    monitors: Mapping[Way, Terminal]
    wall: Terminal


@contextmanager
def screens(server: FaultyServer, home: Mapping[str, str]) -> Iterator[Screens]:
    """Start them, and wait until they are well."""
    with ExitStack() as stack:
        monitors = {way: stack.enter_context(Terminal([*POLYTOP, "-p", way], home)) for way in WAYS}
        wall = stack.enter_context(Terminal([*POLYTOP, "--all"], home))
        for monitor in monitors.values():
            monitor.wait_until(is_well, 60)
        wall.wait_until(is_wall_well, 60)
        yield Screens(monitors, wall)


def is_well(seen: str) -> bool:
    """True if the monitor has fresh data and nothing to complain about."""
    return "● live" in seen and " ! " not in seen and full(seen)


def is_wall_well(seen: str) -> bool:
    """True if every tile of the wall has fresh data."""
    return all(way in seen for way in WAYS) and not re.search(r"✖|▲ stale| ! ", seen)


def said_in_tiles(seen: str, words: str) -> bool:
    """True if `words` are in the text of one column of tiles, of which there are two."""
    lines = [line.ljust(120) for line in seen.splitlines()]
    columns = ([line[:60] for line in lines], [line[60:] for line in lines])
    return any(said("\n".join(column), words) for column in columns)


def watch(
    server: FaultyServer, found: Screens, fault: Fault, seconds: float = 90
) -> dict[str, str]:
    """What is wrong with each screen under `fault` and after it, empty where nothing is."""
    monitor, complaints = found.monitors[fault.way], {}
    server.play(fault)
    both = {"monitor": monitor, "wall": found.wall}
    for terminal in both.values():
        terminal.send("r")
    for name, terminal in both.items():
        try:
            if fault.words in (None, UNREADABLE):
                terminal.settle(0.3, 5)
            else:
                shows = said_in_tiles if name == "wall" else said
                words = fault.words or ""
                terminal.wait_until(partial(shows, words=words), seconds)
            complaints[name] = ""
        except AssertionError as error:
            complaints[name] = f"{error}"
    server.heal(fault.way)
    for terminal in both.values():
        terminal.send("r")
    for name, terminal in both.items():
        try:
            terminal.wait_until(is_wall_well if name == "wall" else is_well, seconds)
        except AssertionError as error:
            complaints[name] += f"does not recover: {error}"
        if b"Traceback" in terminal.output or KEY.encode() in terminal.output:
            complaints[name] += "breaks, or tells the key"
        terminal.chunks.clear()
    return complaints
