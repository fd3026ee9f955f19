"""One key, sought everywhere: ``python tests/soak/soak_canary.py``.

A server repeats the key in every place of an answer and in every form; each command is run on
each, and again so that it breaks as it reads the answer. The key is sought in the output, the log
at debug level, the history, exports and error reports. The exit status is 1 if it is found.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from canary import COMMANDS, CRASHING, FORMS, KEY, PLACES, echo, run
from fault_runs import home_with_profiles
from faulty_server import FaultyServer


def main() -> int:
    """Search; return the exit status."""
    status = 0
    with tempfile.TemporaryDirectory() as folder, FaultyServer(Path(folder)) as server:
        for place in PLACES:
            began = time.monotonic()
            server.play(echo(place))
            with tempfile.TemporaryDirectory() as name:
                home = home_with_profiles(server, Path(name), KEY)
                found = [*run(home, COMMANDS), *run(home, COMMANDS[:5], CRASHING)]
            print(f"{place:28} {time.monotonic() - began:5.1f} s {'✖' if found else '✓'}")
            print("".join(f"    {each}\n" for each in found), end="", flush=True)
            status |= bool(found)
    print(f"{len(PLACES)} places, {len(FORMS)} forms, {len(COMMANDS)} commands")
    return status


if __name__ == "__main__":
    sys.exit(main())
