"""How long the event loop is blocked while the monitor takes in a week of 50 variants.

The monitor runs without a terminal against the simulator, which is served by a process of its
own over a loopback socket. A task that sleeps 2 ms at a time measures how late it wakes: while
the 100,800 rows of the week come in and are drawn, and over the polls that follow. Run it by
hand::

    python tests/benchmarks/bench_loop.py [SECONDS OF POLLS]
"""

import asyncio
import subprocess
import sys
import time

from polytop.cli.demo import DemoProfiles
from polytop.cli.feeding import Source
from polytop.model.secret import Secret
from polytop.model.stats import Capacity
from polytop.model.target import Filters, Target
from polytop.ui.app import Options, PolytopApp
from polytop.ui.feed import Watch
from polytop.ui.scene import Subject
from polytop.ui.screens.monitor import MonitorScreen

NAP = 0.002
WEEK = 7 * 86_400


def watch(url: str) -> Watch:
    """A watch of the served simulator, polled every 5 seconds."""
    target = Target("ws-simulator", "PROJECT-simulator", url)
    source = Source(
        target, lambda: Secret("simulator"), Capacity(120), time.time, asyncio.sleep, 5.0
    )
    return Watch(Subject("bench", target), Filters(), source.open, time.time)


async def naps(late: list[float]) -> None:
    """Append how late every nap ended, seconds."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(NAP)
        late.append(time.perf_counter() - before - NAP)


async def settled(home: MonitorScreen) -> None:
    """Wait until data are drawn."""
    while not home.settled:  # noqa: ASYNC110 - the screen has no event for it
        await asyncio.sleep(0.01)


async def measure(url: str, seconds: float) -> None:
    """Print the worst lateness in both phases."""
    watched = watch(url)
    app = PolytopApp(watched, DemoProfiles(watched), Options(span=WEEK, utc=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        taking, polling = [], []
        task = asyncio.create_task(naps(taking))
        before = time.perf_counter()
        home = app.screen
        assert isinstance(home, MonitorScreen)
        await settled(home)
        took = time.perf_counter() - before
        task.cancel()
        rows = sum(len(row.series) for row in home._shown.rows)
        print(f"{rows} rows taken in and drawn in {took * 1e3:.0f} ms")
        task = asyncio.create_task(naps(polling))
        await asyncio.sleep(seconds)
        task.cancel()
    for what, late in (("taking them in", taking), ("the polls after it", polling)):
        worst = sorted(late, reverse=True)[:3]
        print(f"{what}: loop late by at most {[f'{each * 1e3:.1f} ms' for each in worst]}")


def main() -> None:
    """Serve, measure, end."""
    command = [sys.executable, "-m", "polytop", "simulate", "--port", "0", "--variants", "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        url = served.stdout.readline().strip()
        try:
            asyncio.run(measure(url, float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
        finally:
            served.terminate()


if __name__ == "__main__":
    main()
