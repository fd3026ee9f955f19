"""How soon a week of 50 variants is on the screen from history, beside a bare Textual app.

Run by hand: ``python tests/benchmarks/bench_start.py [--runs N]``. The history holds two weeks up
to now (the range shown and what it is compared with); the profile's service does not exist, so
that nothing waits for a network. Medians over interleaved runs, from the start of the process to
the output that makes the text appear.
"""

import argparse
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

from bench_screen import BARE, Program, _environment, _start  # noqa: E402

from polytop.history.store import History  # noqa: E402
from polytop.history.types import Scope, StoredAnswer  # noqa: E402
from polytop.model import grid  # noqa: E402
from polytop.model.answer import Part, Row  # noqa: E402
from polytop.model.series import Series  # noqa: E402
from polytop.model.target import Filters, SliceBy, Target  # noqa: E402
from polytop.simulator.demand import Incident  # noqa: E402
from polytop.simulator.traffic import Selection, Traffic  # noqa: E402
from polytop.simulator.variants import build_directory  # noqa: E402

BASE_URL = "http://127.0.0.1:9"
FRAME = r"connecting|from history|offline"
DATA = r"(?s)^ LAST SEEN (≥ )?\d+ .*(All conversations|Total) +\d+ "
PROFILE = f"""
[profiles.prod]
base_url = "{BASE_URL}"
account_id = "ws-1"
project_id = "PROJECT-1"
limit = 120
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11, help="starts of each program")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**_environment(folder), "POLYTOP_API_KEY": "simulator"}
        (folder / "config" / "polytop" / "config.toml").write_text(PROFILE)
        fill(folder / "data" / "polytop" / "history.sqlite3")
        command = (sys.executable, "-P", "-m", "polytop", "--window")
        programs = (
            Program("bare Textual app", (sys.executable, "-c", BARE), (r"Hello",)),
            Program("a week from history", (*command, "7d"), (FRAME, DATA)),
            Program("6 hours from history", (*command, "6h"), (FRAME, DATA)),
        )
        starts: dict[str, list[float]] = {}
        for run in range(asked.runs + 1):
            for program in programs:
                times = _start(program, env)
                if run:  # the first run fills caches
                    for what, seconds in zip((": frame", ": data"), times, strict=False):
                        starts.setdefault(program.name + what, []).append(seconds)
    base = median(starts[programs[0].name + ": frame"])
    print(f"{'first paint with data, ms':32}{'median':>8}{'best':>8}{'worst':>8}{'ratio':>8}")
    for who, times in starts.items():
        figures = "".join(f"{1e3 * t:8.0f}" for t in (median(times), min(times), max(times)))
        print(f"{who:32}{figures}{median(times) / base:8.2f}")


def fill(path: Path, span: int = 15 * 86_400) -> None:
    """The last `span` seconds of 50 variants, asked for a minute ago."""
    now = time.time() - 60
    end = grid.floor(now) + grid.STEP
    target = Target("ws-1", "PROJECT-1", BASE_URL)
    traffic = Traffic(build_directory(50), "1/p", 120, Incident())
    with closing(History(path)) as history:
        history.open()
        for start, latest in grid.split_range(end - span, end + 86_400):
            stop = min(latest, end)
            total = Series(start, tuple(traffic.total(Selection(), start, stop, now)))
            history.keep_all(
                [
                    StoredAnswer(
                        Scope(target, Filters()), start, stop, (Row(Part(), None, total),), now
                    )
                ]
            )
            parts = traffic.by_variant(Selection(), start, stop, now)
            rows = [
                Row(
                    Part(traffic.variants[at].id),
                    traffic.variants[at].name,
                    Series(start, tuple(value or -1 for value in values)),
                )
                for at, values in parts.items()
            ]
            history.keep_all(
                [
                    StoredAnswer(
                        Scope(target, Filters(), SliceBy.VARIANT), start, stop, tuple(rows), now
                    )
                ]
            )


if __name__ == "__main__":
    main()
