"""One hour as a sorted list of events, and the counting of what overlaps.

An event is one whole number: the milliseconds since the hour began, then whether a call starts
(1) or ends (0), then the cell. Sorted, an end comes before a start of the same instant, so that
calls are half-open.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from polytop.simulator.calls import HOUR_MS, STEP_MS, Call

_CELL_BITS = 14
_STARTS = 1 << _CELL_BITS
_CELL = _STARTS - 1
_SHIFT = _CELL_BITS + 1

PER_HOUR = HOUR_MS // STEP_MS
"""Windows in an hour."""


class Timeline(NamedTuple):
    """An hour: the cells of the calls in progress as it begins, and its events in order."""

    running: tuple[int, ...]
    events: Sequence[int]

    def only(self, cells: frozenset[int]) -> "Timeline":
        """The same hour with the calls of `cells` alone."""
        return Timeline(
            tuple(cell for cell in self.running if cell in cells),
            [event for event in self.events if event & _CELL in cells],
        )

    def until(self, moment: int) -> "Timeline":
        """The same hour with what happens at or before `moment` (milliseconds within it)."""
        return Timeline(
            self.running, self.events[: bisect_left(self.events, (moment + 1) << _SHIFT)]
        )

    def _cuts(self) -> Iterable[tuple[int, int]]:
        """Each window's first event that can raise its count, and the end of its events."""
        for begin in range(0, HOUR_MS, STEP_MS):
            first = bisect_left(self.events, begin << _SHIFT | _STARTS)
            yield first, bisect_left(self.events, (begin + STEP_MS) << _SHIFT)

    def peaks(self) -> tuple[int, ...]:
        """The largest number of calls at once in each window."""
        steps = [1 if event & _STARTS else -1 for event in self.events]
        levels = list(accumulate(steps, initial=len(self.running)))
        return tuple([max(levels[first : end + 1]) for first, end in self._cuts()])

    def peaks_by(self, group_of: Sequence[int], groups: int) -> dict[int, tuple[int, ...]]:
        """The same for every group of cells that has a call in this hour."""
        counts = [0] * groups
        for cell in self.running:
            counts[group_of[cell]] += 1
        windows = []
        done = 0
        for first, end in self._cuts():
            _advance(counts, counts.copy(), self.events[done:first], group_of)
            peaks = counts.copy()
            _advance(counts, peaks, self.events[first:end], group_of)
            windows.append(peaks)
            done = end
        columns = enumerate(zip(*windows, strict=True))
        return {group: column for group, column in columns if any(column)}


def _advance(
    counts: list[int], peaks: list[int], events: Sequence[int], group_of: Sequence[int]
) -> None:
    """Carry `counts` over `events` and raise `peaks` where they rise above them, in place."""
    for event in events:
        group = group_of[event & _CELL]
        if event & _STARTS:
            count = counts[group] = counts[group] + 1
            if count > peaks[group]:  # noqa: PLR1730 - three times as fast as max()
                peaks[group] = count
        else:
            counts[group] -= 1


def build(before: Iterable[tuple[int, int]], calls: Iterable[Call]) -> Timeline:
    """The hour in which `calls` start and that calls from `before` reach into.

    `before` gives the end (milliseconds since this hour began, above 0) and cell of each.
    """
    early = tuple(before)
    events = [start << _SHIFT | _STARTS | cell for start, _, cell in calls]
    events += [end << _SHIFT | cell for _, end, cell in calls if end < HOUR_MS]
    events += [end << _SHIFT | cell for end, cell in early if end < HOUR_MS]
    events.sort()
    return Timeline(tuple(cell for _, cell in early), array("q", events))
