"""Numbers as cells: steady in width, honest about what is not known."""

from collections.abc import Sequence

from polytop.model.series import UNKNOWN
from polytop.model.stats import hundredths

NONE = "–"
"""Stands for what is not known."""

_BLOCKS = "▁▂▃▄▅▆▇█"


def count(value: int | None) -> str:
    """``87``, or a dash."""
    return NONE if value is None else str(value)


def signed(value: int | None) -> str:
    """``+6``, ``−2``, ``0``, or a dash."""
    if value is None:
        return NONE
    return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"


def percent(share: float | None) -> str:
    """``47 %`` of a limit, or a dash; 100 % is said of the whole and not before."""
    return NONE if share is None else f"{hundredths(share)} %"


def headroom_percent(value: int | None, limit: int) -> str:
    """What `value` leaves of `limit`: ``53 %``, ``−180 %``, or a dash; 100 % less the used."""
    if value is None:
        return NONE
    left = 100 - hundredths(value / limit)
    return f"−{-left} %" if left < 0 else f"{left} %"


def share_percent(share: float | None) -> str:
    """``47 %`` of a total, or a dash; rounded as the filter of rows compares it."""
    return NONE if share is None else f"{round(share * 100)} %"


def signed_percent(share: float | None) -> str:
    """``+12 %``, ``−18 %``, ``0 %``, or a dash."""
    return NONE if share is None else f"{signed(round(share * 100))} %"


def decimal(value: float | None) -> str:
    """``31.2``, or a dash."""
    return NONE if value is None else f"{value:.1f}"


def sparkline(values: Sequence[int]) -> str:
    """A cell per value, against the highest of them; blank where nothing is known."""
    top = max(values, default=UNKNOWN)
    if top < 0:
        return " " * len(values)
    last = len(_BLOCKS) - 1
    return "".join(
        " " if value < 0 else _BLOCKS[round(value / top * last) if top else 0] for value in values
    )
