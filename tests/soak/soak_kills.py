"""Kill what writes the history: ``python tests/soak/soak_kills.py [KILLS] [SEED]``.

Monitors and glances share one history and are killed (SIGKILL) at any moment. Looks into the file
after each kill; at the end every window must have the server's value. The exit status is 1 if
a window is missing or the file is not whole.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from long_watch import history_file, kill_storm, values
from program_home import new_home
from simulator_service import Service
from terminal import POLYTOP

from polytop.model import grid


def main(kills: int, seed: int) -> int:
    """Kill; return the exit status."""
    with Service("--speed", "0.001") as service, tempfile.TemporaryDirectory() as folder:
        home = new_home(Path(folder))
        service.write_profile(
            Path(home["XDG_CONFIG_HOME"]) / "polytop", "requests_per_minute = 600\n"
        )
        end = grid.floor(time.time()) - grid.STEP
        start = end - 23 * 3_600  # within the span that is asked for at the end
        began = time.monotonic()
        found = kill_storm(home, service.url, kills, seed, start, end)
        last = [*POLYTOP, "glance", "--window", "24h"]
        subprocess.run(last, env=home, check=True, stdout=subprocess.DEVNULL)
        gaps = sum(each < 0 for each in values(history_file(home), service.url, start, end))
        print(f"{found.kills} rounds of kills in {time.monotonic() - began:.0f} s")
        print(f"windows lost {found.missing}, missing at the end {gaps}")
        return int(found.missing + gaps > 0)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:3]]
    sys.exit(main(*numbers, *(100, 1)[len(numbers) :]))
