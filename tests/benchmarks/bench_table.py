"""The cost of 500 rows for the event loop: refreshing, scrolling, sorting, searching.

Run by hand: ``python tests/benchmarks/bench_table.py``. The app runs without a terminal on
snapshots made by hand. Of each step is told the CPU time of the loop's thread, all that Textual
does for it included, and for how long the loop was late at worst.
"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from scripted_feed import NOW, ScriptedFeed, app_of, made  # noqa: E402

from polytop.model.baseline import Compare  # noqa: E402
from polytop.model.series import Series  # noqa: E402
from polytop.model.snapshot import Snapshot  # noqa: E402
from polytop.model.stats import summary  # noqa: E402
from polytop.ui.screens.monitor import MonitorScreen  # noqa: E402

QUIET = 0.35
"""Seconds after a step in which all that it causes is done."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--windows", type=int, default=72, help="of five minutes")
    parser.add_argument("--changed", type=int, default=50)
    parser.add_argument("--runs", type=int, default=15)
    asked = parser.parse_args()
    asyncio.run(_measure(asked.rows, asked.windows, asked.changed, asked.runs))


def _first(rows: int, windows: int, dice: random.Random) -> Snapshot:
    values = {f"v-{n:03}": [dice.randint(0, 9) for _ in range(windows)] for n in range(rows)}
    names = {id_: f"Variant {id_[2:]}" for id_ in values}
    total = [sum(column) * 2 // 3 for column in zip(*values.values(), strict=True)]
    found = made(total, values, names=names)
    view = replace(found.view, compare=Compare.WEEK)
    week = 7 * 86_400
    earlier = (Series(found.start - week - 3_600, tuple([5] * (windows + 24))),)
    assert found.rows is not None
    return replace(
        found,
        view=view,
        wanted=view,
        earlier=earlier,
        rows=tuple(row._replace(earlier=earlier) for row in found.rows),
    )


def _next(snapshot: Snapshot, changed: int, dice: random.Random) -> Snapshot:
    """The same with other last values in so many rows."""
    assert snapshot.rows is not None
    rows = list(snapshot.rows)
    for at in dice.sample(range(len(rows)), min(changed, len(rows))):
        own = rows[at].series
        series = Series(own.start, (*own.values[:-1], dice.randint(0, 9)))
        rows[at] = rows[at]._replace(series=series, summary=summary(series, NOW))
    return replace(snapshot, rows=tuple(rows))


async def _late(worst: list[float]) -> None:
    while True:
        wanted = time.perf_counter() + 0.002
        await asyncio.sleep(0.002)
        worst.append(time.perf_counter() - wanted)


async def _steps(name: str, steps: Sequence[Callable[[], object]]) -> None:
    costs, lates = [], []
    for step in steps:
        worst: list[float] = []
        ticking = asyncio.create_task(_late(worst))
        began = time.thread_time()
        await asyncio.sleep(QUIET)
        idle = time.thread_time() - began
        worst.clear()
        began = time.thread_time()
        step()
        await asyncio.sleep(QUIET)
        costs.append(time.thread_time() - began - idle)
        lates.append(max(worst))
        ticking.cancel()
    figures = (median(costs), max(costs), median(lates), max(lates))
    print(f"{name:34}" + "".join(f"{1e3 * each:10.1f}" for each in figures))


async def _measure(rows: int, windows: int, changed: int, runs: int) -> None:
    dice = random.Random(1)
    shots = [_first(rows, windows, dice)]
    for _ in range(runs):
        shots.append(_next(shots[-1], changed, dice))
    feed = ScriptedFeed(shots[0])
    app = app_of(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        home = app.screen
        assert isinstance(home, MonitorScreen)
        while not home.settled:
            await pilot.pause(0.02)
        gc.freeze()
        print(f"{f'{rows} rows of {windows} windows':34}{'CPU ms':>10}{'worst':>10}{'late ms':>10}"
              f"{'worst':>10}")  # fmt: skip
        await _steps(f"refresh, {changed} changed", [lambda s=s: feed.put(s) for s in shots[1:]])
        await _steps("a row down", [lambda: home.rows.move(1)] * runs)
        await _steps("a page down", [lambda: home.rows.page(1)] * runs)
        await _steps("sort by the next column", [home.rows.sort_next] * runs)
        await _steps("reverse", [home.rows.reverse] * runs)
        searches = ["1", "12", "", "now>5", "now>5 15min<0"]
        await _steps("search", [lambda t=t: home.show_search(t) for t in searches])
        home.show_search("")
        await _steps("cursor in the graph", [lambda: home.span.step(-1)] * runs)


if __name__ == "__main__":
    main()
