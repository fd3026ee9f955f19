"""``polytop demo``: the monitor on the built-in simulator, with a clock that runs fast."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import Number, monitor_options, wall_option
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.cli.runtime.client import Connection, make_client
from polytop.cli.runtime.history import SharedHistory
from polytop.cli.runtime.monitored import GivenProfiles, build_monitored_profile
from polytop.model.alert_rules import default_rules
from polytop.model.frozen import frozen
from polytop.model.secret import Secret
from polytop.model.stats import Capacity
from polytop.model.target import REGIONS, ClientEnv, Filters, Target
from polytop.monitor.feed import FeedSource
from polytop.monitor.schedule import AT_ONCE
from polytop.ui.ports import MonitoredProfile
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.api.client import Client
    from polytop.simulator.app import Simulator
    from polytop.simulator.clock import FastClock


@frozen
class DemoProject:
    """A simulated project. Its traffic is in proportion to `served`, a limit."""

    name: str
    region: str
    served: int
    limit: int | None
    client_env: ClientEnv = ClientEnv.LIVE
    scenario: str | None = None
    scenario_at: float | None = None
    """When the scenario counts as set, epoch seconds; None is the start."""

    @property
    def account_id(self) -> str:
        """Its Workspace ID."""
        return f"ws-{self.name}"

    @property
    def project_id(self) -> str:
        """Its Agent ID."""
        return f"PROJECT-{self.name}"


DEMO_PROJECTS = (
    DemoProject("bank", "euw-1", 160, 95),
    DemoProject("retail", "uk-1", 60, 60),
    DemoProject("hotels", "us-1", 240, 75, ClientEnv.PRE_RELEASE),
    DemoProject("energy", "uk-1", 90, None),
    DemoProject("airline", "us-1", 120, 120, scenario="drop"),
)
"""The other projects of the wall: one has no limit, one cannot be reached."""


def connect_simulator(
    simulator: "Callable[[], Simulator]", stopwatch: Callable[[], float] = time.monotonic
) -> "Callable[[Target], Client]":
    """A function that connects a feed to `simulator`, which is made at the first request."""

    def connect(target: Target) -> "Client":
        from polytop.api.transport import inprocess

        connection = Connection(
            transport=lambda: inprocess(simulator()), at_once=AT_ONCE, stopwatch=stopwatch
        )
        return make_client(target, Secret("simulator"), connection)

    return connect


def project_sources(
    first: FeedSource,
    clock: "FastClock",
    seed: int,
    stopwatch: Callable[[], float] = time.monotonic,
) -> Mapping[DemoProject, FeedSource]:
    """A source for each of the other projects, polled as often as `first`, in the same history."""
    return {
        project: replace(
            first,
            target=Target(
                project.account_id, project.project_id, REGIONS[project.region], project.region
            ),
            capacity=Capacity(project.limit),
            connect=connect_simulator(
                cache(partial(build_simulator, clock, project, seed + number)), stopwatch
            ),
        )
        for number, project in enumerate(DEMO_PROJECTS, 1)
    }


def demo_profiles(
    first: FeedSource,
    others: Mapping[DemoProject, FeedSource],
    speed: float,
    *,
    spread: bool = False,
) -> GivenProfiles:
    """The profile of `first` and those of the others; with `spread`, as the wall polls them."""
    more = {
        project.name: partial(
            build_demo_profile,
            replace(source, spread=spread),
            speed,
            project.name,
            project.client_env,
        )
        for project, source in others.items()
    }
    only = build_demo_profile(replace(first, spread=spread), speed)
    return GivenProfiles({"demo": lambda: only, **more})


LIMIT = 120
_POLL = 6.0
"""Seconds of real time between two polls."""
_HOUR_OF_DAY = 9.5
"""Hours after midnight (UTC) at which the demo starts: a weekday morning has traffic."""
_DAY = 86_400

_LIMIT_AFTER = 30.0
"""Seconds of real time until the demo reaches its limit."""
_RISE = 780.0
"""Seconds of the demo's clock from the start of a launch until it reaches the limit."""


def morning(now: float) -> float:
    """The latest weekday morning (UTC) that is over at `now`, epoch seconds."""
    start = now - now % _DAY + _HOUR_OF_DAY * 3_600
    while start > now or time.gmtime(start).tm_wday >= 5:
        start -= _DAY
    return start


def demo_source(
    clock: "FastClock",
    simulator: "Callable[[], Simulator]",
    stopwatch: Callable[[], float] = time.monotonic,
) -> FeedSource:
    """Polls a simulator in this process, made at the first request; `clock` is its own."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / clock.speed)

    return FeedSource(
        Target("ws-simulator", "PROJECT-simulator", "https://simulator.invalid", "demo"),
        connect_simulator(simulator, stopwatch),
        Capacity(LIMIT),
        clock,
        sleep,
        max(30.0, _POLL * clock.speed),
        memory=SharedHistory(),
    )


def first_demo_project(clock: "FastClock", scenario: str | None) -> DemoProject:
    """The project of the demo's first profile; without a `scenario` it soon reaches its limit."""
    since = None
    if scenario is None:
        scenario, since = "launch", clock.start + _LIMIT_AFTER * clock.speed - _RISE
    return DemoProject("simulator", "demo", LIMIT, LIMIT, scenario=scenario, scenario_at=since)


def build_simulator(clock: "FastClock", project: DemoProject, seed: int) -> "Simulator":
    """The simulator of `project`."""
    from polytop.simulator.app import Simulator, SimulatorConfig

    return Simulator(
        SimulatorConfig(
            seed=seed,
            clock=clock,
            limit=project.served,
            scenario=project.scenario,
            scenario_at=project.scenario_at,
            account_id=project.account_id,
            projects=(project.project_id,),
        )
    )


def build_demo_profile(
    source: FeedSource, speed: float, name: str = "demo", client_env: ClientEnv = ClientEnv.LIVE
) -> MonitoredProfile:
    """The profile `name` of the demo, polled by `source`."""
    languages, numbers = _languages_and_numbers()
    rules = partial(default_rules, source.capacity)
    return build_monitored_profile(
        source,
        Subject(name, source.target, f"×{speed:g}", speed=speed),
        Filters(client_env),
        languages=languages,
        phone_numbers=numbers,
        alerts=ProfileAlerts(
            name, rules, source.target, client_env, clock=source.clock, keep=False
        ),
    )


def _languages_and_numbers() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Languages and phone numbers of the simulated calls, as a profile would list them."""
    from polytop.simulator.variants import build_directory

    variants = build_directory(8)
    languages = {code for variant in variants for code, _ in variant.languages}
    numbers = {number for variant in variants for number in variant.numbers}
    return tuple(sorted(languages)), tuple(sorted(numbers))


@click.command("demo", cls=Command)
@click.option(
    "--speed",
    type=Number(0.1, 3_600),
    default=60.0,
    metavar="X",
    help="Speed of the clock, as a multiple of real time.",
)
@click.option("--seed", type=int, default=1, metavar="N", help="Seed of the random calls.")
@click.option("--scenario", metavar="NAME", help="The fault to simulate: see polytop simulate -h.")
@click.option("--calm", is_flag=True, help="An ordinary morning, without the rise to the limit.")
@wall_option
@monitor_options
def command(speed: float, seed: int, scenario: str | None, calm: bool, **options: Any) -> None:
    """The monitor on the built-in simulator: no account, no key, no network.

    Calls rise to the limit within the first minute, unless --calm or --scenario is given.
    """
    sys.exit(run(speed, seed, scenario or ("none" if calm else None), options))


def run(speed: float, seed: int, scenario: str | None, options: Mapping[str, Any]) -> int:
    """Show the demo under `scenario`, or with a rise to the limit; returns the exit status."""
    from polytop.cli.runtime.screen import show

    if scenario is not None:
        from polytop.simulator.scenarios import find_scenario

        try:
            find_scenario(scenario)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    from polytop.simulator.clock import FastClock

    clock = FastClock(morning(time.time()), speed)
    first_project = first_demo_project(clock, scenario)
    source = demo_source(clock, cache(partial(build_simulator, clock, first_project, seed)))
    others = project_sources(source, clock, seed)
    singly = demo_profiles(source, others, speed)
    wall = demo_profiles(source, others, speed, spread=True)
    first = None if options["every"] else singly.get("demo")
    return show(first, singly, options, wall=wall)
