"""Erlang B: the share of calls that a limit blocks, and the limit that a load needs.

Calls arrive independently (Poisson), take one place each, and are lost if every place is taken.
The *offered load* is the mean number of calls that would run if none were lost, in erlangs.

Source: A. K. Erlang, "Solution of some Problems in the Theory of Probabilities of Significance
in Automatic Telephone Exchanges", 1917; the recursion and its inverse form are those of
ITU-D SG 2, "Teletraffic Engineering Handbook", chapter 7.
"""

import math
from itertools import count

MOST_LOAD = 1_000_000.0
"""The largest load that is accepted, erlangs."""

_CLOSE = 1e-12
"""Relative precision of the search for a load."""


def offered_load(calls_per_hour: float, seconds: float) -> float:
    """Load in erlangs of `calls_per_hour` with a mean length of `seconds`."""
    return _check_load(calls_per_hour * seconds / 3_600)


def blocking_probability(load: float, limit: int) -> float:
    """Share of the calls, 0 to 1, that find all of `limit` places taken at `load` erlangs.

    Takes `limit` steps. Raises ValueError if `load` or `limit` is out of range.
    """
    _check_load(load)
    if limit < 0:
        raise ValueError("a limit is not negative")
    if load == 0:
        return 0.0 if limit else 1.0
    return 1 / _inverse(load, limit)


def carried_load(load: float, limit: int) -> float:
    """Mean number of running calls, erlangs: the offered load less the blocked part."""
    return load * (1 - blocking_probability(load, limit))


def limit_for(load: float, target: float) -> int:
    """The smallest limit at which at most `target` (above 0, below 1) of the calls are blocked."""
    _check_load(load)
    _check_target(target)
    if load == 0:
        return 1
    inverse = 1.0
    for places in count(1):
        inverse = 1 + inverse * places / load
        if inverse * target >= 1:
            return places
    raise AssertionError("every target is reached by some limit")


def load_for(limit: int, target: float) -> float:
    """The highest load, erlangs, of which `limit` places (1 or more) block at most `target`.

    Newton's method on the logarithm, kept between bounds: the carried load is below `limit`.
    """
    _check_target(target)
    if limit < 1:
        raise ValueError("a limit is at least 1")
    low, high = 0.0, limit / (1 - target)
    load = min(high, max(1e-9, limit * 0.8))
    while high - low > _CLOSE * high:
        blocked = blocking_probability(load, limit)
        low, high = (load, high) if blocked <= target else (low, load)
        slope = limit / load - 1 + blocked
        step = (math.log(blocked) - math.log(target)) / slope if blocked > 0 else 0.0
        newer = load - step
        if abs(step) <= _CLOSE * load and blocked > 0:
            return newer
        load = newer if low < newer < high else (low + high) / 2
    return low


def _inverse(load: float, limit: int) -> float:
    """1/B. All terms are positive, so that no precision is lost; an overflow means B = 0."""
    inverse = 1.0
    for places in range(1, limit + 1):
        inverse = 1 + inverse * places / load
    return inverse


def _check_load(load: float) -> float:
    if not 0 <= load <= MOST_LOAD:
        raise ValueError(f"a load is between 0 and {MOST_LOAD:,.0f} erlangs".replace(",", " "))
    return load


def _check_target(target: float) -> float:
    if not 0 < target < 1:
        raise ValueError("a share of blocked calls is above 0 and below 1")
    return target
