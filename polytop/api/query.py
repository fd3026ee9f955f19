"""One query to the API, checked and aligned before it is sent.

Source: the vendor's OpenAPI file, ``GET /v1/{account_id}/{project_id}/conversations/concurrency``.
"""

import unicodedata
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from polytop.api.limits import LONGEST_TEXT
from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.target import LANGUAGE, PHONE_NUMBER, ClientEnv, Filters, SliceBy, Target

_Choice = TypeVar("_Choice", ClientEnv, SliceBy)

_LATEST = 253_402_214_400
"""9999-12-31T00:00:00Z: past this, dates have no four-digit year."""


class QueryError(ValueError):
    """The question cannot be asked; the message says what to change."""


@frozen
class Query:
    """A query: the series of `[start, end)`, epoch seconds.

    The range is widened to the 5-minute grid, start down and end up, as the server does it.
    Raises QueryError for what the API would refuse.
    """

    target: Target
    filters: Filters
    start: int
    end: int
    slice_by: SliceBy | None = None

    def __post_init__(self) -> None:
        start, end = _range(self.start, self.end)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)
        for name in ("account_id", "project_id"):
            if (value := _check_text(name, getattr(self.target, name))) in (".", ".."):
                raise QueryError(f"{name} must be an ID or a slug, not {value!r}")
        check_filters(self.filters)
        if self.slice_by is not None:
            object.__setattr__(self, "slice_by", _choice(SliceBy, "slice_by", self.slice_by))

    def pieces(self) -> tuple["Query", ...]:
        """The same question in ranges of at most a week, newest first, each one request."""
        spans = grid.split_range(self.start, self.end)
        return tuple(replace(self, start=start, end=end) for start, end in spans)

    def path(self) -> str:
        """Return the path of the request, percent-encoded, without host and query."""
        account, project = _quote(self.target.account_id), _quote(self.target.project_id)
        return f"/v1/{account}/{project}/conversations/concurrency"

    def url(self) -> str:
        """The whole URL, percent-encoded: a space is ``%20`` and a plus is ``%2B``."""
        parameters: list[tuple[str, str]] = [
            ("start_time", grid.to_iso(self.start)),
            ("end_time", grid.to_iso(self.end)),
            ("client_env", self.filters.client_env),
            *self.filters.active(),
        ]
        if self.slice_by is not None:
            parameters.append(("slice_by", self.slice_by))
        pairs = "&".join(f"{name}={_quote(value)}" for name, value in parameters)
        return f"{self.target.base_url.rstrip('/')}{self.path()}?{pairs}"


def _quote(text: str) -> str:
    return quote(text, safe="")


def _range(start: float, end: float) -> tuple[int, int]:
    """The aligned range. Raises QueryError where it is empty or no date can hold it."""
    # Written so that a NaN fails the comparison too.
    if not (0 <= start <= _LATEST and 0 <= end <= _LATEST):
        raise QueryError("start and end must lie between the years 1970 and 9999")
    if end <= start:
        raise QueryError("end must be later than start: swap the two or widen the range")
    return grid.align(start, end)


def _check_text(name: str, value: object) -> str:
    """Return `value` if it is text that can be sent. Raises QueryError otherwise."""
    if not isinstance(value, str):
        raise QueryError(f"{name} must be text")
    if not value.strip():
        raise QueryError(f"{name} is empty: give a value or leave it out")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise QueryError(f"{name} holds a control character: remove it")
    if len(value) > LONGEST_TEXT:
        raise QueryError(f"{name} is longer than {LONGEST_TEXT} characters: shorten it")
    return value


def _choice(kind: type[_Choice], name: str, value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise QueryError(f"{name} must be one of {', '.join(kind)}") from None


def check_filters(filters: Filters) -> None:
    """Raises QueryError for filters that the API would refuse."""
    _choice(ClientEnv, "client_env", filters.client_env)
    for name, value in filters.active():
        _check_text(name, value)
    if filters.variant_id is not None and filters.variant_name is not None:
        raise QueryError("give variant_id or variant_name, not both")
    if filters.language is not None and not LANGUAGE.fullmatch(filters.language):
        raise QueryError("language must look like en-GB: letters and digits joined by hyphens")
    if filters.phone_number is not None and not PHONE_NUMBER.fullmatch(filters.phone_number):
        raise QueryError(
            "phone_number must look like +447856838428: digits alone, with + and the country first"
        )
