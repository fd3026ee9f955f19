"""The simulator on real sockets (plain, behind TLS, behind a proxy), with one fault at a time."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Literal, NamedTuple

from certificates import HOSTS, Certificates

from polytop.simulator.app import Simulator, SimulatorConfig

Way = Literal["plain", "tls", "proxy"]
WAYS: tuple[Way, ...] = ("plain", "tls", "proxy")


class Exchange(NamedTuple):
    """A request whose head has come, and the connection to answer on."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    simulator: Simulator
    trap: str
    """The address of another host, which nobody must ever ask."""

    async def write(self, data: bytes) -> None:
        """Write `data`."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close the connection by a reset."""
        found = self.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def body(self) -> bytes:
        """The body that the simulator answers with."""
        return (await self.answer()).partition(b"\r\n\r\n")[2]

    async def answer(self) -> bytes:
        """The simulator's whole answer; raises ConnectionError where it gives none."""
        line, *lines = self.head.decode("latin-1").rstrip().split("\r\n")
        method, target, _ = line.split(" ", 2)
        path, _, query = target.partition("?")
        pairs = (each.split(": ", 1) for each in lines)
        parts: list[bytes] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                parts.append(b"HTTP/1.1 %d Some Phrase\r\n" % message["status"])
                parts.extend(b"%s: %s\r\n" % pair for pair in message["headers"])
                parts.append(b"\r\n")
            else:
                parts.append(message.get("body", b""))

        async def receive() -> Any:
            await asyncio.sleep(3_600)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in pairs],
            "client": ("127.0.0.1", 1),
        }
        await self.simulator(scope, receive, send)
        return b"".join(parts)


_GONE = (
    ConnectionError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    ssl.SSLError,
    asyncio.CancelledError,
)

Act = Callable[[Exchange], Awaitable[None]]


class Fault(NamedTuple):
    """What goes wrong on one way to the API, and the words that it is told in.

    `act` answers a request; at the proxy it answers CONNECT. None refuses the connection. `words`
    of None stand for data that come all the same.
    """

    way: Way
    act: Act | None
    words: str | None
    tls: str = "good"
    """The certificate: see :class:`certificates.Certificates`; ``none`` speaks no TLS.

    That of the proxy's way is the API's, behind the proxy.
    """
    endless: bool = False
    """Nothing ends it but the time limit of who waits."""


async def healthy(exchange: Exchange) -> None:
    """Answer as the simulator does."""
    await exchange.write(await exchange.answer())


async def tunnel(exchange: Exchange) -> None:
    """Be a proxy that does its work."""
    port = int(exchange.head.split()[1].rpartition(b":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await exchange.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    try:
        await asyncio.gather(
            _pipe(exchange.reader, writer), _pipe(reader, exchange.writer), return_exceptions=True
        )
    finally:
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


class FaultyServer:
    """Serves in a thread of its own; a context manager that ends it.

    `key` is the one that it accepts, None takes any. `folder` takes the certificates.
    """

    def __init__(self, folder: Path) -> None:
        self.certificates = Certificates(folder)
        self.simulator = Simulator(SimulatorConfig())
        self.requests = 0
        self.trapped = 0
        """Connections to the host that nobody must ask."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._ports = {name: _free_port() for name in (*WAYS, "trap")}
        self._servers: dict[str, asyncio.Server] = {}
        self._tasks: dict[str, set[asyncio.Task[None]]] = {name: set() for name in self._ports}
        self._acts: dict[str, Act | None] = {}

    def __enter__(self) -> "FaultyServer":
        self._thread.start()
        self.heal("plain")
        self.heal("proxy")
        self._call(self._listen("trap", None))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name in self._ports:
            self._call(self._stop(name))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, way: Way) -> str:
        """The base URL that leads here on that way."""
        if way == "plain":
            return f"http://127.0.0.1:{self._ports['plain']}"
        return f"https://{HOSTS[way == 'proxy']}:{self._ports['tls']}"

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which a client trusts the CA and finds the proxy."""
        return {
            "SSL_CERT_FILE": str(self.certificates.ca),
            "HTTPS_PROXY": f"http://127.0.0.1:{self._ports['proxy']}",
        }

    def profiles(self, key: str) -> tuple[str, str]:
        """A profile for each way, named like it, and the credentials with `key`."""
        config = credentials = ""
        for way in WAYS:
            config += (
                f'[profiles.{way}]\nbase_url = "{self.url(way)}"\naccount_id = "ws-simulator"\n'
                'project_id = "PROJECT-simulator"\nlimit = 120\nrequests_per_minute = 600\n'
            )
            credentials += f'[profiles.{way}]\napi_key = "{key}"\n'
        return config, credentials

    def play(self, fault: Fault) -> None:
        """Let the fault begin; connections that were open are closed."""
        self._set(fault.way, fault.act, fault.tls)

    def heal(self, way: Way) -> None:
        """Serve well on that way again."""
        self._set(way, tunnel if way == "proxy" else healthy, "good")

    def _set(self, way: Way, act: Act | None, tls: str) -> None:
        self._call(self._stop(way))
        if way == "proxy":
            self._set("tls", healthy, tls)  # where the tunnel leads
        self._acts[way] = act
        if act is not None:
            uses_tls = way == "tls" and tls != "none"
            context = self.certificates.context(tls) if uses_tls else None
            self._call(self._listen(way, context))

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self, name: str, context: ssl.SSLContext | None) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks[name].add(task)
            try:
                await self._serve(name, reader, writer)
            finally:
                self._tasks[name].discard(task)

        self._servers[name] = await asyncio.start_server(
            serve, "127.0.0.1", self._ports[name], ssl=context
        )

    async def _stop(self, name: str) -> None:
        server = self._servers.pop(name, None)
        if server is not None:
            server.close()
        tasks = tuple(self._tasks[name])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(
        self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with contextlib.suppress(*_GONE):
                if name == "trap":
                    self.trapped += 1
                    return
                act = self._acts[name]
                assert act is not None
                while not writer.is_closing():
                    # Whoever speaks TLS to a server that does not is not understood.
                    asked = name == "tls" and not writer.get_extra_info("ssl_object")
                    head = b"" if asked else await reader.readuntil(b"\r\n\r\n")
                    self.requests += 1
                    trap = f"http://127.0.0.1:{self._ports['trap']}"
                    await act(Exchange(head, reader, writer, self.simulator, trap))
                    if act is not healthy:
                        break
        finally:
            writer.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port
