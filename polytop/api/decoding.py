"""From the bytes of an answer to its series: typed, and tolerant of what the API may do.

Rows are read in batches of some 128 kB, each typed and in one call: that is fast, and no call
holds up the event loop's thread for long. A batch in which a row does not fit is read row by row.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from polytop.api.body import no_answer
from polytop.api.collector import Collector
from polytop.api.envelope import opened
from polytop.api.errors import AnotherProject
from polytop.api.limits import LARGEST_ERROR_BODY
from polytop.api.query import Query
from polytop.api.rows import TYPED, UNREADABLE, Fault, WireRow, tolerated
from polytop.model.answer import Answer
from polytop.model.problem import Kind, Problem
from polytop.model.target import SliceBy
from polytop.model.text import printable

_BATCH = 128 * 2**10
"""Bytes of rows that are read in one call."""

_CUTS = 8
"""Places tried for the end of a batch; a text in a row may look like one."""

_BETWEEN_ROWS = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")

_ID_FORM = re.compile(r"(ws-|ACCOUNT-|PROJECT-)(.+)")


class _Envelope(msgspec.Struct, gc=False):
    account_id: str
    project_id: str
    intervals: msgspec.Raw


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that follow each other: all of them typed, or each still as it came."""

    typed: Sequence[WireRow] = ()
    raw: Sequence[msgspec.Raw] = ()


def decoded(body: bytes, query: Query, content_type: str = "") -> Answer:
    """The answer to `query` that `body` holds, its series over exactly the query's range.

    Windows without a row are gaps, doubled rows are merged by maximum, and rows that are
    impossible are left out, counted and logged. Raises UnexpectedAnswer where `body` is no
    answer at all, AnotherProject where it answers for another account or project.
    """
    envelope = _envelope(body, content_type)
    _check_owner("account_id", query.target.account_id, envelope.account_id)
    _check_owner("project_id", query.target.project_id, envelope.project_id)
    array = memoryview(envelope.intervals)
    if bytes(array[:1]) != b"[":
        raise no_answer("The answer is not one of this API: intervals is no list")
    collector = Collector(query)
    at = 0
    for batch in _batches(array[1:-1], query.slice_by):
        if batch.typed:
            collector.add(batch.typed, at)
        for index, raw in enumerate(batch.raw, at):
            row = tolerated(raw, query.slice_by)
            if isinstance(row, Fault):
                collector.leave_out(index, row)
            else:
                collector.add((row,), index)
        at += len(batch.typed) + len(batch.raw)
    return collector.answer()


def _envelope(body: bytes, content_type: str) -> _Envelope:
    try:
        return msgspec.json.decode(body, type=_Envelope)
    except msgspec.ValidationError as error:
        summary = f"The answer is not one of this API: {printable(str(error), 200)}"
    except UNREADABLE as error:
        cut = "truncated" in str(error)
        summary = (
            "The answer broke off before its end" if cut and body else "The answer is not JSON"
        )
    found = opened(body[:LARGEST_ERROR_BODY], content_type)
    if found.html:
        summary = "A web page answered rather than the API"
    elif not body.strip():
        summary = "The answer is empty"
    raise no_answer(summary, found.message)


def _check_owner(name: str, asked: str, answered: str) -> None:
    """Raises AnotherProject where both IDs have one form and differ; a slug may answer as an ID."""
    one, other = _ID_FORM.fullmatch(asked), _ID_FORM.fullmatch(answered)
    if one is None or other is None or one[1] != other[1] or one[2] == other[2]:
        return
    shown = printable(answered, 60)
    raise AnotherProject(
        Problem(
            kind=Kind.BROKEN,
            summary=f"The answer is that of another project: {name} is {shown}",
            advice=f"Check {name} in the profile; a cache or proxy between may mix up answers.",
            status=200,
        )
    )


def _batches(rows: memoryview, slice_by: SliceBy | None) -> Iterator[_Batch]:
    """The rows between the brackets: typed where all of a batch fit, else each as it is."""
    start, size = 0, len(rows)
    while start < size:
        for stop, following in _cuts(rows, start):
            batch = _read(b"".join((b"[", rows[start:stop], b"]")), slice_by)
            if batch is not None:
                yield batch
                start = following
                break
        else:
            raise no_answer("The answer is not JSON")


def _cuts(rows: memoryview, start: int) -> Iterator[tuple[int, int]]:
    """Where a batch from `start` may end and the next one begin; the last one is the very end.

    A cut inside a text leaves a batch that is no JSON, so reading it tells the right ones.
    """
    at = start + _BATCH
    for _ in range(_CUTS):
        between = _BETWEEN_ROWS.search(rows, at) if at < len(rows) else None
        if between is None:
            break
        yield between.start() + 1, between.end()
        at = between.end()
    yield len(rows), len(rows)


def _read(text: bytes, slice_by: SliceBy | None) -> _Batch | None:
    try:
        return _Batch(typed=TYPED[slice_by](text))
    except UNREADABLE:
        pass
    try:
        return _Batch(raw=msgspec.json.decode(text, type=list[msgspec.Raw]))
    except UNREADABLE:
        return None
