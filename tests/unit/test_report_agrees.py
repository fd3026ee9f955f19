"""A report says what the screen, the table and the export say of the same range.

A server with gaps, late values and a week before is asked; some windows were seen only while they
ran. The same snapshot is drawn, exported and told.
"""

import asyncio
import csv
import json
import random
import re
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.api.query import Query
from polytop.cli.runtime.export import export_shown
from polytop.cli.runtime.report import ReportSources
from polytop.cli.story.forms import HTML, JSON, MARKDOWN, write
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.baseline import Compare
from polytop.model.report import Report
from polytop.model.series import GAP, Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.range_source import RangeFetch
from polytop.ui.ports import ExportWish
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.figures import figures_block
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.table_model import build_rows
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

STEP, WEEK = 300, 604_800
NOW = 1_790_000_100 + 130.0
CAPACITY = Capacity(120)
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
SUBJECT = Subject("prod", TARGET)
COLOURS = palette(DARK.to_color_system().generate() | DARK.variables)


class Server:
    """Values by seed and window; `gaps` is the share of windows that it leaves out."""

    def __init__(self, seed: int, gaps: float) -> None:
        self._seed, self._gaps = seed, gaps

    async def fetch(self, query: Query) -> Answer:
        total = self._series(query, "")
        if query.slice_by is None:
            return Answer(total=total)
        rows = (Row(Part(each), f"row {each}", self._series(query, each)) for each in "ab")
        return Answer(rows=tuple(rows))

    def _series(self, query: Query, part: str) -> Series:
        windows = grid.windows(query.start, query.end)
        return Series(query.start, tuple(self._value(each, part) for each in windows))

    def _value(self, window: int, part: str) -> int:
        chance = random.Random(f"{self._seed}/{window}")
        left_out, value = chance.random() < self._gaps, chance.choice((0, 3, 60, 96, 108, 120, 130))
        if left_out or window > NOW:
            return GAP
        half = value * 2 // 3
        return {"": value, "a": half, "b": value - half}[part]


async def no_sleep(_: float) -> None:
    return


def read(seed: int, gaps: float, start: int, windows: int, seen: int) -> Snapshot:
    """The snapshot of `windows` from `start`; the first `seen` were fetched while they ran."""
    server, end = Server(seed, gaps), start + windows * STEP
    clock = [NOW]

    async def fetch(memory: HistoryCache) -> Snapshot:
        source = RangeFetch(
            server.fetch, TARGET, memory, clock=lambda: clock[0], sleep=no_sleep,
            waiting=lambda *_: None, progress=lambda _: None,
        )  # fmt: skip
        view = View(Filters(), end - start, end, Compare.WEEK)
        for window in range(start, start + seen * STEP, STEP):
            clock[0] = window + 200.0
            await source.snapshot(View(Filters(), STEP, window + STEP), CAPACITY)
        clock[0] = NOW
        if seen:
            # Only what is kept: nobody asked again.
            return await RangeFetch(
                refuse, TARGET, memory, clock=lambda: clock[0], sleep=no_sleep,
                waiting=lambda *_: None, progress=lambda _: None,
            ).snapshot(view, CAPACITY)  # fmt: skip
        return await source.snapshot(view, CAPACITY)

    with closing(HistoryCache()) as memory:
        return asyncio.run(fetch(memory))


async def refuse(_: Query) -> Answer:
    from polytop.api.errors import ConnectionFailed
    from polytop.model.problem import Kind, Problem

    raise ConnectionFailed(Problem(Kind.OFFLINE, "Cannot reach api.example", "Check."))


def shown(text: str, label: str) -> str:
    """The figure after `label` on the screen."""
    found = re.search(rf"{label} +((?:≥ )?[\d.]+|–)", text)
    assert found, (label, text)
    return found[1]


def screen(snapshot: Snapshot) -> tuple[str, list[str]]:
    """The figures of the screen, and the lines of its table."""
    state = ViewState(Filters(), span=snapshot.end - snapshot.start, end=snapshot.end)
    context = RenderContext(SUBJECT, state, snapshot.at, Zone(), COLOURS)
    drawn = "\n".join(each.text for each in figures_block(snapshot, context, 160, 3))
    rows = VisibleRows(build_rows(snapshot), 0, 0)
    return drawn, [each.text for each in table(snapshot, context, rows, 200, 8)]


def column(lines: list[str], row: str, head: str) -> str:
    (found,) = filter(None, (re.search(f" ({head})(?= )", each) for each in lines))
    cells = next(each for each in lines if re.match(rf"[ ▸]*{row} ", each))
    return cells[: found.end(1)].split()[-1]


def rows_of(text: str, heading: str) -> dict[str, list[str]]:
    """The rows of the first table of Markdown under `heading`, by their first cell."""
    part = text[text.index(f"\n## {heading}\n") :].split("\n\n")
    lines = next(each for each in part if each.startswith("|")).splitlines()[2:]
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def exported(snapshot: Snapshot, folder: Path) -> list[int]:
    path = folder / "data.csv"
    path.unlink(missing_ok=True)
    export_shown(snapshot, ExportWish("csv", False, str(path)), SUBJECT)
    with path.open(newline="", encoding="utf-8") as file:
        return [int(row["max_concurrent_conversations"]) for row in csv.DictReader(file)]


def agree(snapshot: Snapshot, folder: Path) -> None:
    """Everything that is said of `snapshot` is the same."""
    report = ReportSources().report(snapshot, ExportWish("report.json", False, "x"), SUBJECT)
    told, text = json.loads(write(report, JSON)), write(report, MARKDOWN)
    page = write(report, HTML)
    total = snapshot.summary
    assert told["windows"]["known"] == total.known
    missing = told["windows"]["left_out"] + told["windows"]["not_fetched"]
    assert missing + total.known == told["windows"]["total"] == len(snapshot.total)
    if total.peak is None:
        assert told["peak"] is None
        assert "Nothing is known of these" in text
        assert "Nothing is known of these" in page
        return
    drawn, lines = screen(snapshot)
    peak = str(told["peak"]["value"])
    assert shown(drawn, "peak") in (peak, f"≥ {peak}")
    figures = dict(re.findall(r"^\| ([a-z0-9 ]+?) \| (?:≥ )?(\S+) \|", text, re.MULTILINE))
    assert figures["peak"] == peak
    assert shown(drawn, "p95") == figures["p95"]
    assert shown(drawn, "mean") == figures["mean"]
    assert f"<b>{'≥ ' if told['peak']['provisional'] else ''}{peak}</b>" in page
    assert f"<b>{figures['mean']}</b>" in page
    if total.complete:
        values = exported(snapshot, folder)
        assert len(values) == told["windows"]["complete"]
        assert sum(values) / len(values) == total.mean
        assert abs(told["mean"] - total.mean) < 1e-3
        if not told["windows"]["provisional"]:
            assert max(values) == told["peak"]["value"]
            for each in told["levels"]:
                assert each["windows"] == sum(value >= each["from"] for value in values)
    warning = told["levels"][0]
    minutes = re.search(r"96 or more (?:seen )?for up to (\d+) min", drawn)
    if minutes and warning["at_most_minutes"] < 120:
        assert int(minutes[1]) == warning["at_most_minutes"]
    rows_agree(report, told, text, lines)


def rows_agree(report: Report, told: dict[str, object], text: str, lines: list[str]) -> None:
    if not report.rows:
        return
    cells = rows_of(text, "By variant")
    for row in told["rows"]:
        name = row["name"]
        peak, _, _, p95, mean, _ = cells[name]
        assert peak.removeprefix("≥ ") == str(row["peak"]["value"] if row["peak"] else "–")
        assert peak.removeprefix("≥ ") == column(lines, name, "PEAK").removeprefix("≥")
        assert p95 == column(lines, name, "P95")
        assert mean.split(" of ")[0] == column(lines, name, "MEAN").split(" of ")[0]


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1 << 30),
    gaps=st.sampled_from([0.0, 0.1, 0.6, 1.0]),
    back=st.integers(1, 40),
    windows=st.integers(1, 30),
)
def test_past_ranges(tmp_path_factory, seed: int, gaps: float, back: int, windows: int) -> None:
    start = grid.floor(NOW) - back * STEP
    snapshot = read(seed, gaps, start, min(windows, back), 0)
    agree(snapshot, tmp_path_factory.getbasetemp())


def test_a_range_with_the_running_window(tmp_path: Path) -> None:
    snapshot = read(7, 0.1, grid.floor(NOW) - 6 * STEP, 7, 0)
    assert snapshot.total.at(NOW) >= 0
    agree(snapshot, tmp_path)


def test_windows_that_were_fetched_while_they_ran(tmp_path: Path) -> None:
    snapshot = read(3, 0.0, grid.floor(NOW) - 20 * STEP, 6, 4)
    assert len(snapshot.total.provisional) == 4
    assert snapshot.fault is not None
    agree(snapshot, tmp_path)


def test_a_range_of_which_nothing_is_known(tmp_path: Path) -> None:
    snapshot = read(3, 1.0, grid.floor(NOW) - 20 * STEP, 6, 0)
    assert not snapshot.summary.known
    agree(snapshot, tmp_path)
