"""One request over the connection, to its last byte or to an error of the tree."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from polytop.api.body import too_large
from polytop.api.connection import Connection
from polytop.api.failures import HANDLED, translated
from polytop.api.limits import LARGEST_BODY, LARGEST_ERROR_BODY, Timeouts
from polytop.model.text import printable

_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Names of `headers` are lower case; `raw` is the body as it was sent.

    `received` counts the bytes of the head and of the body as packed, without TLS and chunking.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytearray
    received: int

    def header(self, name: str) -> str:
        """The header `name`, or nothing."""
        return self.headers.get(name, "")


class _Attempt:
    """What is known about one attempt while it runs."""

    def __init__(self) -> None:
        self.connected = False
        """Whether a new connection was made for it."""
        self.sent = False
        """Whether the request went out over a connection."""
        self.began = False
        """Whether the head of an answer came back."""

    async def watch(self, event: str, _: Mapping[str, object]) -> None:
        """Called by the transport as the attempt proceeds."""
        self.connected |= event == "connection.connect_tcp.started"
        self.sent |= event == "http11.send_request_headers.started"

    @property
    def outdated(self) -> bool:
        """Whether it used a kept connection and nothing came back over it."""
        return self.sent and not self.connected and not self.began


async def transferred(connection: Connection, url: str, timeouts: Timeouts) -> Reply:
    """The reply to a GET of `url`. Raises ApiError, free of any cause that could hold the key.

    A kept connection may have been closed by the server in the meantime: a request that is dropped
    on one before any answer is sent once more.
    """
    http = await connection.http()
    attempt = _Attempt()
    try:
        async with asyncio.timeout(timeouts.total):
            try:
                return await _sent(http, url, attempt, timeouts)
            except _DROPPED:
                if not attempt.outdated:
                    raise
            return await _sent(http, url, attempt, timeouts)
    except HANDLED as error:
        failure = translated(
            error,
            printable(connection.host, 200),
            proxy=connection.proxy,
            began=attempt.began,
            timeouts=timeouts,
        )
    # Raised outside the handler: an exception in its context would hold frames with headers.
    raise failure


async def _sent(http: httpx.AsyncClient, url: str, attempt: _Attempt, timeouts: Timeouts) -> Reply:
    async with http.stream("GET", url, extensions={"trace": attempt.watch}) as response:
        attempt.began = True
        raw = bytearray()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.is_stream_consumed:
            # A transport that was passed in may have read and unpacked the body itself.
            raw += response.content
            headers.pop("content-encoding", None)
        elif response.status_code == 200:
            await _read(response, raw, LARGEST_BODY)
        elif not response.has_redirect_location:
            await _read_message(response, raw, timeouts)
        if response.status_code == 200 and len(raw) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        head = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
        return Reply(
            status=response.status_code,
            headers=headers,
            raw=raw,
            received=len(raw) + head,
        )


async def _read(response: httpx.Response, raw: bytearray, at_most: int) -> None:
    """Read the body into `raw`, until its end or until it is longer than `at_most` bytes."""
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > at_most:
            return


async def _read_message(response: httpx.Response, raw: bytearray, timeouts: Timeouts) -> None:
    """Read the body of a refusal. What of it does not come is done without: the status counts."""
    try:
        async with asyncio.timeout(timeouts.read):
            await _read(response, raw, LARGEST_ERROR_BODY)
    except HANDLED:
        return
