"""A poller with its client, as the screen's feed. Heavy modules are loaded beside the screen."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TYPE_CHECKING

from polytop.config.errors import ConfigError
from polytop.model.problem import Kind, Problem
from polytop.model.secret import Secret
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.ui.feed import FeedError

if TYPE_CHECKING:
    import httpx

    from polytop.api.client import Client
    from polytop.monitor.poller import Poller


@dataclass(frozen=True, slots=True)
class Source:
    """How one target is polled. `key` and `transport` are called in a thread and may be slow.

    `sleep` and `interval` count in seconds of `clock`.
    """

    target: Target
    key: Callable[[], Secret] = field(repr=False)
    capacity: Capacity
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    interval: float
    transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None
    chance: Callable[[], float] = SystemRandom().random
    """Numbers in [0, 1) that spread the polls."""
    stopwatch: Callable[[], float] = time.monotonic
    """What answers are timed by, seconds."""

    async def open(self, view: View) -> "PolledFeed":
        """A feed that starts with `view`. Raises FeedError where there is no key to ask with."""
        try:
            client, poller = await asyncio.to_thread(self._made, view)
        except ConfigError as error:
            raise FeedError(config_problem(error)) from None
        return PolledFeed(client, poller)

    def _made(self, view: View) -> "tuple[Client, Poller]":
        from polytop.api.client import Client
        from polytop.monitor.pacing import Pacing
        from polytop.monitor.poller import Poller

        transport = self.transport() if self.transport else None
        client = Client(self.target, self.key(), transport=transport, clock=self.stopwatch)
        poller = Poller(
            client.fetch,
            self.target,
            view,
            clock=self.clock,
            sleep=self.sleep,
            pacing=Pacing(self.interval, self.chance),
            capacity=self.capacity,
        )
        return client, poller


class PolledFeed:
    """The screen's feed: see :class:`polytop.ui.feed.Feed`."""

    def __init__(self, client: "Client", poller: "Poller") -> None:
        self._client, self._poller = client, poller

    def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for as long as they are asked for."""
        return self._poller.snapshots()

    def wake(self) -> None:
        """Poll now."""
        self._poller.wake()

    def look(self, view: View) -> None:
        """Show another view."""
        self._poller.look(view)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def config_problem(error: ConfigError) -> Problem:
    """A fault of the configuration, as the screen says it."""
    logging.getLogger("polytop.cli").warning("%s", error)
    advice = error.advice[:1].upper() + error.advice[1:]
    return Problem(Kind.REFUSED, error.message, f"{advice}.")
