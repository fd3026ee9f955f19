"""From a status that is no answer to the error it stands for, with what the user can do."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from polytop.api import errors
from polytop.api.envelope import Envelope
from polytop.model.problem import Kind, Problem
from polytop.model.target import Target
from polytop.model.text import printable

_LONGEST_WAIT = 86_400.0
"""Seconds; a server that asks for more than a day is asked again after a day."""

_SECONDS = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)

_GATEWAY = (
    "A gateway, firewall or proxy answered rather than the API: check the network you are on, "
    "HTTPS_PROXY and the base URL."
)


@dataclass(frozen=True, slots=True)
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


def refused(
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
    """What support asks for: ``X-PolyAI-Correlation-Id``, else the envelope's ``error_id``."""
    return printable(headers.get("x-polyai-correlation-id", ""), 100) or envelope.error_id


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that ``Retry-After`` asks to wait (a number or an HTTP date), 0 … a day, or None.

    A date is measured against the answer's own ``Date``, so that a wrong clock here does no harm,
    else against `now`.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        wait = float(text)
    else:
        moment = _http_date(text)
        if moment is None:
            return None
        sent = _http_date(headers.get("date", ""))
        wait = moment - (now if sent is None else sent)
    return min(max(wait, 0.0), _LONGEST_WAIT)


def _http_date(text: str) -> float | None:
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
