"""The picture of a terminal after a stream of bytes: pyte, spared what it takes for text."""

import codecs
import re

import pyte

_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\`-~])"
)
_FOREIGN = re.compile(
    r"\x1b(?:\[[<=>]"  # kitty's keyboard, XTVERSION, …
    r"|\[\?[\d;]*[^\d;hl]"  # questions about modes
    r"|\[[\d;]*[ -/]"  # the shape of the cursor and the like
    r"|\[[\d;]*:"
    r"|[\]PX^_])"
)


class Picture:
    """The cells of a terminal of some size."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, output: bytes) -> None:
        """Draw `output`, which may end amid a sequence."""
        text, self._rest = self._rest + self._decoder.decode(output), ""
        at = 0
        while (escape := text.find("\x1b", at)) >= 0:
            self._stream.feed(text[at:escape])
            found = _SEQUENCE.match(text, escape)
            if found is None:
                self._rest = text[escape:]
                return
            at = found.end()
            sequence = found[0]
            if sequence == "\x1b[?1049h":
                sequence = "\x1b[2J\x1b[H"
            if not _FOREIGN.match(sequence):
                self._stream.feed(sequence)
        self._stream.feed(text[at:])

    def resize(self, columns: int, rows: int) -> None:
        """Another size; what was drawn is gone, as after a resize nothing is to be relied on."""
        self._screen.resize(rows, columns)
        self._screen.erase_in_display(2)

    def text(self) -> str:
        """The rows, without the blanks at their ends."""
        return "\n".join(line.rstrip() for line in self._screen.display)
