"""The cost of a year in the history: ``python tests/benchmarks/bench_history.py [LIMIT]``.

Keeps a year of the simulator's 50 variants, total and breakdown, in week pieces as a backfill
does; prints the size of the file as it grows, and milliseconds (median, worst) of keeping and of
reading at random places. Then the same for three days that were polled as a monitor does, where
every window has moments of its own. LIMIT is the concurrency that the traffic is made for.
"""

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from polytop.history.store import History
from polytop.history.types import Scope, StoredAnswer
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import Series
from polytop.model.target import Filters, SliceBy, Target
from polytop.simulator.demand import Incident
from polytop.simulator.traffic import Selection, Traffic
from polytop.simulator.variants import build_directory

DAY = 86_400
WEEKS = 53
BEGIN = 20_000 * DAY
END = BEGIN + WEEKS * grid.WEEK
TARGET = Target("ws-1", "PROJECT-1", "https://api.example.org")
TOTAL = Scope(TARGET, Filters())
VARIANTS = Scope(TARGET, Filters(), SliceBy.VARIANT)


def asked(traffic: Traffic, start: int, end: int, at: float) -> tuple[StoredAnswer, StoredAnswer]:
    """Return the answer of the API at `at`."""
    total = Series(start, tuple(traffic.total(Selection(), start, end, at)))
    parts = traffic.by_variant(Selection(), start, end, at)
    rows = tuple(
        Row(
            Part(traffic.variants[index].id),
            traffic.variants[index].name,
            Series(start, tuple(value or -1 for value in values)),
        )
        for index, values in parts.items()
    )
    return (
        StoredAnswer(TOTAL, start, end, (Row(Part(), None, total),), at),
        StoredAnswer(VARIANTS, start, end, rows, at),
    )


def spent(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return 1_000 * (time.perf_counter() - begun)


def told(label: str, times: Sequence[float]) -> None:
    print(f"{label:34} {statistics.median(times):7.1f} {max(times):7.1f} ms")


def memory() -> float:
    """The most that this process took, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def grow(history: History, traffic: Traffic) -> None:
    """A year, oldest week first; the size after each four weeks."""
    keeping = []
    for week in range(WEEKS):
        start = BEGIN + week * grid.WEEK
        kept = asked(traffic, start, start + grid.WEEK, END + 60)
        keeping.append(spent(lambda kept=kept: history.keep_all(kept)))
        if week % 4 == 3 or week == WEEKS - 1:
            print(f"after {week + 1:2} weeks: {history.info().size / 1e6:6.2f} MB")
    told("keep a week piece (both)", keeping)


def poll(history: History, traffic: Traffic) -> None:
    """The last hour and the running window, as a monitor asks for it every half minute."""
    keeping = []
    for number in range(60):
        at = END + 30.0 * number
        kept = asked(traffic, grid.floor(at) - grid.RECENT, grid.floor(at) + grid.STEP, at)
        keeping.append(spent(lambda kept=kept: history.keep_all(kept)))
    told("keep a poll (both)", keeping)


def read(history: History) -> None:
    chance = random.Random(1)
    for label, span in (("6 h", 6 * 3_600), ("day", DAY), ("week", 7 * DAY)):
        told(f"read {label}", reads(history, span, chance))
    for days in (30, 90):
        told(f"read {days} d", reads(history, days * DAY, chance))


def reads(history: History, span: int, chance: random.Random) -> list[float]:
    times = []
    for _ in range(25):
        end = END - grid.STEP * chance.randrange((END - BEGIN - span) // grid.STEP)
        times.append(spent(lambda end=end: history.read(VARIANTS, end - span, end)))
    return times


def live(history: History, traffic: Traffic, days: int) -> None:
    """Days that were polled every 100 s, more or less a tenth, by a monitor that ran through."""
    chance, at, end = random.Random(2), float(BEGIN), BEGIN + days * DAY
    while at < end:
        kept = asked(traffic, grid.floor(at) - grid.RECENT, grid.floor(at) + grid.STEP, at)
        history.keep_all(kept)
        at += chance.uniform(90, 110)
    history.vacuum()
    size = history.info().size
    print(f"{days} days polled: {size / 1e6:.2f} MB")


def main(limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        traffic = Traffic(build_directory(50), "1/p", limit, Incident())
        with closing(History(Path(folder) / "history.sqlite3")) as history:
            history.open()
            grow(history, traffic)
            poll(history, traffic)
            print(f"{'':34} {'median':>7} {'worst':>7}")
            read(history)
            print(f"vacuum: {spent(history.vacuum):.0f} ms, {history.info().size / 1e6:.2f} MB")
        with closing(History(Path(folder) / "history.sqlite3")) as history:
            print(f"open: {spent(history.open):.1f} ms")
        print(f"memory with the simulator: {memory():.0f} MB")
        with closing(History(Path(folder) / "polled.sqlite3")) as history:
            history.open()
            live(history, traffic, 1)
            live(history, traffic, 3)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
