"""Telling on the terminal: the bell, and desktop notifications that the terminal shows.

They travel with the output, so they work over SSH. Sources: OSC 9 is iTerm2's notification,
OSC 777 urxvt's; tmux passes ``DCS tmux; … ST`` on with escapes doubled where its option
``allow-passthrough`` is on, GNU screen ``DCS … ST``.
"""

from collections.abc import Mapping
from enum import Enum, auto

from polytop.model.text import printable

BELL = "\a"

_TITLE, _BODY = 60, 150
"""Most bytes of each: GNU screen passes 256 on in one piece."""

_BOTH_KNOWN = ("kitty", "ghostty", "wezterm", "foot", "rxvt", "contour")
"""Terminals, as TERM or TERM_PROGRAM names them, that know OSC 777, with a title."""


class Through(Enum):
    """What lies between polytop and the terminal."""

    NOTHING = auto()
    TMUX = auto()
    SCREEN = auto()


def through(environ: Mapping[str, str]) -> Through:
    """What the environment says of a multiplexer."""
    if environ.get("TMUX"):
        return Through.TMUX
    # tmux calls itself screen too; across SSH there is only the name to go by.
    if environ.get("STY") or environ.get("TERM", "").startswith("screen"):
        return Through.SCREEN
    return Through.TMUX if environ.get("TERM", "").startswith("tmux") else Through.NOTHING


def wrapped(sequence: str, way: Through) -> str:
    """`sequence` so that it reaches the terminal behind the multiplexer."""
    if way is Through.TMUX:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return f"\x1bP{sequence}\x1b\\" if way is Through.SCREEN else sequence


def notification(title: str, body: str, environ: Mapping[str, str]) -> str:
    """What to write for a desktop notification, in the form that the terminal knows.

    A terminal that is not known is given both forms; one that has neither shows nothing.
    """
    title, body = _field(title, _TITLE), _field(body, _BODY)
    plain = f"\x1b]9;{title}: {body}\a"
    titled = f"\x1b]777;notify;{title};{body}\a"
    way = through(environ)
    return "".join(wrapped(each, way) for each in _forms(plain, titled, environ, way))


def _forms(plain: str, titled: str, environ: Mapping[str, str], way: Through) -> tuple[str, ...]:
    if "iterm" in (environ.get("LC_TERMINAL", "") + environ.get("TERM_PROGRAM", "")).lower():
        return (plain,)
    names = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".lower()
    if way is Through.NOTHING and any(name in names for name in _BOTH_KNOWN):
        return (titled,)
    return plain, titled


def _field(text: str, most: int) -> str:
    """`text` as one field: no control character, no separator, at most `most` bytes of UTF-8."""
    safe = printable(text).replace(";", ",")
    encoded = safe.encode()
    if len(encoded) <= most:
        return safe
    return encoded[: most - 3].decode(errors="ignore") + "…"
