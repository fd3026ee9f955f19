"""Commands that run once, on the simulator behind the real client, at a fixed time."""

import asyncio
from collections.abc import Callable
from typing import Any

from polytop.api.limits import Timeouts
from polytop.api.transport import inprocess
from polytop.cli.runtime.client import Connection
from polytop.cli.runtime.one_shot import ProfileQuery, ProfileReading, read_profile
from polytop.config.profiles import Profile, build
from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.series import Series
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters
from polytop.simulator.app import Simulator, SimulatorConfig

NOW = 1_790_000_130.0
"""A Monday, 14:15:30 UTC; the window that runs began at 14:15:00."""
KEY = "k3y-never-shown-0123456789"
ENVIRON = {"POLYTOP_API_KEY": KEY}
HOUR = 3_600


def profile(name: str = "prod", **settings: object) -> Profile:
    """A profile of the simulated project, with a limit of 120 by default."""
    given: dict[str, object] = {
        "base_url": "https://simulator.invalid",
        "account_id": "ws-simulator",
        "project_id": "PROJECT-simulator",
        "limit": 120,
        **settings,
    }
    return build(name, {key: value for key, value in given.items() if value is not None})


def plan(name: str = "prod", filters: Filters | None = None, **settings: object) -> ProfileQuery:
    """Return the query of a profile."""
    found = profile(name, **settings)
    return ProfileQuery(name, found, filters or Filters(found.client_env))


async def _no_time(_: float) -> None:
    await asyncio.sleep(0)


def simulated(scenario: str | None = None, **config: Any) -> Simulator:
    """The service, at a time that stands still; what takes time there takes none."""
    return Simulator(
        SimulatorConfig(clock=lambda: NOW, sleep=_no_time, scenario=scenario, **config)
    )


def way(service: Callable[..., Any], patience: float = 5.0) -> Connection:
    """The way to that service; `patience` in seconds of real time."""
    return Connection(lambda: NOW, Timeouts(total=patience), lambda: inprocess(service))


async def seen(
    scenario: str | None = None, span: int = 6 * HOUR, **settings: object
) -> ProfileReading:
    """One look at the simulator."""
    return await read_profile(plan(**settings), span, ENVIRON, way(simulated(scenario)))


def shown(
    values: tuple[int, ...],
    limit: int | None = 120,
    *,
    name: str = "prod",
    problem: Problem | None = None,
) -> ProfileReading:
    """A look at a series that ends with the running window, without any server."""
    end = grid.floor(NOW) + grid.STEP
    start = end - len(values) * grid.STEP
    total, capacity = Series(start, values), Capacity(limit)
    view = View(Filters(), len(values) * grid.STEP)
    snapshot = Snapshot(
        at=NOW,
        view=view,
        wanted=view,
        start=start,
        end=end,
        total=total,
        summary=summary(total, NOW, capacity),
        capacity=capacity,
        fetched_at=NOW if problem is None else NOW - 600,
        fault=None if problem is None else Fault(problem, NOW),
    )
    return ProfileReading(
        plan(name, limit=limit), NOW, snapshot, errors=(problem,) if problem else ()
    )


OFFLINE = Problem(Kind.OFFLINE, "Cannot reach api.example", "Check the network.")
