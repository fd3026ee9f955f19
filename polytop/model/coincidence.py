"""Whether parts and their total can be what they say, window by window."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

from polytop.model import grid
from polytop.model.series import UNKNOWN, Series
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
    in which a part was not fetched, breaks no rule. Takes milliseconds for many parts or windows.
    """
    peak = max(total.values, default=UNKNOWN)
    values = [part.cut(total.start, total.end).values for part in parts]
    tops = [top for each in values if (top := max(each, default=UNKNOWN)) >= 0]
    if peak < 0 or not tops:
        return None
    windows = grid.windows(total.start, total.end)
    highest = map(max, zip(*values, strict=True))
    above = (
        window
        for window, whole, part in zip(windows, total.values, highest, strict=True)
        if 0 <= whole < part
    )
    return Coincidence(
        peak,
        sum(tops),
        factor_of(peak, tops),
        tuple(above),
        tuple(_below(windows, total.values, values)),
    )


def _below(
    windows: Sequence[int], total: Sequence[int], values: Sequence[Sequence[int]]
) -> Sequence[int]:
    """Windows in which the parts, all of them fetched, add up to less than the total."""
    fetched = [lowest > UNKNOWN for lowest in map(min, zip(*values, strict=True))]
    counted = [each if min(each) >= 0 else tuple(map(max, each, repeat(0))) for each in values]
    sums = map(sum, zip(*counted, strict=True))
    return [
        window
        for window, whole, parts, known in zip(windows, total, sums, fetched, strict=True)
        if known and whole > parts
    ]
