"""A day of the simulator, watched as the program watches it, beside an independent calculation.

Poller, history, alert engine, state file and log are the real ones; the clock is moved by hand.
Polls fail, windows come late, values are revised, and the program is started anew. What the log
says is compared with the incidents that the simulator's traffic has.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from alert_tables import DAY, rule

from polytop.alerts.log import AlertLog
from polytop.alerts.messages import WatchedCalls
from polytop.alerts.notifier import AlertNotifier
from polytop.alerts.saved_state import AlertStateFile
from polytop.api.client import Client
from polytop.api.transport import inprocess
from polytop.model import grid, timeparse
from polytop.model.alert_rules import Rule
from polytop.model.secret import Secret
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Filters, Target
from polytop.monitor.cache import HistoryCache
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff
from polytop.simulator.app import Simulator, SimulatorConfig
from polytop.simulator.scenarios import FAULTS
from polytop.simulator.traffic import Selection

TARGET = Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid")
HOUR, LIMIT = 3_600, 120
FAILURES = ("drop", "500", "html", "truncated", "nonjson")
HARMLESS = ("unordered", "dupes", "late", "flaky")
QUIET = ("revised", "gaps", "nulls", "empty")
"""They change values, so they come in the night, when no value is near any level."""

NIGHT = 5 * HOUR
STALE = 600
ENDED = re.compile(r"over after ([^:]+):")


class Level(NamedTuple):
    """A rule over a level: at or above `level`, over at or under `clear`."""

    level: int
    clear: int
    times: int = 1
    windows: int = 1

    def rule(self, name: str) -> Rule:
        text = f"above = {self.level}, clear = {self.clear}"
        text += f", times = {self.times}, windows = {self.windows}"
        return replace(rule(text), name=name)


LEVELS = {
    "near": Level(108, 107),
    "busy": Level(78, 70),
    "twice": Level(84, 83, 2, 3),
}


class Told(NamedTuple):
    """An incident: its beginning, and its end (None while it lasts)."""

    begin: int
    end: int | None


def true_incidents(values: dict[int, int], asked: Level) -> list[Told]:
    """The incidents of `values` (by window), calculated in the plainest way."""
    incidents: list[Told] = []
    begin: int | None = None
    for window in sorted(values):
        reach = [window - grid.STEP * back for back in reversed(range(asked.windows))]
        known = [each for each in reach if each in values]
        high = [each for each in known if values[each] >= asked.level]
        held = [each for each in known if values[each] > asked.clear]
        if begin is None and len(high) >= asked.times:
            free = incidents[-1].end if incidents else None
            begin = next(each for each in high if each >= (free or 0))
        elif begin is not None and len(held) < asked.times:
            last = max(each for each in values if each <= window and values[each] > asked.clear)
            incidents.append(Told(begin, last + grid.STEP))
            begin = None
    return incidents if begin is None else [*incidents, Told(begin, None)]


def true_silences(answered: Sequence[float], end: float) -> list[Told]:
    """The times without a good answer that are long enough for an alert."""
    pairs = zip(map(int, answered), map(int, [*answered[1:], end]), strict=True)
    return [Told(a, None if b == int(end) else b) for a, b in pairs if b - a >= STALE]


def random_plan(seed: int, hours: float) -> list[tuple[float, str]]:
    """Faults of all kinds, one after the other, and five restarts, three of them within faults."""
    chance, now = Random(seed), DAY + 1_200.0
    plan: list[tuple[float, str]] = []
    faulty: list[tuple[float, float]] = []
    end = DAY + hours * HOUR
    while now < end - HOUR:
        night = now < DAY + NIGHT
        what = chance.choice(FAILURES + HARMLESS + (QUIET if night else ()))
        length = chance.choice((240, 700, 1_800, 4_000, 7_000)) * chance.uniform(0.7, 1.3)
        if what in QUIET:
            length = min(length, DAY + NIGHT - now)
        elif what in FAILURES:
            faulty.append((now, now + length))
        plan += [(now, what), (now + length, "none")]
        now += length + chance.uniform(600, 5_000)
    within = [chance.uniform(*each) for each in chance.sample(faulty, min(3, len(faulty)))]
    anywhere = [chance.uniform(DAY + 600, end - 600) for _ in range(5 - len(within))]
    return sorted([*plan, *((at, "restart") for at in (*within, *anywhere))])


@dataclass
class WatchedDay:
    """One day; `plan` has what happens when: a fault, ``none`` or ``restart``."""

    folder: Path
    plan: list[tuple[float, str]]
    seed: int = 3
    interval: float = 30.0
    tick: float = 10.0
    hours: float = 24.0
    launch: float = DAY + 9.0 * HOUR
    begin: float = float(DAY)
    view: View = field(default_factory=lambda: View(Filters(), 6 * HOUR))
    seen: Callable[[Snapshot], None] = lambda _: None
    """Hears of every snapshot."""
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    """Every good answer about the total, with the time when it was sent."""
    answered: list[float] = field(default_factory=list)
    """When a good answer about the total was sent."""

    def __post_init__(self) -> None:
        config = SimulatorConfig(self.seed, self.clock, LIMIT, 2)
        self.now, self.fault, self.requests = self.launch, "none", 0
        self.simulator, self.failing = Simulator(config), Simulator(config)
        self.simulator.set_scenario("launch")
        self.now, self.end = self.begin, DAY + self.hours * HOUR
        self.stop = asyncio.Event()

    def clock(self) -> float:
        return self.now

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """The service, with the fault of this moment."""
        self.requests += 1
        if self.fault in FAILURES or (self.fault == "flaky" and self.requests % 3 == 0):
            await self.failing(scope, receive, send)
            return
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await self.simulator(scope, receive, keep)
        head, body = sent
        if self.fault in FAULTS and self.fault != "flaky":
            document = json.loads(body["body"])
            rows = [(int(grid.from_iso(row["time"])), row) for row in document["intervals"]]
            altered = FAULTS[self.fault][1].alter(rows, self.now)
            document["intervals"] = [row for _, row in altered]
            body["body"] = json.dumps(document).encode()
            kept = [pair for pair in head["headers"] if pair[0] != b"content-length"]
            head["headers"] = [*kept, (b"content-length", b"%d" % len(body["body"]))]
        if b"slice_by" not in scope["query_string"]:
            self.answered.append(self.now)
            self.answers.append((self.now, body["body"]))
        await send(head)
        await send(body)

    async def sleep(self, seconds: float) -> None:
        """Time passes, and what is planned happens; the alerts hear the clock."""
        until = self.now + seconds
        while self.now < until:
            await asyncio.sleep(0)
            self.now = min(until, self.now + self.tick)
            while self.plan and self.plan[0][0] <= self.now:
                _, what = self.plan.pop(0)
                if what == "restart":
                    self.stop.set()
                    await asyncio.Event().wait()
                self.fault = what
                self.failing.set_scenario("drop" if what == "flaky" else what)
            self.notifier.tick()

    def rules(self) -> list[Rule]:
        stale = replace(rule(f"stale = '{STALE}s'"), name="stale")
        return [*(level.rule(name) for name, level in LEVELS.items()), stale]

    async def watch(self) -> None:
        """Watch until the day is over, over all restarts."""
        while self.now < self.end:
            self.stop.clear()
            await self._run()

    async def _run(self) -> None:
        """One run of the program."""
        self.notifier = AlertNotifier(
            self.rules(),
            WatchedCalls("prod", TARGET),
            clock=self.clock,
            zone=UTC,
            environ={},
            alert_log=AlertLog(self.folder / "alerts.jsonl", largest=10**9),
            state_file=AlertStateFile(self.folder / "alert-state.json"),
        )
        client = Client(
            TARGET, Secret("key"), transport=inprocess(self.serve), clock=self.clock, now=self.clock
        )
        async with client:
            with closing(HistoryCache(self.folder / "history.sqlite3")) as memory:
                poller = Poller(
                    client.fetch,
                    TARGET,
                    self.view,
                    clock=self.clock,
                    sleep=self.sleep,
                    pacing=Backoff(self.interval, Random(self.seed).random),
                    capacity=Capacity(LIMIT),
                    memory=memory,
                )
                async with aclosing(poller.snapshots()) as snapshots:
                    await self._follow(snapshots)

    async def _follow(self, snapshots: AsyncGenerator[Snapshot, None]) -> None:
        stopped = asyncio.ensure_future(self.stop.wait())
        while self.now < self.end:
            following = asyncio.ensure_future(anext(snapshots))
            await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                await asyncio.wait({following})
                return
            self.seen(following.result())
            self.notifier.consume(following.result())
        stopped.cancel()

    def truth(self) -> dict[int, int]:
        """The values of the day, as the traffic has them."""
        start, end = int(self.begin) - HOUR, grid.floor(self.end - 360)
        traffic = self.simulator.traffic_of(TARGET.project_id)
        values = traffic.total(Selection(), start, end, self.end + HOUR)
        return dict(zip(grid.windows(start, end), values, strict=True))

    def expected(self) -> dict[str, list[Told]]:
        """The incidents of each rule, calculated from the truth."""
        values = self.truth()
        found = {name: true_incidents(values, level) for name, level in LEVELS.items()}
        return {**found, "stale": true_silences(self.answered, self.now)}

    def told(self) -> dict[str, list[Told]]:
        """The incidents of each rule as the log tells them: raised and cleared take turns."""
        lines = (self.folder / "alerts.jsonl").read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        told: dict[str, list[Told]] = {name: [] for name in (*LEVELS, "stale")}
        for entry in entries:
            begin, incidents = int(grid.from_iso(entry["since"])), told[entry["alert"]]
            if entry["event"] == "raised":
                assert not incidents or incidents[-1].end is not None, entry
                incidents.append(Told(begin, None))
            elif entry["event"] == "cleared":
                assert incidents, entry
                assert incidents[-1] == Told(begin, None), entry
                incidents[-1] = Told(begin, begin + _seconds(entry["text"]))
        return told

    def differences(self) -> list[str]:
        """What the log tells otherwise than it was; the last incident may lack its end."""
        different = []
        told = self.told()
        for name, incidents in self.expected().items():
            shown = [_shown(each) for each in told[name] if _is_sure(name, each)]
            asked = [_shown(each) for each in incidents if _is_sure(name, each)]
            different += [f"{name}: {each} was not told" for each in asked if each not in shown]
            different += [f"{name}: {each} was not so" for each in shown if each not in asked]
        return different


def _is_sure(name: str, incident: Told) -> bool:
    """False for a silence that is told or not, as the clock ticks."""
    end = incident.end
    return name != "stale" or end is None or end - incident.begin >= STALE + 60


def _seconds(text: str) -> int:
    """The length in the text of an end, as it is written: whole minutes."""
    words = ENDED.match(text)
    assert words is not None, text
    squeezed = words[1].replace("<1 min", "0m").replace(" ", "").replace("min", "m")
    return timeparse.parse_duration(squeezed)


def _shown(incident: Told) -> str:
    begin = grid.to_iso(incident.begin)[11:19]
    if incident.end is None:
        return f"{begin} and lasts"
    return f"{begin} for {timeparse.lasting(incident.end - incident.begin)}"
