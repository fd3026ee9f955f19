"""The suite at every hour and on special days: ``python tests/soak/soak_hours.py [PYTEST ARGS]``.

Runs pytest under Debian's ``faketime``: at 24 hours of a day, around both changes of the clocks
(in London's time and in UTC), on the last days of February and of the year. Without arguments all
tests run each time. Prints a line a moment and what failed; the exit status is 1 if anything did.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHANGES = ("2026-03-29 00:30", "2026-10-25 00:30")
"""Half an hour before the clocks of Europe change, UTC."""

SLEEP = "import select, time; time.sleep = lambda each: select.select([], [], [], each) and None"
"""faketime 0.9.10 breaks the clock that ``time.sleep`` waits by: all Python there runs this."""

CLOSED = (
    "test_no_output_at_all",
    "test_a_plug_in_that_cannot_speak",
    "without_an_output",
    "test_a_line_that_cannot_be_written",
    "out_of_time_and_has_no_output",
    "test_a_full_disk_is_one_line",
)
"""Tests that close a standard stream: faketime opens a file of its own in its place."""

SPECIAL = ("2026-11-25 23:58", "2028-02-29 00:01", "2028-02-29 23:57", "2026-12-31 23:57")


def moments() -> Iterator[tuple[datetime, str]]:
    """Yield each moment and the time zone of the machine there."""
    day = datetime(2026, 11, 25, tzinfo=UTC)
    for hour in range(24):
        # Another minute each hour: windows of 5 minutes begin and end at different places.
        yield day + timedelta(hours=hour, minutes=(2 + 44 * hour) % 60), "UTC"
    for change in CHANGES:
        for minutes in range(0, 121, 30):
            for zone in ("Europe/London", "UTC"):
                yield moment(change) + timedelta(minutes=minutes), zone
    for special in SPECIAL:
        yield moment(special), "UTC"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def run(at: datetime, zone: str, site: str, arguments: list[str]) -> tuple[int, str]:
    """Run pytest at the moment `at`; return its status and what it printed.

    `site` is the folder of ``sitecustomize.py``.
    """
    environ = os.environ | {
        "TZ": zone,
        "PYTHONPATH": os.pathsep.join(filter(None, (site, os.environ.get("PYTHONPATH")))),
        "FAKETIME_FMT": "%s",
        "FAKETIME_DONT_RESET": "1",  # Programs that a test starts go on with its time.
        # Only the time of day is another one: waits last as long as ever, also Python's own for
        # its threads, which the second of these would slow down.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    pytest = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
    pytest += ["-k", f"not ({' or '.join(CLOSED)})"]
    command = ["faketime", "-f", f"@{at.timestamp():.0f}", *pytest, *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main(arguments: list[str]) -> int:
    """Run the tests at all moments; return the exit status."""
    if shutil.which("faketime") is None:
        print("faketime is missing: install it with apt install faketime", file=sys.stderr)
        return 2
    failed = False
    with tempfile.TemporaryDirectory() as site:
        (Path(site) / "sitecustomize.py").write_text(SLEEP, encoding="utf-8")
        for at, zone in moments():
            status, output = run(at, zone, site, arguments)
            last = (output.strip().splitlines() or ["nothing was printed"])[-1]
            print(f"{at:%Y-%m-%d %H:%M}Z {zone}: {last}", flush=True)
            if status:
                failed = True
                told = re.findall(r"^(?:FAILED|ERROR) .*", output, re.MULTILINE)
                print("\n".join(told or [output]), flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
