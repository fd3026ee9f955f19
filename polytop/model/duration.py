"""Lengths of time as people write them."""

import math
import re

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def parse(text: str) -> int:
    """Seconds of ``90m``, ``6h``, ``1h30m``, ``7d``; a unit is needed.

    Raises ValueError that says how to write it.
    """
    squeezed = text.strip().lower()
    matches = _FORM.findall(squeezed)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in matches)
    if not matches or _FORM.sub("", squeezed).strip() or not math.isfinite(seconds):
        raise ValueError(f"{text!r} is no length of time: write 90m, 6h or 7d")
    return round(seconds)


def brief(seconds: float) -> str:
    """A length in one unit, rounded down: ``4 s``, ``12 min``, ``3 h``, ``2 d``."""
    whole = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * size or (whole >= size and whole % size == 0):
            return f"{whole // size} {unit}"
    return f"{whole} s"


def coarse(seconds: float) -> str:
    """:func:`brief` in minutes at the least: ``<1 min``, ``1 min``, ``3 h``."""
    return brief(seconds // 60 * 60) if seconds >= 60 else "<1 min"


def exact(seconds: int) -> str:
    """A length without rounding, in the largest unit that holds it: ``90 min``, ``7 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0 and not (unit == "d" and seconds == size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
