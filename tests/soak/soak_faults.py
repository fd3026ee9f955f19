"""Every fault of the network on every command: ``python tests/soak/soak_faults.py [KIND …]``.

Plays each row of the table in ``tests/support/fault_matrix.py`` to ``check``, ``glance``,
``export``, to a running monitor and to a running wall, on real sockets. Prints a line a fault and
what is wrong; the exit status is 1 if anything is. A kind is status, transport, encoding, TLS or
proxy; without one, all. ``-s`` leaves out the screens, ``-c`` the commands.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fault_matrix import MATRIX
from fault_runs import home_with_profiles, run_commands, screens, watch
from faulty_server import FaultyServer


def main(kinds: list[str], commands: bool, shown: bool) -> int:
    """Play the faults; return the exit status."""
    faults = {name: fault for kind in kinds for name, fault in MATRIX[kind].items()}
    tried = wrong = 0

    def tell(name: str, complaints: dict[str, str], began: float) -> None:
        nonlocal tried, wrong
        bad = {who: words for who, words in complaints.items() if words}
        tried, wrong = tried + len(complaints), wrong + len(bad)
        marks = " ".join(f"{who} {'✖' if who in bad else '✓'}" for who in complaints)
        print(f"{name:32} {marks}  {time.monotonic() - began:5.1f} s", flush=True)
        for who, words in bad.items():
            print(f"    {who}: {words}", flush=True)

    with (
        tempfile.TemporaryDirectory() as first,
        tempfile.TemporaryDirectory() as second,
        tempfile.TemporaryDirectory() as third,
        FaultyServer(Path(first)) as server,
    ):
        if commands:
            home = home_with_profiles(server, Path(second))
            for name, fault in faults.items():
                began = time.monotonic()
                server.play(fault)
                complaints = run_commands(fault, home)
                server.heal(fault.way)
                tell(name, complaints, began)
        if shown:
            with screens(server, home_with_profiles(server, Path(third))) as found:
                for name, fault in faults.items():
                    began = time.monotonic()
                    tell(name, watch(server, found, fault), began)
        wrong += bool(server.trapped)
    print(f"{tried} faults tried, {wrong} not as they should be")
    return int(wrong > 0)


if __name__ == "__main__":
    asked = [each for each in sys.argv[1:] if not each.startswith("-")]
    sys.exit(main(asked or list(MATRIX), "-c" not in sys.argv, "-s" not in sys.argv))
