"""When to poll, and how many requests a minute may hold."""

import math
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from polytop.model import snapshot

JITTER = 0.1
"""Polls are spread by this share of their delay, so that many monitors do not poll at once."""

LONGEST_BACKOFF = 30.0
"""The longest delay after failures where the interval is shorter, seconds."""

LONGEST_WAIT = 3_600.0
"""The longest Retry-After that is followed, seconds."""


class Backoff(NamedTuple):
    """The delays between polls, seconds. `chance` gives numbers in [0, 1)."""

    interval: float
    chance: Callable[[], float]

    @property
    def bound(self) -> float:
        """The longest delay after failures, before the jitter: the end of a fault is seen soon."""
        return max(self.interval, LONGEST_BACKOFF)

    def after_success(self) -> float:
        """Return the interval, plus or minus the jitter."""
        return self.interval * (1 + JITTER * (2 * self.chance() - 1))

    def after_failure(self, failures: int, retry_after: float | None = None) -> float:
        """Return a delay that doubles from a sixth of the interval up to :attr:`bound`."""
        doubled = self.interval / 6 * 2 ** min(failures - 1, 30)
        delay: float = min(self.bound, doubled) * (1 + JITTER * self.chance())
        return max(delay, min(retry_after or 0.0, LONGEST_WAIT))


MINUTE = 60.0
"""The span over which requests are counted, seconds; the bound holds for every such span."""

AT_ONCE = 6
"""The most requests at once: two each of a poll, of rows and of older windows.

So a row that hangs holds up no poll.
"""

REQUESTS_PER_MINUTE = 120
"""The default bound on requests to one project in any minute."""

LEAST_LIMIT = 10
"""The smallest bound: below it polls and rows would block each other."""

REQUESTS_PER_POLL = 2
"""Requests of one poll: the total and its slice."""


def requests_to_reserve(interval: float) -> int:
    """Return the requests a minute for polls every `interval` seconds and one asked-for poll.

    Polls come a little earlier than the interval says: see :mod:`polytop.monitor.schedule`.
    """
    return REQUESTS_PER_POLL * (math.ceil(MINUTE / (interval * (1 - JITTER))) + 1)


class Use(Enum):
    """The use of a request: a due poll, a poll that the user asks for, or anything else."""

    POLL = "poll"
    ASKED_FOR = "asked for"
    BESIDE = "beside"


class RateLimiter:
    """At most `limit` requests in any minute of `clock` (seconds).

    Of these `reserve` are kept free for polls that are due, and a third for what is not a poll:
    neither starves the other, however often the user asks. Raises ValueError for a limit under
    :data:`LEAST_LIMIT`.
    """

    def __init__(self, limit: int, clock: Callable[[], float], reserve: int = 8) -> None:
        if limit < LEAST_LIMIT:
            raise ValueError(f"a budget is at least {LEAST_LIMIT} requests a minute")
        self._limit, self._clock = limit, clock
        polls = limit * 2 // 3
        reserve = min(max(0, reserve), polls - REQUESTS_PER_POLL)
        self._bounds: tuple[tuple[frozenset[Use], int], ...] = (
            (frozenset(Use), limit),
            (frozenset({Use.POLL, Use.ASKED_FOR}), polls),
            (frozenset({Use.ASKED_FOR}), polls - reserve),
            (frozenset({Use.ASKED_FOR, Use.BESIDE}), limit - reserve),
        )
        """The bounds: these uses together may have so many."""
        self._taken: deque[tuple[float, Use]] = deque()

    def take(self, requests: int = 1, use: Use = Use.BESIDE) -> bool:
        """Take `requests` if they fit; return False if not."""
        if self.wait(requests, use) > 0:
            return False
        self._taken.extend([(self._clock(), use)] * requests)
        return True

    def wait(self, requests: int = 1, use: Use = Use.BESIDE) -> float:
        """Return the seconds until that many may be taken; 0 if that is now.

        Raises ValueError for more than ever fit.
        """
        now, longest = self._forget(), 0.0
        for uses, most in self._bounds:
            if use not in uses:
                continue
            if requests > most:
                raise ValueError(f"{requests} requests never fit into this budget")
            taken = [at for at, kind in self._taken if kind in uses]
            over = len(taken) + requests - most
            if over > 0:
                longest = max(longest, taken[over - 1] + MINUTE - now)
        return longest

    def settle(self, taken: int, sent: int, at: float, use: Use = Use.BESIDE) -> None:
        """Count `sent` requests in place of the `taken` ones, which were taken by `at`."""
        if sent > taken:
            now = self._forget()
            self._taken.extend([(now, use)] * (sent - taken))
        for _ in range(taken - sent):
            mine = [n for n, (t, kind) in enumerate(self._taken) if kind is use and t <= at]
            if mine:
                del self._taken[mine[-1]]

    def used(self) -> snapshot.RequestBudget:
        """Return the use of the last minute."""
        self._forget()
        return snapshot.RequestBudget(len(self._taken), self._limit)

    def _newest(self) -> float:
        return self._taken[-1][0] if self._taken else -math.inf

    def _forget(self) -> float:
        """Forget what is a minute old; return now. If the clock was set back, all is of now."""
        now = self._clock()
        if self._newest() > now:
            self._taken = deque((now, use) for _, use in self._taken)
        while self._taken and self._taken[0][0] + MINUTE <= now:
            self._taken.popleft()
        return now
