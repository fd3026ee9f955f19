"""Whole-process time of the commands that run once, beside the least that anyone could do.

``glance --json`` against a minimal script that imports httpx and makes the same two requests, one
after the other, over one connection, to the same simulator; ``--version`` against importing
click. Runs are interleaved, so that both sides meet the same machine. Exits 1 over a bound.
"""

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polytop

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 21
PROGRAM = [sys.executable, "-m", "polytop"]
MINIMAL = """
import json, sys, time
import httpx
now = time.time()
end = int(now // 300 * 300 + 300)
iso = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
path = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"
span = {"start_time": iso(end - 21600), "end_time": iso(end), "client_env": "live"}
with httpx.Client(base_url=sys.argv[1], headers={"x-api-key": "simulator"}) as client:
    total = client.get(path, params=span).json()
    rows = client.get(path, params={**span, "slice_by": "variant"}).json()
print(json.dumps([total["intervals"][-1], len(rows["intervals"])]))
"""


@contextmanager
def simulator() -> Iterator[str]:
    """A simulator in a process of its own; gives its URL."""
    command = [*PROGRAM, "simulate", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            while not process.stdout.readline().startswith("curl"):
                pass
            yield url
        finally:
            process.kill()


def environment(folder: str, url: str) -> dict[str, str]:
    """A home of its own in which the simulator is what is watched."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(Path(polytop.__file__).parents[1]),
        "HOME": folder,
        "POLYTOP_API_KEY": "simulator",
        "POLYTOP_BASE_URL": url,
        "POLYTOP_ACCOUNT_ID": "ws-simulator",
        "POLYTOP_PROJECT_ID": "PROJECT-simulator",
    }


def seconds(command: list[str], env: dict[str, str]) -> float:
    """Wall-clock time of one run."""
    began = time.perf_counter()
    subprocess.run(command, env=env, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure, print medians in milliseconds and both ratios."""
    compileall.compile_dir(str(Path(polytop.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory() as folder, simulator() as url:
        env = environment(folder, url)
        commands = {
            "glance --json": [*PROGRAM, "glance", "--json"],
            "minimal httpx": [sys.executable, "-c", MINIMAL, url],
            "glance --line": [*PROGRAM, "glance", "--line"],
            "check": [*PROGRAM, "check"],
            "--version": [*PROGRAM, "--version"],
            "import click": [sys.executable, "-c", "import click"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for round_ in range(ROUNDS + 1):
            for name, command in commands.items():
                took = seconds(command, env)
                if round_:
                    times[name].append(took)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name:<16}{median * 1000:7.1f} ms   least {min(times[name]) * 1000:6.1f}")
    glance = medians["glance --json"] / medians["minimal httpx"]
    version = medians["--version"] / medians["import click"]
    print(f"glance --json / minimal httpx  {glance:.2f}  (at most 1.6)")
    print(f"--version / import click       {version:.2f}  (at most 1.5)")
    sys.exit(glance > 1.6 or version > 1.5)


if __name__ == "__main__":
    main()
