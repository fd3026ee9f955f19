"""How long the event loop is blocked at worst while the screen takes in a week of 50 variants.

Run by hand: ``python tests/benchmarks/bench_loop.py``. The app runs without a terminal, the
simulator in a process of its own. A task that wants to run every two milliseconds says how late
it was: in that time no key would have been heeded. The start is told apart from the first
answer and from what follows: polls, sorting, other windows.
"""

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from simulator_service import Service  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from polytop.cli.runtime.profiles import StoredProfiles  # noqa: E402
from polytop.config.paths import config_file  # noqa: E402
from polytop.config.profiles import load_config  # noqa: E402
from polytop.ui.app import Options, PolytopApp  # noqa: E402
from polytop.ui.screens.monitor import MonitorScreen  # noqa: E402

T = TypeVar("T")
EACH = 0.002
WEEK = 7 * 86_400


class Ticker:
    """Measures how late a task is that asks to run every :data:`EACH` seconds."""

    def __init__(self) -> None:
        self._late: list[float] = []

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            wanted = time.perf_counter() + EACH
            await asyncio.sleep(EACH)
            self._late.append(time.perf_counter() - wanted)

    async def during(self, name: str, work: Awaitable[T]) -> T:
        """Print how late the task was while `work` was done."""
        self._late.clear()
        began = time.perf_counter()
        result = await work
        lasted = time.perf_counter() - began
        late = sorted(self._late)
        worst = "".join(f"{1e3 * one:8.1f}" for one in late[-1:-4:-1])
        print(f"{name:34}{lasted:8.2f}{worst}{sum(one > 0.05 for one in late):8}")
        return result


def main() -> None:
    """Measure and print, as often as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Service("--variants", str(asked.variants)) as service,
    ):
        os.environ |= {f"XDG_{name}_HOME": folder for name in ("CONFIG", "DATA", "STATE")}
        (Path(folder) / "polytop").mkdir()
        service.write_profile(Path(folder) / "polytop")
        print(f"{'':34}{'s':>8}{'worst ms':>8}{'second':>8}{'third':>8}{'> 50 ms':>8}")
        for _ in range(asked.runs):
            asyncio.run(_measure())


async def _measure() -> None:
    profiles = StoredProfiles(load_config(config_file()), 5.0, dict(os.environ))
    app = PolytopApp(profiles.get(profiles.names[0]), profiles, Options(span=WEEK))
    ticker = Ticker()
    gc.freeze()
    ticking = asyncio.create_task(ticker.run())
    running = app.run_test(size=(120, 40))
    pilot = await ticker.during("start", running.__aenter__())
    await ticker.during("first answer, a week", _settled(app))
    await ticker.during("graph drawn, two seconds", asyncio.sleep(2))
    await ticker.during("polls, 15 seconds", asyncio.sleep(15))
    await ticker.during("sorting, ten times", _pressed(pilot, *"s" * 10))
    shorter, longer = ["left_square_bracket"] * 4, ["right_square_bracket"] * 4
    await ticker.during("windows, a week to six hours", _pressed(pilot, *shorter))
    await ticker.during("and back", _pressed(pilot, *longer))
    ticking.cancel()
    await running.__aexit__(None, None, None)


async def _settled(app: PolytopApp) -> None:
    while not (isinstance(app.screen, MonitorScreen) and app.screen.settled):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _pressed(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await asyncio.sleep(0.3)


if __name__ == "__main__":
    main()
