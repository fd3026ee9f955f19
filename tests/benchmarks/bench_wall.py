"""The cost of an idle wall of thirty profiles, beside the monitor of one.

Run by hand: ``python tests/benchmarks/bench_wall.py``. Both ask one simulator over a socket every
30 s. CPU time of the process and bytes to the terminal over a minute or more, after the first
half minute, in which every profile is asked a second time; latency from a key to its first byte.
The two take turns, so that what else the machine does meets both.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

from bench_screen import COLUMNS, ROWS, _cpu, _environment, _latency  # noqa: E402
from simulator_service import Service, write_files  # noqa: E402
from terminal import Terminal  # noqa: E402

PROFILES = 30
SETTLING = 35.0
"""Seconds before anything is measured."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steady", type=float, default=60.0, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=2, help="measurements of each")
    parser.add_argument("--keys", type=int, default=15, help="keys pressed for the latency")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Service() as service:
        env = _environment(Path(folder))
        _write(Path(folder) / "config" / "polytop", service.url)
        programs = {
            "monitor of one profile": (["-p", "p00"], "s"),
            f"wall of {PROFILES}": (["--all"], "l"),
        }
        print(f"{'':28}{'CPU %':>8}{'kB/min':>8}{'key ms':>8}{'worst':>8}")
        for _ in range(asked.rounds):
            for name, (arguments, key) in programs.items():
                _measure(name, arguments, key, env, asked)


def _write(folder: Path, url: str) -> None:
    """Thirty profiles of the simulator, whose limits differ."""
    config, credentials = [], []
    for number in range(PROFILES):
        head = f"[profiles.p{number:02}]"
        config += [
            head,
            f'base_url = "{url}"',
            'account_id = "ws-simulator"',
            'project_id = "PROJECT-simulator"',
            f"limit = {90 + 10 * number}",
        ]
        credentials += [head, 'api_key = "simulator"']
    write_files(folder, "\n".join(config), "\n".join(credentials))


def _measure(
    name: str, arguments: list[str], key: str, env: dict[str, str], asked: argparse.Namespace
) -> None:
    command = [sys.executable, "-P", "-m", "polytop", *arguments]
    with Terminal(command, env, columns=COLUMNS, rows=ROWS, draws=False) as terminal:
        terminal.pump_for(SETTLING)
        cpu, began = _cpu(terminal.pid), time.monotonic()
        size = terminal.pump_for(asked.steady)
        lasted = time.monotonic() - began
        share = (_cpu(terminal.pid) - cpu) / lasted
        waits = [_latency(terminal, key) for _ in range(asked.keys)]
        terminal.send("q")
        terminal.wait_exit()
    print(
        f"{name:28}{100 * share:8.2f}{size / lasted * 60 / 1e3:8.1f}"
        f"{1e3 * median(waits):8.1f}{1e3 * max(waits):8.1f}"
    )


if __name__ == "__main__":
    main()
