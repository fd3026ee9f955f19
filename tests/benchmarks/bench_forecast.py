"""How good the forecast is, on series of counts: its errors, its band, its cost.

Run by hand: ``python tests/benchmarks/bench_forecast.py FOLDER``, or ``--simulator`` for eight
weeks of the simulator with launches and outages. The folder has CSV files, plain
or gzipped, with a header and the columns time and value, on a steady step that divides an hour.
The forecast is made every hour from all that came before. Its error at 15, 30, 60 and 90 minutes
is told relative to last week's value at the same time, over the hours at which it is shown, with
the share of values in the band, the methods, and the CPU time of one poll.

The simulator's calls come by chance around a demand. The error of one who knows that demand, with
all campaigns of the days to come, is told beside it, with the launches and outages and without.
"""

import argparse
import csv
import gzip
import math
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median, mode

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from polytop.model import grid  # noqa: E402
from polytop.model.forecast import Forecaster  # noqa: E402
from polytop.model.series import UNKNOWN  # noqa: E402
from polytop.model.target import ClientEnv  # noqa: E402
from polytop.simulator.demand import (  # noqa: E402
    Incident,
    campaign_demand,
    day_of,
    launch,
    ordinary_demand,
    outage,
)
from polytop.simulator.traffic import Selection, Traffic  # noqa: E402
from polytop.simulator.variants import build_directory  # noqa: E402

MINUTES = (15, 30, 60, 90)
SEED, LIMIT = "1/p", 120
START = 1_790_000_000 // 604_800 * 604_800
QUIET = Incident()
INCIDENTS = {
    at: make(at)
    for at, make in (
        (START + 25 * 86_400 + 10 * 3_600, launch),
        (START + 33 * 86_400 + 15 * 3_600, outage),
        (START + 40 * 86_400 + 9 * 3_600, launch),
        (START + 50 * 86_400 + 12 * 3_600, outage),
    )
}
"""The simulated incidents, by the epoch second at which each is set; each lasts nine hours."""


def main() -> None:
    """Measure every file of the folder, and print a line a file and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--simulator", action="store_true")
    parser.add_argument("--limit", type=int, default=100)
    asked = parser.parse_args()
    relative: dict[int, list[float]] = {minutes: [] for minutes in MINUTES}
    series = {path.name: _read(path) for path in sorted((asked.folder or Path()).glob("*.csv*"))}
    if asked.simulator:
        series["simulator"] = grid.STEP, _simulated()
        for told in (True, False):
            error = _error_of_demand(series["simulator"][1], told)
            print(f"simulator: demand known {'with' if told else 'without'} incidents: {error:.3f}")
    for name, (step, values) in series.items():
        for minutes, value in _measure(name, step, values, asked.limit).items():
            relative[minutes].append(value)
    for minutes, values in relative.items():
        if values:
            print(f"median error at {minutes} min: {median(values):.3f} of last week's value")


def _read(path: Path) -> tuple[int, list[int]]:
    """The step in seconds, and the values; UNKNOWN where a row is missing."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as text:
        rows = list(csv.reader(text))[1:]
    times = [int(datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp()) for row in rows]
    step = mode(later - earlier for earlier, later in pairwise(times))
    values = [UNKNOWN] * ((times[-1] - times[0]) // step + 1)
    for moment, row in zip(times, rows, strict=True):
        values[(moment - times[0]) // step] = round(float(row[1]))
    return step, values


def _simulated() -> list[int]:
    """Eight weeks of the simulator, with two launches and two outages in the last five."""
    variants = build_directory(1)
    traffic = {
        incident: Traffic(variants, SEED, LIMIT, incident)
        for incident in (QUIET, *INCIDENTS.values())
    }
    values = []
    for hour in range(START, START + 56 * 86_400, 3_600):
        values += traffic[_incident(hour)].total(Selection(), hour, hour + 3_600, hour + 86_400)
    return values


def _incident(moment: int) -> Incident:
    return next((each for at, each in INCIDENTS.items() if at <= moment < at + 32_400), QUIET)


def _error_of_demand(values: list[int], told: bool) -> float:
    """The error of the demand itself, relative to last week's value; incidents where `told`."""
    demands = []
    for at in range(len(values)):
        moment = START + at * grid.STEP + grid.STEP // 2
        incident, day = _incident(moment) if told else QUIET, day_of(SEED, moment)
        erlangs = ordinary_demand(ClientEnv.LIVE, LIMIT, moment) * day.level
        erlangs += campaign_demand(day, ClientEnv.LIVE, LIMIT, moment)
        erlangs = erlangs * incident.factor(moment) + incident.surge(moment) * LIMIT
        begin, end = incident.hole or (0, 0)
        demands.append(0.0 if begin <= moment * 1_000 < end else erlangs)
    # A window's maximum lies above its mean by some of the spread that counts have.
    week, spreads = 604_800 // grid.STEP, [math.sqrt(demand) for demand in demands]
    above = median(
        (value - demand) / spread
        for value, demand, spread in zip(values, demands, spreads, strict=True)
        if spread
    )
    error = plain = 0.0
    for at in range(3 * week, len(values)):
        error += abs(min(LIMIT, demands[at] + above * spreads[at]) - values[at])
        plain += abs(values[at - week] - values[at])
    return error / plain


def _measure(name: str, step: int, values: list[int], limit: int) -> dict[int, float]:
    week, hour = 604_800 // step, 3_600 // step
    forecaster = Forecaster(0, step)
    errors: dict[int, list[tuple[float, float, bool]]] = {minutes: [] for minutes in MINUTES}
    methods: Counter[str] = Counter()
    costs: list[float] = []
    for at, value in enumerate(values):
        began = time.process_time()
        forecaster.learn([value])
        if at % hour or at < 3 * week:
            continue
        forecast = forecaster.forecast(limit)
        costs.append(time.process_time() - began)
        methods[forecast.method if forecast.points else "not shown"] += 1
        for minutes in MINUTES:
            ahead = max(1, minutes * 60 // step)
            if minutes * 60 < step or ahead > len(forecast.points) or at + ahead >= len(values):
                continue
            actual, before = values[at + ahead], values[at + ahead - week]
            if actual >= 0 and before >= 0:
                point = forecast.points[ahead - 1]
                inside = forecast.low[ahead - 1] <= actual <= forecast.high[ahead - 1]
                errors[minutes].append((abs(actual - point), abs(actual - before), inside))
    relative = {
        minutes: sum(row[0] for row in rows) / sum(row[1] for row in rows)
        for minutes, rows in errors.items()
        if rows
    }
    inside = [row[2] for rows in errors.values() for row in rows]
    print(name, f"step {step} s, {len(values):,} values")
    for minutes, value in relative.items():
        rows = errors[minutes]
        held = sum(row[2] for row in rows) / len(rows)
        print(f"  {minutes:2} min: error {value:.3f}, in the band {held:.1%} of {len(rows)}")
    if inside:
        print(f"  in the band {sum(inside) / len(inside):.1%}")
    if costs:
        print(f"  a poll: {median(costs) * 1e3:.1f} ms, at most {max(costs) * 1e3:.1f} ms of CPU")
    print(f"  {dict(methods)}", flush=True)
    return relative


if __name__ == "__main__":
    main()
