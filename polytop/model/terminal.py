"""What a terminal can show, by its name (TERM) and the other variables that tell of it."""

import re
from collections.abc import Mapping


def _name(environ: Mapping[str, str]) -> str:
    """The terminal's name without its variant: ``screen`` of ``screen.xterm-256color``."""
    return re.split("[-.+]", environ.get("TERM", "").lower())[0]


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal shows lines alone, or says that nobody knows it."""
    return _name(environ) in {"dumb", "unknown"}


def is_console(environ: Mapping[str, str]) -> bool:
    """Return True for the Linux console.

    It has 16 colours, and its font has neither braille dots nor eighths of a block. It knows no
    question about its colours.
    """
    return _name(environ) == "linux"


def is_colourless(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal has no colours: one of DEC's, or a variant that says so."""
    name = environ.get("TERM", "").lower()
    return re.match(r"vt\d", name) is not None or name.endswith(("-mono", "-m"))


def is_colorterm_inherited(environ: Mapping[str, str]) -> bool:
    """Return True if COLORTERM speaks of a terminal around this one, whose colours are fewer.

    GNU screen passes the variable on and shows other colours instead. Within tmux, which may
    have the same name, it is right.
    """
    if is_console(environ) or is_colourless(environ):
        return True
    return _name(environ) == "screen" and "TMUX" not in environ


def is_unicode(encoding: str | None, environ: Mapping[str, str]) -> bool:
    """Return True if the encoding can represent every character, and the locale agrees.

    Python writes UTF-8 even where `environ` states the locale C, and reports that encoding.
    """
    names = (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    if next(filter(None, names), "") in {"C", "POSIX"}:
        return False
    return (encoding or "ascii").lower().replace("-", "") == "utf8"
