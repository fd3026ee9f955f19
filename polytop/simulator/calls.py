"""One hour of calls as a sorted list of events, and the number of calls at once.

An event is one whole number: the milliseconds since the hour began, then whether a call starts
(1) or ends (0), then the cell. Sorted, an end comes before a start of the same instant, so that
calls are half-open.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, repeat
from math import cos, exp, pi, sqrt
from operator import add
from random import Random
from typing import NamedTuple

from polytop.model.grid import STEP
from polytop.simulator.variants import Variant

STEP_MS = STEP * 1000
HOUR_MS = 3_600_000
LONGEST_MS = 2 * HOUR_MS
"""The longest call."""

Call = tuple[int, int, int]

_MEDIAN_MS = 150_000
_SHORTEST_MS = 4_000
_TAIL = 2.2
"""The smaller, the longer the tail of a log-logistic distribution."""


class Cell(NamedTuple):
    """The kind of a call: the index of its variant, its language and its number."""

    variant: int
    language: str
    phone_number: str


def length_quantiles() -> tuple[int, ...]:
    """1,024 quantiles of the length of calls in milliseconds: log-logistic, at most two hours.

    Half of all calls are shorter than two and a half minutes, one in a hundred is longer than 20.
    """
    odds = ((i + 0.5) / (1023.5 - i) for i in range(1024))
    return tuple(
        min(LONGEST_MS, _SHORTEST_MS + int(_MEDIAN_MS * odd ** (1 / _TAIL))) for odd in odds
    )


def draw_poisson(chance: Random, mean: float) -> int:
    """Draw a Poisson number; from a mean of 16 up by the normal approximation."""
    if mean >= 16:
        return max(0, round(chance.gauss(mean, sqrt(mean))))
    count, product, floor = -1, 1.0, exp(-mean)
    while product >= floor:
        product *= chance.random()
        count += 1
    return count


class Cells:
    """The cells of a directory of variants, and tables to pick one at random."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        shares = [
            (Cell(index, language, number), variant.weight * share / len(variant.numbers))
            for index, variant in enumerate(variants)
            for language, share in variant.languages
            for number in variant.numbers
        ]
        self.cells = tuple(cell for cell, _ in shares)
        self.variant_of = tuple(cell.variant for cell in self.cells)
        self._weights = tuple(weight for _, weight in shares)
        self._busiest = tuple(variants[cell.variant].busiest for cell in self.cells)
        self.bits = max(11, (32 * len(self.cells)).bit_length())
        self._tables: dict[int, tuple[int, ...]] = {}

    def table(self, hour: int) -> tuple[int, ...]:
        """``2**bits`` cell numbers, each in proportion to its calls at that hour of the day."""
        if hour not in self._tables:
            self._tables[hour] = self._spread(
                weight * (1 + 0.35 * cos((hour - busiest) * pi / 12))
                for weight, busiest in zip(self._weights, self._busiest, strict=True)
            )
        return self._tables[hour]

    def campaign(self) -> tuple[int, ...]:
        """The table of a campaign: all calls go to the second variant, or to the only one."""
        key = -1
        if key not in self._tables:
            aim = min(1, self.variant_of[-1])
            self._tables[key] = self._spread(
                weight * (variant == aim)
                for weight, variant in zip(self._weights, self.variant_of, strict=True)
            )
        return self._tables[key]

    def _spread(self, weights: Iterable[float]) -> tuple[int, ...]:
        """Repeat every cell number by its weight, rounded without a drift."""
        parts = tuple(weights)
        scale = (1 << self.bits) / sum(parts)
        table: list[int] = []
        reached = 0.0
        for number, weight in enumerate(parts):
            reached += weight * scale
            table += repeat(number, round(reached) - len(table))
        return tuple(table)


def make_calls(
    chance: Random,
    streams: Iterable[tuple[Sequence[float], Sequence[int]]],
    quantiles: Sequence[int],
) -> list[Call]:
    """Make the calls that start in one hour.

    A stream is the mean number of arrivals in each window of the hour, and the table to pick
    cells from. A stream does not depend on those after it.
    """
    calls: list[Call] = []
    for means, table in streams:
        if not any(means):
            continue
        counts = [draw_poisson(chance, mean) for mean in means]
        size = sum(counts)
        noise = memoryview(chance.randbytes(6 * size)).cast("H").tolist()
        shift = 17 - len(table).bit_length()
        windows = chain.from_iterable(map(repeat, range(0, HOUR_MS, STEP_MS), counts))
        starts = [
            at + (part * STEP_MS >> 16) for at, part in zip(windows, noise[:size], strict=True)
        ]
        lasting = [quantiles[part >> 6] for part in noise[size : 2 * size]]
        cells = [table[part >> shift] for part in noise[2 * size :]]
        calls += zip(starts, map(add, starts, lasting), cells, strict=True)
    return calls


_CELL_BITS = 14
_STARTS = 1 << _CELL_BITS
_CELL = _STARTS - 1
_SHIFT = _CELL_BITS + 1

PER_HOUR = HOUR_MS // STEP_MS
"""Windows in an hour."""


class Timeline(NamedTuple):
    """An hour: the cells of the calls that run at its start, and its events in order."""

    running: tuple[int, ...]
    events: Sequence[int]

    def only(self, cells: frozenset[int]) -> "Timeline":
        """The hour with the calls of `cells` alone."""
        return Timeline(
            tuple(cell for cell in self.running if cell in cells),
            [event for event in self.events if event & _CELL in cells],
        )

    def until(self, moment: int) -> "Timeline":
        """The hour with the events at or before `moment` (milliseconds within it)."""
        return Timeline(
            self.running, self.events[: bisect_left(self.events, (moment + 1) << _SHIFT)]
        )

    def _cuts(self) -> Iterable[tuple[int, int]]:
        """Yield each window's first event that can raise the count, and its last event + 1."""
        for begin in range(0, HOUR_MS, STEP_MS):
            first = bisect_left(self.events, begin << _SHIFT | _STARTS)
            yield first, bisect_left(self.events, (begin + STEP_MS) << _SHIFT)

    def peaks(self) -> tuple[int, ...]:
        """The largest number of calls at once in each window."""
        steps = [1 if event & _STARTS else -1 for event in self.events]
        levels = list(accumulate(steps, initial=len(self.running)))
        return tuple([max(levels[first : end + 1]) for first, end in self._cuts()])

    def peaks_by(self, group_of: Sequence[int], groups: int) -> dict[int, tuple[int, ...]]:
        """The peaks of every group of cells that has a call in this hour."""
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
    """Update `counts` by `events`, and `peaks` by the counts, in place."""
    for event in events:
        group = group_of[event & _CELL]
        if event & _STARTS:
            count = counts[group] = counts[group] + 1
            if count > peaks[group]:  # noqa: PLR1730 - three times as fast as max()
                peaks[group] = count
        else:
            counts[group] -= 1


def build_timeline(before: Iterable[tuple[int, int]], calls: Iterable[Call]) -> Timeline:
    """Build the hour in which `calls` start, with the calls of `before` that last into it.

    `before` has the end (milliseconds since this hour began, above 0) and the cell of each.
    """
    early = tuple(before)
    events = [start << _SHIFT | _STARTS | cell for start, _, cell in calls]
    events += [end << _SHIFT | cell for _, end, cell in calls if end < HOUR_MS]
    events += [end << _SHIFT | cell for end, cell in early if end < HOUR_MS]
    events.sort()
    return Timeline(tuple(cell for _, cell in early), array("q", events))
