"""Mapping failures and refusals to errors, with advice for the user."""

import math
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
import msgspec

from polytop.api import errors
from polytop.api.limits import Timeouts
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.target import Target
from polytop.model.text import printable

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""The errors that reading hostile JSON may raise."""

LONGEST = 300
"""The most characters of a message that are kept."""

_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,2000})", re.IGNORECASE)
_MARKUP = re.compile(r"\s*(<!doctype|<html|<head|<body|<\?xml|<!--)", re.IGNORECASE)


@frozen
class Envelope:
    """The words of an error body: `message` and `error_id` are safe to show.

    `html` tells that it is a web page, which the API itself never sends.
    """

    message: str | None = None
    error_id: str | None = None
    html: bool = False


def read_envelope(
    body: bytes, content_type: str = "", redact: Callable[[str], str] = str
) -> Envelope:
    """Read the words of an error `body`, each of them redacted. Never raises.

    Knows ``{error_message}``, ``{success, error, error_id, error_code, error_message, data}``,
    ``{message, errors[]}``, HTML (its title alone) and plain text (its first line).
    """
    text = redact(body.decode("utf-8", "replace"))
    try:
        document = msgspec.json.decode(text)
    except UNREADABLE:
        document = None
    if isinstance(document, dict):
        return Envelope(_message(document), _text(document.get("error_id"), 100))
    if "html" in content_type.lower() or _MARKUP.match(text):
        from html import unescape

        title = _TITLE.search(text)
        return Envelope(_text(unescape(title[1])) if title else None, html=True)
    if text.lstrip().startswith(("{", "[")):
        # JSON that holds no message, or is cut off, says nothing to a person.
        return Envelope()
    lines = text.strip().splitlines()
    return Envelope(_text(lines[0]) if lines else None)


def _text(value: object, at_most: int = LONGEST) -> str | None:
    """Return `value` on one line and safe to show; None if it is not text or is empty."""
    if not isinstance(value, str):
        return None
    return printable(" ".join(value.split()), at_most) or None


def _message(document: dict[str, object]) -> str | None:
    for name in ("error_message", "message", "error", "detail"):
        message = _text(document.get(name))
        if message is not None:
            details = _details(document.get("errors"))
            return _text(": ".join(part for part in (message, details) if part))
    return _text(_details(document.get("errors")))


def _details(errors: object) -> str:
    """The texts in a list of errors, each of which is a text or an object with one."""
    if not isinstance(errors, list):
        return ""
    found = []
    for error in errors[:10]:
        inner = _message(error) if isinstance(error, dict) and "errors" not in error else error
        text = _text(inner)
        if text is not None:
            found.append(text)
    return "; ".join(found)


HANDLED = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError)
"""The errors that a request may raise; `TimeoutError` and `ssl.SSLError` are OSErrors."""


def map_failure(
    failure: BaseException,
    host: str,
    *,
    proxy: str | None = None,
    began: bool = False,
    timeouts: Timeouts,
    redact: Callable[[str], str] = str,
) -> errors.ApiError:
    """The error that stands for `failure` of a request to `host`.

    `proxy` is the proxy's URL as it may be shown; `began` tells that the answer had begun;
    `redact` takes the key out of what the other end said. The error has no cause and no context:
    frames below it hold headers, and so the key.
    """
    causes = tuple(_causes(failure))
    if isinstance(failure, httpx.TimeoutException | TimeoutError):
        return _timed_out(failure, host, timeouts)
    for cause in causes:
        # One that only waits for more bytes is in the context of every lost connection.
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError):
            return _tls_error(cause, host)
    if isinstance(failure, httpx.ProxyError):
        return _proxy_error(redact(str(failure)), proxy)
    # Something may answer that does not speak HTTP.
    garbled = isinstance(failure, httpx.RemoteProtocolError) and "disconnected" not in str(failure)
    if began or garbled:
        return _broken_off(failure, began=began)
    return _unreachable(causes, host, proxy)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """Yield `failure` and its causes, groups included, each once."""
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


def _tls_error(cause: ssl.SSLError, host: str) -> errors.ApiError:
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


def _proxy_error(said: str, proxy: str | None) -> errors.ApiError:
    reason = printable(" ".join(said.split()), 200)
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
    """The plainest words for the cause: those of the system if there are any."""
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return "DNS lookup failed"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError | BrokenPipeError):
            return "the connection was dropped"
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return printable(cause.strerror, 200)
    if isinstance(causes[0], httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return "the connection was dropped"
    return type(causes[0]).__name__


_LONGEST_WAIT = 86_400.0
"""The longest Retry-After to follow, seconds: a day."""

_SECONDS = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)

_GATEWAY = (
    "A gateway, firewall or proxy answered rather than the API: check the network you are on, "
    "HTTPS_PROXY and the base URL."
)


@frozen
class _Meaning:
    error: type[errors.ApiError]
    kind: Kind
    summary: str
    advice: str


_MEANINGS: Mapping[int, _Meaning] = {
    400: _Meaning(
        errors.BadRequest,
        Kind.REFUSED,
        "The request was refused as wrong",
        "Check the filters (variant, language, phone number) and the range.",
    ),
    401: _Meaning(
        errors.Unauthorized,
        Kind.REFUSED,
        "The API key was not accepted",
        "Check it with `polytop profile test`, or create one in Agent Studio under API Keys.",
    ),
    403: _Meaning(
        errors.Forbidden,
        Kind.REFUSED,
        "The API key may not read this project",
        "Give the key the permission Conversations data in Agent Studio under API Keys, "
        "and check that it belongs to this account.",
    ),
    404: _Meaning(
        errors.NotFound,
        Kind.REFUSED,
        "No such account or project here",
        "Often the region is wrong: check region, account id and project id.",
    ),
    429: _Meaning(
        errors.RateLimited,
        Kind.BUSY,
        "The API asked to slow down",
        "Wait: the monitor asks again by itself. If it happens often, poll less often.",
    ),
    501: _Meaning(
        errors.NotImplementedByServer,
        Kind.REFUSED,
        "The server does not offer this",
        "Leave out the breakdown, or check the base URL.",
    ),
}

_OTHER_REFUSAL = _Meaning(
    errors.Refused,
    Kind.REFUSED,
    "The request was refused",
    "Check region, base URL and filters; if they are right, ask PolyAI support.",
)
_SERVER_FAILED = _Meaning(
    errors.ServerFailed,
    Kind.BROKEN,
    "The server failed",
    "Wait: the monitor asks again by itself. If it lasts, ask PolyAI support.",
)
_REDIRECTED = _Meaning(
    errors.Redirected,
    Kind.BROKEN,
    "The server redirects elsewhere",
    "Redirects are not followed, they would carry the key elsewhere: check the base URL.",
)
_NO_ANSWER = _Meaning(
    errors.UnexpectedAnswer, Kind.BROKEN, "The server sent no answer", "Check the base URL."
)


def map_refusal(
    status: int, headers: Mapping[str, str], envelope: Envelope, target: Target, now: float
) -> errors.ApiError:
    """The error that an answer with `status`, which is not 200, stands for.

    `headers` are looked up in lower case; `now` is the time of day in epoch seconds, used where
    the answer has no date of its own.
    """
    meaning = _meaning(status)
    correlation_id = correlation(headers, envelope)
    wait = retry_after(headers, now)
    return meaning.error(
        Problem(
            kind=meaning.kind,
            summary=f"{meaning.summary} ({_status(status)})",
            advice=_advice(meaning, envelope, target, correlation_id, wait),
            status=status,
            error_message=envelope.message,
            correlation_id=correlation_id,
            retry_after=wait,
        )
    )


def correlation(headers: Mapping[str, str], envelope: Envelope) -> str | None:
    """Return the id that support asks for: ``X-PolyAI-Correlation-Id``, else ``error_id``."""
    return printable(headers.get("x-polyai-correlation-id", ""), 100) or envelope.error_id


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of ``Retry-After`` (a number or an HTTP date), 0 … a day, or None.

    A date is measured against the answer's own ``Date``, so that a wrong clock here does no harm,
    else against `now`.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        wait = float(text)
    else:
        moment = http_date(text)
        if moment is None:
            return None
        sent = http_date(headers.get("date", ""))
        wait = moment - (now if sent is None else sent)
    return min(max(wait, 0.0), _LONGEST_WAIT)


def http_date(text: str) -> float | None:
    """The epoch seconds of an HTTP date; None if it is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError, OSError):
        return None


def _meaning(status: int) -> _Meaning:
    if status in _MEANINGS:
        return _MEANINGS[status]
    if 300 <= status < 400:
        return _REDIRECTED
    if 400 <= status < 500:
        return _OTHER_REFUSAL
    return _SERVER_FAILED if status >= 500 else _NO_ANSWER


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _advice(
    meaning: _Meaning,
    envelope: Envelope,
    target: Target,
    correlation_id: str | None,
    wait: float | None,
) -> str:
    if envelope.html and meaning.kind is Kind.REFUSED:
        return _GATEWAY
    if meaning.error is errors.NotFound and target.region is not None:
        return f"Often the region is wrong (asked: {printable(target.region, 40)}): " + (
            "check region, account id and project id."
        )
    if wait is not None and meaning.kind in (Kind.BUSY, Kind.BROKEN):
        return f"Wait: the monitor asks again by itself in {math.ceil(wait)} s."
    if meaning.error is errors.ServerFailed and correlation_id is not None:
        return f"{meaning.advice[:-1]} with the correlation id {correlation_id}."
    return meaning.advice
