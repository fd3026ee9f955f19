"""Parse and check a query string by the vendor's schema (source: its OpenAPI file)."""

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import parse_qsl

from polytop.model import grid
from polytop.model.target import ClientEnv, SliceBy
from polytop.simulator.reply import RefusedError
from polytop.simulator.traffic import Selection

KNOWN = frozenset(
    {
        "start_time",
        "end_time",
        "client_env",
        "variant_id",
        "variant_name",
        "language",
        "phone_number",
        "slice_by",
    }
)

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)
"""A date and time with an offset (RFC 3339, 5.6)."""

_EARLIEST = -62_135_510_400
"""A day after the start of Python's calendar, epoch seconds."""


class ParsedQuery(NamedTuple):
    """A valid request: an aligned range, the selected calls, and if they are sliced by variant."""

    start: int
    end: int
    chosen: Selection
    sliced: bool
    fractions: bool
    """True if the answer writes times as ``….000Z``."""


def parse_pairs(query: bytes) -> tuple[tuple[str, str], ...]:
    """Parse a query string. A ``+`` is a space, as in a form; ``%2B`` is a plus."""
    text = query.decode("ascii", "replace")
    return tuple(parse_qsl(text, keep_blank_values=True, errors="replace"))


def parse_query(given: tuple[tuple[str, str], ...]) -> ParsedQuery:
    """Check the parameters. Unknown ones are ignored.

    Raises RefusedError: 400 if they break a rule, 501 for a slice that is not implemented.
    """
    counts = Counter(name for name, _ in given if name in KNOWN)
    for name, count in counts.items():
        if count > 1:
            raise RefusedError(400, f"{name} was given {count} times")
    values = {name: value for name, value in given if name in KNOWN}
    start, end = _range(values)
    if "variant_id" in values and "variant_name" in values:
        raise RefusedError(400, "specify either variant_id or variant_name, not both")
    return ParsedQuery(
        start,
        end,
        Selection(
            _env(values.get("client_env", ClientEnv.LIVE)),
            values.get("variant_id"),
            values.get("variant_name"),
            values.get("language"),
            values.get("phone_number"),
        ),
        _sliced(values.get("slice_by")),
        "." in values["start_time"] + values["end_time"],
    )


def _range(values: dict[str, str]) -> tuple[int, int]:
    first, last = _moment(values, "start_time"), _moment(values, "end_time")
    if last < first:
        raise RefusedError(400, "end_time is before start_time")
    start, end = grid.align(first, last)
    if end - start > grid.WEEK:
        raise RefusedError(400, "start_time and end_time must be no more than 1 week apart")
    return start, end


def _moment(values: dict[str, str], name: str) -> float:
    text = values.get(name)
    if text is None:
        raise RefusedError(400, f"{name} is required")
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        moment = grid.from_iso(text.upper())
    except (ValueError, OverflowError):
        raise RefusedError(400, f"{name} is not a date and time in ISO 8601 format") from None
    if moment < _EARLIEST:
        raise RefusedError(400, f"{name} is too early")
    return moment


def _env(text: str) -> ClientEnv:
    try:
        return ClientEnv(text)
    except ValueError:
        raise RefusedError(400, "client_env must be one of sandbox, pre-release, live") from None


def _sliced(text: str | None) -> bool:
    if text is None:
        return False
    if text in {SliceBy.LANGUAGE, SliceBy.PHONE_NUMBER}:
        raise RefusedError(501, f"slicing by {text} is not implemented")
    if text != SliceBy.VARIANT:
        raise RefusedError(400, "slice_by must be one of variant, language, phone_number")
    return True
