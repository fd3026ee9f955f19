"""Text from outside, made safe to show: data stays data on a terminal and in a log."""

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, reorder, join, hide or have no shape."""


def _show_char(char: str) -> str:
    category = unicodedata.category(char)
    if category not in _UNSAFE:
        return " " if category == "Zs" else char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "�" if 0xD800 <= code <= 0xDFFF else f"⟨{code:04X}⟩"


def printable(text: str, at_most: int | None = None) -> str:
    """`text` with control, format and direction characters made visible.

    C0 controls become their pictures (``␛``), other such characters ``⟨200E⟩``, any blank a
    space. With `at_most` (1 or more), at most that many characters as shown; the last is ``…``
    where some were cut off.
    """
    # No character is shown as none, so that those further on cannot be needed.
    shown = text if at_most is None else text[: at_most + 1]
    if not shown.isprintable():
        shown = "".join(map(_show_char, shown))
    if at_most is not None and len(shown) > at_most:
        return shown[: at_most - 1] + "…"
    return shown


_FORMULA = frozenset("=+-@＝＋－＠\t\r")
"""Characters that a spreadsheet may read as the start of a formula (OWASP, "CSV Injection")."""


def defuse_formula(text: str) -> str:
    """`text` with a ``'`` in front if a spreadsheet would read it as a formula."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA else text


def compose(text: str) -> str:
    """`text` in the normal form NFC: names that look alike are then equal."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """`text` for a search: neither its case nor its normal form matters."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", plain)


def format_count(number: int, noun: str) -> str:
    """``1 window``, ``2 windows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def format_bytes(count: int) -> str:
    """`count` bytes in powers of 1000: ``840 B``, ``1.4 kB``, ``12 kB``, ``3.1 MB``."""
    if count < 1_000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1_000
        if amount < 999.5 or unit == "TB":
            break
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
