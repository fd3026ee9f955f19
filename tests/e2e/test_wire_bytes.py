"""The bytes of polls, counted at the socket between the client and the service."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import pairwise
from urllib.parse import urlsplit

from simulator_service import Service

from polytop.api.client import Client
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer
from polytop.model.secret import Secret
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import Snapshot, State, View
from polytop.model.target import Filters, SliceBy, Target
from polytop.monitor.poller import Poller
from polytop.monitor.schedule import Backoff

VARIANTS, POLLS = 50, 12
SPAN = 6 * 86_400
SHARE = 0.01
"""The share of a week's bytes that one poll of the week may transfer."""


class Relay:
    """Passes bytes on between a port of its own and `upstream`, and counts what comes back."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._connections = set[asyncio.Task[None]]()
        self.sent = self.received = 0
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = "http://{}:{}".format(*server.sockets[0].getsockname())
        async with server:
            yield
            await asyncio.gather(*self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(asyncio.create_task(self._connected(reader, writer)))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        await asyncio.gather(self._forth(reader, back), self._back(there, writer))

    async def _forth(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                self.sent += len(data)
                sink.write(data)
                await sink.drain()
        sink.close()

    async def _back(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                self.received += len(data)
                sink.write(data)
                await sink.drain()
        sink.close()


async def at_once(_: float) -> None:
    """Polls follow each other without a rest: what one transfers does not depend on it."""
    await asyncio.sleep(0)


async def polled(relay: Relay, client: Client, target: Target) -> list[int]:
    """The bytes that each poll of a week brings: the first brings it all."""
    poller = Poller(
        client.fetch,
        target,
        # With the hours before it that the graph begins with, one request has it all.
        View(Filters(), SPAN),
        clock=time.time,
        sleep=at_once,
        pacing=Backoff(30, lambda: 0.5),
    )
    received = [0]
    async with aclosing(poller.snapshots()) as snapshots:
        async for snapshot in snapshots:
            received.append(relay.received)
            check(snapshot, received[-1] - received[-2])
            if len(received) > POLLS + 1:
                break
    return [after - before for before, after in pairwise(received)]


def check(snapshot: Snapshot, received: int) -> None:
    """Everything that is polled for is there, and the screen tells what it took."""
    assert (snapshot.state, snapshot.backfill, snapshot.cost.requests) == (State.LIVE, None, 2)
    assert UNKNOWN not in snapshot.total.values
    assert len(snapshot.rows or ()) == VARIANTS
    # It counts neither the line with the status nor the empty one after the head.
    assert 0 <= received - snapshot.cost.received < 50 * snapshot.cost.requests


async def asked(relay: Relay, client: Client, target: Target) -> int:
    """The bytes that asking for the week brings."""
    before, end = relay.received, grid.floor(time.time()) + grid.STEP
    for slice_by in (None, SliceBy.VARIANT):
        query = Query(target, Filters(), end - grid.WEEK, end, slice_by=slice_by)
        assert isinstance(await client.fetch(query), Answer)
    return relay.received - before


async def test_polls_of_a_week_transfer_a_hundredth_of_asking_for_it_each_time() -> None:
    with Service("--variants", str(VARIANTS)) as service:
        relay = Relay(service.url)
        async with relay.running():
            target = Target("ws-simulator", "PROJECT-simulator", relay.url)
            async with Client(target, Secret("simulator")) as client:
                first, *later = await polled(relay, client, target)
                week = await asked(relay, client, target)
    assert 0.8 < first / week < 1.1
    assert len(later) == POLLS
    # A poll just after a window has become final asks for one more.
    assert sum(later) <= SHARE * week * POLLS
