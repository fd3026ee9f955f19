"""Scripted servers for one test each."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from scripted_api import KEY, Server, Serving, Step

from polytop.model.secret import Secret


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    """Starts a server with the steps given; all are stopped at the end."""
    running: list[asyncio.Server] = []
    handlers: set[asyncio.Task[None]] = set()

    async def start(*steps: Step) -> Server:
        server = Server(steps)

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(server.serve(reader, writer))
            handlers.add(task)

        running.append(await asyncio.start_server(accept, "127.0.0.1", 0))
        server.port = running[-1].sockets[0].getsockname()[1]
        return server

    yield start
    for one in running:
        one.close()
    for task in handlers:
        task.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)


@pytest.fixture
def key() -> Secret:
    return Secret(KEY)
