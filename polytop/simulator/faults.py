"""What can go wrong, by name: a reply instead of the answer, a mode of sending, spoilt rows."""

from collections.abc import Callable
from typing import NamedTuple

from polytop.model.grid import STEP
from polytop.simulator.reply import (
    Reply,
    SendMode,
    error_reply,
    error_reply_with_code,
    error_reply_with_list,
)
from polytop.simulator.rows import Row, TimedRows

VALUE = "max_concurrent_conversations"


class RequestInfo(NamedTuple):
    """The request that a fault may strike: the `number` of those before it, and its kind."""

    number: int
    sliced: bool
    retry_after: int
    """What a 429 says, seconds."""


def _prompt(_: RequestInfo) -> SendMode:
    return SendMode.PROMPT


def _unchanged(drawn: TimedRows, _: float) -> TimedRows:
    return drawn


class SimulatedFault(NamedTuple):
    """`meet` says how a request is met; `spoil` changes the rows of an answer made at a time."""

    meet: Callable[[RequestInfo], Reply | SendMode] = _prompt
    spoil: Callable[[TimedRows, float], TimedRows] = _unchanged


# -- replies

_GATEWAY = b"""<!doctype html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>gateway</center></body></html>
"""


def _always(reply: Reply | SendMode) -> SimulatedFault:
    return SimulatedFault(lambda _: reply)


def _no_slice(occasion: RequestInfo) -> Reply | SendMode:
    return error_reply(501, "slicing is not implemented") if occasion.sliced else SendMode.PROMPT


def _too_many(occasion: RequestInfo) -> Reply:
    wait = (("Retry-After", str(occasion.retry_after)),)
    return error_reply(429, "rate limit exceeded", wait)


def _flaky(occasion: RequestInfo) -> Reply | SendMode:
    """Every third request fails: with 500, 503 and a dropped connection in turn."""
    turn, place = divmod(occasion.number, 3)
    if place < 2:
        return SendMode.PROMPT
    return (
        error_reply_with_code(500, "internal_error", "an unexpected error occurred"),
        Reply(503, _GATEWAY.replace(b"502 Bad Gateway", b"503 Service Unavailable"), "text/html"),
        SendMode.DROP,
    )[turn % 3]


# -- rows


def _value(row: Row) -> int:
    value = row[VALUE]
    assert isinstance(value, int)
    return value


def _with(row: Row, **changes: object) -> Row:
    return {**row, **changes}


def _nulls(drawn: TimedRows, _: float) -> TimedRows:
    """One row in five is impossible, in eight ways."""
    ways: dict[int, Callable[[Row], Row | None]] = {
        3: lambda row: _with(row, **{VALUE: None}),
        8: lambda row: _with(row, **{VALUE: str(row[VALUE])}),
        13: lambda row: _with(row, **{VALUE: -1}),
        18: lambda row: _with(row, **{VALUE: 4.5}),
        23: lambda row: _with(row, time=str(row["time"]).replace(":00", ":07", 1)),
        28: lambda row: {key: value for key, value in row.items() if key != "time"},
        33: lambda row: _with(row, time="yesterday"),
        38: lambda _: None,
    }
    spoilt: TimedRows = []
    for index, (window, row) in enumerate(drawn):
        way = ways.get(index % 40)
        spoilt.append((window, way(row) if way and row else row))
    return spoilt


def _unordered(drawn: TimedRows, _: float) -> TimedRows:
    """In an order that has nothing to do with time."""
    order = sorted(range(len(drawn)), key=lambda index: (index * 7919 + 13) % 10_007)
    return [drawn[index] for index in order]


def _dupes(drawn: TimedRows, _: float) -> TimedRows:
    """Every fourth row comes twice, once too low; the larger value is the true one."""
    doubled: TimedRows = []
    for index, (window, row) in enumerate(drawn):
        pair: TimedRows = [(window, row)]
        if index % 4 == 0 and row:
            low = _with(row, **{VALUE: _value(row) // 2})
            pair.insert(index // 4 % 2, (window, low))
        doubled += pair
    return doubled


def _gaps(drawn: TimedRows, _: float) -> TimedRows:
    """Three windows in a row are missing from every hour, and one more by itself."""
    return [pair for pair in drawn if pair[0] // STEP % 12 not in {3, 4, 5, 9}]


def _late(drawn: TimedRows, now: float) -> TimedRows:
    """A window comes only some 12 minutes after its end."""
    return [pair for pair in drawn if pair[0] + STEP <= now - 750]


def _revised(drawn: TimedRows, now: float) -> TimedRows:
    """In its first hour a window is told up to a fifth too low, every third one too high."""
    return [(window, row and _at_age(row, window, now - window)) for window, row in drawn]


def _at_age(row: Row, window: int, age: float) -> Row:
    youth = max(0.0, 1 - age / 3600)
    sign = 1 if window // STEP % 3 == 0 else -1
    return _with(row, **{VALUE: int(_value(row) * (1 + sign * 0.2 * youth))})


def _empty(_: TimedRows, __: float) -> TimedRows:
    return []


FAULTS: dict[str, tuple[str, SimulatedFault]] = {
    "400": (
        "every request is refused as a bad one",
        _always(error_reply_with_code(400, "bad_request", "the request could not be understood")),
    ),
    "401": ("the key is not accepted", _always(error_reply(401, "invalid API key"))),
    "403": (
        "the key may not read conversations",
        _always(error_reply_with_list(403, "Forbidden", "missing permission: Conversations data")),
    ),
    "404": ("no such account or project", _always(error_reply(404, "project not found"))),
    "500": (
        "the server fails",
        _always(error_reply_with_code(500, "internal_error", "an unexpected error occurred")),
    ),
    "501": ("no slice is implemented", SimulatedFault(_no_slice)),
    "429": ("too many requests, with Retry-After", SimulatedFault(_too_many)),
    "html": ("a gateway answers 502 with a page", _always(Reply(502, _GATEWAY, "text/html"))),
    "slow": ("an answer takes three seconds", _always(SendMode.SLOW)),
    "hang": ("no answer ever comes", _always(SendMode.HANG)),
    "drop": ("the connection is closed without an answer", _always(SendMode.DROP)),
    "truncated": ("the answer breaks off", _always(SendMode.TRUNCATED)),
    "nonjson": ("200 with text", _always(Reply(200, b"OK, all is well\n", "text/plain"))),
    "nulls": ("some rows are impossible", SimulatedFault(spoil=_nulls)),
    "unordered": ("rows in no order", SimulatedFault(spoil=_unordered)),
    "dupes": ("some rows twice, with different values", SimulatedFault(spoil=_dupes)),
    "gaps": ("some windows are left out", SimulatedFault(spoil=_gaps)),
    "late": ("the latest windows come late", SimulatedFault(spoil=_late)),
    "revised": ("the last hour is corrected as it ages", SimulatedFault(spoil=_revised)),
    "empty": ("no rows at all", SimulatedFault(spoil=_empty)),
    "flaky": ("every third request fails", SimulatedFault(_flaky)),
}
"""Name, what happens, and the fault."""
