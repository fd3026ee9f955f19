"""The time of day by the server's clock: this machine's may be wrong."""

import time
from collections.abc import Callable

from polytop.model.problem import Kind, Problem
from polytop.model.timeparse import brief_duration, lasting

WORTH_TELLING = 300.0
"""Seconds by which a clock must be wrong to be spoken of, and for another range to be asked for.

With less, the windows that are asked for are wrong by one at most.
"""

_GRACE = 2.0
"""Seconds by which the two clocks may differ without a correction."""

_GRAIN = 1.0
"""A ``Date`` is in whole seconds, rounded down."""


UNKNOWN_TIME = Problem(
    Kind.BROKEN,
    "The server told no time, and has no value of the last hour: the clock of this machine may be "
    "wrong",
    "Check the clock with date -u, and any proxy between, which may take out the header Date.",
)


class ServerClock:
    """Epoch seconds by the server, as far as its answers tell; until then by `machine`.

    A `Date` is of some moment between the request and the head of the answer: that bounds the
    difference of the clocks from both sides, and each further answer may narrow the bounds. One
    that contradicts them takes their place: somebody has set a clock.
    """

    def __init__(self, machine: Callable[[], float] = time.time) -> None:
        self._machine = machine
        self._bounds: tuple[float, float] | None = None

    def __call__(self) -> float:
        """The time now."""
        return self._machine() + self.offset

    @property
    def offset(self) -> float:
        """Seconds by which the server's clock is ahead of this machine's; 0 until it is known."""
        if self._bounds is None:
            return 0.0
        low, high = self._bounds
        return 0.0 if low <= _GRACE and high >= -_GRACE else (low + high) / 2

    @property
    def known(self) -> bool:
        """True if an answer has told the server's time."""
        return self._bounds is not None

    def note(self, date: float, sent: float, received: float) -> None:
        """Learn from a `Date`, epoch seconds, of an answer.

        The request was sent `sent` seconds ago, and the head came `received` seconds ago.
        """
        now = self._machine()
        low, high = date - (now - received), date + _GRAIN - (now - sent)
        if self._bounds is not None:
            both = max(low, self._bounds[0]), min(high, self._bounds[1])
            low, high = both if both[0] <= both[1] else (low, high)
        self._bounds = low, high

    def problem(self) -> Problem | None:
        """What is wrong with this machine's clock, if it is worth telling."""
        wrong = abs(self.offset)
        if wrong < WORTH_TELLING:
            return None
        whole = round(wrong / 60) * 60
        by = lasting(whole) if whole < 2 * 86_400 else brief_duration(whole)
        return Problem(
            Kind.BROKEN,
            f"The clock of this machine is {by} {'slow' if self.offset > 0 else 'fast'}",
            "The times are the server's. Set the clock, as by: timedatectl set-ntp true",
        )


def is_known(clock: Callable[[], float]) -> bool:
    """True if `clock` goes by the server's, or is to be trusted."""
    return clock.known if isinstance(clock, ServerClock) else True


def clock_problem(clock: Callable[[], float]) -> Problem | None:
    """What is wrong with this machine's clock, as far as `clock` knows."""
    return clock.problem() if isinstance(clock, ServerClock) else None


def clock_offset(clock: Callable[[], float]) -> float:
    """Seconds by which `clock` corrects this machine's."""
    return clock.offset if isinstance(clock, ServerClock) else 0.0
