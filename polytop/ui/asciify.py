"""``--ascii``: every line on its way to the terminal, with characters that all terminals have."""

import re
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_TABLE = str.maketrans(
    {
        **dict.fromkeys("─╌┄▔▁", "-"),
        "━": "=",
        **dict.fromkeys("│┃▎▌▐▊", "|"),
        **dict.fromkeys("┤├└┘┌┐┬┴┼╭╮╯╰", "+"),
        **dict.fromkeys("┈·░", "."),
        **dict.fromkeys("–−—", "-"),
        **dict.fromkeys("“”", '"'),
        **dict.fromkeys("‘’", "'"),
        "●": "*",
        "•": "*",
        "○": "o",
        "▲": "^",
        "▼": "v",
        "▸": ">",
        "›": ">",
        "◂": "<",
        "┊": ":",
        "▓": "#",
        "✖": "x",
        "‖": "=",
        "…": "~",
        "×": "x",
        "↑": "^",
        "←": "<",
        "→": ">",
        "↓": "v",
        "█": "#",
    }
)
_BESIDE = re.compile("[≥≤] |→ (?=[0-9])")
_PAIRS = {"≥ ": ">=", "≤ ": "<=", "→ ": "->"}
"""Signs that take two characters: the blank after them gives its cell."""

_BLOCKS = str.maketrans("▁▂▃▄▅▆▇█", "_.:-=+*#")


@lru_cache(maxsize=2048)
def asciified(text: str) -> str:
    """`text` in ASCII, in as many cells; what has no likeness becomes ``?``."""
    if text.isascii():
        return text
    text = _BESIDE.sub(lambda found: _PAIRS[found[0]], text)
    table = _BLOCKS if any(block in text for block in "▂▃▄▅▆▇") else _TABLE
    return "".join(
        char if char.isascii() else "?" * cell_len(char)
        for char in text.translate(table).translate(_TABLE)
    )


class Ascii(LineFilter):
    """Turns every segment into ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each in ASCII."""
        return [Segment(asciified(text), style, control) for text, style, control in segments]
