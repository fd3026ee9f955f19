"""Slots: the 5-minute windows counted on the local wall clock, so that a day always has 288.

A slot without a window, in an hour that the clock skips, is UNKNOWN. Of an hour that comes twice
the second counts. A `zone` of None is the machine's own.
"""

from datetime import tzinfo
from typing import NamedTuple

from polytop.model import grid
from polytop.model.baseline import offset_pieces
from polytop.model.series import UNKNOWN, Series

_LONGEST_CHANGE = 86_400
"""More seconds than any change of a clock takes."""


class Slots(NamedTuple):
    """The values of consecutive slots, the first of which is `first`."""

    first: int
    values: tuple[int, ...]


def local_slots(series: Series, zone: tzinfo | None) -> Slots:
    """Map complete windows onto slots, the last of which is that of the last window."""
    known = series.complete()
    values: list[int] = []
    first = 0
    for start, end, offset in offset_pieces(known.start, known.end, zone):
        slot = (start + offset) // grid.STEP
        if not values or slot < first:
            first = slot
        del values[slot - first :]
        values += [UNKNOWN] * (slot - first - len(values))
        values += known.cut(start, end).values
    return Slots(first, tuple(values))


def slot_windows(slot: int, count: int, since: int, zone: tzinfo | None) -> tuple[int | None, ...]:
    """The windows from `since` on of so many slots from `slot` on; None for one that is skipped."""
    found: dict[int, int] = {}
    end = since + count * grid.STEP + _LONGEST_CHANGE
    for start, stop, offset in offset_pieces(since, end, zone):
        for window in grid.windows(start, stop):
            found.setdefault((window + offset) // grid.STEP, window)
    return tuple(found.get(each) for each in range(slot, slot + count))
