"""The cost of the simulator: ``python tests/benchmarks/bench_simulator.py``.

Prints milliseconds (the best of three) and, for a month, the peak of the memory that Python took.
"""

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from polytop.model import grid
from polytop.simulator.demand import Incident
from polytop.simulator.query import ParsedQuery
from polytop.simulator.reply import encode_json
from polytop.simulator.rows import build_rows
from polytop.simulator.traffic import Selection, Traffic
from polytop.simulator.variants import build_directory

NOW = 1_763_640_123.0
END = grid.ceil(NOW)


def ask(traffic: Traffic, seconds: int) -> int:
    """Total and slice of the last `seconds`, in pieces of a week, as JSON; how many bytes."""
    size = 0
    for start, end in grid.split_range(END - seconds, END):
        for sliced in (False, True):
            asked = ParsedQuery(start, end, Selection(), sliced, False)
            size += len(
                encode_json({"intervals": [row for _, row in build_rows(traffic, asked, NOW)]})
            )
    return size


def made(variants: int) -> Traffic:
    return Traffic(build_directory(variants), "1/p", 120, Incident())


def best(prepare: Callable[[], Any], run: Callable[[Any], object]) -> float:
    """Milliseconds of the quickest of three runs."""
    times = []
    for _ in range(3):
        prepared = prepare()
        began = time.perf_counter()
        run(prepared)
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def imports() -> float:
    """Milliseconds that importing the application takes where the client is imported already."""
    code = (
        "import httpx, msgspec, time; t = time.perf_counter(); import polytop.simulator.app;"
        "print(1000 * (time.perf_counter() - t))"
    )
    runs = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(5)
    )
    return min(float(run.stdout) for run in runs)


def warmed(seconds: int) -> Callable[[], Traffic]:
    def prepare() -> Traffic:
        traffic = made(8)
        ask(traffic, seconds)
        return traffic

    return prepare


def main() -> None:
    encode_json({})
    month = 30 * 86_400
    costs = {
        "import of the application": imports(),
        "first 6 h, total and slice": best(lambda: made(8), lambda t: ask(t, 21_600)),
        "the last hour again": best(warmed(21_600), lambda t: ask(t, 3_600)),
        "the last 6 h again": best(warmed(21_600), lambda t: ask(t, 21_600)),
        "a month, 8 variants": best(lambda: made(8), lambda t: ask(t, month)),
        "a month, 50 variants": best(lambda: made(50), lambda t: ask(t, month)),
    }
    for what, cost in costs.items():
        print(f"{what:<30}{cost:9.2f} ms")
    tracemalloc.start()
    size = ask(made(8), month)
    peak = tracemalloc.get_traced_memory()[1]
    print(f"{'its peak of memory':<30}{peak / 1e6:9.2f} MB for {size / 1e6:.1f} MB of JSON")


if __name__ == "__main__":
    main()
