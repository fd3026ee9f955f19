"""Every number in the table against plain arithmetic on plain answers of the service."""

import json
import re
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from simulator_service import Service
from terminal import Terminal

Run = Callable[..., Terminal]
Filters = tuple[tuple[str, str], ...]
Values = dict[int, int]
"""Conversations by the start of their window, epoch seconds."""

WINDOW, HOUR, DAY, WEEK = 300, 3_600, 86_400, 7 * 86_400
LISTED = {
    "language": ["ca-ES", "de-DE", "en-GB", "fr-FR"],
    "phone_number": ["+12025550134", "+442079460100", "+447700900250", "+33100000000"],
    "client_env": ["live", "pre-release", "sandbox"],
}
HEADS = (
    "NOW ≥", "LAST 5 MIN", "SHARE", "15 MIN", "vs WEEK", "PEAK", "AT", "P95", "MEAN", "AGE",
)  # fmt: skip


# -- what the service says


def answered(service: Service, start: int, end: int, pairs: Filters) -> list[dict[str, str]]:
    """The rows of one plain request."""
    moments = [datetime.fromtimestamp(each, UTC).isoformat() for each in (start, end)]
    asked = (("start_time", moments[0]), ("end_time", moments[1]), *pairs)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)
    path = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"
    request = urllib.request.Request(
        f"{service.url}{path}?{query}", headers={"x-api-key": "simulator"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        rows: list[dict[str, str]] = json.load(answer)["intervals"]
    return rows


def series(rows: list[dict[str, str]]) -> Values:
    """Windows and their values."""
    return {
        int(datetime.fromisoformat(row["time"]).timestamp()): int(
            row["max_concurrent_conversations"]
        )
        for row in rows
    }


def parts(service: Service, by: str, start: int, end: int, pairs: Filters) -> dict[str, Values]:
    """Every part of the breakdown by its name, each value asked for by itself but variants."""
    if by == "variant":
        grouped = defaultdict(list)
        for row in answered(service, start, end, (*pairs, ("slice_by", "variant"))):
            grouped[row["variant_name"]].append(row)
        return {name: series(rows) for name, rows in grouped.items()}
    others = tuple(pair for pair in pairs if pair[0] != by)
    return {
        value: series(answered(service, start, end, (*others, (by, value)))) for value in LISTED[by]
    }


# -- what follows from it


def signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"−{-number}" if number < 0 else "0"


def newest(values: Values, running: int) -> tuple[int, int] | None:
    """The running window and what it has so far, else the one before it."""
    found = [at for at in (running, running - WINDOW) if at in values]
    return (found[0], values[found[0]]) if found else None


def versus(values: Values, before: Values, last: int) -> str:
    """The last complete window against the same a week before."""
    if last not in values or last - WEEK not in before:
        return "–"
    base = before[last - WEEK]
    difference = values[last] - base
    if not base:
        return signed(difference)
    arrow = "▲ " if difference > 0 else "▼ " if difference < 0 else ""
    return f"{signed(difference)} {arrow}{percent(abs(difference), base)}"


def percent(part: int, whole: int) -> str:
    """Rounded, but 0 and 100 are said of nothing and of the whole alone."""
    shown = round(100 * part / whole)
    if shown in (0, 100) and 100 * part != shown * whole:
        shown += 1 if 100 * part > shown * whole else -1
    return f"{shown} %"


def cells(values: Values, before: Values, total: Values | None, running: int) -> tuple[str, ...]:
    """A row of the table, as words."""
    last = running - WINDOW
    complete = sorted(value for at, value in values.items() if at < running)
    now = newest(values, running)
    share = "–"
    if total is not None and last in values and total.get(last):
        share = percent(values[last], total[last])
    highest = max(values.values())
    at = min(window for window, value in values.items() if value == highest)
    rank = -(-len(complete) * 95 // 100)
    mean = sum(complete) / len(complete)
    change = "–"
    if last in values and last - 900 in values:
        change = signed(values[last] - values[last - 900])
    return (
        str(now[1]) if now else "–",
        str(values.get(last, "–")),
        share,
        change,
        versus(values, before, last),
        str(highest),
        datetime.fromtimestamp(at, UTC).strftime("%H:%M"),
        str(complete[rank - 1]),
        "<0.1" if 0 < mean < 0.05 else f"{mean:.1f}",
    )


class Expected(NamedTuple):
    """The whole table by the names of its rows.

    The service leaves a variant out of a range in which it has no calls, and gives it zeros in a
    wider one that it has calls in: both are true, and the monitor may have asked for either. `wide`
    has the rows that a wider range comes to, where they are others.
    """

    table: dict[str, tuple[str, ...]]
    wide: dict[str, tuple[str, ...]]

    def met(self, shown: dict[str, tuple[str, ...]]) -> bool:
        """Return True if the rows are the true ones, and no others."""
        return set(self.table) <= set(shown) and all(
            row in (self.table.get(name), self.wide.get(name)) for name, row in shown.items()
        )


def within(values: Values, start: int, end: int) -> Values:
    """Those of the range."""
    return {at: value for at, value in values.items() if start <= at < end}


def expected(service: Service, by: str, pairs: Filters, now: float) -> Expected:
    """The table at `now`."""
    running = int(now) // WINDOW * WINDOW
    start, end = running + WINDOW - 6 * HOUR, running + WINDOW
    then = start - WEEK, end - WEEK
    total = series(answered(service, start, end, pairs))
    before = series(answered(service, *then, pairs))
    rows = parts(service, by, start, end, pairs)
    rows_before = parts(service, by, *then, pairs)
    of = None if by == "client_env" else total
    table = {
        name: cells(values, rows_before.get(name, {}), of, running) for name, values in rows.items()
    }
    if by == "client_env":
        # There is no share of what has no total.
        return Expected({name: (*row[:2], *row[3:]) for name, row in table.items()}, {})
    narrowed = any(name != "client_env" for name, _ in pairs)
    whole = "This selection" if narrowed else "All conversations"
    if len(rows) != 1:
        # An only row is the total, which is not shown twice.
        table[whole] = cells(total, before, total, running)
    if by != "variant":
        return Expected(table, {})
    wide = parts(service, by, start - DAY, end, pairs)
    wide_before = parts(service, by, then[0] - DAY, then[1], pairs)
    rows_of_wide = {
        name: cells(
            within(values, start, end), within(wide_before.get(name, {}), *then), total, running
        )
        for name, values in wide.items()
    }
    return Expected(table, {k: row for k, row in rows_of_wide.items() if table.get(k) != row})


# -- what the screen says


def table(screen: str) -> dict[str, tuple[str, ...]]:
    """Every number of the table by the name of its row, cut where the heads say."""
    lines = screen.splitlines()
    heads = [at for at, line in enumerate(lines) if "15 MIN" in line and "vs WEEK" in line]
    if not heads:
        return {}
    head = lines[heads[0]]
    ends = [head.index(f" {each} ") + len(each) + 1 for each in HEADS if f" {each} " in head]
    first = ends[0] - 7
    found = {}
    for line in lines[heads[0] + 1 :]:
        name = line[2:first].strip()
        edges = zip([first, *ends[:-1]], ends, strict=True)
        words = tuple(" ".join(line[one:two].split()) for one, two in edges)
        if name and any(re.fullmatch(r"\d\d:\d\d", word) for word in words):
            # Ages are of the clock and not of the data.
            found[name] = words[:-1] if " AGE " in head else words
    return found


@pytest.mark.parametrize(
    ("by", "pairs"),
    [
        ("variant", ()),
        ("language", ()),
        ("phone_number", ()),
        ("client_env", ()),
        ("variant", (("language", "en-GB"),)),
        ("language", (("variant_name", "Spanish – ES"), ("client_env", "pre-release"))),
        ("phone_number", (("language", "en-GB"), ("client_env", "sandbox"))),
        ("client_env", (("phone_number", "+442079460100"), ("variant_id", "v-main"))),
    ],
    ids=str,
)
def test_every_number_of_the_table_is_what_a_plain_script_computes(
    run: Run, home: dict[str, str], profiled: Service, by: str, pairs: Filters
) -> None:
    lists = f"languages = {LISTED['language']}\nphone_numbers = {LISTED['phone_number']}\n"
    profiled.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop", lists)
    options = [word for name, value in pairs for word in (f"--{name.replace('_', '-')}", value)]
    terminal = run("--breakdown", by, "--interval", "5s", *options, columns=160, rows=50)
    known: dict[int, Expected] = {}

    def shown(screen: str) -> bool:
        # The service's clock stands still. The monitor's does not, so its window may move on; but
        # it goes by the service's once that is far behind.
        for moment in (time.time(), time.time() - WINDOW):
            window = int(moment) // WINDOW
            if window not in known:
                known[window] = expected(profiled, by, pairs, moment)
            if known[window].met(table(screen)):
                return True
        return False

    terminal.wait_until(lambda screen: len(table(screen)) > 2)
    try:
        terminal.wait_until(shown, 20)
    except AssertionError:
        wanted = known[max(known)]
        assert table(terminal.screen()) == wanted.table | wanted.wide
        raise
    if by != "variant":
        assert set(LISTED[by]) <= set(known[max(known)].table)
