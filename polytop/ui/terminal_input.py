"""Keys from the terminal: an escape sequence that a slow link has torn does nothing of weight.

Textual's parser takes the parts of a sequence with a pause in it for keys: ``[`` and ``A``, say,
which change the window and silence alerts. Here it gets whole sequences alone.
"""

import re
from collections.abc import Iterator, Mapping
from math import inf

from textual._xterm_parser import XTermParser
from textual.events import Key, Paste
from textual.message import Message

from polytop.ui.paint_pace import is_remote

ESCAPE = "\x1b"
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"

_WHOLE = re.compile(
    r"\x1b(?:\[200~.*?\x1b\[201~"  # a paste
    r"|\[M[^\x00-\x1f]{3}|\[\[[^\x1b]"  # a mouse of old, a function key of the console
    r"|\[(?!M|\[|200~)[0-?]*[ -/]*[@-~]|O[\d;]*[^\d;\x1b]"  # CSI, SS3
    r"|[\]P][^\x07\x1b]*(?:\x07|\x1b\\)"  # a string
    r"|[^\[O\]P\x1b])",  # Alt and a key
    re.DOTALL,
)
_BEGUN = re.compile(
    r"\x1b(?:\[200~.*|\[M[^\x00-\x1f]{0,2}|\[\[|\[[0-?]*[ -/]*|O[\d;]*"
    r"|[\]P][^\x07\x1b]*(?:\x1b\Z)?)?",
    re.DOTALL,
)
_INTRODUCERS = "[O]P"
"""What follows the escape of a longer sequence."""

_UNBOUNDED = re.compile(r"\x1b(?:\[200~|[\]P])")

LOCAL_DELAY, REMOTE_DELAY = 0.1, 0.3
"""Seconds after which an escape without more is the key Esc: at the machine itself, over SSH."""

LATE = 0.7
"""Seconds after that in which what comes is taken for the sequence's other part."""

LONGEST_PAUSE = 3.0
"""Seconds without a byte after which a paste or a string is taken to have no end."""


def escape_delay(environ: Mapping[str, str]) -> float:
    """Return the delay of the key Esc, seconds: that of ESCDELAY (ms), or longer over SSH."""
    if (chosen := environ.get("ESCDELAY", "")).isdecimal():
        return int(chosen) / 1_000
    return REMOTE_DELAY if is_remote(environ) else LOCAL_DELAY


class SequenceReader:
    """Cuts what a terminal sends into keys and whole sequences.

    Times are seconds of one clock. An escape without more for `delay` is the key Esc. The rest of
    its sequence may still come: it is swallowed, and so is one of the `guarded` characters.
    """

    def __init__(self, delay: float, guarded: frozenset[str]) -> None:
        self._delay, self._guarded = delay, guarded
        self._rest, self._rest_at = "", 0.0
        """A sequence that has only begun, and when its last byte came."""
        self._late = False
        """True if the rest belongs to an escape that was taken for a key."""
        self._escape_at = -inf

    def read(self, text: str, now: float) -> Iterator[str]:
        """Yield every key, text and whole sequence, in order; `text` is not empty."""
        if now - self._escape_at < LATE:
            text = self._without_tail(text)
        self._escape_at = -inf
        text, self._rest, self._rest_at = self._rest + text, "", now
        while text:
            before, escape, after = text.partition(ESCAPE)
            if before:
                yield before
            text = escape + after
            if whole := _WHOLE.match(text):
                if not self._late:
                    yield whole[0]
                text, self._late = text[whole.end() :], False
            elif begun := _BEGUN.match(text):
                text = text[begun.end() :]
                if not text:
                    self._rest = begun[0]
                    return
                # Something else follows: a sequence that was broken off, or Esc.
                if begun[0] == ESCAPE:
                    yield ESCAPE
                self._late = False

    def _without_tail(self, text: str) -> str:
        """Return what comes right after the key Esc without what may belong to it."""
        self._late = text[0] in _INTRODUCERS
        if self._late:
            return ESCAPE + text
        return text[1:] if text[0] in self._guarded else text

    @property
    def due(self) -> float:
        """When :meth:`wait` has something to do though nothing more comes; never is infinite."""
        if not self._rest:
            return inf
        key = self._rest == ESCAPE and not self._late
        return self._rest_at + (self._delay if key else self._longest_pause())

    def wait(self, now: float) -> Iterator[str]:
        """Yield the key Esc if nothing has followed it; give up what will have no end."""
        if now < self.due:
            return
        if self._rest == ESCAPE and not self._late:
            yield ESCAPE
            self._rest, self._escape_at = "", now
        else:
            self._rest, self._late = "", False

    def _longest_pause(self) -> float:
        if self._late:
            return LATE
        return LONGEST_PAUSE if _UNBOUNDED.match(self._rest) else inf


def messages_of(part: str, parser: XTermParser) -> Iterator[Message]:
    """Yield the messages of a part; none of a sequence that Textual does not know."""
    if part == ESCAPE:
        yield Key("escape", ESCAPE)
    elif part.startswith(PASTE):
        yield Paste(part.removeprefix(PASTE).removesuffix(PASTE_END).replace("\x00", ""))
    elif part[0] != ESCAPE or (part[1] not in "]P" and list(XTermParser().feed(part))):
        yield from parser.feed(part)
