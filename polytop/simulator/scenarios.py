"""Scenarios by name: faults of the service, unusual traffic, and names that nobody should trust.

A fault replaces the answer by another reply, sends it in another mode, or alters its rows.
"""

from collections.abc import Callable
from typing import NamedTuple

from polytop.model.grid import STEP
from polytop.simulator.demand import INCIDENTS, Incident
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
    """A request that a fault may affect; `number` is the number of requests before it."""

    number: int
    sliced: bool
    retry_after: int
    """The Retry-After of a 429, seconds."""


class SimulatedFault(NamedTuple):
    """`reply_to` chooses the reply or the send mode of a request; `alter` changes an answer's rows.

    The second argument of `alter` is the time of the answer, epoch seconds.
    """

    reply_to: Callable[[RequestInfo], Reply | SendMode] = lambda _: SendMode.PROMPT
    alter: Callable[[TimedRows, float], TimedRows] = lambda rows, _: rows


# -- replies

_GATEWAY = b"""<!doctype html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>gateway</center></body></html>
"""


def _always(reply: Reply | SendMode) -> SimulatedFault:
    return SimulatedFault(lambda _: reply)


def _no_slice(request: RequestInfo) -> Reply | SendMode:
    return error_reply(501, "slicing is not implemented") if request.sliced else SendMode.PROMPT


def _too_many(request: RequestInfo) -> Reply:
    wait = (("Retry-After", str(request.retry_after)),)
    return error_reply(429, "rate limit exceeded", wait)


def _flaky(request: RequestInfo) -> Reply | SendMode:
    """Every third request fails: with 500, 503 and a dropped connection in turn."""
    turn, place = divmod(request.number, 3)
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


def _nulls(rows: TimedRows, _: float) -> TimedRows:
    """One row in five is invalid, in eight ways; never one of the three newest."""
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
    for index, (window, row) in enumerate(rows):
        way = ways.get((len(rows) - 1 - index) % 40)
        spoilt.append((window, way(row) if way and row else row))
    return spoilt


def _unordered(rows: TimedRows, _: float) -> TimedRows:
    """Rows in an order unrelated to time."""
    order = sorted(range(len(rows)), key=lambda index: (index * 7919 + 13) % 10_007)
    return [rows[index] for index in order]


def _dupes(rows: TimedRows, _: float) -> TimedRows:
    """Every fourth row comes twice, once too low; the larger value is right."""
    doubled: TimedRows = []
    for index, (window, row) in enumerate(rows):
        pair: TimedRows = [(window, row)]
        if index % 4 == 0 and row:
            low = _with(row, **{VALUE: _value(row) // 2})
            pair.insert(index // 4 % 2, (window, low))
        doubled += pair
    return doubled


def _gaps(rows: TimedRows, _: float) -> TimedRows:
    """Three windows in a row are missing from every hour, and one more by itself."""
    return [pair for pair in rows if pair[0] // STEP % 12 not in {3, 4, 5, 9}]


def _late(rows: TimedRows, now: float) -> TimedRows:
    """A window comes only some 12 minutes after its end."""
    return [pair for pair in rows if pair[0] + STEP <= now - 750]


def _revised(rows: TimedRows, now: float) -> TimedRows:
    """In its first hour a window is up to a fifth too low, and every third one too high."""
    revised: TimedRows = []
    for window, row in rows:
        youth = max(0.0, 1 - (now - window) / 3600)
        sign = 1 if window // STEP % 3 == 0 else -1
        value = row and int(_value(row) * (1 + sign * 0.2 * youth))
        revised.append((window, row and _with(row, **{VALUE: value})))
    return revised


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
    "nulls": ("some rows are invalid", SimulatedFault(alter=_nulls)),
    "unordered": ("rows in no order", SimulatedFault(alter=_unordered)),
    "dupes": ("some rows twice, with different values", SimulatedFault(alter=_dupes)),
    "gaps": ("some windows are left out", SimulatedFault(alter=_gaps)),
    "late": ("the latest windows come late", SimulatedFault(alter=_late)),
    "revised": ("the last hour is corrected as it ages", SimulatedFault(alter=_revised)),
    "empty": ("no rows at all", SimulatedFault(alter=lambda _, __: [])),
    "flaky": ("every third request fails", SimulatedFault(_flaky)),
}
"""Summary and fault by the name of the scenario."""


# -- scenarios

HEALTHY = "none"
"""The name that stands for no scenario."""


class Scenario(NamedTuple):
    """The differences from a healthy service with ordinary traffic."""

    summary: str
    fault: SimulatedFault = SimulatedFault()
    incident: Callable[[float], Incident] = lambda _: Incident()
    hostile_names: bool = False


_TRAFFIC = {
    "launch": "demand rises steeply to the limit and beyond",
    "outage": "no calls for 20 minutes",
    "quiet-night": "hours with almost no calls",
}

SCENARIOS: dict[str, Scenario] = {
    **{name: Scenario(_TRAFFIC[name], incident=kind) for name, kind in INCIDENTS.items()},
    **{name: Scenario(summary, fault=fault) for name, (summary, fault) in FAULTS.items()},
    "hostile-names": Scenario("names with markup, escapes and worse", hostile_names=True),
}


def find_scenario(name: str | None) -> Scenario:
    """Find the scenario of that name; None and ``none`` are the healthy one.

    Raises ValueError for an unknown name.
    """
    if name is None or name == HEALTHY:
        return Scenario("a healthy service, ordinary traffic")
    try:
        return SCENARIOS[name]
    except KeyError:
        known = ", ".join(SCENARIOS)
        raise ValueError(f"there is no scenario {name!r}; there are: {known}") from None
