"""A poller with the service it asks, as a feed for the screen. Heavy modules load in a thread."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import field
from datetime import tzinfo
from random import SystemRandom
from typing import TYPE_CHECKING, Protocol

from polytop.model.frozen import frozen
from polytop.model.snapshot import RunningPoll, Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.schedule import REQUESTS_PER_MINUTE, RateLimiter, requests_to_reserve

if TYPE_CHECKING:
    from polytop.api.query import Query
    from polytop.model.answer import Answer, NotOffered
    from polytop.monitor.cache import HistoryCache
    from polytop.monitor.poller import Poller


class Service(Protocol):
    """Answers queries: the API's client, or a recording in its place."""

    async def fetch(self, query: "Query", /) -> "Answer | NotOffered":
        """Answer one query. Raises ApiError."""

    async def aclose(self) -> None:
        """Close the connections."""


@frozen
class FeedSource:
    """How one target is polled.

    `connect` makes the service that answers for the target; it is called in a thread, may be slow
    and raises FeedError. `sleep` and `interval` count in seconds of `clock`.
    """

    target: Target
    connect: Callable[[Target], Service] = field(repr=False)
    capacity: Capacity
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    interval: float
    chance: Callable[[], float] = SystemRandom().random
    """Numbers in [0, 1) that spread the polls."""
    memory: "Callable[[], HistoryCache] | None" = None
    """Opens what answers are kept in, always the same; None is one feed's own, in memory."""

    spread: bool = False
    """True if the first pause is cut by chance, so that feeds which start together spread out."""

    zone: tzinfo | None = None
    """The time zone of the people who call; None is the machine's own."""

    requests_per_minute: int = REQUESTS_PER_MINUTE
    budget: RateLimiter = field(init=False, repr=False, compare=False)
    """The bound on requests that all feeds of this source share."""

    def __post_init__(self) -> None:
        budget = RateLimiter(
            self.requests_per_minute, self.clock, requests_to_reserve(self.interval)
        )
        object.__setattr__(self, "budget", budget)

    async def open(self, view: View) -> "PolledFeed":
        """A feed that starts with `view`."""
        return PolledFeed(self, view)

    def snapshot_from_history(self, view: View) -> Snapshot | None:
        """The snapshot of `view` from the history; None if that holds nothing of it. Slow."""
        if self.memory is None:
            return None
        from polytop.monitor.one_shot import snapshot_from_history

        return snapshot_from_history(self.memory(), self.target, view, self.clock(), self.capacity)

    def poller(self, view: View, link: "Link") -> "Poller":
        """A poller that asks through `link` and starts with `view`. Slow at the first call."""
        from polytop.monitor.poller import Poller
        from polytop.monitor.schedule import Backoff

        return Poller(
            link.fetch,
            self.target,
            view,
            clock=self.clock,
            sleep=shorten_first(self.sleep, self.chance()) if self.spread else self.sleep,
            pacing=Backoff(self.interval, self.chance),
            capacity=self.capacity,
            memory=self.memory() if self.memory else None,
            connect=link.connect,
            budget=self.budget,
            zone=self.zone,
        )


def shorten_first(
    sleep: Callable[[float], Awaitable[None]], share: float
) -> Callable[[float], Awaitable[None]]:
    """`sleep`, except that the first one lasts for `share` of its time only."""
    shares = iter((share,))

    async def shortened_sleep(seconds: float) -> None:
        await sleep(seconds * next(shares, 1.0))

    return shortened_sleep


class Link:
    """The service of a source, connected only after what the history holds has been shown."""

    def __init__(self, source: FeedSource) -> None:
        self._source = source
        self._service: Service | None = None

    async def connect(self) -> None:
        """Connect. Raises FeedError if there is no key to ask with."""
        source = self._source
        self._service = await asyncio.to_thread(source.connect, source.target)

    async def fetch(self, query: "Query", /) -> "Answer | NotOffered":
        """Answer one query. Raises ApiError."""
        assert self._service is not None
        return await self._service.fetch(query)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._service is not None:
            await self._service.aclose()


class PolledFeed:
    """The screen's feed: see :class:`polytop.ui.ports.Feed`.

    The snapshot from the history comes first, before the poller and what it needs are loaded.
    """

    def __init__(self, source: FeedSource, view: View) -> None:
        self._source, self._view = source, view
        self._link = Link(source)
        self._poller: Poller | None = None

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for as long as they are asked for. Raises FeedError if it cannot ask."""
        snapshot_from_history = await asyncio.to_thread(
            self._source.snapshot_from_history, self._view
        )
        if snapshot_from_history is not None:
            yield snapshot_from_history
        view = self._view
        self._poller = await asyncio.to_thread(self._source.poller, view, self._link)
        if self._view != view:
            self._poller.look(self._view)
        async with aclosing(self._poller.snapshots()) as snapshots:
            async for snapshot in snapshots:
                yield snapshot

    def wake(self) -> RunningPoll | None:
        """Poll now; return the poll under way, if there is one."""
        return None if self._poller is None else self._poller.wake()

    def look(self, view: View) -> None:
        """Show another view."""
        self._view = view
        if self._poller is not None:
            self._poller.look(view)

    def show_again(self) -> None:
        """Read the history again: something of it was changed."""
        if self._poller is not None:
            self._poller.show_again()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()
