"""Serve the simulator on a socket by uvicorn, which can drop connections and end at once."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from h11 import LocalProtocolError
from uvicorn.protocols.http.h11_impl import H11Protocol

from polytop.simulator.app import Receive, Scope, Send, Simulator
from polytop.simulator.reply import ConnectionDroppedError


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application can close the connection before or within an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answer = self.app

        async def guarded(scope: Any, receive: Any, send: Any) -> None:
            try:
                await answer(scope, receive, send)
            except ConnectionDroppedError:
                self.transport.abort()
                await _gone(receive)
            except asyncio.CancelledError:
                self.transport.abort()
                raise
            except LocalProtocolError:  # less was sent than Content-Length said
                self.transport.close()
                await _gone(receive)

        self.app = guarded


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed that the connection is closed."""
    while (await receive())["type"] != "http.disconnect":
        pass


class _Server(uvicorn.Server):
    """Ends on SIGINT and SIGTERM without raising them again, so that the process exits with 0.

    `ready` is called once the signal handlers are set.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        try:
            self._ready()
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        self.should_exit = True


def serve(
    simulator: Simulator,
    listening: socket.socket,
    ready: Callable[[], None],
    verbose: bool = False,
) -> None:
    """Answer on the socket `listening` until SIGINT or SIGTERM. Running requests are cut off.

    `ready` is called once, when the server answers. With `verbose` every request is logged,
    without its headers.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await simulator(scope, receive, send)

    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        loop="asyncio",
        log_level="info" if verbose else "critical",
        log_config=None,
        access_log=verbose,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=0,
    )
    asyncio.run(_Server(config, ready).serve(sockets=[listening]))
