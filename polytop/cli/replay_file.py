"""Files that are replayed: read whole, checked, and put together as series."""

import io
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polytop.api.limits import LARGEST_COUNT, MOST_PARTS
from polytop.cli.replay_rows import Interval, Parsed, parsed, refuse
from polytop.model import grid
from polytop.model.answer import Part, Row
from polytop.model.series import GAP, Series
from polytop.model.text import printable

_LARGEST = 256 * 2**20
"""Bytes of a file, unpacked. A month of 50 variants is 60 MB."""

_MOST_VALUES = 20_000_000
"""Windows of all series together. A year of 50 variants is 5.4 million."""

_LATEST = 253_402_214_400
"""9999-12-31T00:00:00Z."""

_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Recording:
    """What the files hold. Every series spans `[start, end)`, a GAP where a file has no value.

    `total` is None where no file has it: it is never added up. `rows` is None where no file is
    sliced. `doubled` counts windows of which the files say two things: the higher is kept.
    """

    start: int
    end: int
    total: Series | None
    rows: tuple[Row, ...] | None
    account_id: str | None = None
    project_id: str | None = None
    doubled: int = 0


def recording(paths: Sequence[Path]) -> Recording:
    """What the files at `paths` hold together. Raises FileError for the first that is not right.

    A file is either a total or sliced by variant.
    """
    files = [_gathered(path) for path in paths]
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
    for key in sorted({key for file in sliced for key in file.parts}, key=_order):
        series, more = _series(sliced, key, start, end)
        doubled += more
        rows.append(Row(Part(key), _name(sliced, key), series))
    found = tuple(rows) if sliced else None
    return Recording(start, end, total, found, owner.account_id, owner.project_id, doubled)


def _order(key: str | None) -> tuple[bool, str]:
    return key is None, key or ""


# -- one file


@dataclass(slots=True)
class _Gathered:
    """One file while it is read: starts of windows and values of every part, as they came."""

    name: str
    account_id: str | None
    project_id: str | None
    parts: dict[str | None, tuple["array[int]", "array[int]"]] = field(default_factory=dict)
    names: dict[str, tuple[int, str]] = field(default_factory=dict)
    first: int = _LATEST
    last: int = 0

    @property
    def sliced(self) -> bool:
        """Whether any interval names a variant."""
        return self.parts.keys() != {None}

    def add(self, window: int, count: int, interval: Interval) -> None:
        """Take in one interval."""
        key = interval.key or interval.name or None
        arrays = self.parts.get(key)
        if arrays is None:
            arrays = self.parts[key] = (array("q"), array("i"))
        arrays[0].append(window)
        arrays[1].append(count)
        if key is not None and interval.name:
            best = self.names.get(key)
            if best is None or (window, interval.name) > best:
                self.names[key] = (window, interval.name)


def _gathered(path: Path) -> _Gathered:
    name = printable(path.name or str(path), 80)
    found: Parsed = parsed(_content(path, name), name)
    gathered = _Gathered(name, found.account_id, found.project_id)
    windows: dict[str, int] = {}
    for place, interval in found.intervals:
        window = windows.get(interval.time)
        if window is None:
            window = windows[interval.time] = _window(interval.time, name, place)
        count = interval.count
        # Written so that a NaN is refused too.
        if not 0 <= count <= LARGEST_COUNT or count != int(count):
            problem = f"{printable(str(count), 40)} is no possible number of conversations"
            refuse(name, place, problem)
        gathered.add(window, int(count), interval)
    if not windows:
        refuse(name, "", "it holds no interval", "export a range that has data")
    gathered.first, gathered.last = min(windows.values()), max(windows.values())
    return gathered


def _window(text: str, name: str, place: str) -> int:
    shown = repr(printable(text, 40))
    try:
        moment = grid.from_iso(text)
    except (ValueError, OverflowError):
        refuse(name, place, f"time is no date with an offset, such as Z: {shown}")
    if not 0 <= moment <= _LATEST:
        refuse(name, place, f"time is out of the calendar: {shown}")
    if not grid.on_grid(moment):
        refuse(name, place, f"time is not the start of a window of 5 minutes: {shown}")
    return int(moment)


# -- its bytes


def _content(path: Path, name: str) -> bytes:
    """The bytes of the file, unpacked where it is gzipped, in UTF-8 without a mark."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except IsADirectoryError:
        refuse(name, "", "this is a folder", "name a file in it")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "unknown reason").lower()
        refuse(name, "", f"cannot be read: {reason}", "check the path and the permissions")
    if data.startswith(_GZIP):
        data = _unpacked(data, name)
    if len(data) > _LARGEST:
        problem = f"more than {_LARGEST >> 20} MiB are more than can be replayed"
        refuse(name, "", problem, "export a shorter range")
    if data.startswith(_UTF_16):
        try:
            return data.decode("utf-16").encode()
        except UnicodeError:
            refuse(name, "", "neither JSON nor CSV in UTF-8")
    return data.removeprefix(b"\xef\xbb\xbf")


def _unpacked(data: bytes, name: str) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.open(io.BytesIO(data)) as file:
            return file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        refuse(name, "", "the packed file is damaged or breaks off before its end")


# -- several files


def _same_owner(one: _Gathered, other: _Gathered) -> _Gathered:
    """The one of the two that says whose it is. Raises FileError where they are of two projects."""
    if other.project_id is None and other.account_id is None:
        return one
    if one.project_id is None and one.account_id is None:
        return other
    if (one.account_id, one.project_id) != (other.account_id, other.project_id):
        problem = f"of another project than {one.name}"
        refuse(other.name, "", problem, "replay the files of one project together")
    return one


def _series(
    files: Sequence[_Gathered], key: str | None, start: int, end: int
) -> tuple[Series, int]:
    """The series of one part, and the number of windows of which two values are told."""
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


def _name(files: Sequence[_Gathered], key: str | None) -> str | None:
    """The name that the part was last given."""
    told = [file.names[key] for file in files if key is not None and key in file.names]
    return max(told)[1] if told else None
