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


@contextmanager
def open_output(path: str | None, force: bool) -> Iterator[Write]:
    """A writer of text, in UTF-8, to the file `path`, or to standard output (None or ``-``).

    What is called ``….gz`` is packed. A file gets its name when the context ends without an error,
    and is removed otherwise. A device or a pipe is written directly. Raises OutputError if it
    cannot be written, UsageError if the file exists and `force` is not given.
    """
    if path is None or path == "-":
        yield _standard_output()
        return
    try:
        with _open(Path(path), force) as raw, _packed(raw, path) as file:
            yield _writer(file, path)
    except FileExistsError:
        words = f"{file_name(path)} is there already: give --force to replace it, or another -o"
        raise click.UsageError(words) from None
    except OSError as error:
        raise _output_error(path, error) from None


def _open(path: Path, force: bool) -> AbstractContextManager[BinaryIO]:
    """The file itself where it is a device or a pipe, else a new one that takes its place."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return write_atomic(path, overwrite=force)
    if stat.S_ISDIR(mode):
        raise click.UsageError(f"{file_name(str(path))} is a folder: name a file in it")
    if not stat.S_ISREG(mode):
        return path.open("wb")
    if not force:
        raise FileExistsError
    return write_atomic(path, mode=stat.S_IMODE(mode))


def _output_error(path: str, error: OSError) -> BaseException:
    """The exception to raise for `error`. A reader that has gone ends the program in silence."""
    if isinstance(error, BrokenPipeError):
        return SystemExit(_NO_READER)
    return OutputError(unwritable(printable(path), reason(error)))


def _standard_output() -> Write:
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

    return write


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
