"""Write a file whole or not at all: a reader sees the old content or the new."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def write_atomic(
    path: Path, *, mode: int | None = None, overwrite: bool = True
) -> Iterator[BinaryIO]:
    """Yield a new file that takes the place of `path` when the context ends without an error.

    After an error `path` is as it was, and no other file is left. A symbolic link stays; the file
    that it points to is replaced. The file has `mode` before anything is written to it; None is
    the mode of any new file. Raises OSError, and FileExistsError if `path` exists by the end and
    may not be overwritten.
    """
    real = Path(os.path.realpath(path))
    beside = real.with_name(f".{real.name[:200]}.{os.urandom(4).hex()}.part")
    # O_EXCL never follows a link that somebody else has put there.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(beside, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(beside, real, overwrite=overwrite)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(real.parent)


def _move(beside: Path, real: Path, *, overwrite: bool) -> None:
    """Give the file its name; without `overwrite` not over one that appeared meanwhile."""
    if not overwrite:
        try:
            real.hardlink_to(beside)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links.
            if real.exists():
                raise FileExistsError from None
        else:
            return
    beside.replace(real)


def _sync_folder(folder: Path) -> None:
    """Write the folder's entry to the disk, where the system allows it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
