"""How many requests a minute may hold: what must not wait is let through first."""

from collections import deque
from collections.abc import Callable

from polytop.model import snapshot

MINUTE = 60.0
"""Seconds over which requests are counted; the bound holds for every such span."""

RESERVED = 6
"""Requests that are kept free for polls while rows and older weeks are asked for."""


class Budget:
    """At most `limit` requests in any minute of `clock` (seconds).

    Raises ValueError for a limit that leaves nothing beside what is reserved.
    """

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        if limit <= RESERVED:
            raise ValueError(f"a budget is more than {RESERVED} requests a minute")
        self._limit, self._clock = limit, clock
        self._taken: deque[float] = deque()

    def take(self, requests: int = 1, *, urgent: bool = False) -> bool:
        """Take `requests` where they fit; polls are `urgent` and may use what is reserved."""
        if self.wait(requests, urgent=urgent) > 0:
            return False
        self._taken.extend([self._clock()] * requests)
        return True

    def wait(self, requests: int = 1, *, urgent: bool = False) -> float:
        """Seconds until that many may be taken; 0 where that is now."""
        now = self._forget()
        allowed = self._limit - (0 if urgent else RESERVED)
        over = len(self._taken) + requests - allowed
        if over <= 0:
            return 0.0
        # More than ever fits goes when nothing else is under way.
        index = min(over, len(self._taken)) - 1
        return max(0.0, self._taken[index] + MINUTE - now) if index >= 0 else 0.0

    def used(self) -> snapshot.Budget:
        """What the last minute has used."""
        self._forget()
        return snapshot.Budget(len(self._taken), self._limit)

    def _forget(self) -> float:
        """Let go of what is more than a minute ago; of a clock that was set back, of all."""
        now = self._clock()
        if self._taken and self._taken[-1] > now:
            self._taken = deque([now] * len(self._taken))
        while self._taken and self._taken[0] <= now - MINUTE:
            self._taken.popleft()
        return now
