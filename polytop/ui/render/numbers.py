"""Numbers as text; an unknown one is a dash."""

from collections.abc import Sequence

from polytop.model.series import UNKNOWN
from polytop.model.stats import whole_percent

NONE = "–"
"""Stands for an unknown number."""

EIGHTHS = " ▁▂▃▄▅▆▇█"
"""A cell filled by 0 to 8 eighths, from the bottom."""


def count(value: int | None) -> str:
    """``87``, or a dash."""
    return NONE if value is None else str(value)


def signed(value: int | None) -> str:
    """``+6``, ``−2``, ``0``, or a dash."""
    if value is None:
        return NONE
    return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"


def decimal(value: float | None) -> str:
    """``31.2``, or a dash; ``<0.1`` for what is not nothing."""
    if value is None:
        return NONE
    return "<0.1" if 0 < value < 0.05 else f"{value:.1f}"


def percent(share: float | None) -> str:
    """``47 %`` of a limit or a total, or a dash; rounded as the row filter compares it."""
    return NONE if share is None else f"{whole_percent(share)} %"


def signed_percent(share: float | None) -> str:
    """``+12 %``, ``−18 %``, ``0 %``, or a dash."""
    return NONE if share is None else f"{signed(whole_percent(share))} %"


def headroom_text(headroom: int | None) -> str:
    """``34``, ``−12`` above the limit, or a dash."""
    return NONE if headroom is None else str(headroom) if headroom >= 0 else f"−{-headroom}"


def headroom_percent(value: int | None, limit: int) -> str:
    """Headroom of `value` below `limit`: ``53 %``, ``−180 %``, or a dash.

    It and :func:`percent` of the same value add up to 100.
    """
    if value is None:
        return NONE
    left = 100 - whole_percent(value / limit)
    return f"−{-left} %" if left < 0 else f"{left} %"


def sparkline(values: Sequence[int]) -> str:
    """One cell per value, scaled to the highest of them; blank for an unknown value."""
    top = max(values, default=UNKNOWN)
    if top < 0:
        return " " * len(values)
    last = len(EIGHTHS) - 2
    return "".join(
        " " if value < 0 else EIGHTHS[1 + (round(value / top * last) if top else 0)]
        for value in values
    )
