"""A scripted server on a loopback socket, and short ways to write what it says."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable

from polytop.api.query import Query
from polytop.model import grid
from polytop.model.target import Filters, SliceBy, Target

START = 1_790_000_100
KEY = "k3y-never-shown-0123456789"

Step = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers the requests, over whichever connection they come, with `steps` in turn.

    A step is the bytes to write, or a coroutine function that is given the streams. Once there
    are none left, the last one is used again.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = list(steps)
        self.heads: list[bytes] = []
        self.connections = 0
        self.heard = asyncio.Event()
        self.closed = asyncio.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """The request line of each request."""
        return [head.split(b"\r\n", 1)[0].decode() for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                self.heard.set()
                step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                else:
                    await step(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


Serving = Callable[..., Awaitable[Server]]
"""Starts a server with the steps given."""


def reply(body: bytes | object = b"", status: int = 200, *, headers: tuple[str, ...] = ()) -> bytes:
    """A whole HTTP answer; `body` that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = (f"HTTP/1.1 {status} Some Phrase", f"Content-Length: {len(content)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def answer(*rows: object, account: str = "ws-a", project: str = "PROJECT-p") -> dict[str, object]:
    """A document of the API that holds `rows`."""
    return {"account_id": account, "project_id": project, "intervals": list(rows)}


def row(slot: int, count: object = 1, **more: object) -> dict[str, object]:
    """A row of window number `slot`."""
    moment = grid.to_iso(START + slot * grid.STEP)
    return {"time": moment, "max_concurrent_conversations": count, **more}


def query(
    base_url: str = "https://api.example",
    windows: int = 4,
    slice_by: SliceBy | None = None,
    **filters: str,
) -> Query:
    """A query for the first `windows` windows."""
    target = Target("ws-a", "PROJECT-p", base_url, "uk-1")
    return Query(
        target, Filters().with_changes(**filters), START, START + windows * grid.STEP, slice_by
    )
