"""ASCII stand-ins for the characters of the screen, for terminals and pipes without Unicode."""

import re
from functools import lru_cache
from unicodedata import normalize

from rich.cells import cell_len

_STAND_INS = str.maketrans(
    {
        **dict.fromkeys("─╌▔▁", "-"),
        **dict.fromkeys("┄⠒", "~"),
        **dict.fromkeys("━┅", "="),
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
        "▶": ">",
        "≠": "!",
        "±": "+",
    }
)
_BLOCKS = dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*@", strict=True))
"""Heights. No ``#``: tmux would read it as the start of a style in ``polytop glance --line``."""

_BLOCK_TABLE = str.maketrans(_BLOCKS)
_HEIGHT = re.compile("[▂▃▄▅▆▇█]")
"""Beside one of these ``▁`` is a height; alone it is the border of a box."""

_PAIR = re.compile("[≥≤] |→ (?=[0-9])| [≥≤](?=[0-9]|$)")
_PAIRS = {"≥ ": ">=", " ≥": ">=", "≤ ": "<=", " ≤": "<=", "→ ": "->"}
"""Signs that take two characters: the blank beside them gives its cell."""


@lru_cache(maxsize=2048)
def to_ascii(text: str) -> str:
    """`text` in ASCII, in as many cells.

    A letter loses its accents; another character without a stand-in becomes ``?``.
    """
    if text.isascii():
        return text
    text = _PAIR.sub(lambda match: _PAIRS[match[0]], text)
    if _HEIGHT.search(text):
        text = text.translate(_BLOCK_TABLE)
    return "".join(map(_stand_in, text.translate(_STAND_INS)))


def _stand_in(char: str) -> str:
    """The letter without its accents, else ``?`` for every cell."""
    letter = char if char.isascii() else normalize("NFD", char)[0]
    return letter if letter.isascii() else "?" * cell_len(char)
