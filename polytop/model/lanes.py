"""Many numbers side by side in one large one: what is done to it is done to all of them at once.

A lane has `size` bytes and holds a number as two's complement. For arithmetic, those of all lanes
must be at least zero and leave the highest bit free. Source: L. Lamport, "Multiple byte processing
with full-word instructions", CACM 18 (1975).
"""

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from polytop.model.packed import Packed

_CODES = {2: "h", 4: "i", 8: "q"}
"""Type code of an array by its width in bytes."""


def width(most: int) -> int:
    """Bytes of a lane in which numbers up to `most` leave the highest bit free."""
    return next((size for size in _CODES if most < 1 << (8 * size - 1)), most.bit_length() // 8 + 1)


def packed(values: Sequence[int], size: int) -> int:
    """`values` as lanes, the first one lowest. Raises OverflowError where one does not fit."""
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


@dataclass(frozen=True, slots=True)
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

    def filled(self, flagged: int) -> int:
        """All bits of the lanes that are flagged."""
        return (flagged << 1) - (flagged >> self._top)

    def places(self, flagged: int) -> list[int]:
        """Which lanes are flagged, in order."""
        if not flagged:
            return []
        highest = flagged.to_bytes(self.size * self.count, "little")[self.size - 1 :: self.size]
        return [place for place, byte in enumerate(highest) if byte]
