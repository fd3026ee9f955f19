"""Header, table, wall tile, glance and check say the same of the same data, and it is true.

A server with gaps, late and revised values is polled at random moments, with polls that fail and
looks of other commands between. The truth is computed from its raw answers, window by window.
More examples: ``HYPOTHESIS_PROFILE=default POLYTOP_EXAMPLES=500``.
"""

import asyncio
import math
import os
import random
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENCE

from polytop.api.errors import ApiError
from polytop.api.query import Query
from polytop.cli.check.verdict import CheckOptions, build_ranges, build_result
from polytop.cli.glance.document import document
from polytop.cli.glance.text import block, line
from polytop.cli.output import Pen
from polytop.cli.runtime.one_shot import ProfileQuery, ProfileReading
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.baseline import Compare
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity, Severity
from polytop.model.target import ClientEnv, Filters, SliceBy, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.one_shot import fetch_snapshot
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff, RateLimiter
from polytop.ui.render.context import RenderContext, Subject
from polytop.ui.render.figures import figures_block
from polytop.ui.render.header import header
from polytop.ui.render.table import VisibleRows, table
from polytop.ui.render.wall import WallContext, tile_lines
from polytop.ui.table_model import build_rows
from polytop.ui.theme import DARK, palette
from polytop.ui.time_format import Zone, day_and_time
from polytop.ui.view_state import ViewState
from polytop.ui.wall_model import Tile

STEP, DAY, WEEK = 300, 86_400, 7 * 86_400
BASE = 1_790_000_100
"""The window in which the first poll is made: a Monday, 14:15 UTC."""
CAPACITY = Capacity(120, 0.8, 0.9)
TARGET = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
OFFLINE = Problem(Kind.OFFLINE, "Cannot reach api.example", "Check the network.")
UTC, PLAIN = Zone(), Pen()
COLOURS = palette(DARK.to_color_system().generate() | DARK.variables)
EXAMPLES = int(os.environ.get("POLYTOP_EXAMPLES", "12"))


# -- the server


@dataclass
class Server:
    """Answers by the clock; every window has its own fate. `log` holds the raw answers."""

    seed: int
    now: int = BASE
    down: bool = False
    log: list["RawAnswer"] = field(default_factory=list)

    async def fetch(self, query: Query) -> Answer:
        await asyncio.sleep(0)
        if self.down:
            raise ApiError(OFFLINE)
        windows = grid.windows(query.start, query.end)
        total = {window: self.value(window) for window in windows}
        parts = {"a": {}, "b": {}} if query.slice_by else {"": total}
        for window, value in total.items():
            if query.slice_by:
                parts["a"][window] = None if value is None else value * 2 // 3
                parts["b"][window] = None if value is None else value - value * 2 // 3
        for name, values in parts.items():
            self.log.append(RawAnswer(self.now, name, query.start, query.end, values))
        series = {
            name: Series(query.start, tuple(GAP if v is None else v for v in values.values()))
            for name, values in parts.items()
        }
        if query.slice_by is SliceBy.VARIANT:
            return Answer(rows=tuple(Row(Part(each), each, series[each]) for each in "ab"))
        return Answer(total=series[""])

    def value(self, window: int) -> int | None:
        """What the server says of `window` now: None if it leaves it out."""
        chance = random.Random(f"{self.seed}/{window}")
        fate, value = (
            chance.random(),
            chance.choice((0, 3, 40, 81, 95, 96, 100, 108, 119, 120, 130)),
        )
        delay, age = chance.randrange(0, 2_000), self.now - window
        if age < 0 or fate < 0.06:
            return None
        if fate < 0.14 and age < STEP + delay:
            return None if fate < 0.10 or age >= STEP else value * age // STEP
        if fate < 0.24 and STEP <= age < STEP + delay:
            return chance.randrange(0, 130)
        return value if age >= STEP else value * age // STEP


class RawAnswer(NamedTuple):
    """One answer to the part `name` (``""`` is the total), asked for at `at`."""

    at: int
    name: str
    start: int
    end: int
    values: dict[int, int | None]


# -- the truth


class Figures(NamedTuple):
    """What is to be said of one series; None is not known."""

    now: int | None
    at_least: bool
    last: int | None
    change: int | None
    versus: int | None
    peak: int | None
    mean: float | None
    p95: int | None


class Known(NamedTuple):
    """A window as the answers have it: its value, and whether that was seen after its end."""

    value: int | None
    complete: bool


def known(log: Sequence[RawAnswer], name: str, window: int) -> Known | None:
    """The latest value of `window`; None if it was never asked for."""
    asked = [each for each in log if each.name == name and each.start <= window < each.end]
    seen = [each for each in asked if each.values[window] is not None]
    latest = max(seen or asked, key=lambda each: each.at, default=None)
    return latest and Known(latest.values[window], latest.at >= window + STEP)


@dataclass(frozen=True)
class Truth:
    """The figures from the raw answers before `at`, of a span of `span` seconds.

    `answered_at` is the time of the last good answer.
    """

    log: Sequence[RawAnswer]
    at: int
    span: int
    answered_at: int

    @property
    def running(self) -> int:
        return self.at // STEP * STEP

    def last(self) -> int | None:
        """The last window that was fetched after its end."""
        windows = range(self.running - STEP, self.running - 4 * 3_600, -STEP)
        found = ((window, known(self.log, "", window)) for window in windows)
        return next((window for window, each in found if each and each.complete), None)

    def complete(self, name: str, window: int | None) -> int | None:
        found = None if window is None else known(self.log, name, window)
        return found.value if found and found.complete else None

    def figures(self, name: str) -> Figures:
        start = (self.running + STEP - self.span) // STEP * STEP
        span = [known(self.log, name, window) for window in range(start, self.running + STEP, STEP)]
        values = [each.value for each in span if each and each.value is not None]
        settled = sorted(e.value for e in span if e and e.complete and e.value is not None)
        newest = [known(self.log, name, self.running - back) for back in (0, STEP)]
        now = next((each for each in newest if each and each.value is not None), None)
        window = self.last()
        # Of parts nothing is known before the span; the total has some hours more.
        first = start if name else 0
        last = None if window is None or window < first else self.complete(name, window)
        earlier = None if window is None or window - 900 < first else window - 900
        before = self.complete(name, earlier)
        week = self.complete(name, window and window - WEEK)
        return Figures(
            now=now and now.value,
            at_least=now is not None and not now.complete,
            last=last,
            change=None if last is None or before is None else last - before,
            versus=None if last is None or week is None else last - week,
            peak=max(values, default=None),
            mean=sum(settled) / len(settled) if settled else None,
            p95=settled[math.ceil(0.95 * len(settled)) - 1] if settled else None,
        )

    def state(self, *, failed: bool) -> Severity:
        figures, window = self.figures(""), self.last()
        judged = None
        while judged is None and window is not None and window + STEP >= self.answered_at - 600:
            judged = self.complete("", window)
            window -= STEP
        values = [each for each in (figures.now, judged) if each is not None]
        worst = max((_band(value) for value in values), default=Severity.OK)
        if judged is None and worst is Severity.OK:
            return Severity.UNKNOWN
        if failed:
            holds = worst is not Severity.OK and self.at - self.answered_at < 600
            return worst if holds else Severity.UNKNOWN
        return worst


def _band(value: int) -> Severity:
    return Severity.CRITICAL if value >= 108 else Severity.WARNING if value >= 96 else Severity.OK


# -- what is written


def number(text: str | None) -> float | None:
    """A number as it is shown; None for a dash."""
    if text is None or text == "–":
        return None
    return float(text.replace("−", "-").lstrip("+"))


VALUE = r"(≥ )?([+−]?[\d.]+|–)"


def read(text: str, label: str) -> tuple[bool, float | None]:
    """The value after `label`, and whether it is a lower bound."""
    found = re.search(rf"{label} +{VALUE}", text)
    assert found, (label, text)
    return found[1] is not None, number(found[2])


def column(lines: Sequence[str], row: str, head: str) -> float | None:
    """The cell of a table, right-aligned below its head; None without such a row."""
    (found,) = filter(None, (re.search(f" ({head})(?= )", each) for each in lines))
    cells = next((each for each in lines if re.match(rf"[ ▸]*{row} ", each)), None)
    return cells and number(cells[: found.end(1)].split()[-1])


def same(shown: float | None, true: float | None) -> bool:
    """True if `shown`, with one decimal at least, is `true`."""
    return (shown is None) == (true is None) and (true is None or abs(shown - true) <= 0.05 + 1e-9)


def screen_agrees(snapshot: Snapshot, truth: Truth, later: float) -> None:
    """Header, table and wall tile, drawn `later` seconds after the poll."""
    true, failed = truth.figures(""), snapshot.fault is not None
    state = ViewState(Filters(), span=truth.span, compare=Compare.WEEK)
    context = RenderContext(Subject("prod", TARGET), state, snapshot.at + later, UTC, COLOURS)
    first = header(snapshot, context, 160).text
    drawn = "\n".join(each.text for each in figures_block(snapshot, context, 160, 3))
    word = truth.state(failed=failed).name
    assert (word in first) or (word == "OK" and not re.search("WARNING|CRITICAL|UNKNOWN", first))
    if not failed:
        assert read(drawn, "NOW") == (true.at_least, true.now)
    figures_agree(drawn, true)
    assert same(read(drawn, "vs week")[1], true.versus)
    assert same(read(drawn, "p95")[1], true.p95)
    assert same(read(drawn, "mean")[1], true.mean)
    tile = Tile("prod", ClientEnv.LIVE, TARGET, snapshot)
    look = WallContext(COLOURS, UTC, snapshot.at + later)
    drawn = "\n".join(each.text for each in tile_lines(tile, look, 80, 12, selected=False))
    assert tile.severity.name == word
    assert word in drawn or word == "OK"
    if not failed:
        assert read(drawn, "NOW") == (true.at_least, true.now)
    figures_agree(drawn, true)
    rows = VisibleRows(build_rows(snapshot, zone=UTC), 0, 0)
    lines = [each.text for each in table(snapshot, context, rows, 200, 8)]
    for row, name in (("All conversations", ""), ("a", "a"), ("b", "b")):
        each = truth.figures(name)
        assert column(lines, row, r"≥\d\d:\d\d" if failed else "NOW ≥") == each.now
        assert column(lines, row, r"(?:LAST 5 MIN|\d\d:\d\d)(?= +SHARE)") == each.last
        assert column(lines, row, "15 MIN") == each.change
        assert column(lines, row, "PEAK") == each.peak
        assert column(lines, row, "P95") == each.p95
        assert same(column(lines, row, "MEAN"), each.mean)


def figures_agree(drawn: str, true: Figures) -> None:
    """The last complete window with its change, and the peak."""
    assert same(read(drawn, r"(?:last 5 min|at [^\n]*?\d\d:\d\d)")[1], true.last)
    assert same(read(drawn, "15 min")[1], true.change)
    assert same(read(drawn, "peak")[1], true.peak)


def commands_agree(snapshot: Snapshot, truth: Truth) -> None:
    """The three forms of glance, and check."""
    true, failed = truth.figures(""), snapshot.fault is not None
    errors = (snapshot.fault.problem,) if snapshot.fault else ()
    reading = ProfileReading(ProfileQuery("prod"), snapshot.at, snapshot, errors)
    word = truth.state(failed=failed).name
    found = document(reading, UTC)
    assert found["state"] == word
    assert (found["now"]["value"], bool(found["now"]["provisional"])) == (true.now, true.at_least)
    last = found["last_complete"]
    assert (last["value"], last["change"], last["versus_week"]) == true[2:5]
    assert (found["peak"]["value"], found["p95"]) == (true.peak, true.p95)
    assert same(found["mean"], true.mean)
    for row in found["rows"]:
        part = truth.figures(row["variant_id"])
        assert (row["now"], row["last_complete"], row["peak"]) == (part.now, part.last, part.peak)
    if true.peak is not None:
        text = "\n".join(block(reading, 100, UTC, PLAIN))
        assert word in text.partition("\n")[0]
        label = rf"at {day_and_time(truth.answered_at, snapshot.at, UTC)}" if failed else "now"
        if not failed or true.now is not None:
            assert read(text, label) == (true.at_least, true.now)
        assert same(read(text, r"(?:last 5 min|5 min at \d\d:\d\d)")[1], true.last)
        assert same(read(text, "15 min")[1], true.change)
        assert same(read(text, "peak")[1], true.peak)
        assert same(read(text, "p95")[1], true.p95)
        assert same(read(text, "mean")[1], true.mean)
        versus = read(text, "vs week")[1] if "vs week" in text else None
        assert same(versus, true.versus)
    short = line(reading, PLAIN)
    assert short.startswith(f"{word} prod")
    result = build_result(reading, build_ranges(CheckOptions(), CAPACITY), CheckOptions())
    if failed:
        assert result.severity is Severity.UNKNOWN
        return
    if true.now is not None:
        assert read(short, "prod") == (true.at_least, true.now)
    if true.last is not None:
        change = "" if true.change is None else f" {true.change:+d}".replace("-", "−")
        expected = f"last 5 min {true.last}" + change.replace("+0", "±0")
        assert expected in short
    assert result.severity.name == word
    told = dict(each.split("=") for each in result.line.partition(" | ")[2].split())
    if result.metrics:
        assert int(told["peak"].partition(";")[0]) == true.peak
        assert true.p95 is None or int(told["p95"].partition(";")[0]) == true.p95
        values = {true.now, true.last} | ({None} if true.last is None else set())
        assert int(told["concurrent"].partition(";")[0]) in values or true.last is None


# -- many moments in a row


class Moment(NamedTuple):
    """Something that happens `after` seconds; a poll, or a look of another command."""

    after: int
    poll: bool
    works: bool
    span: int


MOMENTS = st.lists(
    st.builds(
        Moment,
        st.sampled_from([31, 60, 61, 149, 240, 299, 300, 301, 480, 700, 1_000]),
        st.booleans(),
        st.sampled_from([True, True, True, False]),
        st.sampled_from([1_800, 3_600, 4 * 3_600]),
    ),
    min_size=3,
    max_size=9,
)


async def watch(
    seed: int, span: int, offset: int, moments: Sequence[Moment], later: Callable[[], float]
) -> None:
    """Run the monitor on the server, with other commands between, and compare at each moment."""
    server = Server(seed, BASE + offset)
    view = View(Filters(), span, compare=Compare.WEEK)

    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    def clock() -> float:
        return float(server.now)

    with closing(HistoryCache()) as memory:
        poller = Poller(
            server.fetch,
            TARGET,
            view,
            clock=clock,
            sleep=sleep,
            pacing=Backoff(60.0, lambda: 0.5),
            capacity=CAPACITY,
            memory=memory,
            budget=RateLimiter(10_000, clock, 2),
        )
        async with asyncio.timeout(PATIENCE), aclosing(poller.snapshots()) as snapshots:
            answered, coming = server.now, asyncio.ensure_future(anext(snapshots))
            try:
                for moment in (Moment(0, True, True, span), *moments):
                    server.now += moment.after
                    server.down = not moment.works
                    if moment.poll:
                        asleep.clear()
                        poller.wake()
                        snapshot = await coming
                        while moment.works and snapshot.backfill is not None:
                            snapshot = await anext(snapshots)
                        coming = asyncio.ensure_future(anext(snapshots))
                        await asleep.wait()
                        answered = server.now if moment.works else answered
                        truth = Truth(tuple(server.log), server.now, span, answered)
                        screen_agrees(snapshot, truth, later())
                    else:
                        look = View(Filters(), moment.span, compare=Compare.WEEK)
                        snapshot = await fetch_snapshot(
                            server.fetch, TARGET, look, clock=clock, capacity=CAPACITY,
                            memory=memory,
                        )  # fmt: skip
                        fetched = int(snapshot.fetched_at or 0)
                        truth = Truth(tuple(server.log), server.now, moment.span, fetched)
                    if snapshot.fetched_at is not None:
                        commands_agree(snapshot, truth)
            finally:
                coming.cancel()
                await asyncio.wait([coming])


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    span=st.sampled_from([3_600, 3 * 3_600, 6 * 3_600]),
    offset=st.integers(0, STEP - 1),
    moments=MOMENTS,
    data=st.data(),
)
def test_every_surface_says_the_same_and_the_truth(
    seed: int, span: int, offset: int, moments: list[Moment], data: st.DataObject
) -> None:
    later = st.integers(0, 240)
    asyncio.run(watch(seed, span, offset, moments, lambda: float(data.draw(later))))
