"""The likely end of a window that is not final: how far windows of its age still rose.

The history keeps what each window's value was at each age (:class:`Growth`). The rises from there
to the final values, of windows that stood alike to the one before them, bound the rise that is to
come: four of five of them lie in the interval. It is told only where it did better on the newer
half of the windows than saying that nothing will change; both are scored as intervals by the rule
of Gneiting and Raftery (JASA 102, 2007).
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.series import UNKNOWN

COVERAGE = 0.8
"""The share of final values that the interval should hold."""

_AIM = 0.83
"""The share of earlier windows that it is made to hold: a few more, for hours that rise."""

_YOUNG = 30
"""Seconds of an age while the window runs; after its end it is a minute."""

_RUNNING = grid.STEP // _YOUNG
AGES = _RUNNING + grid.RECENT // 60
"""The number of ages: while the window runs, and until it is final."""

_FEWEST = 600
"""Windows without which nothing is said: about two days."""

_GROUP = 100
_MOST_GROUPS = 6
"""The fewest windows of a group that stood alike, and the most groups."""

_BETTER = 0.97
"""The largest score, relative to that of no rise, at which an interval is shown."""

_SETTLED = 0.99
"""The share of windows that must not have changed any more."""

_UNSEEN = 3
"""The ages without a sighting that a window may have, to tell when it changed last."""

_MISSED = round(2 / (1 - COVERAGE))
_HAIR = 1e-6


def age_place(age: float) -> int | None:
    """The place of an age, in seconds since the window's start, among :data:`AGES`."""
    if not 0 <= age < grid.STEP + grid.RECENT:
        return None
    if age < grid.STEP:
        return int(age) // _YOUNG
    return _RUNNING + (int(age) - grid.STEP) // 60


_STARTS = (*range(0, grid.STEP, _YOUNG), *range(grid.STEP, grid.STEP + grid.RECENT, 60))
_PLACES_BEFORE = tuple(age_place(start + grid.STEP) for start in _STARTS)
"""By the place of an age, that of the window before at the same time."""


class Growth(NamedTuple):
    """What was seen of `window` at each of :data:`AGES`; GAP where it was absent.

    UNKNOWN where nobody asked. `changed` is the age, in seconds, at which its value was first seen
    to be another than before, for the last time; 0 for never.
    """

    window: int
    seen: Sequence[int]
    changed: int = 0


@frozen
class Nowcast:
    """The final value of `window`, which is `value` so far, lies from `low` to `high`.

    Of the newer half of `windows` that the interval is learned from, it held `held` (a share).
    """

    window: int
    value: int
    low: int
    high: int
    held: float
    windows: int


class Rises:
    """Learned once from what was seen of some weeks, and asked for one window after the other.

    `growth` is what was seen, `finals` are the final values by window.
    """

    def __init__(self, growth: Iterable[Growth], finals: Mapping[int, int]) -> None:
        seen = {each.window: each.seen for each in growth}
        self._windows = [
            (seen[window], seen.get(window - grid.STEP), final)
            for window, final in sorted(finals.items())
            if window in seen
        ]
        self._learned: dict[int, _Learned | None] = {}

    def predict(
        self, growth: Mapping[int, Sequence[int]], window: int, age: float
    ) -> Nowcast | None:
        """The likely end of `window` at `age` seconds since its start; None: nothing to say.

        `growth` is what was seen of it and of those before it, by window.
        """
        place, seen = age_place(age), growth.get(window)
        if place is None or seen is None or seen[place] < 0:
            return None
        if place not in self._learned:
            self._learned[place] = self._learn(place)
        learned, value = self._learned[place], seen[place]
        if learned is None:
            return None
        stand = _stand(seen, growth.get(window - grid.STEP), place)
        low, high = learned.groups.interval(stand, value)
        if low == high == value:
            return None
        return Nowcast(window, value, low, high, learned.held, learned.windows)

    def _learn(self, place: int) -> "_Learned | None":
        """What is to be said of windows of one age; None if no rise is as good, or for too few."""
        rises = [
            (_stand(seen, older, place), seen[place], final)
            for seen, older, final in self._windows
            if seen[place] >= 0
        ]
        if len(rises) < _FEWEST:
            return None
        half = len(rises) // 2
        groups = _Groups(rises[:half])
        held = score = plain = 0
        for stand, value, final in rises[half:]:
            low, high = groups.interval(stand, value)
            held += low <= final <= high
            score += high - low + _MISSED * max(0, low - final, final - high)
            plain += _MISSED * abs(final - value)
        if score > _BETTER * plain or not plain:
            return None
        return _Learned(_Groups(rises), held / (len(rises) - half), len(rises))


class _Learned(NamedTuple):
    """What was learned of windows of one age, and how well it did."""

    groups: "_Groups"
    held: float
    windows: int


def _stand(seen: Sequence[int], older: Sequence[int] | None, place: int) -> float | None:
    """How a window stands to the one before it, seen at the same time; None if not known."""
    then = _PLACES_BEFORE[place]
    if older is None or then is None or older[then] < 0:
        return None
    return (seen[place] - older[then]) / math.sqrt(older[then] + 1)


class _Groups:
    """The intervals of rises, by how a window stood to the one before it.

    A rise is that stand, the value then, and the final one.
    """

    def __init__(self, rises: Sequence[tuple[float | None, int, int]]) -> None:
        scaled = [(stand, (final - value) / math.sqrt(value + 1)) for stand, value, final in rises]
        self._any = _bounds(sorted(rise for _, rise in scaled))
        known = sorted((stand, rise) for stand, rise in scaled if stand is not None)
        count = min(_MOST_GROUPS, len(known) // _GROUP)
        cuts = [len(known) * at // count for at in range(count + 1)] if count else []
        self._cuts = [known[cut][0] for cut in cuts[1:-1]]
        self._intervals = [
            _bounds(sorted(rise for _, rise in known[first:last])) for first, last in pairwise(cuts)
        ]

    def interval(self, stand: float | None, value: int) -> tuple[int, int]:
        """The bounds of the final value of a window that stands so."""
        under, over = self._any
        if stand is not None and self._intervals:
            under, over = self._intervals[bisect_right(self._cuts, stand)]
        scale = math.sqrt(value + 1)
        # A hair more, so that what was learned from is held in spite of rounding.
        low = math.ceil(value + under * scale - _HAIR)
        high = math.floor(value + over * scale + _HAIR)
        return max(0, min(low, high)), max(0, high)


def _bounds(ordered: Sequence[float]) -> tuple[float, float]:
    """The bounds between which a new one lies with the chance of _AIM.

    As many lie above as below; where many are equal to the lower bound, all of them count.
    """
    size = min(len(ordered), math.ceil(_AIM * (len(ordered) + 1)))
    first = bisect_left(ordered, ordered[(len(ordered) - size) // 2])
    return ordered[first], ordered[first + size - 1]


def final_after(growth: Iterable[Growth], until: int) -> int | None:
    """Seconds after its end from which on a window's value changed no more; None if not known.

    Only windows before `until` that were watched all the time count; one in a hundred may be later.
    """
    changes = sorted(
        each.changed
        for each in growth
        if each.window < until and sum(value == UNKNOWN for value in each.seen) <= _UNSEEN
    )
    if len(changes) < _FEWEST // 10:
        return None
    last = changes[min(len(changes) - 1, math.ceil(_SETTLED * len(changes)))]
    return max(0, last - grid.STEP)
