"""Decoding: from the bytes of an answer to typed series, tolerant of what the API may do.

Rows are read in batches of some 128 kB, each typed and in one call: that is fast, and no call
holds up the event loop's thread for long. A batch in which a row does not fit is read row by row.
"""

import logging
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, ClassVar

import msgspec

from polytop.api.error_mapping import UNREADABLE, read_envelope
from polytop.api.errors import AnotherProject, TooLarge, UnexpectedAnswer
from polytop.api.limits import (
    LARGEST_BODY,
    LARGEST_COUNT,
    LARGEST_ERROR_BODY,
    LONGEST_TEXT,
    MOST_PARTS,
)
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer, Part, Row, RowLosses
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.target import SliceBy
from polytop.model.text import printable

_GZIP = b"\x1f\x8b"


def unpack_body(raw: bytes | bytearray, encoding: str, at_most: int = LARGEST_BODY) -> bytes:
    """Undo the ``Content-Encoding: encoding`` of `raw`; a byte order mark is taken off.

    Raises TooLarge beyond `at_most` bytes, and UnexpectedAnswer where it is damaged, cut off or
    packed in a way that was not asked for.
    """
    name = encoding.strip().lower()
    body: bytes | None = None
    if name in ("", "identity"):
        body = bytes(raw)
    elif name not in ("gzip", "x-gzip"):
        raise no_answer("The answer is packed in a way that was not asked for")
    else:
        with suppress(zlib.error):
            body = _gunzip(raw, at_most)
    if body is None:
        raise no_answer("The packed answer is damaged")
    if len(body) > at_most:
        raise too_large(at_most)
    return body.removeprefix(BOM_UTF8)


def no_answer(summary: str, detail: str | None = None) -> UnexpectedAnswer:
    """The error for an answer that is none, for the reason that `summary` gives."""
    advice = (
        "The monitor asks again by itself. If it lasts, check the base URL and any proxy between."
    )
    return UnexpectedAnswer(Problem(Kind.BROKEN, summary, advice, 200, detail))


def too_large(at_most: int) -> TooLarge:
    """The error for an answer of more than `at_most` bytes."""
    return TooLarge(
        Problem(
            kind=Kind.BROKEN,
            summary=f"The answer is larger than {at_most / 2**20:g} MiB",
            advice="Ask for a shorter range, or narrow it to a variant.",
            status=200,
        )
    )


def _gunzip(raw: bytes | bytearray, at_most: int) -> bytes:
    """Unpack all gzip members of `raw`, at most one byte more than `at_most`."""
    parts: list[bytes] = []
    room = at_most + 1
    rest = bytes(raw)
    while True:
        # 16 selects the gzip format; unpacking lets other threads run.
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        parts.append(member.decompress(rest, room))
        room -= len(parts[-1])
        if room <= 0:
            break
        if not member.eof:
            raise no_answer("The packed answer broke off before its end")
        rest = member.unused_data
        if not rest.startswith(_GZIP):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]

_COUNT = "max_concurrent_conversations"


class Total(msgspec.Struct, gc=False):
    """A row of an answer that is not sliced; what else it carries passes unread."""

    time: str
    count: Count = msgspec.field(name=_COUNT)
    key: ClassVar[str | None] = None
    name: ClassVar[str | None] = None


class _WireVariant(msgspec.Struct, gc=False):
    """A row of an answer sliced by variant."""

    time: str
    count: Count = msgspec.field(name=_COUNT)
    key: str | None = msgspec.field(name="variant_id", default=None)
    name: str | None = msgspec.field(name="variant_name", default=None)


class Language(msgspec.Struct, gc=False):
    """A row of an answer sliced by language."""

    time: str
    count: Count = msgspec.field(name=_COUNT)
    key: str | None = msgspec.field(name="language", default=None)
    name: ClassVar[str | None] = None


class PhoneNumber(msgspec.Struct, gc=False):
    """A row of an answer sliced by phone number."""

    time: str
    count: Count = msgspec.field(name=_COUNT)
    key: str | None = msgspec.field(name="phone_number", default=None)
    name: ClassVar[str | None] = None


WireRow = Total | _WireVariant | Language | PhoneNumber

TYPED: Mapping[SliceBy | None, Callable[[bytes], Sequence[WireRow]]] = {
    None: msgspec.json.Decoder(list[Total]).decode,
    SliceBy.VARIANT: msgspec.json.Decoder(list[_WireVariant]).decode,
    SliceBy.LANGUAGE: msgspec.json.Decoder(list[Language]).decode,
    SliceBy.PHONE_NUMBER: msgspec.json.Decoder(list[PhoneNumber]).decode,
}
"""Reads a JSON list of rows, for each way to slice. Raises where any of them does not fit."""


@frozen
class RowFault:
    """Why a row is left out: `field` is the part of the row, empty for the row itself.

    `found` is what is wrong, as it came; `time` is the row's time as it was written, empty if it
    is no text.
    """

    field: str
    reason: str
    found: tuple[object, ...] = ()
    time: str = ""


def read_odd_row(raw: msgspec.Raw, slice_by: SliceBy | None) -> WireRow | RowFault:
    """The row that `raw` (one JSON value) can be read as, else what is wrong with it.

    Counts written as ``25.0`` pass, and so does a name that is not text: the row goes without it.
    """
    try:
        row = msgspec.json.decode(raw)
    except UNREADABLE:
        return RowFault("", "cannot be read")
    if not isinstance(row, dict):
        return RowFault("", "is no object", (row,))
    time = row.get("time")
    if not isinstance(time, str):
        return RowFault(".time", "is no text", (time,))
    count = _count(row.get(_COUNT))
    if isinstance(count, RowFault):
        return replace(count, time=time)
    return Total(time, count) if slice_by is None else _sliced_row(row, time, count, slice_by)


def _sliced_row(
    row: dict[str, object], time: str, count: int, slice_by: SliceBy
) -> WireRow | RowFault:
    field = "variant_id" if slice_by is SliceBy.VARIANT else slice_by.value
    key = row.get(field)
    if not (key is None or isinstance(key, str)):
        return RowFault(f".{field}", "is no text", (key,), time)
    if slice_by is SliceBy.LANGUAGE:
        return Language(time, count, key)
    if slice_by is SliceBy.PHONE_NUMBER:
        return PhoneNumber(time, count, key)
    name = row.get("variant_name")
    return _WireVariant(time, count, key, name if isinstance(name, str) else None)


def _count(value: object) -> int | RowFault:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return RowFault(f".{_COUNT}", "is no number", (value,))
    if not 0 <= value <= LARGEST_COUNT or value != int(value):
        return RowFault(f".{_COUNT}", "is no possible count", (value,))
    return int(value)


def _quote(value: object, redact: Callable[[str], str]) -> str:
    """A short repr of `value`, safe to log; of a container its type alone."""
    if isinstance(value, str):
        return printable(repr(redact(value)[:60]), 60)
    if value is None or isinstance(value, bool | int | float):
        return printable(redact(repr(value)), 60)
    return type(value).__name__


_MOST_LINES = 20
"""The most rows of one answer that are logged one by one."""

_log = logging.getLogger("polytop.api")


class Collector:
    """The series of one answer as they are read. The order of the rows does not matter.

    `redact` takes the key out of every text that is kept or logged.
    """

    def __init__(self, query: Query, redact: Callable[[str], str] = str) -> None:
        self._query, self._redact = query, redact
        self._size = grid.count(query.start, query.end)
        self._slots: dict[str, int] = {}
        self._parts: dict[str | None, list[int]] = {}
        self._names: dict[str, str | None] = {}
        self._others: dict[str, dict[int, str | None]] = {}
        self._ignored = 0
        self._reason = ""
        self._newest_lost: int | None = None
        self._undated = 0

    def add(self, rows: Iterable[WireRow], first: int) -> None:
        """Collect `rows`, the first of which is number `first` of the answer."""
        slots, parts, names = self._slots, self._parts, self._names
        for index, row in enumerate(rows, first):
            slot = slots.get(row.time)
            if slot is None:
                found = self._slot(row.time)
                if isinstance(found, RowFault):
                    self.leave_out(index, replace(found, time=row.time))
                    continue
                slot = found
            name = row.name or None
            key = row.key or name
            values = parts.get(key)
            if values is None:
                if len(parts) >= MOST_PARTS:
                    reason = f"is of more than {MOST_PARTS} parts"
                    self.leave_out(index, RowFault("", reason, time=row.time))
                    continue
                if row.key and len(row.key) > LONGEST_TEXT:
                    reason = f"has an id of more than {LONGEST_TEXT} characters"
                    self.leave_out(index, RowFault("", reason, time=row.time))
                    continue
                values = parts[key] = [GAP] * self._size
            # Half the cost of max(), and this runs a hundred thousand times an answer.
            if row.count > values[slot]:  # noqa: PLR1730
                values[slot] = row.count
            if key is not None and names.setdefault(key, name) != name:
                self._others.setdefault(key, {})[slot] = name

    def leave_out(self, index: int, fault: RowFault) -> None:
        """Count row `index` as unreadable and log why."""
        self._ignored += 1
        self._note_window(fault.time)
        if self._ignored <= _MOST_LINES:
            reason = ": ".join(
                (fault.reason, *(_quote(each, self._redact) for each in fault.found))
            )
            self._reason = self._reason or f"{fault.field.lstrip('.') or 'a row'} {reason}"
            _log.warning("ignored $.intervals[%d]%s: %s", index, fault.field, reason)

    def _note_window(self, time: str) -> None:
        """Note the window of a row that is left out; one just outside the range has none.

        A time far outside is no better than none: the row may be of any window.
        """
        try:
            window = grid.floor(grid.from_iso(time))
        except (ValueError, OverflowError):
            self._undated += 1
            return
        start, end = self._query.start, self._query.end
        if start <= window < end:
            self._newest_lost = max(window, self._newest_lost or window)
        elif not start - grid.RECENT <= window < end + grid.RECENT:
            self._undated += 1

    def answer(self, size: int) -> Answer:
        """Return the collected answer over exactly the range of the query, ordered by part.

        `size` is the number of rows, those left out included.
        """
        losses = RowLosses(size, self._reason, self._newest_lost, self._undated)
        if self._ignored:
            _log.warning("%d rows ignored in the answer for %s", self._ignored, self._query.path())
        if self._query.slice_by is None:
            values = self._parts.get(None) or [GAP] * self._size
            return Answer(
                Series(self._query.start, tuple(values)), (), self._ignored, losses=losses
            )
        return Answer(None, tuple(self._rows()), self._ignored, losses=losses)

    def _rows(self) -> Iterable[Row]:
        parts: dict[str | None, list[int]] = {}
        names: dict[str | None, dict[int, str | None]] = {}
        for raw, values in self._parts.items():
            key = raw and self._text(raw)
            same = parts.get(key)
            parts[key] = values if same is None else list(map(max, same, values))
            known = names.setdefault(key, {})
            for slot, name in self._names_by_slot(raw, values).items():
                known[slot] = name or known.get(slot)
        start = self._query.start
        for key in sorted(parts, key=lambda key: (key is not None, key or "")):
            named = [(slot, name) for slot, name in names[key].items() if name]
            latest = max(named, default=(0, None), key=lambda each: each[0])[1]
            others = tuple(
                (start + slot * grid.STEP, name)
                for slot, name in sorted(names[key].items())
                if name != latest
            )
            yield Row(Part(key), latest, Series(start, tuple(parts[key])), others)

    def _names_by_slot(self, raw: str | None, values: Sequence[int]) -> Mapping[int, str | None]:
        """The name of the part `raw` in each window; in one alone if all have the same."""
        if raw is None:
            return {}
        first, others = self._names[raw], self._others.get(raw, {})
        texts = {name: name and self._text(name) for name in {first, *others.values()}}
        if not others:
            return {0: texts[first]}
        known = (slot for slot, value in enumerate(values) if value >= 0)
        return {slot: texts[others.get(slot, first)] for slot in known}

    def _text(self, raw: str) -> str:
        return self._redact(raw)[:LONGEST_TEXT]

    def _slot(self, text: str) -> int | RowFault:
        """Return the number of the window that `text` names; it is cached for the next row."""
        try:
            moment = grid.from_iso(text)
        except (ValueError, OverflowError):
            return RowFault(".time", "is no date with an offset", (text,))
        if not grid.is_aligned(moment):
            return RowFault(".time", "is off the 5-minute grid", (text,))
        if not self._query.start <= moment < self._query.end:
            return RowFault(".time", "is outside the range asked for", (text,))
        slot = (int(moment) - self._query.start) // grid.STEP
        self._slots[text] = slot
        return slot


_BATCH = 128 * 2**10
"""The bytes of rows that are read in one call."""

_CUTS = 8
"""The places tried for the end of a batch; a text in a row may look like one."""

_BETWEEN_ROWS = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")

_ID_FORM = re.compile(r"(ws-|ACCOUNT-|PROJECT-)(.+)")


class _Envelope(msgspec.Struct, gc=False):
    account_id: str
    project_id: str
    intervals: msgspec.Raw


@frozen
class _Batch:
    """Consecutive rows: all typed, or each still raw."""

    typed: Sequence[WireRow] = ()
    raw: Sequence[msgspec.Raw] = ()


def decode_answer(
    body: bytes, query: Query, content_type: str = "", redact: Callable[[str], str] = str
) -> Answer:
    """The answer to `query` that `body` holds, its series over exactly the query's range.

    Windows without a row are gaps, doubled rows are merged by maximum, and rows that are
    impossible are left out, counted and logged. `redact` takes the key out of all texts.
    Raises UnexpectedAnswer where `body` is no answer at all, AnotherProject where it answers for
    another account or project.
    """
    envelope = _envelope(body, content_type, redact)
    _check_owner("account_id", query.target.account_id, envelope.account_id, redact)
    _check_owner("project_id", query.target.project_id, envelope.project_id, redact)
    array = memoryview(envelope.intervals)
    if bytes(array[:1]) != b"[":
        raise no_answer("The answer is not one of this API: intervals is no list")
    collector = Collector(query, redact)
    at = 0
    for batch in _batches(array[1:-1], query.slice_by):
        if batch.typed:
            collector.add(batch.typed, at)
        for index, raw in enumerate(batch.raw, at):
            row = read_odd_row(raw, query.slice_by)
            if isinstance(row, RowFault):
                collector.leave_out(index, row)
            else:
                collector.add((row,), index)
        at += len(batch.typed) + len(batch.raw)
    return collector.answer(at)


def _envelope(body: bytes, content_type: str, redact: Callable[[str], str]) -> _Envelope:
    try:
        return msgspec.json.decode(body, type=_Envelope)
    except msgspec.ValidationError as error:
        summary = f"The answer is not one of this API: {printable(redact(str(error)), 200)}"
    except UNREADABLE as error:
        cut = "truncated" in str(error)
        summary = (
            "The answer broke off before its end" if cut and body else "The answer is not JSON"
        )
    found = read_envelope(body[:LARGEST_ERROR_BODY], content_type, redact)
    if found.html:
        summary = "A web page answered rather than the API"
    elif not body.strip():
        summary = "The answer is empty"
    raise no_answer(summary, found.message)


def _check_owner(name: str, asked: str, answered: str, redact: Callable[[str], str]) -> None:
    """Raises AnotherProject where both IDs have one form and differ; a slug may answer as an ID."""
    one, other = _ID_FORM.fullmatch(asked), _ID_FORM.fullmatch(answered)
    if one is None or other is None or one[1] != other[1] or one[2] == other[2]:
        return
    shown = printable(redact(answered), 60)
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
            batch = read_batch(b"".join((b"[", rows[start:stop], b"]")), slice_by)
            if batch is not None:
                yield batch
                start = following
                break
        else:
            raise no_answer("The answer is not JSON")


def _cuts(rows: memoryview, start: int) -> Iterator[tuple[int, int]]:
    """Yield the places where a batch from `start` may end; the last one is the very end.

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


def read_batch(text: bytes, slice_by: SliceBy | None) -> _Batch | None:
    try:
        return _Batch(typed=TYPED[slice_by](text))
    except UNREADABLE:
        pass
    try:
        return _Batch(raw=msgspec.json.decode(text, type=list[msgspec.Raw]))
    except UNREADABLE:
        return None
