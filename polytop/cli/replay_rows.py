"""The three formats of a file that is replayed, each as intervals with the place they stand at."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

import click
import msgspec

from polytop.cli.export_formats import cell
from polytop.model.text import printable

_COUNT = "max_concurrent_conversations"
_SLICES = ("language", "phone_number")
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What reading hostile JSON may raise."""

_BYTE = re.compile(r" \(byte (\d+)\)")
_HOW = "export it again: polytop export --format json, jsonl or csv"


class FileError(click.ClickException):
    """The file cannot be replayed: which, where in it, what is wrong, what to do. Exit status 1."""


class Interval(msgspec.Struct, gc=False):
    """One interval as the API writes it. `key` and `name` are the variant's."""

    time: str
    count: int | float = msgspec.field(name=_COUNT)
    key: str | None = msgspec.field(name="variant_id", default=None)
    name: str | None = msgspec.field(name="variant_name", default=None)
    language: str | None = None
    phone_number: str | None = None


class _Document(msgspec.Struct, gc=False):
    intervals: list[msgspec.Raw]
    account_id: str | None = None
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds: `intervals` with the place of each, and whose they are where it says."""

    intervals: Iterator[tuple[str, Interval]]
    account_id: str | None = None
    project_id: str | None = None


def refuse(name: str, place: str, problem: str, advice: str = _HOW) -> NoReturn:
    """Raises FileError: `place` is where in the file called `name`, or empty."""
    at = f", {place}" if place else ""
    raise FileError(f"{name}{at}: {problem}; {advice}")


def parsed(data: bytes, name: str) -> Parsed:
    """The intervals of `data`: the API's JSON, JSON lines or CSV, whichever it is.

    `name` is that of the file, safe to show. Raises FileError, and so does what is returned
    while it is read.
    """
    start = data.lstrip()
    if not start:
        refuse(name, "", "the file is empty: it holds no interval")
    if start.startswith(b"{"):
        first = start.partition(b"\n")[0]
        return Parsed(_lines(data, name)) if _is_interval(first) else _document(data, name)
    if start.startswith(b"["):
        refuse(name, "", "a list of JSON is not what the API writes")
    if start.startswith(b"<"):
        refuse(name, "", "this is a web page")
    if start.startswith((b"# HELP", b"# TYPE", b"# EOF")):
        refuse(name, "", "openmetrics is for Prometheus and cannot be replayed")
    return Parsed(_table(data, name))


# -- JSON


def _is_interval(line: bytes) -> bool:
    """Whether the first line of a file is a whole object that is no document."""
    try:
        found = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except _UNREADABLE:
        return False
    return "time" in found or _COUNT in found


def _document(data: bytes, name: str) -> Parsed:
    try:
        found = msgspec.json.decode(data, type=_Document)
    except msgspec.ValidationError as error:
        refuse(name, "", f"not in the shape of the API: {_words(error)}{_message(data)}")
    except _UNREADABLE as error:
        if "truncated" in str(error):
            refuse(name, "", "the file breaks off before its end")
        refuse(name, _line(data, error), f"no JSON: {_words(error)}")
    return Parsed(_objects(found.intervals, name), found.account_id, found.project_id)


def _objects(rows: list[msgspec.Raw], name: str) -> Iterator[tuple[str, Interval]]:
    for index, raw in enumerate(rows):
        place = f"intervals[{index}]"
        yield place, _interval(raw, name, place)


def _lines(data: bytes, name: str) -> Iterator[tuple[str, Interval]]:
    for number, line in enumerate(io.BytesIO(data), 1):
        if not line.isspace():
            place = f"line {number}"
            yield place, _interval(line, name, place)


_decode = msgspec.json.Decoder(Interval).decode


def _interval(raw: bytes | msgspec.Raw, name: str, place: str) -> Interval:
    try:
        found = _decode(raw)
    except msgspec.ValidationError as error:
        refuse(name, place, f"no interval: {_words(error)}")
    except _UNREADABLE as error:
        refuse(name, place, f"no JSON: {_words(error)}")
    for slice_by in _SLICES:
        if getattr(found, slice_by) is not None:
            _only_variants(name, place, slice_by)
    return found


def _only_variants(name: str, place: str, slice_by: str) -> NoReturn:
    problem = f"this is sliced by {slice_by}, and only variants can be replayed"
    refuse(name, place, problem, "export it with --slice-by variant, or without a slice")


def _words(error: Exception) -> str:
    return printable(_BYTE.sub("", str(error)), 160)


def _line(data: bytes, error: Exception) -> str:
    at = _BYTE.search(str(error))
    return _line_at(data, int(at[1])) if at else ""


def _line_at(data: bytes, offset: int) -> str:
    number = data.count(b"\n", 0, offset) + 1
    return f"line {number}"


def _message(data: bytes) -> str:
    """What the API says, where the file is an answer in which it refused."""
    from polytop.api.envelope import opened

    message = opened(data[: 2**16], "application/json").message
    return f"; the API said: {printable(message, 160)}" if message else ""


# -- CSV


def _table(data: bytes, name: str) -> Iterator[tuple[str, Interval]]:
    text = _text(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: Mapping[str, int] = {}
    names: dict[str, str | None] = {"": None}
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(name, f"line {reader.line_num}", f"no CSV: {_words(error)}")
        place = f"line {reader.line_num}"
        if not row:
            continue
        if columns:
            yield place, _row(row, columns, names, name, place)
        else:
            columns = _columns(row, name, place)


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        refuse(name, _line_at(data, error.start), "neither JSON nor CSV in UTF-8")


def _columns(row: list[str], name: str, place: str) -> Mapping[str, int]:
    columns = {text.strip(): index for index, text in enumerate(row)}
    lacking = [column for column in ("time", _COUNT) if column not in columns]
    if lacking:
        found = printable(",".join(row), 80)
        refuse(name, place, f"no column {lacking[0]}: it begins with {found!r}")
    for slice_by in _SLICES:
        if slice_by in columns:
            _only_variants(name, place, slice_by)
    return columns


def _row(
    row: list[str],
    columns: Mapping[str, int],
    names: dict[str, str | None],
    name: str,
    place: str,
) -> Interval:
    if len(row) != len(columns):
        refuse(name, place, f"{len(row)} cells where the head has {len(columns)}")
    count = row[columns[_COUNT]]
    if not (count.isascii() and count.isdigit() and len(count) <= 12):
        refuse(name, place, f"{_COUNT} is no whole number: {printable(count, 40)!r}")
    told = []
    for column in ("variant_id", "variant_name"):
        text = row[columns[column]] if column in columns else ""
        if text not in names:
            names[text] = _unguarded(text)
        told.append(names[text])
    return Interval(row[columns["time"]], int(count), told[0], told[1])


def _unguarded(text: str) -> str:
    """`text` without the ``'`` that an export puts before what looks like a formula."""
    rest = text.removeprefix("'")
    first = rest.lstrip()[:1]
    return rest if rest != text and cell(first) == f"'{first}" else text
