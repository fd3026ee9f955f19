"""The monitor on the simulator, in this process, with a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from textual.pilot import Pilot

from polytop.cli.demo import DemoProfiles, build_demo_profile, demo_source
from polytop.model.problem import Kind, Problem
from polytop.simulator.app import Simulator, SimulatorConfig, make_app
from polytop.simulator.clock import FastClock
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import FeedError, MonitoredProfile
from polytop.ui.screens.monitor import MonitorScreen

MOMENT = datetime(2026, 11, 19, 15, 42, 30, tzinfo=UTC).timestamp()


@dataclass
class HandClock:
    """Seconds that pass only where a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Stage:
    """An app with its service and its clock; polls happen when a test asks for them."""

    app: PolytopApp
    service: Simulator
    hand: HandClock
    pilot: Pilot[int] = field(init=False)

    @property
    def home(self) -> MonitorScreen:
        return next(each for each in self.app.screen_stack if isinstance(each, MonitorScreen))

    def text(self) -> str:
        """What the panes of the home screen show."""
        board = self.home.board
        panes = (board.header, board.figures, board.gauge, board.graph, board.table, board.status)
        return "\n".join(pane.buffer.text() for pane in panes if pane.display)

    def table(self) -> str:
        return self.home.board.table.buffer.text()

    def rows(self) -> list[str]:
        """Names of the rows as shown, the total left out."""
        return [entry.label for entry in self.home.board.table.rows]

    async def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until `holds`; fails where it never does."""
        async with asyncio.timeout(seconds):
            while not holds():
                await self.pilot.pause(0.01)

    async def shows(self, words: str) -> None:
        """Wait until `words` are on the home screen."""
        try:
            await self.until(lambda: words in self.text())
        except TimeoutError:
            pytest.fail(f"{words!r} is not on the screen:\n{self.text()}")

    async def drawn(self) -> None:
        """Wait until data have come, what is compared with too, and are drawn."""
        await self.until(lambda: self.home.settled and not self.home.session.latest.backfill)
        await self.pilot.pause()

    async def polled(self) -> None:
        """Poll once more, by key."""
        before = self.service.count
        await self.pilot.press("r")
        await self.until(lambda: self.service.count >= before + 2)
        await self.drawn()


def build(
    *,
    scenario: str | None = None,
    variants: int = 8,
    limit: int | None = 120,
    options: Options | None = None,
    change: Callable[[MonitoredProfile], MonitoredProfile] = lambda watch: watch,
    moment: float = MOMENT,
) -> Stage:
    """A stage whose clock stands still until its hand is moved."""
    hand = HandClock()
    clock = FastClock(moment, 1.0, hand)
    service = make_app(SimulatorConfig(clock=clock, scenario=scenario, variants=variants))

    async def sleep(_: float) -> None:
        await asyncio.Event().wait()

    source = replace(
        demo_source(clock, lambda: service, lambda: 0.0),
        sleep=sleep,
        chance=lambda: 0.5,
    )
    source = replace(source, capacity=replace(source.capacity, limit=limit))
    watch = change(build_demo_profile(source, 1.0))
    app = PolytopApp(watch, DemoProfiles(watch), options or Options(utc=True))
    return Stage(app, service, hand)


@asynccontextmanager
async def running(
    stage: Stage, size: tuple[int, int] = (120, 40), *, data: bool = True
) -> AsyncGenerator[Stage, None]:
    """The app of `stage` in a terminal of `size`, with its first data drawn."""
    async with stage.app.run_test(size=size) as pilot:
        stage.pilot = pilot
        await pilot.pause()
        if data:
            await stage.drawn()
        yield stage


async def choose(stage, label: str) -> None:
    """Open the sidebar where it is closed, and choose the line `label`."""
    if stage.home.filters.sidebar is None:
        await stage.pilot.press("f")
    sidebar = stage.home.filters.sidebar
    at = next(at for at, choice in enumerate(sidebar._choices) if choice and choice.label == label)
    sidebar.highlighted = at
    await stage.pilot.press("enter")
    await stage.pilot.pause()


@dataclass(frozen=True)
class Several:
    watches: tuple[MonitoredProfile, ...]

    @property
    def names(self):
        return (*(watch.subject.profile for watch in self.watches), "broken")

    def get(self, name):
        for watch in self.watches:
            if watch.subject.profile == name:
                return watch
        raise FeedError(Problem(Kind.REFUSED, "limit: 0 is too small", "Give at least 1."))


def named(stage, name: str) -> MonitoredProfile:
    watch = stage.app._watch
    return replace(watch, subject=watch.subject._replace(profile=name))
