"""A wall of simulated profiles in this process, some of which fail, on a clock moved by hand."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate

from monitor_stage import MOMENT, ManualClock
from patience import PATIENCE
from textual.pilot import Pilot
from waiting import wait_for_words, wait_until

from polytop.api.client import Client
from polytop.cli.demo import build_demo_profile, connect_simulator, demo_source
from polytop.model.problem import Kind, Problem
from polytop.model.secret import Secret
from polytop.model.stats import Capacity
from polytop.model.target import REGIONS, ClientEnv, Target
from polytop.simulator.app import Simulator, SimulatorConfig
from polytop.simulator.clock import FastClock
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import FeedError, MonitoredProfile
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.screens.wall import WallScreen
from polytop.ui.wall_model import Tile, all_answered

BROKEN = Problem(Kind.REFUSED, "config.toml, line 7: limit: 0 is too small", "Give at least 1.")


@dataclass(frozen=True)
class WallProfiles:
    """Profiles by their names; one without a maker is broken."""

    made: Mapping[str, Callable[[], MonitoredProfile] | None]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.made)

    def get(self, name: str) -> MonitoredProfile:
        make = self.made[name]
        if make is None:
            raise FeedError(BROKEN)
        return make()


@dataclass
class FeedCount:
    """The open feeds of a profile: now, and at most so far."""

    now: int = 0
    most: int = 0


@dataclass
class WallStage:
    """An app whose services answer in this process; polls happen when a test asks for them."""

    app: PolytopApp
    services: dict[str, Simulator]
    feeds: dict[str, FeedCount]
    hand: ManualClock
    pilot: Pilot[int] = field(init=False)

    @property
    def wall(self) -> WallScreen:
        """The wall's screen, also where a monitor is over it."""
        return next(each for each in self.app.screen_stack if isinstance(each, WallScreen))

    @property
    def monitor(self) -> MonitorScreen:
        """The monitor that is open."""
        assert isinstance(self.app.screen, MonitorScreen)
        return self.app.screen

    def text(self) -> str:
        """Return the text of the wall's panes."""
        wall = self.wall
        panes = (wall.header, wall.tiles, wall.status)
        return "\n".join(pane.buffer.text() for pane in panes if pane.display)

    def tile(self, name: str) -> Tile:
        """Return the tile of that profile."""
        return next(each for each in self.wall.pool.tiles if each.name == name)

    def lines(self, name: str) -> str:
        """Return the lines of that profile's tile, which must be on the screen."""
        pane = self.wall.tiles
        layout, above = pane.tile_layout, pane.hidden[0]
        row, column = divmod(self.order().index(name) - above, layout.columns)
        begin = column * (layout.width + 1)
        ends = [0, *accumulate(layout.heights)]
        rows = pane.buffer.lines[ends[row] : ends[row + 1]]
        return "\n".join(line.crop(begin, begin + layout.width).text for line in rows)

    def order(self) -> list[str]:
        """The names on the wall, from the most urgent one on."""
        return [each.name for each in self.wall.tiles.tiles]

    async def point_at(self, name: str) -> None:
        """Put the cursor on the tile of that profile, by keys."""
        await self.press("g", *["l"] * self.order().index(name))
        assert self.wall.tiles.tile == self.tile(name)

    async def until(self, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
        await wait_until(self.pilot, holds, seconds)

    async def shows(self, words: str) -> None:
        await wait_for_words(self.pilot, words, self.text)

    async def answered(self, hanging: int = 0) -> None:
        """Wait until all but `hanging` have answered or failed, and that is drawn."""

        def waiting() -> int:
            return sum(each.waiting for each in self.wall.pool.tiles)

        await self.until(lambda: waiting() <= hanging)
        await self.pilot.pause(0.05)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def opened(self, name: str) -> None:
        """Wait until the monitor of that profile shows data."""
        await self.until(lambda: isinstance(self.app.screen, MonitorScreen))
        await self.until(lambda: self.monitor.settled)
        assert self.monitor.session.profile.subject.profile == name


def count_feeds(
    feeds: dict[str, FeedCount], name: str, watch: MonitoredProfile
) -> MonitoredProfile:
    """Return `watch`, which counts its open feeds in `feeds`."""
    count = feeds.setdefault(name, FeedCount())

    async def opened(view):
        count.now += 1
        count.most = max(count.most, count.now)
        feed = await watch.open(view)
        close = feed.aclose

        async def closed() -> None:
            count.now -= 1
            await close()

        feed.aclose = closed
        return feed

    return replace(watch, open=opened)


def build(
    profiles: Mapping[str, str | None],
    *,
    broken: tuple[str, ...] = (),
    first: str | None = None,
    options: Options | None = None,
    limits: Mapping[str, int | None] | None = None,
    key: Callable[[], Secret] = lambda: Secret("simulator"),
) -> WallStage:
    """A stage of `profiles` with their scenarios, and of the `broken` ones.

    With `first` it begins with the monitor of that profile, else with the wall. Each limit is 100
    unless `limits` say otherwise. What is called ``slow key …`` gets its key from `key`.
    """
    hand, feeds, services, made = ManualClock(), {}, {}, {}
    clock = FastClock(MOMENT, 1.0, hand)

    async def sleep(_: float) -> None:
        await asyncio.Event().wait()

    def connect(wait: Callable[[], object], name: str, target: Target) -> Client:
        wait()
        return connect_simulator(partial(services.get, name), lambda: 0.0)(target)

    for number, (name, scenario) in enumerate(profiles.items()):
        project = f"PROJECT-{number}"
        service = Simulator(
            SimulatorConfig(seed=number, clock=clock, scenario=scenario, projects=(project,))
        )
        services[name] = service
        source = replace(
            demo_source(clock, partial(services.get, name)),
            target=Target("ws-simulator", project, REGIONS["uk-1"], "uk-1"),
            connect=partial(connect, key if name.startswith("slow key") else lambda: None, name),
            sleep=sleep,
            chance=lambda: 0.5,
            capacity=Capacity((limits or {}).get(name, 100)),
        )
        env = list(ClientEnv)[number % 3]
        watch = build_demo_profile(source, 1.0, name, env)
        made[name] = partial(count_feeds, feeds, name, watch)
    several = WallProfiles({**made, **dict.fromkeys(broken)})
    watch = several.get(first) if first else None
    app = PolytopApp(watch, several, options or Options(utc=True))
    return WallStage(app, services, feeds, hand)


@asynccontextmanager
async def running(
    stage: WallStage,
    size: tuple[int, int] = (120, 40),
    hanging: int = 0,
    *,
    notifications: bool = False,
) -> AsyncGenerator[WallStage, None]:
    """The app of `stage` in a terminal of `size`; on the wall, once everybody has answered."""
    async with stage.app.run_test(size=size, notifications=notifications) as pilot:
        stage.pilot = pilot
        await pilot.pause()
        if isinstance(stage.app.screen, WallScreen):
            await stage.answered(hanging)
            assert all_answered(stage.wall.pool.tiles) or hanging
        yield stage
