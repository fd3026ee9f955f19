"""A poller with its client, as the screen's feed. Heavy modules are loaded beside the screen."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TYPE_CHECKING

from polytop.config.errors import ConfigError
from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.schedule import REQUESTS_PER_MINUTE, RateLimiter, reserved
from polytop.ui.ports import FeedError

if TYPE_CHECKING:
    import httpx

    from polytop.api.client import Client
    from polytop.api.query import Query
    from polytop.cli.runtime.history import SharedHistory
    from polytop.model.answer import Answer, NotOffered
    from polytop.monitor.poller import Poller
    from polytop.monitor.requests import Fetch


AT_ONCE = 6
"""Requests under way at a time: two each of a poll, of rows and of older weeks.

So a row that hangs holds up no poll.
"""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """How one target is polled. What makes something is called in a thread and may be slow.

    `sleep` and `interval` count in seconds of `clock`. With `fetch`, which makes what answers
    in the place of the API, there is no connection and no `key`.
    """

    target: Target
    key: Callable[[], Secret] | None = field(repr=False)
    capacity: Capacity
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    interval: float
    transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None
    chance: Callable[[], float] = SystemRandom().random
    """Numbers in [0, 1) that spread the polls."""
    stopwatch: Callable[[], float] = time.monotonic
    """What answers are timed by, seconds."""
    fetch: "Callable[[], Fetch] | None" = None

    memory: "SharedHistory | None" = None
    """Gives what answers are kept in, always the same; None is one feed's own, in memory."""

    spread: bool = False
    """Whether the first pause is cut by chance: who begins together is not to go on in step."""

    requests_per_minute: int = REQUESTS_PER_MINUTE
    budget: RateLimiter = field(init=False, repr=False, compare=False)
    """What all feeds of this source share."""

    def __post_init__(self) -> None:
        budget = RateLimiter(self.requests_per_minute, self.clock, reserved(self.interval))
        object.__setattr__(self, "budget", budget)

    async def open(self, view: View) -> "PolledFeed":
        """A feed that starts with `view`."""
        return PolledFeed(self, view)

    def remembered(self, view: View) -> Snapshot | None:
        """What was kept of `view` before this run; None where that is nothing. Slow."""
        if self.memory is None:
            return None
        from polytop.monitor.one_shot import remembered

        return remembered(self.memory(), self.target, view, self.clock(), self.capacity)

    def poller(self, view: View, link: "Link") -> "Poller":
        """What polls through `link`, beginning with `view`. Slow the first time: it is loaded."""
        from polytop.monitor.poller import Poller
        from polytop.monitor.schedule import Backoff

        return Poller(
            link.fetch,
            self.target,
            view,
            clock=self.clock,
            sleep=_shorten_first(self.sleep, self.chance()) if self.spread else self.sleep,
            pacing=Backoff(self.interval, self.chance),
            capacity=self.capacity,
            memory=self.memory() if self.memory else None,
            connect=link.connect,
            budget=self.budget,
        )


def _shorten_first(
    sleep: Callable[[float], Awaitable[None]], share: float
) -> Callable[[float], Awaitable[None]]:
    """`sleep`, of which the first lasts only for `share` of its time."""
    shares = iter((share,))

    async def slept(seconds: float) -> None:
        await sleep(seconds * next(shares, 1.0))

    return slept


class Link:
    """The way to what answers: made only after what is remembered has been shown."""

    def __init__(self, source: FeedSource) -> None:
        self._source = source
        self._fetch: Fetch | None = None
        self._client: Client | None = None

    async def connect(self) -> None:
        """Be ready to ask. Raises FeedError where there is no key to ask with."""
        try:
            await asyncio.to_thread(self._make)
        except ConfigError as error:
            raise FeedError(config_problem(error)) from None

    def _make(self) -> None:
        source = self._source
        if source.fetch is not None:
            self._fetch = source.fetch()
            return
        from polytop.api.client import Client

        assert source.key is not None
        transport = source.transport() if source.transport else None
        self._client = Client(
            source.target,
            source.key(),
            transport=transport,
            at_once=AT_ONCE,
            clock=source.stopwatch,
        )
        self._fetch = self._client.fetch

    async def fetch(self, query: "Query", /) -> "Answer | NotOffered":
        """Ask one question; raises ApiError."""
        assert self._fetch is not None
        return await self._fetch(query)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


class PolledFeed:
    """The screen's feed: see :class:`polytop.ui.ports.Feed`.

    What is remembered comes first, before the poller and what it needs are loaded.
    """

    def __init__(self, source: FeedSource, view: View) -> None:
        self._source, self._view = source, view
        self._link = Link(source)
        self._poller: Poller | None = None

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for as long as they are asked for. Raises FeedError where it cannot ask."""
        found = await asyncio.to_thread(self._source.remembered, self._view)
        if found is not None:
            yield found
        view = self._view
        self._poller = await asyncio.to_thread(self._source.poller, view, self._link)
        if self._view != view:
            self._poller.look(self._view)
        async with aclosing(self._poller.snapshots()) as snapshots:
            async for snapshot in snapshots:
                yield snapshot

    def wake(self) -> None:
        """Poll now."""
        if self._poller is not None:
            self._poller.wake()

    def look(self, view: View) -> None:
        """Show another view."""
        self._view = view
        if self._poller is not None:
            self._poller.look(view)

    def show_again(self) -> None:
        """Read anew what is remembered."""
        if self._poller is not None:
            self._poller.show_again()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()


def config_problem(error: ConfigError) -> Problem:
    """A fault of the configuration, as the screen says it."""
    logging.getLogger("polytop.cli").warning("%s", error)
    return error.as_problem()
