"""The HTTP connection to one server: its proxy, certificates, key, and one request at a time."""

import asyncio
import contextlib
import errno
import importlib
import ipaddress
import os
import ssl
import string
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from weakref import WeakKeyDictionary

import httpx

from polytop import __version__
from polytop.api.decoding import too_large
from polytop.api.error_mapping import HANDLED, map_failure
from polytop.api.errors import ProxyFailed, TlsFailed, Unauthorized
from polytop.api.limits import LARGEST_BODY, LARGEST_ERROR_BODY, Timeouts
from polytop.api.query import QueryError
from polytop.model.address import is_loopback
from polytop.model.frozen import frozen
from polytop.model.memory import LARGE, separate_large_blocks
from polytop.model.problem import Kind, Problem
from polytop.model.secret import Secret
from polytop.model.text import printable


def proxy_for(base_url: str) -> str | None:
    """Return the URL of the proxy for `base_url`, or None. Loopback never has one.

    Raises ProxyFailed for a proxy of a kind that cannot be used. The URL may hold a password:
    it is not for showing, :func:`safe_origin` is.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or proxy_bypass(_netloc(parts)):
        return None
    if _is_excepted(host, proxies.get("no", "")):
        return None
    url = proxy if "://" in proxy else f"http://{proxy}"
    _check_proxy(url)
    return url


def safe_origin(url: str) -> str:
    """Return scheme, host and port of `url`: no user, no password, no path."""
    try:
        parts = urlsplit(url)
        return printable(f"{parts.scheme}://{_netloc(parts)}", 200)
    except ValueError:
        return "(not a URL)"


def tls_context(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The context that verifies the server. Blocks for some 20 ms: call it in a thread.

    Raises TlsFailed where the environment names certificates that cannot be read.
    """
    file, directory = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file or directory:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        return _trusting(name, file or None, directory or None)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        bundle = environ.get(name)
        if bundle:
            is_directory = Path(bundle).is_dir()
            return _trusting(name, *((None, bundle) if is_directory else (bundle, None)))
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        # The system's certificates may be in a folder that is read on demand.
        folder = ssl.get_default_verify_paths().capath
        if folder is None or not any(Path(folder).iterdir()):
            import certifi

            context.load_verify_locations(certifi.where())
    return context


def _trusting(name: str, file: str | None, directory: str | None) -> ssl.SSLContext:
    try:
        if file and Path(file).exists() and not Path(file).is_file():
            raise OSError(errno.EINVAL, "not a file")  # a pipe would be waited for
        return ssl.create_default_context(cafile=file, capath=directory)
    except OSError as error:
        reason = printable(error.strerror or "no certificates in it", 200)
    raise TlsFailed(
        Problem(
            kind=Kind.OFFLINE,
            summary=f"The certificates that {name} names cannot be read ({reason})",
            advice=f"Correct {name} or unset it.",
        )
    )


def _netloc(parts: SplitResult) -> str:
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{bracketed}:{parts.port}" if parts.port else bracketed


def _is_excepted(host: str, no_proxy: str) -> bool:
    """Return True if `no_proxy` holds `host` in a form that the standard library does not know.

    That is ``*`` among others, ``*.example.com``, ``[::1]`` and networks such as ``10.0.0.0/8``.
    """
    for entry in filter(None, (part.strip().lower() for part in no_proxy.split(","))):
        if entry == "*" or (entry.startswith("*.") and host.lower().endswith(entry[1:])):
            return True
        # Neither of the two has to be an address.
        with contextlib.suppress(ValueError):
            network = ipaddress.ip_network(entry.strip("[]"), strict=False)
            if ipaddress.ip_address(host) in network:
                return True
    return False


def _check_proxy(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable:
        raise ProxyFailed(
            Problem(
                kind=Kind.OFFLINE,
                summary=f"The proxy {safe_origin(url)} cannot be used",
                advice="Set HTTPS_PROXY to an http:// or https:// proxy, or name the API's host "
                "in NO_PROXY.",
            )
        )


_IDLE = 90.0
"""Seconds that an unused connection is kept: longer than a usual pause between two polls."""

_SENDABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"polytop/{__version__}",
}


class HttpConnection:
    """Opens one HTTP client for one base URL, once, and closes it."""

    def __init__(
        self,
        base_url: str,
        key: Secret,
        *,
        transport: httpx.AsyncBaseTransport | None,
        at_once: int,
        timeouts: Timeouts,
    ) -> None:
        """Raises QueryError where the key would travel in the clear: http beyond loopback."""
        self._base_url = base_url
        self._key = key
        self._transport = transport
        self._at_once = at_once
        self._timeouts = timeouts
        self._opening = asyncio.Lock()
        self._http: httpx.AsyncClient | None = None
        self.redact = key.redact
        self.host = _checked_host(base_url, any_scheme=transport is not None)
        self.proxy: str | None = None
        """The proxy in use, as it may be shown; None before the first request."""

    async def http(self) -> httpx.AsyncClient:
        """The client, opened at the first call.

        Raises Unauthorized where the key cannot be sent, and TlsFailed or ProxyFailed where the
        environment names certificates or a proxy that cannot be used.
        """
        async with self._opening:
            if self._http is None:
                _check_key(self._key)
                if self._transport is not None:
                    self._http = self._client(transport=self._transport)
                else:
                    # Reading the certificates and the first imports take tens of milliseconds.
                    self._http = await asyncio.to_thread(self._open)
            return self._http

    async def aclose(self) -> None:
        """Close every connection, if any was opened."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def give_up(self, http: httpx.AsyncClient) -> None:
        """Open another client for the next request, if `http` goes through a proxy.

        httpcore keeps the place of a tunnel whose TLS fails: after a few of them none is left.
        """
        if self.proxy is not None and self._http is http:
            await self.aclose()

    def _open(self) -> httpx.AsyncClient:
        with contextlib.suppress(ImportError):
            importlib.import_module("anyio._backends._asyncio")
        proxy = proxy_for(self._base_url)
        if proxy is None and self._base_url.startswith("http://"):
            return self._client(verify=False)
        context = tls_context()
        if proxy is None:
            return self._client(verify=context)
        self.proxy = safe_origin(proxy)
        for_proxy = context if proxy.startswith("https:") else None
        return self._client(verify=context, proxy=httpx.Proxy(proxy, ssl_context=for_proxy))

    def _add_key(self, request: httpx.Request) -> httpx.Request:
        """Put the key into the one header that carries it, and nowhere else."""
        request.headers["x-api-key"] = self._key.reveal()
        return request

    def _client(self, **way: object) -> httpx.AsyncClient:
        limits = self._timeouts
        return httpx.AsyncClient(
            auth=self._add_key,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(
                connect=limits.connect, read=limits.read, write=limits.write, pool=limits.total
            ),
            limits=httpx.Limits(
                max_connections=self._at_once,
                max_keepalive_connections=self._at_once,
                keepalive_expiry=_IDLE,
            ),
            follow_redirects=False,
            event_hooks={"response": [_forget_location]},
            # proxy_for and tls_context read the environment, and know more of its forms.
            trust_env=False,
            **way,  # type: ignore[arg-type]
        )


async def _forget_location(response: httpx.Response) -> None:
    """Take away where a redirect leads: it is not followed, and may be no URL at all."""
    response.headers.pop("location", None)


def _check_key(key: Secret) -> None:
    """Raises Unauthorized for a key that no header can carry."""
    if key and _SENDABLE.issuperset(key.reveal()):
        return
    summary = "The API key holds characters that cannot be sent" if key else "The API key is empty"
    advice = "Enter it again with `polytop profile edit`: letters, digits and signs, no spaces."
    raise Unauthorized(Problem(Kind.REFUSED, summary, advice))


def _checked_host(base_url: str, *, any_scheme: bool) -> str:
    try:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
    except ValueError:
        raise QueryError("the base URL is no URL: it must look like https://host") from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not (safe or any_scheme):
        raise QueryError("the base URL must be https://…, or http:// on this machine alone")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise QueryError("the base URL must not hold a user, a password, a query or a fragment")
    return host


_CHUNKS_A_TURN = 64

_LARGE = 2**20
"""A body of more bytes waits for its turn."""

_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@frozen
class HttpReply:
    """A reply. Names of `headers` are lower case; `raw` is the body as it was sent.

    The key is in no header, but perhaps in the body. `received` counts the bytes of the head and
    of the body as packed, without TLS and chunking.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytearray = field(repr=False)
    received: int
    began: float = 0.0
    """When the head came, in seconds of the event loop's clock."""

    def header(self, name: str) -> str:
        """The header `name`, or nothing."""
        return self.headers.get(name, "")


class _Attempt:
    """The progress of one attempt."""

    def __init__(self) -> None:
        self.connected = False
        """True if a new connection was made for it."""
        self.sent = False
        """True if the request went out over a connection."""
        self.began = False
        """True if the head of an answer came back."""

    async def watch(self, event: str, _: Mapping[str, object]) -> None:
        """Note an event of the transport."""
        self.connected |= event == "connection.connect_tcp.started"
        self.sent |= event == "http11.send_request_headers.started"

    @property
    def outdated(self) -> bool:
        """True if it used a kept connection and nothing came back over it."""
        return self.sent and not self.connected and not self.began


_LARGE_AT_ONCE = 2

_large_turns: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = (
    WeakKeyDictionary()
)
"""The turns of large bodies, of all connections of a process: thirty at a time would fill it."""


async def transfer(
    connection: HttpConnection, url: str, timeouts: Timeouts, turns: AsyncExitStack
) -> HttpReply:
    """The reply to a GET of `url`. Raises ApiError, free of any cause that could hold the key.

    A large body waits for its turn, which `turns` ends when the reply has been worked on.

    A kept connection may have been closed by the server in the meantime: a request that is dropped
    on one before any answer is sent once more.
    """
    http = await connection.http()
    attempt = _Attempt()
    try:
        async with asyncio.timeout(timeouts.total):
            try:
                reply = await _sent(http, url, attempt, timeouts, turns)
            except _DROPPED:
                if not attempt.outdated:
                    raise
                reply = await _sent(http, url, attempt, timeouts, turns)
        headers = {name: connection.redact(value) for name, value in reply.headers.items()}
        return replace(reply, headers=headers)
    except HANDLED as error:
        failure = map_failure(
            error,
            printable(connection.host, 200),
            proxy=connection.proxy,
            began=attempt.began,
            timeouts=timeouts,
            redact=connection.redact,
        )
    finally:
        if not attempt.began:
            await connection.give_up(http)
    # Raised outside the handler: an exception in its context would hold frames with headers.
    try:
        raise failure
    finally:
        # It would keep this frame, and the frame would keep it.
        del failure


async def _sent(
    http: httpx.AsyncClient,
    url: str,
    attempt: _Attempt,
    timeouts: Timeouts,
    turns: AsyncExitStack,
) -> HttpReply:
    async with http.stream("GET", url, extensions={"trace": attempt.watch}) as response:
        attempt.began, began = True, asyncio.get_running_loop().time()
        raw = bytearray()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.is_stream_consumed:
            # A transport that was passed in may have read and unpacked the body itself.
            raw += response.content
            headers.pop("content-encoding", None)
        elif response.status_code == 200:
            await _read(response, raw, LARGEST_BODY, turns)
        elif not response.is_redirect:
            await _read_message(response, raw, timeouts)
        if response.status_code == 200 and len(raw) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        head = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
        return HttpReply(
            status=response.status_code,
            headers=headers,
            raw=raw,
            received=len(raw) + head,
            began=began,
        )


async def _read(
    response: httpx.Response, raw: bytearray, at_most: int, turns: AsyncExitStack | None = None
) -> None:
    """Read the body into `raw`, until its end or until it is longer than `at_most` bytes.

    Others get a turn after every few chunks: those that came together are read without waiting,
    and may be of one byte each.
    """
    count = 0
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > at_most:
            return
        if len(raw) > LARGE:
            separate_large_blocks()
        if len(raw) > _LARGE and turns is not None:
            loop = asyncio.get_running_loop()
            turn = _large_turns.setdefault(loop, asyncio.Semaphore(_LARGE_AT_ONCE))
            await turns.enter_async_context(turn)
            turns = None
        count += 1
        if count % _CHUNKS_A_TURN == 0:
            await asyncio.sleep(0)


async def _read_message(response: httpx.Response, raw: bytearray, timeouts: Timeouts) -> None:
    """Read the body of a refusal. What of it does not come is done without: the status counts."""
    try:
        async with asyncio.timeout(timeouts.read):
            await _read(response, raw, LARGEST_ERROR_BODY)
    except HANDLED:
        return


App = Callable[[Any, Any, Any], Awaitable[None]]


class _InProcess(httpx.ASGITransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from None


def inprocess(app: App) -> httpx.AsyncBaseTransport:
    """A transport that calls the ASGI application `app`; its ConnectionError means a lost one."""
    return _InProcess(app=app)
