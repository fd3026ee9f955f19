"""Whether parts and their total can be what they say, window by window."""

from collections.abc import Sequence
from dataclasses import dataclass

from polytop.model import grid
from polytop.model.lanes import Lanes, packed, width
from polytop.model.series import Series
from polytop.model.stats import coincidence as factor_of


@dataclass(frozen=True, slots=True)
class Coincidence:
    """The true maximum beside the sum of the parts' maxima, conversations, and their ratio.

    `factor` is None where that sum is zero. Maxima of one window keep to
    ``max(parts) <= total <= sum(parts)``: `above` are the windows in which a part is above the
    total, `below` those in which the parts add up to less than it (starts, epoch seconds, in order
    of time). Either is there while data still come in, `below` also where calls are in no part.
    """

    peak: int
    bound: int
    factor: float | None
    above: tuple[int, ...] = ()
    below: tuple[int, ...] = ()


def coincidence(total: Series, parts: Sequence[Series]) -> Coincidence | None:
    """What `parts` say beside their `total`, over its range; None where one of both lacks.

    A gap in a part counts as no conversation. A window in which nothing is known of the total, or
    in which a part was not fetched, breaks no rule. Takes milliseconds for months of many parts.
    """
    peak = total.highest()
    cut = [part.cut(total.start, total.end) for part in parts]
    tops = [top for each in cut if (top := each.highest()) >= 0]
    if peak < 0 or not tops:
        return None
    bound = sum(tops)
    windows = grid.windows(total.start, total.end)
    above, below = _faults(total.values, [each.values for each in cut], width(max(peak, bound)))
    return Coincidence(
        peak,
        bound,
        factor_of(peak, tops),
        tuple(windows[place] for place in above),
        tuple(windows[place] for place in below),
    )


def _faults(
    total: Sequence[int], parts: Sequence[Sequence[int]], size: int
) -> tuple[list[int], list[int]]:
    """Where a part is above the total; where the parts, all fetched, add up to less.

    All windows are compared at once, in lanes of `size` bytes that hold every sum.
    """
    lanes = Lanes(size, len(total))
    ones, flags = lanes.ones, lanes.flags
    told = packed(total, size)
    nothing = told & flags
    whole = told ^ (told & lanes.filled(nothing))
    above = unknown = summed = 0
    for part in parts:
        value = packed(part, size)
        if marked := value & flags:
            # Both marks are below zero; of the two, UNKNOWN is the even one.
            even = marked >> (8 * size - 1)
            unknown |= even ^ (even & value)
            value ^= value & lanes.filled(marked)
        summed += value
        above |= (value | flags) - (whole + ones)
    above &= flags
    below = ((whole | flags) - (summed + ones)) & flags
    unfetched = unknown << (8 * size - 1)
    return lanes.places(above ^ (above & nothing)), lanes.places(below ^ (below & unfetched))
