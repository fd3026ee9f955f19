"""The simulator behind the client's own transport, with a clock and a sleep that tests hold."""

from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from polytop.model import grid
from polytop.simulator.app import Simulator, SimulatorConfig

NOON = 1_763_640_000.0
"""Thursday 20 November 2025, 12:00 UTC."""

PATH = "/v1/ws-simulator/PROJECT-simulator/conversations/concurrency"


@dataclass
class Bench:
    """One simulator, what it was made to sleep, and a client in front of it."""

    now: float = NOON
    slept: list[float] = field(default_factory=list)
    simulator: Simulator = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def build(self, config: SimulatorConfig, **client: Any) -> None:
        self.simulator = Simulator(replace(config, clock=lambda: self.now, sleep=self.sleep))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.simulator, **client),
            base_url="http://simulator",
            headers={"x-api-key": "any"},
        )

    async def get(self, hours: float = 1, **params: str) -> httpx.Response:
        """The last `hours` until now, with further parameters."""
        span = {
            "start_time": grid.to_iso(self.now - hours * 3600),
            "end_time": grid.to_iso(self.now),
        }
        return await self.client.get(PATH, params=span | params)

    async def rows(self, hours: float = 1, **params: str) -> list[Any]:
        answer = await self.get(hours, **params)
        assert answer.status_code == 200, answer.text
        found: list[Any] = answer.json()["intervals"]
        return found
