"""Lines of text for a terminal or a pipe: colour where it helps, ASCII where it must be."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from polytop.model.text import unicode_in


class Style(StrEnum):
    """SGR parameters."""

    PLAIN = ""
    BOLD = "1"
    MUTED = "2"
    GOOD = "36"
    WARNING = "33"
    CRITICAL = "31"


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is written: with or without SGR colours, with all characters or ASCII alone."""

    colour: bool = False
    ascii_only: bool = False

    def write(self, text: str, style: Style) -> str:
        """`text` in `style`."""
        if self.ascii_only:
            from polytop.ui.ascii import to_ascii

            text = to_ascii(text)
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and style and text.strip() else text


def pen_for(stream: TextIO | None, environ: Mapping[str, str], ascii_only: bool = False) -> Pen:
    """Colour on a terminal that has some, unless ``NO_COLOR`` is set; ASCII where UTF-8 fails."""
    if stream is None:
        return Pen(ascii_only=True)
    terminal = stream.isatty() and environ.get("TERM", "") not in ("", "dumb")
    ascii_only = ascii_only or not unicode_in(stream.encoding)
    return Pen(terminal and not environ.get("NO_COLOR"), ascii_only)


def print_lines(text: str, pen: Pen | None = None) -> None:
    """`text` as lines on stdout, in plainer characters where it does not know all of them.

    Raises ClickException where they cannot be written, BrokenPipeError where nobody reads.
    """
    import click

    if sys.stdout is None:
        raise click.ClickException(unwritable_message("there is no standard output"))
    try:
        click.echo(
            _encodable(text, sys.stdout.encoding or "ascii"), color=pen.colour if pen else None
        )
    except OSError as error:
        discard()
        if isinstance(error, BrokenPipeError):
            raise
        raise click.ClickException(unwritable_message(error.strerror)) from None


def unwritable_message(reason: str | None) -> str:
    """What to say where the output cannot be written."""
    return f"the output cannot be written: {(reason or 'unknown reason').lower()}"


def discard() -> None:
    """Let what is left in the buffer go nowhere, so that the end of the process does not fail."""
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
