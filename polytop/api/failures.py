"""Every way in which httpx can fail, as an error of the tree. Screens never see httpx."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from polytop.api import errors
from polytop.api.limits import Timeouts
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable

HANDLED = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError)
"""What a request may raise; `TimeoutError` and `ssl.SSLError` are among the OSErrors."""


def translated(
    failure: BaseException,
    host: str,
    *,
    proxy: str | None = None,
    began: bool = False,
    timeouts: Timeouts,
) -> errors.ApiError:
    """The error that stands for `failure` of a request to `host`.

    `proxy` is the proxy's URL as it may be shown; `began` tells that the answer had begun. The
    error has no cause and no context: frames below it hold headers, and so the key.
    """
    causes = tuple(_causes(failure))
    if isinstance(failure, httpx.TimeoutException | TimeoutError):
        return _timed_out(failure, host, timeouts)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls_failed(cause, host)
    if isinstance(failure, httpx.ProxyError):
        return _proxy_failed(failure, proxy)
    if began or _is_garbled(failure):
        return _broken_off(failure, began=began)
    return _unreachable(causes, host, proxy)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """`failure` and what is below it, groups included, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [failure]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += (cause.__cause__, cause.__context__)
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _is_garbled(failure: BaseException) -> bool:
    """Whether something answered that does not speak HTTP; a mere drop is not that."""
    return isinstance(failure, httpx.RemoteProtocolError) and "disconnected" not in str(failure)


def _timed_out(failure: BaseException, host: str, timeouts: Timeouts) -> errors.ApiError:
    if isinstance(failure, httpx.ConnectTimeout):
        what = f"No connection to {host} within {timeouts.connect:g} s"
        advice = "Check the network, the VPN and HTTPS_PROXY. The monitor tries again by itself."
    else:
        total = not isinstance(failure, httpx.TimeoutException)
        seconds = timeouts.total if total else timeouts.read
        what = f"No {'complete ' if total else ''}answer from {host} within {seconds:g} s"
        advice = "The monitor tries again by itself. If it lasts, a shorter range answers faster."
    return errors.TimedOut(Problem(Kind.OFFLINE, what, advice))


def _tls_failed(cause: ssl.SSLError, host: str) -> errors.ApiError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = printable(cause.verify_message, 200)
        advice = (
            "If a company proxy opens TLS here, point SSL_CERT_FILE to its CA bundle (PEM). "
            "Check the clock of this machine too."
        )
    else:
        reason = printable(cause.reason or "handshake failed", 200)
        advice = (
            "Check the base URL and its port, and whether a proxy stands between (HTTPS_PROXY)."
        )
    what = f"The secure connection to {host} could not be made: {reason}"
    return errors.TlsFailed(Problem(Kind.OFFLINE, what, advice))


def _proxy_failed(failure: BaseException, proxy: str | None) -> errors.ApiError:
    reason = printable(" ".join(str(failure).split()), 200)
    if reason.startswith("407"):
        advice = "The proxy wants a user and password: put them into HTTPS_PROXY."
    else:
        advice = "Check HTTPS_PROXY, or name the API's host in NO_PROXY to go without the proxy."
    name = f" {proxy}" if proxy else ""
    return errors.ProxyFailed(
        Problem(Kind.OFFLINE, f"The proxy{name} did not let the request through: {reason}", advice)
    )


def _broken_off(failure: BaseException, *, began: bool) -> errors.ApiError:
    if began:
        what = "The answer broke off before its end"
        advice = "The monitor asks again by itself. If it lasts, check the network between."
    else:
        what = f"What answered does not speak HTTP ({type(failure).__name__})"
        advice = "Check the base URL and its port."
    return errors.UnexpectedAnswer(Problem(Kind.BROKEN, what, advice))


def _unreachable(
    causes: tuple[BaseException, ...], host: str, proxy: str | None
) -> errors.ApiError:
    place = f"the proxy {proxy}" if proxy else host
    what = f"Cannot reach {place}: {_reason(causes)}"
    if proxy:
        advice = "Check HTTPS_PROXY, or name the API's host in NO_PROXY to go without the proxy."
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        advice = "Check the network, the name service and the region or base URL."
    else:
        advice = "Check the network, the VPN and the base URL. The monitor tries again by itself."
    return errors.ConnectionFailed(Problem(Kind.OFFLINE, what, advice))


def _reason(causes: tuple[BaseException, ...]) -> str:
    """The plainest word for what is below: the system's own where there is one."""
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "no address is known for the name"
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses connections"
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return "the connection was dropped"
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return printable(cause.strerror, 200)
    if isinstance(causes[0], httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return "the connection was dropped"
    return type(causes[0]).__name__
