"""Days of incidents: ``python tests/soak/soak_incidents.py [DAYS] [FIRST_SEED]``.

Watches that many simulated days of 24 hours, each with another plan of outages, late and revised
values and restarts, at a poll every 30 seconds; compares the log of alerts with an independent
calculation from the simulator's traffic. Prints a line a day, and each difference; the exit status
is 1 if there is one.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from watched_day import WatchedDay, random_plan


def main(days: int, first: int) -> int:
    """Watch the days; return the exit status."""
    status = 0
    for seed in range(first, first + days):
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            day = WatchedDay(Path(folder), random_plan(seed, 24), seed)
            asyncio.run(day.watch())
            different = day.differences()
            count = sum(map(len, day.expected().values()))
        seconds = time.perf_counter() - began
        print(f"seed {seed}: {count} incidents, {len(different)} differences, {seconds:.0f} s")
        for each in different:
            print(f"  {each}")
        status = status or bool(different)
    return int(status)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:3]]
    sys.exit(main(*numbers, *(1, 1)[len(numbers) :]))
