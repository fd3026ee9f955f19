"""The time that the graph shows: it stands still while data come, and jumps seldom."""

import math
from typing import NamedTuple

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_JUMPS = (
    (30 * _MINUTE, 5 * _MINUTE),
    (_HOUR, 10 * _MINUTE),
    (3 * _HOUR, 15 * _MINUTE),
    (6 * _HOUR, 30 * _MINUTE),
    (12 * _HOUR, _HOUR),
    (_DAY, 2 * _HOUR),
    (3 * _DAY, 6 * _HOUR),
    (7 * _DAY, 12 * _HOUR),
    (14 * _DAY, _DAY),
    (30 * _DAY, 2 * _DAY),
)


class Frame(NamedTuple):
    """The time that the graph shows, epoch seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Length of the frame."""
        return self.end - self.start


def live_frame(end: int, span: int) -> Frame:
    """The frame of a span of `span` seconds that ends at `end` and follows now.

    It is wider than the span by one jump: new data fill the free room at the right, and the graph
    moves only when that is full. At the left it shows what is older than the span.
    """
    jump = next((size for longest, size in _JUMPS if span <= longest), 7 * _DAY)
    right = math.ceil(end / jump) * jump
    return Frame(right - span - jump, right)
