"""Recorded files: read whole, checked, and joined to series."""

import io
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from polytop.api.limits import LARGEST_COUNT, LONGEST_TEXT, MOST_PARTS
from polytop.cli.formats import cell
from polytop.cli.output import reason
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.csv_table import CsvError, CsvRow, line_at, read_csv, to_utf8
from polytop.model.frozen import frozen
from polytop.model.private_file import read_regular
from polytop.model.series import GAP, Series
from polytop.model.text import printable

_COUNT = "max_concurrent_conversations"
_SLICES = ("language", "phone_number")
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""Exceptions of reading hostile JSON."""

_BYTE = re.compile(r" \(byte (\d+)\)")
_HOW = "export it again: polytop export --format json, jsonl or csv"


class FileError(click.ClickException):
    """The file cannot be replayed: its name, the place, the problem, the advice. Exit status 1."""


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


@frozen
class ParsedFile:
    """The content of a file: `intervals` with the place of each, and the project if it is named."""

    intervals: Iterator[tuple[str, Interval]]
    account_id: str | None = None
    project_id: str | None = None


def refuse(name: str, place: str, problem: str, advice: str = _HOW) -> NoReturn:
    """Raises FileError for the file called `name`; `place` in it may be empty."""
    at = f", {place}" if place else ""
    raise FileError(f"{name}{at}: {problem}; {advice}")


def parse(data: bytes, name: str) -> ParsedFile:
    """Parse `data`, which is the API's JSON, JSON lines or CSV.

    `name` is that of the file, safe to show. Raises FileError, also while the intervals are read.
    """
    start = data.lstrip()
    if not start:
        refuse(name, "", "the file is empty: it holds no interval")
    if start.startswith(b"{"):
        first = start.partition(b"\n")[0]
        return ParsedFile(_lines(data, name)) if _is_interval(first) else _document(data, name)
    if start.startswith(b"["):
        refuse(name, "", "a list of JSON is not what the API writes")
    if start.startswith(b"<"):
        refuse(name, "", "this is a web page")
    if start.startswith((b"# HELP", b"# TYPE", b"# EOF")):
        refuse(name, "", "openmetrics is for Prometheus and cannot be replayed")
    return ParsedFile(_table(data, name))


# -- JSON


def _is_interval(line: bytes) -> bool:
    """Return True if the first line of a file is an interval."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except _UNREADABLE:
        return False
    return "time" in fields or _COUNT in fields


def _document(data: bytes, name: str) -> ParsedFile:
    try:
        document = msgspec.json.decode(data, type=_Document)
    except msgspec.ValidationError as error:
        refuse(name, "", f"not in the shape of the API: {_words(error)}{_message(data)}")
    except _UNREADABLE as error:
        if "truncated" in str(error):
            refuse(name, "", "the file breaks off before its end")
        refuse(name, _line(data, error), f"not JSON: {_words(error)}")
    places = ((f"intervals[{index}]", raw) for index, raw in enumerate(document.intervals))
    rows = ((place, _interval(raw, name, place)) for place, raw in places)
    return ParsedFile(rows, document.account_id, document.project_id)


def _lines(data: bytes, name: str) -> Iterator[tuple[str, Interval]]:
    for number, line in enumerate(io.BytesIO(data), 1):
        if not line.isspace():
            place = f"line {number}"
            yield place, _interval(line, name, place)


_decode = msgspec.json.Decoder(Interval).decode


def _interval(raw: bytes | msgspec.Raw, name: str, place: str) -> Interval:
    try:
        interval = _decode(raw)
    except msgspec.ValidationError as error:
        refuse(name, place, f"not an interval: {_words(error)}")
    except _UNREADABLE as error:
        refuse(name, place, f"not JSON: {_words(error)}")
    for slice_by in _SLICES:
        if getattr(interval, slice_by) is not None:
            _only_variants(name, place, slice_by)
    return interval


def _only_variants(name: str, place: str, slice_by: str) -> NoReturn:
    problem = f"this is sliced by {slice_by}, and only variants can be replayed"
    refuse(name, place, problem, "export it with --slice-by variant, or without a slice")


def _words(error: Exception) -> str:
    return printable(_BYTE.sub("", str(error)), 160)


def _line(data: bytes, error: Exception) -> str:
    at = _BYTE.search(str(error))
    return f"line {line_at(data, int(at[1]))}" if at else ""


def _message(data: bytes) -> str:
    """The API's error message, if the file is an error answer."""
    from polytop.api.error_mapping import read_envelope

    message = read_envelope(data[: 2**16], "application/json").message
    return f"; the API said: {printable(message, 160)}" if message else ""


# -- CSV


def _table(data: bytes, name: str) -> Iterator[tuple[str, Interval]]:
    """The intervals of CSV as polytop writes it, or as another program wrote it again."""
    columns = dict[str, int]()
    names: dict[str, str | None] = {"": None}
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        place = f"line {line_at(data, error.start)}"
        refuse(name, place, "neither JSON nor CSV in UTF-8")
    try:
        for row in read_csv(text):
            place = f"line {row.line}"
            if columns:
                yield place, _row(row, columns, names, name)
            else:
                columns = _columns(row.cells, name, place)
    except CsvError as error:
        refuse(name, f"line {error.line}", error.problem)


def _columns(row: list[str], name: str, place: str) -> dict[str, int]:
    columns = {text.strip(): index for index, text in enumerate(row)}
    missing = [column for column in ("time", _COUNT) if column not in columns]
    if missing:
        head = printable(",".join(row), 80)
        refuse(name, place, f"no column {missing[0]}: it begins with {head!r}")
    for slice_by in _SLICES:
        if slice_by in columns:
            _only_variants(name, place, slice_by)
    return columns


def _row(
    row: CsvRow, columns: Mapping[str, int], names: dict[str, str | None], name: str
) -> Interval:
    count = row.number(columns[_COUNT])
    if count is None or count != int(count):
        given = printable(row.cells[columns[_COUNT]].strip(), 40)
        refuse(name, f"line {row.line}", f"{_COUNT} is not a whole number: {given!r}")
    variant = []
    for column in ("variant_id", "variant_name"):
        text = row.cells[columns[column]] if column in columns else ""
        if text not in names:
            names[text] = _without_guard(text)
        variant.append(names[text])
    return Interval(row.time(columns["time"]), int(count), *variant)


def _without_guard(text: str) -> str:
    """`text` without the ``'`` that an export puts before a name like a formula."""
    rest = text.removeprefix("'")
    first = rest.lstrip()[:1]
    return rest if rest != text and cell(first) == f"'{first}" else text


_LARGEST = 256 * 2**20
"""Bytes of a file, unpacked. A month of 50 variants is 60 MB."""

_MOST_VALUES = 20_000_000
"""Windows of all series together. A year of 50 variants is 5.4 million."""

_LATEST = 253_402_214_400
"""9999-12-31T00:00:00Z."""

_GZIP = b"\x1f\x8b"


@frozen
class Recording:
    """The content of the files. Every series spans `[start, end)`, with a GAP for no value.

    `total` is None if no file has it: it is never added up. `rows` is None if no file is sliced.
    `doubled` counts windows with two different values: the higher one is used.
    """

    start: int
    end: int
    total: Series | None
    rows: tuple[Row, ...] | None
    account_id: str | None = None
    project_id: str | None = None
    doubled: int = 0


def load_recording(paths: Sequence[Path]) -> Recording:
    """Read and join the files at `paths`. Raises FileError for the first that is wrong.

    A file is either a total or sliced by variant.
    """
    files = [_read_file(path) for path in paths]
    owner = files[0]
    for file in files[1:]:
        owner = _same_owner(owner, file)
    start = min(file.first for file in files)
    end = max(file.last for file in files) + grid.STEP
    parts = {key for file in files for key in file.parts}
    if grid.count(start, end) * len(parts) > _MOST_VALUES or len(parts) > MOST_PARTS:
        days = (end - start) // 86_400
        problem = f"{len(parts)} series over {days} days are more than can be replayed"
        refuse(owner.name, "", problem, "export a shorter range")
    totals = [file for file in files if not file.sliced]
    sliced = [file for file in files if file.sliced]
    doubled = 0
    total: Series | None = None
    rows: list[Row] = []
    if totals:
        total, doubled = _series(totals, None, start, end)
    for key in sorted(
        {key for file in sliced for key in file.parts}, key=lambda key: (key is None, key or "")
    ):
        series, more = _series(sliced, key, start, end)
        doubled += more
        rows.append(Row(Part(key), _name(sliced, key), series))
    variants = tuple(rows) if sliced else None
    return Recording(start, end, total, variants, owner.account_id, owner.project_id, doubled)


# -- one file


@dataclass(slots=True)
class _RecordedFile:
    """One file while it is read: window starts and values of every part, in file order."""

    name: str
    account_id: str | None
    project_id: str | None
    parts: dict[str | None, tuple["array[int]", "array[int]"]] = field(default_factory=dict)
    names: dict[str, tuple[int, str]] = field(default_factory=dict)
    first: int = _LATEST
    last: int = 0

    @property
    def sliced(self) -> bool:
        """True if any interval names a variant."""
        return self.parts.keys() != {None}

    def add(self, window: int, count: int, interval: Interval) -> None:
        """Add one interval."""
        name = interval.name and interval.name[:LONGEST_TEXT]
        key = interval.key or name or None
        arrays = self.parts.get(key)
        if arrays is None:
            arrays = self.parts[key] = (array("q"), array("i"))
        arrays[0].append(window)
        arrays[1].append(count)
        if key is not None and name:
            best = self.names.get(key)
            if best is None or (window, name) > best:
                self.names[key] = (window, name)


def _read_file(path: Path) -> _RecordedFile:
    name = printable(path.name or str(path), 80)
    content = parse(_content(path, name), name)
    file = _RecordedFile(name, content.account_id, content.project_id)
    windows: dict[str, int] = {}
    for place, interval in content.intervals:
        window = windows.get(interval.time)
        if window is None:
            window = windows[interval.time] = _window(interval.time, name, place)
        count = interval.count
        # This form refuses NaN too.
        if not 0 <= count <= LARGEST_COUNT or count != int(count):
            problem = f"{printable(str(count), 40)} is not a possible number of conversations"
            refuse(name, place, problem)
        file.add(window, int(count), interval)
    if not windows:
        refuse(name, "", "it holds no interval", "export a range that has data")
    file.first, file.last = min(windows.values()), max(windows.values())
    return file


def _window(text: str, name: str, place: str) -> int:
    shown = repr(printable(text, 40))
    try:
        moment = grid.from_iso(text)
    except (ValueError, OverflowError):
        refuse(name, place, f"time is not a date with an offset, such as Z: {shown}")
    if not 0 <= moment <= _LATEST:
        refuse(name, place, f"time is out of the calendar: {shown}")
    if not grid.is_aligned(moment):
        refuse(name, place, f"time is not the start of a window of 5 minutes: {shown}")
    return int(moment)


# -- its bytes


def _content(path: Path, name: str) -> bytes:
    """The bytes of the file, unzipped if needed, in UTF-8 without a byte order mark."""
    try:
        data = read_regular(path, _LARGEST + 1)
    except IsADirectoryError:
        refuse(name, "", "this is a folder", "name a file in it")
    except (OSError, ValueError) as error:
        refuse(name, "", f"cannot be read: {reason(error)}", "check the path and the permissions")
    if data.startswith(_GZIP):
        import gzip
        import zlib

        try:
            with gzip.open(io.BytesIO(data)) as unpacked:
                data = unpacked.read(_LARGEST + 1)
        except (OSError, EOFError, zlib.error):
            refuse(name, "", "the packed file is damaged or breaks off before its end")
    if len(data) > _LARGEST:
        problem = f"more than {_LARGEST >> 20} MiB are more than can be replayed"
        refuse(name, "", problem, "export a shorter range")
    try:
        return to_utf8(data)
    except UnicodeError:
        refuse(name, "", "neither JSON nor CSV in UTF-8")


# -- several files


def _same_owner(one: _RecordedFile, other: _RecordedFile) -> _RecordedFile:
    """The one of the two that names its project. Raises FileError if they are of two projects."""
    if other.project_id is None and other.account_id is None:
        return one
    if one.project_id is None and one.account_id is None:
        return other
    if (one.account_id, one.project_id) != (other.account_id, other.project_id):
        problem = f"of another project than {one.name}"
        refuse(other.name, "", problem, "replay the files of one project together")
    return one


def _series(
    files: Sequence[_RecordedFile], key: str | None, start: int, end: int
) -> tuple[Series, int]:
    """The series of one part, and the number of windows that have two different values."""
    values = [GAP] * grid.count(start, end)
    doubled = 0
    for file in files:
        for window, value in zip(*file.parts.get(key, ((), ())), strict=True):
            slot = (window - start) // grid.STEP
            before = values[slot]
            if before >= 0 and before != value:
                doubled += 1
            if value > before:
                values[slot] = value
    return Series(start, tuple(values)), doubled


def _name(files: Sequence[_RecordedFile], key: str | None) -> str | None:
    """The last name of the part."""
    names = [file.names[key] for file in files if key is not None and key in file.names]
    return max(names)[1] if names else None
