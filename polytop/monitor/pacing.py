"""When to ask again: pure arithmetic over the poll interval."""

from collections.abc import Callable
from typing import NamedTuple

JITTER = 0.1
"""Polls spread by this share of their delay, so that many monitors do not ask in step."""

LONGEST_WAIT = 3_600.0
"""The longest that a server's Retry-After is followed, seconds."""


class Pacing(NamedTuple):
    """Delays in seconds. `chance` gives numbers in [0, 1)."""

    interval: float
    chance: Callable[[], float]

    @property
    def bound(self) -> float:
        """The longest delay that failures alone lead to, before the jitter."""
        return 10 * self.interval

    def after_success(self) -> float:
        """The interval, more or less the jitter."""
        return self.interval * (1 + JITTER * (2 * self.chance() - 1))

    def after_failure(self, failures: int, retry_after: float | None = None) -> float:
        """Doubles from a sixth of the interval up to :attr:`bound`; never under `retry_after`."""
        doubled = self.interval / 6 * 2 ** min(failures - 1, 30)
        delay: float = min(self.bound, doubled) * (1 + JITTER * self.chance())
        return max(delay, min(retry_after or 0.0, LONGEST_WAIT))
