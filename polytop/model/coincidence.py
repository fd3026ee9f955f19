"""Check parts against their total, window by window, and measure how their peaks coincide."""

import sys
from array import array
from collections.abc import Sequence

from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.series import Packed, Series

_CODES = {2: "h", 4: "i", 8: "q"}
"""Type code of an array by its width in bytes."""


def lane_width(most: int) -> int:
    """Bytes of a lane for numbers up to `most` that leaves the highest bit free."""
    return next((size for size in _CODES if most < 1 << (8 * size - 1)), most.bit_length() // 8 + 1)


def pack_lanes(values: Sequence[int], size: int) -> int:
    """Pack `values` into lanes, the first one lowest. Raises OverflowError if one does not fit."""
    code = _CODES.get(size)
    if code is None:
        raw = b"".join(value.to_bytes(size, "little", signed=True) for value in values)
    elif isinstance(values, Packed) and sys.byteorder == "little":
        raw = values.raw(code)
    else:
        numbers = array(code, values)
        if sys.byteorder == "big":
            numbers.byteswap()
        raw = numbers.tobytes()
    return int.from_bytes(raw, "little")


@frozen
class Lanes:
    """Arithmetic on `count` lanes of `size` bytes; flags are the highest bits of lanes."""

    size: int
    count: int

    @property
    def ones(self) -> int:
        """A one in every lane."""
        return int.from_bytes((b"\1" + b"\0" * (self.size - 1)) * self.count, "little")

    @property
    def flags(self) -> int:
        """Every lane's flag."""
        return self.ones << self._top

    @property
    def _top(self) -> int:
        return 8 * self.size - 1

    def fill(self, flagged: int) -> int:
        """Set all bits of the flagged lanes."""
        return (flagged << 1) - (flagged >> self._top)

    def places(self, flagged: int) -> list[int]:
        """The numbers of the flagged lanes, in order."""
        if not flagged:
            return []
        highest = flagged.to_bytes(self.size * self.count, "little")[self.size - 1 :: self.size]
        return [place for place, byte in enumerate(highest) if byte]


@frozen
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


def measure_coincidence(total: Series, parts: Sequence[Series]) -> Coincidence | None:
    """Compare `parts` with their `total` over its range; None if either has no value.

    A gap in a part counts as no conversation. A window without a total, or with a part that was
    not fetched, breaks no rule. Takes milliseconds for months of many parts.
    """
    peak = total.highest()
    cut = [part.cut(total.start, total.end) for part in parts]
    tops = [top for each in cut if (top := each.highest()) >= 0]
    if peak < 0 or not tops:
        return None
    bound = sum(tops)
    windows = grid.windows(total.start, total.end)
    above, below = _find_faults(
        total.values, [each.values for each in cut], lane_width(max(peak, bound))
    )
    return Coincidence(
        peak,
        bound,
        coincidence_factor(peak, tops),
        tuple(windows[place] for place in above),
        tuple(windows[place] for place in below),
    )


def coincidence_factor(total_peak: int | None, parts_peaks: Sequence[int]) -> float | None:
    """Maximum of the total over the sum of the parts' maxima; None if that sum is zero.

    Source: the coincidence factor of load statistics, the inverse of the diversity factor.
    """
    bound = sum(parts_peaks)
    return None if total_peak is None or bound == 0 else total_peak / bound


def _find_faults(
    total: Sequence[int], parts: Sequence[Sequence[int]], size: int
) -> tuple[list[int], list[int]]:
    """Find the windows with a part above the total, and those whose parts add up to less.

    In the second, all parts are fetched. All windows are compared at once, in lanes of `size`
    bytes, which hold every sum.
    """
    lanes = Lanes(size, len(total))
    ones, flags = lanes.ones, lanes.flags
    values = pack_lanes(total, size)
    nothing = values & flags
    whole = values ^ (values & lanes.fill(nothing))
    above = unknown = summed = 0
    for part in parts:
        value = pack_lanes(part, size)
        if marked := value & flags:
            # Both marks are below zero; of the two, UNKNOWN is the even one.
            even = marked >> (8 * size - 1)
            unknown |= even ^ (even & value)
            value ^= value & lanes.fill(marked)
        summed += value
        above |= (value | flags) - (whole + ones)
    above &= flags
    below = ((whole | flags) - (summed + ones)) & flags
    unfetched = unknown << (8 * size - 1)
    return lanes.places(above ^ (above & nothing)), lanes.places(below ^ (below & unfetched))
