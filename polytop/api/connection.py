"""The long-lived connection: opened at the first request, with the key out of sight."""

import asyncio
import contextlib
import importlib
import ssl
import string
from collections.abc import Generator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from polytop import __version__
from polytop.api.environment import is_loopback, proxy_for, shown, tls_context
from polytop.api.errors import Unauthorized
from polytop.api.limits import Timeouts
from polytop.api.query import QueryError
from polytop.model.problem import Kind, Problem
from polytop.model.secret import Secret

_IDLE = 90.0
"""Seconds that an unused connection is kept: longer than any usual pause between two polls."""

_SENDABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"polytop/{__version__}",
}


class _KeyHeader(httpx.Auth):
    """Puts the key into the one header that carries it, and nowhere else."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["x-api-key"] = self._key.reveal()
        yield request


class Connection:
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
        """Close every connection. Does nothing where none was opened."""
        if self._http is not None:
            await self._http.aclose()

    def _open(self) -> httpx.AsyncClient:
        with contextlib.suppress(ImportError):
            importlib.import_module("anyio._backends._asyncio")
        proxy = proxy_for(self._base_url)
        if proxy is None and self._base_url.startswith("http://"):
            return self._client(verify=False)
        context = tls_context()
        if proxy is None:
            return self._client(verify=context)
        self.proxy = shown(proxy)
        return self._client(
            verify=context, proxy=httpx.Proxy(proxy, ssl_context=_for_proxy(proxy, context))
        )

    def _client(self, **way: object) -> httpx.AsyncClient:
        limits = self._timeouts
        return httpx.AsyncClient(
            auth=_KeyHeader(self._key),
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
            # The environment is read by polytop.api.environment, which knows more of its forms.
            trust_env=False,
            **way,  # type: ignore[arg-type]
        )


def _for_proxy(proxy: str, context: ssl.SSLContext) -> ssl.SSLContext | None:
    return context if proxy.startswith("https:") else None


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
