"""A session judges answers by the alert rules, and never what it only remembers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from patience import PATIENCE
from scripted_feed import NOW, ScriptedFeed, made

from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.model.alert_rules import Above, Condition, Level, LimitWithin, Rule
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import ClientEnv, Filters, Target
from polytop.ui.ports import MonitoredProfile
from polytop.ui.render.context import Subject
from polytop.ui.sessions import ProfileSession, SessionListener

HIGH, LOW = [100] * 40, [1] * 40
MANY = Above(Level(50))
NARROW = Filters(client_env=ClientEnv.LIVE, variant_id="main")


NARROWED = View(NARROW, 6 * 3_600)


def ignored(_: object) -> None: ...


@dataclass
class World:
    """A session whose feeds are known by the filters that they are opened with."""

    feeds: dict[Filters, ScriptedFeed]
    condition: Condition = MANY
    opened: list[View] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    session: ProfileSession = field(init=False)

    def __post_init__(self) -> None:
        target = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
        rules = (Rule("many", self.condition),)
        alarming = ProfileAlerts("prod", lambda: rules, target, clock=lambda: NOW, keep=False)
        watch = MonitoredProfile(
            Subject("prod", target),
            Filters(),
            self._open,
            lambda: NOW,
            make_notifier=alarming.notifier,
        )
        outlets = SessionListener(self._shown, ignored, self._judged, ignored, self._painted)
        self.session = ProfileSession(watch, outlets)

    async def _open(self, view: View) -> ScriptedFeed:
        self.opened.append(view)
        return self.feeds[view.filters]

    async def _painted(self) -> None: ...

    def _shown(self, _: Snapshot) -> None:
        self.states.append("snapshot")
        self.changed.set()

    def _judged(self) -> None:
        alerts = self.session.alerts
        self.states.append(alerts.state.name if alerts and alerts.state is not None else "")
        self.changed.set()

    async def judged(self, state: str) -> None:
        """Wait until the rules have come to `state`."""
        async with asyncio.timeout(PATIENCE):
            while state not in self.states:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def followed(world: World, view: View = NARROWED) -> AsyncGenerator[None, None]:
    """The session follows what is narrowed to, or another view, and is ended."""
    task = asyncio.create_task(world.session.follow(view))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def narrowed() -> ScriptedFeed:
    first = made(LOW, None)
    view = replace(first.view, filters=NARROW)
    return ScriptedFeed(replace(first, view=view, wanted=view))


async def test_the_guard_asks_for_the_total_alone():
    world = World({NARROW: narrowed(), Filters(): ScriptedFeed(made(HIGH, None))})
    async with followed(world):
        await world.judged("CRITICAL")
        guarded = world.opened[1]
        assert (guarded.filters, guarded.breakdown) == (Filters(), None)


async def test_what_the_guard_only_remembers_is_judged_by_nobody():
    guard = ScriptedFeed(replace(made(HIGH, None), remembered=True))
    guard.queue.put_nowait(made(LOW, None))
    world = World({NARROW: narrowed(), Filters(): guard})
    async with followed(world):
        await world.judged("OK")
        assert "CRITICAL" not in world.states


async def test_a_rule_about_the_forecast_asks_for_it_also_where_the_screen_shows_none():
    total = ScriptedFeed(made(HIGH, None))
    for condition, forecasts in ((LimitWithin(1_800), True), (MANY, False)):
        world = World({NARROW: narrowed(), Filters(): total}, condition)
        async with followed(world):
            await world.judged("UNKNOWN" if forecasts else "CRITICAL")
            assert world.opened[1].forecast is forecasts


@pytest.mark.parametrize("shown", [True, False])
async def test_where_the_screen_shows_the_forecast_it_is_not_asked_for_twice(shown: bool):
    first = made(HIGH, None)
    view = replace(first.view, forecast=shown)
    main = ScriptedFeed(replace(first, view=view, wanted=view))
    world = World({Filters(): main}, LimitWithin(1_800))
    async with followed(world, view):
        await world.judged("snapshot")
        assert world.session.guarded is not shown
