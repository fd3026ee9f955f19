"""Which modes of a terminal a stream of bytes leaves switched on."""

import re

NAMES = {
    47: "alternate screen", 1047: "alternate screen", 1049: "alternate screen",
    9: "mouse", 1000: "mouse", 1001: "mouse", 1002: "mouse", 1003: "mouse",
    1005: "mouse format", 1006: "mouse format", 1015: "mouse format", 1016: "mouse format",
    2004: "bracketed paste", 1004: "focus", 2026: "synchronised output",
    2048: "in-band resize", 1: "application cursor keys",
}  # fmt: skip
_CHANGE = re.compile(rb"\x1b\[([?<>=]?)([\d;]*)([hlu])")


def modes_left(output: bytes) -> set[str]:
    """Names of the modes that are on after `output`, a hidden cursor among them."""
    switched: dict[int, bool] = {}
    keyboards = 0
    for prefix, numbers, final in _CHANGE.findall(output):
        if prefix == b"?" and final in b"hl":
            for number in filter(None, numbers.split(b";")):
                switched[int(number)] = final == b"h"
        elif final == b"u" and prefix == b">":
            keyboards += 1
        elif final == b"u" and prefix == b"<":
            keyboards = max(0, keyboards - int(numbers or 1))
    left = {name for number, name in NAMES.items() if switched.get(number)}
    if switched.get(25) is False:
        left.add("hidden cursor")
    if switched.get(7) is False:
        left.add("no line wrap")
    if keyboards:
        left.add("kitty keyboard")
    return left


def modes_used(output: bytes) -> set[str]:
    """Names of the modes that `output` switches on at some time."""
    return {
        NAMES[int(number)]
        for prefix, numbers, final in _CHANGE.findall(output)
        if prefix == b"?" and final == b"h"
        for number in filter(None, numbers.split(b";"))
        if int(number) in NAMES
    }
