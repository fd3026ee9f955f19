"""Lines of text for a terminal or a pipe: colour where it helps, ASCII where it must be."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from polytop.model.frozen import frozen
from polytop.model.terminal import is_colourless, is_console, is_dumb, is_unicode
from polytop.model.text import printable


class Style(StrEnum):
    """SGR parameters."""

    PLAIN = ""
    BOLD = "1"
    MUTED = "2"
    GOOD = "36"
    WARNING = "33"
    CRITICAL = "31"


@frozen
class Pen:
    """How text is written: with or without SGR colours, in Unicode or in ASCII alone."""

    colour: bool = False
    ascii_only: bool = False

    def write(self, text: str, style: Style) -> str:
        """`text` in `style`."""
        if self.ascii_only:
            from polytop.ui.ascii import to_ascii

            text = to_ascii(text)
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and style and text.strip() else text


def pen_for(stream: TextIO | None, environ: Mapping[str, str], ascii_only: bool = False) -> Pen:
    """A pen for `stream`, which may be None if it is closed.

    Colour on a terminal that has it, unless ``NO_COLOR`` is set; ASCII unless the encoding is
    UTF-8, and on the Linux console.
    """
    if stream is None:
        return Pen(ascii_only=True)
    terminal = stream.isatty() and bool(environ.get("TERM"))
    ascii_only = ascii_only or not is_unicode(stream.encoding, environ)
    plain = is_dumb(environ) or is_colourless(environ) or environ.get("NO_COLOR")
    return Pen(terminal and not plain, ascii_only or (terminal and is_console(environ)))


def print_lines(text: str, pen: Pen | None = None) -> None:
    """Write `text` to stdout, with stand-ins for characters that its encoding lacks.

    Raises ClickException if it cannot be written, BrokenPipeError if nobody reads it.
    """
    import click

    if sys.stdout is None:
        raise click.ClickException(unwritable("the output", "there is no standard output"))
    try:
        click.echo(
            _encodable(text, sys.stdout.encoding or "ascii"), color=pen.colour if pen else None
        )
    except OSError as error:
        discard()
        if isinstance(error, BrokenPipeError):
            raise
        raise click.ClickException(unwritable("the output", reason(error))) from None


def file_name(path: str) -> str:
    """`path` with its folder, safe to show."""
    return printable(path if path.startswith("~") else str(Path(path).absolute()))


def unwritable(place: str, reason: str) -> str:
    """The error message for output that cannot be written to `place`."""
    return f"{place} cannot be written: {reason}"


def reason(error: BaseException) -> str:
    """Why the operating system refused, in lower case."""
    return (getattr(error, "strerror", None) or "unknown reason").lower()


def discard() -> None:
    """Drop what is left in the buffer of stdout, so that the end of the process does not fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _encodable(text: str, encoding: str) -> str:
    """`text` with a stand-in for every character that `encoding` lacks."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        from polytop.ui.ascii import to_ascii

        known = (char.encode(encoding, "ignore").decode(encoding) for char in text)
        return "".join(each or to_ascii(char) for each, char in zip(known, text, strict=True))
    return text


def are_terminals(*streams: TextIO | None) -> bool:
    """Return True if every one of `streams` is a terminal."""
    return all(each is not None and each.isatty() for each in streams)


def columns_of(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> int | None:
    """The width to keep to: ``COLUMNS``, else that of the terminal `stream`, else None.

    ``COLUMNS`` also stands for the width behind a pipe: watch(1) sets it.
    """
    said = environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and 0 < len(said) < 6 and int(said) > 0:
        return int(said)
    if stream is None:
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
