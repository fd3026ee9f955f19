"""Text for other programs, on standard output or in a file that is written whole or not at all."""

import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click

from polytop.cli.output import discard, file_name, reason, unwritable
from polytop.model.atomic_file import write_atomic
from polytop.model.text import printable

_NO_READER = 128 + signal.SIGPIPE
"""Exit status of a program whose reader has gone, as a shell shows it."""

PACKED = ".gz"
"""The ending of a file that is packed with gzip."""

Write = Callable[[str], None]


class OutputError(click.ClickException):
    """The output cannot be written; exit status 1."""


def open_output(path: str | None, force: bool) -> AbstractContextManager[Write]:
    """A writer of text, in UTF-8, to the file `path`, or to standard output (None or ``-``).

    What is called ``….gz`` is packed. A file gets its name when the context ends without an error,
    and is removed otherwise. A device or a pipe is written directly. Raises OutputError if it
    cannot be written, UsageError if the file exists and `force` is not given.
    """
    if path is None or path == "-":
        return _standard_output()
    try:
        mode = _mode(Path(path))
    except OSError as error:
        raise _output_error(path, error) from None
    if mode is not None and stat.S_ISDIR(mode):
        raise click.UsageError(f"{file_name(path)} is a folder: name a file in it")
    if mode is not None and not stat.S_ISREG(mode):
        return _device(path)
    if mode is not None and not force:
        raise _exists_error(path)
    return _file(path, mode, force)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _exists_error(path: str) -> click.UsageError:
    shown = file_name(path)
    return click.UsageError(f"{shown} is there already: give --force to replace it, or another -o")


def _output_error(path: str, error: OSError) -> BaseException:
    """The exception to raise for `error`. A reader that has gone ends the program in silence."""
    if isinstance(error, BrokenPipeError):
        return SystemExit(_NO_READER)
    return OutputError(unwritable(printable(path), reason(error)))


@contextmanager
def _standard_output() -> Iterator[Write]:
    if sys.stdout is None:
        raise OutputError("there is no standard output: name a file with -o FILE")
    stream = sys.stdout.buffer

    def write(text: str) -> None:
        try:
            stream.write(text.encode())
            stream.flush()
        except BaseException as error:
            # The rest must neither fail at the end of the process nor wait for a reader.
            discard()
            if isinstance(error, OSError):
                raise _output_error("the output", error) from None
            raise

    yield write


@contextmanager
def _device(path: str) -> Iterator[Write]:
    try:
        with Path(path).open("wb") as raw, _packed(raw, path) as file:
            yield _writer(file, path)
    except OSError as error:
        raise _output_error(path, error) from None


@contextmanager
def _file(path: str, mode: int | None, force: bool) -> Iterator[Write]:
    permissions = None if mode is None else stat.S_IMODE(mode)
    try:
        with (
            write_atomic(Path(path), mode=permissions, overwrite=force) as raw,
            _packed(raw, path) as file,
        ):
            yield _writer(file, path)
    except FileExistsError:
        raise _exists_error(path) from None
    except OSError as error:
        raise _output_error(path, error) from None


@contextmanager
def _packed(file: BinaryIO, path: str) -> Iterator[BinaryIO]:
    """A file that packs what goes to `file` if `path` says so, else `file` itself."""
    if not path.lower().endswith(PACKED):
        yield file
        return
    from gzip import GzipFile

    # Without a name and a time the same text is always packed alike.
    with GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        yield cast("BinaryIO", packed)


def _writer(file: BinaryIO, path: str) -> Write:
    def write(text: str) -> None:
        try:
            file.write(text.encode())
        except OSError as error:
            raise _output_error(path, error) from None

    return write
