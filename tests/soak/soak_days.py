"""Days of faults: ``python tests/soak/soak_days.py monitor|wall [DAYS] [SPEED] [SEED]``.

Runs the monitor or the wall of three profiles in a terminal for that many simulated days (7), with
a fault of the simulator every ten minutes, keys, resizes and changes of profile; both clocks run
`SPEED` times as fast (faketime). Prints memory, descriptors and threads every hour, and at the end
the windows that the history lacks. The exit status is 1 if there is one, or if a figure rises.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import urllib.request
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from long_watch import disturb, figures, history_file, values
from program_home import new_home
from simulator_service import write_files
from terminal import POLYTOP, Terminal

from polytop.model import grid

PROFILE = """[profiles.{name}]
base_url = "{url}"
account_id = "ws-simulator"
project_id = "PROJECT-simulator"
client_env = "{name}"
limit = 120
"""
ENVIRONMENTS = ("live", "pre-release", "sandbox")


def server_time(url: str) -> float:
    """The simulator's time, epoch seconds."""
    with urllib.request.urlopen(f"{url}/_simulator/scenario", timeout=60) as answer:
        date = answer.headers["Date"]
    return datetime.strptime(f"{date}+0000", "%a, %d %b %Y %H:%M:%S GMT%z").timestamp()


def watch(terminal: Terminal, url: str, days: float, speed: float, seed: int) -> int:
    """Disturb it for so many days; return the exit status: 1 where a figure rises."""

    def play(name: str) -> None:
        path = f"{url}/_simulator/scenario/{name}"
        urllib.request.urlopen(urllib.request.Request(path, method="PUT"), timeout=60).close()

    chance, began = random.Random(seed), server_time(url)
    faults = 0
    terminal.pump_for(1_800 / speed)
    found = [figures(terminal.pid)]
    print("simulated hour   faults   memory MB   descriptors   threads", flush=True)
    while (passed := server_time(url) - began) < days * 86_400:
        disturb(terminal, play, chance, 120 / speed, 480 / speed)
        faults += 1
        if passed // 3_600 >= len(found):
            found.append(figures(terminal.pid))
            memory, descriptors, threads = found[-1]
            print(f"{passed / 3600:14.1f} {faults:8} {memory:11.1f} {descriptors:13} {threads:9}")
            sys.stdout.flush()
    half = found[len(found) // 2 :]
    first, last = half[0], half[-1]
    rises = last.memory > 1.2 * first.memory or last.descriptors > first.descriptors + 20
    return int(rises)


def main(what: str, days: float, speed: float, seed: int) -> int:
    """Run it; return the exit status."""
    fake = ["faketime", "-f", f"+0 x{speed:g}"]
    with tempfile.TemporaryDirectory() as name:
        home = new_home(Path(name))
        served = subprocess.Popen(
            [*fake, *POLYTOP, "simulate", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": home["PYTHONPATH"]},
        )
        try:
            assert served.stdout is not None
            url = served.stdout.readline().strip()
            config = 'default_profile = "live"\n'
            config += "".join(PROFILE.format(name=each, url=url) for each in ENVIRONMENTS)
            keys = "".join(f'[profiles.{each}]\napi_key = "simulator"\n' for each in ENVIRONMENTS)
            write_files(Path(home["XDG_CONFIG_HOME"]) / "polytop", config, keys)
            options = ["--all"] if what == "wall" else []
            start = grid.floor(server_time(url))
            with Terminal([*fake, *POLYTOP, *options], home, draws=False) as terminal:
                status = watch(terminal, url, days, speed, int(seed))
                terminal.pump_for(1_800 / speed)
                end = grid.floor(server_time(url)) - 3 * grid.STEP
            envs = ENVIRONMENTS if what == "wall" else ENVIRONMENTS[:1]
            missing = sum(
                value < 0
                for env in envs
                for value in values(history_file(home), url, start, end, env)
            )
            hours = (end - start) / 3600
            print(f"{hours:.1f} simulated hours, windows missing {missing}")
            return status or int(missing > 0)
        finally:
            os.killpg(served.pid, signal.SIGKILL)  # faketime and what it started
            served.wait()


if __name__ == "__main__":
    numbers = [float(each) for each in sys.argv[2:5]]
    sys.exit(main(sys.argv[1], *numbers, *(7.0, 20.0, 1.0)[len(numbers) :]))
