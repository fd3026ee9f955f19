"""Notify on the terminal: the bell, and desktop notifications that the terminal shows.

They are part of the output, so they work over SSH. Sources: OSC 9 is iTerm2's notification,
OSC 777 urxvt's; tmux passes ``DCS tmux; … ST`` on with escapes doubled where its option
``allow-passthrough`` is on, GNU screen ``DCS … ST``.
"""

from collections.abc import Mapping
from enum import Enum, auto

from polytop.model.text import printable

BELL = "\a"

_TITLE, _BODY = 60, 150
"""Most bytes of each: GNU screen passes on at most 256 at once."""

_SHORTEST = 40
"""Bytes that the body has at least, whatever stands behind it."""

_BOTH_KNOWN = ("kitty", "ghostty", "wezterm", "foot", "rxvt", "contour")
"""Terminals, as in TERM or TERM_PROGRAM, that know OSC 777, which has a title."""


class Multiplexer(Enum):
    """The multiplexer between polytop and the terminal."""

    NOTHING = auto()
    TMUX = auto()
    SCREEN = auto()


def find_multiplexer(environ: Mapping[str, str]) -> Multiplexer:
    """Find the multiplexer by the environment."""
    if environ.get("TMUX"):
        return Multiplexer.TMUX
    # tmux calls itself screen too; over SSH only the name is known.
    if environ.get("STY") or environ.get("TERM", "").startswith("screen"):
        return Multiplexer.SCREEN
    return Multiplexer.TMUX if environ.get("TERM", "").startswith("tmux") else Multiplexer.NOTHING


def wrap_for(sequence: str, multiplexer: Multiplexer) -> str:
    """Wrap `sequence` so that the multiplexer passes it on to the terminal."""
    if multiplexer is Multiplexer.TMUX:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return f"\x1bP{sequence}\x1b\\" if multiplexer is Multiplexer.SCREEN else sequence


def desktop_notification(title: str, body: str, environ: Mapping[str, str], line: str = "") -> str:
    """The control sequences of a desktop notification, in the form that the terminal knows.

    An unknown terminal gets both forms; one that knows neither shows nothing. `line`, a command to
    paste, stands whole behind the body, which is cut for it, or not at all.
    """
    title, end = _field(title, _TITLE), f" · {line}"
    if not line or _field(end, _BODY - _SHORTEST) != end:
        end = ""
    body = _field(body, _BODY - len(end.encode())) + end
    plain = f"\x1b]9;{title}: {body}\a"
    titled = f"\x1b]777;notify;{title};{body}\a"
    multiplexer = find_multiplexer(environ)
    return "".join(
        wrap_for(each, multiplexer) for each in _forms(plain, titled, environ, multiplexer)
    )


def _forms(
    plain: str, titled: str, environ: Mapping[str, str], multiplexer: Multiplexer
) -> tuple[str, ...]:
    if "iterm" in (environ.get("LC_TERMINAL", "") + environ.get("TERM_PROGRAM", "")).lower():
        return (plain,)
    names = f"{environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".lower()
    if multiplexer is Multiplexer.NOTHING and any(name in names for name in _BOTH_KNOWN):
        return (titled,)
    return plain, titled


def _field(text: str, most: int) -> str:
    """`text` without control characters and separators, in at most `most` bytes of UTF-8."""
    safe = printable(text).replace(";", ",")
    encoded = safe.encode()
    if len(encoded) <= most:
        return safe
    return encoded[: most - 3].decode(errors="ignore") + "…"
