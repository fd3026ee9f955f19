"""The files of capsules: one for each incident, packed JSON, in a folder that stays small."""

import fcntl
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from polytop.alerts.capsule import Capsule, join_capsules
from polytop.model.atomic_file import write_atomic
from polytop.model.private_file import make_folder, open_private, read_regular

MOST = 100
"""Capsules that are kept."""

LARGEST = 50_000_000
"""Bytes of all of them. Beyond either bound the oldest incidents go first."""

_LARGEST_FILE = 8_000_000
_LARGEST_TEXT = 24_000_000
"""Bytes of one file, and of the JSON in it, beyond which it is not read."""

ENDING = ".json.gz"
_BROKEN = ".broken"


class BrokenCapsuleError(Exception):
    """The file holds no capsule."""


class CapsuleStore:
    """The capsules in `folder`, mode 0700, each file 0600; several processes may write to it."""

    def __init__(self, folder: Path, most: int = MOST, largest: int = LARGEST) -> None:
        self.folder, self._most, self._largest = folder, most, largest

    def path(self, capsule_id: str) -> Path:
        """The file of the capsule, which may not exist."""
        return self.folder / f"{capsule_id}{ENDING}"

    def ids(self) -> list[str]:
        """The ids of all that is there, the oldest incident first. Raises OSError."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(
            name.removesuffix(ENDING)
            for name in names
            if name.endswith(ENDING) and not name.startswith(".")
        )

    def read(self, capsule_id: str) -> Capsule:
        """The capsule. Raises FileNotFoundError, BrokenCapsuleError and OSError."""
        import msgspec

        content = read_regular(self.path(capsule_id), _LARGEST_FILE + 1)
        try:
            capsule = msgspec.json.decode(_unpack(content), type=Capsule)
        except (msgspec.MsgspecError, zlib.error, EOFError, ValueError, RecursionError):
            raise BrokenCapsuleError from None
        if capsule.id != capsule_id or not all(map(_is_moment, capsule.moments())):
            raise BrokenCapsuleError
        return capsule

    def save(self, capsule: Capsule) -> None:
        """Write the capsule, joined with what is there of it; remove the oldest. Raises OSError."""
        import msgspec

        path = self.path(capsule.id)
        with self._lock():
            try:
                capsule = join_capsules(self.read(capsule.id), capsule)
            except FileNotFoundError:
                pass
            except BrokenCapsuleError:
                path.replace(path.with_name(path.name + _BROKEN))
            packed = gzip.compress(msgspec.json.encode(capsule), mtime=0)
            with write_atomic(path, mode=0o600) as file:
                file.write(packed)
            self._prune(path)

    def remove(self, capsule_id: str) -> bool:
        """Remove the capsule; False if there was none. Raises OSError."""
        try:
            self.path(capsule_id).unlink()
        except FileNotFoundError:
            return False
        return True

    def _prune(self, new: Path) -> None:
        """Remove the oldest beyond the bounds, but not `new`; and what a crash has left."""
        with os.scandir(self.folder) as entries:
            files = {Path(each.path): each.stat().st_size for each in entries if each.is_file()}
        for path in files:
            if path.name.endswith(".part"):
                path.unlink(missing_ok=True)
        kept = {
            path: size
            for path, size in files.items()
            if path.name.endswith((ENDING, ENDING + _BROKEN))
        }
        for path in sorted(kept):
            if len(kept) <= self._most and sum(kept.values()) <= self._largest:
                break
            if path != new:
                path.unlink(missing_ok=True)
                del kept[path]

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other processes from writing. Raises OSError."""
        make_folder(self.folder)
        descriptor = open_private(self.folder / ".lock", os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _is_moment(time: datetime) -> bool:
    """True if `time` has an offset, and every time zone can show it."""
    return time.tzinfo is not None and 1970 < time.year < 9999


def _unpack(content: bytes) -> bytes:
    """The JSON in `content`. Raises EOFError and zlib.error, also if it is too large."""
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(content, _LARGEST_TEXT)
    if not unpacker.eof:
        raise EOFError
    return text
