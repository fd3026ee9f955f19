"""One row of an answer: the typed shape of a good one, and why a bad one is left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import msgspec

from polytop.api.limits import LARGEST_COUNT
from polytop.model.target import SliceBy
from polytop.model.text import printable

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]

_COUNT = "max_concurrent_conversations"


class Total(msgspec.Struct, gc=False):
    """A row of an answer that is not sliced; what else it carries passes unread."""

    time: str
    count: Count = msgspec.field(name=_COUNT)
    key: ClassVar[str | None] = None
    name: ClassVar[str | None] = None


class Variant(msgspec.Struct, gc=False):
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


WireRow = Total | Variant | Language | PhoneNumber

TYPED: Mapping[SliceBy | None, Callable[[bytes], Sequence[WireRow]]] = {
    None: msgspec.json.Decoder(list[Total]).decode,
    SliceBy.VARIANT: msgspec.json.Decoder(list[Variant]).decode,
    SliceBy.LANGUAGE: msgspec.json.Decoder(list[Language]).decode,
    SliceBy.PHONE_NUMBER: msgspec.json.Decoder(list[PhoneNumber]).decode,
}
"""Reads a JSON list of rows, for each way to slice. Raises where any of them does not fit."""

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What reading hostile JSON may raise."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is left out: `field` is the part of the row, empty for the row itself."""

    field: str
    reason: str


def tolerated(raw: msgspec.Raw, slice_by: SliceBy | None) -> WireRow | Fault:
    """The row that `raw` (one JSON value) can be read as, else what is wrong with it.

    Counts written as ``25.0`` pass, and so does a name that is not text: the row goes without it.
    """
    try:
        row = msgspec.json.decode(raw)
    except UNREADABLE:
        return Fault("", "cannot be read")
    if not isinstance(row, dict):
        return Fault("", f"is no object: {_quoted(row)}")
    time = row.get("time")
    if not isinstance(time, str):
        return Fault(".time", f"is no text: {_quoted(time)}")
    count = _count(row.get(_COUNT))
    if isinstance(count, Fault):
        return count
    return Total(time, count) if slice_by is None else _sliced(row, time, count, slice_by)


def _sliced(row: dict[str, object], time: str, count: int, slice_by: SliceBy) -> WireRow | Fault:
    field = "variant_id" if slice_by is SliceBy.VARIANT else slice_by.value
    key = row.get(field)
    if not (key is None or isinstance(key, str)):
        return Fault(f".{field}", f"is no text: {_quoted(key)}")
    if slice_by is SliceBy.LANGUAGE:
        return Language(time, count, key)
    if slice_by is SliceBy.PHONE_NUMBER:
        return PhoneNumber(time, count, key)
    name = row.get("variant_name")
    return Variant(time, count, key, name if isinstance(name, str) else None)


def _count(value: object) -> int | Fault:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Fault(f".{_COUNT}", f"is no number: {_quoted(value)}")
    if not 0 <= value <= LARGEST_COUNT or value != int(value):
        return Fault(f".{_COUNT}", f"is no possible count: {_quoted(value)}")
    return int(value)


def _quoted(value: object) -> str:
    """A short repr of `value`, safe to log; of a container its type alone."""
    if isinstance(value, str):
        value = value[:60]
    elif not (value is None or isinstance(value, bool | int | float)):
        return type(value).__name__
    return printable(repr(value), 60)
