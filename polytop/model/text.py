"""Text from outside, made safe to show: data stays data on a terminal and in a log."""

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, reorder, hide or have no shape."""

_KEPT = frozenset({"\u200d", "\ufe0f"})
"""Format characters without which common emoji fall apart."""


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE or char in _KEPT:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "�" if 0xD800 <= code <= 0xDFFF else f"⟨{code:04X}⟩"


def printable(text: str, at_most: int | None = None) -> str:
    """`text` with control, format and direction characters made visible.

    C0 controls become their pictures (``␛``), other such characters ``⟨200E⟩``. With `at_most`,
    at most that many characters, the last of which is then ``…``.
    """
    if at_most is not None and len(text) > at_most:
        text = text[: at_most - 1] + "…"
    if text.isprintable():
        return text
    return "".join(map(_shown, text))
