"""The traffic of one project: calls, and the number of them at once.

All counts come from the same calls, so that all filters agree. The caches are bounded: an hour
is made again when it is needed again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from random import Random
from typing import NamedTuple, TypeVar

from polytop.model import grid
from polytop.model.target import ClientEnv
from polytop.simulator import demand
from polytop.simulator.calls import (
    HOUR_MS,
    PER_HOUR,
    Call,
    Cells,
    Timeline,
    build_timeline,
    length_quantiles,
    make_calls,
)
from polytop.simulator.demand import HOUR, Incident
from polytop.simulator.variants import Variant

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Windows = tuple[int, ...]
"""Twelve maxima: the windows of one hour."""


class Selection(NamedTuple):
    """The filters of the counted calls; None is no filter."""

    env: ClientEnv = ClientEnv.LIVE
    variant_id: str | None = None
    variant_name: str | None = None
    language: str | None = None
    phone_number: str | None = None


class LruCache(OrderedDict[K, V]):
    """A mapping that makes missing values and drops the least recently used.

    `weigh` returns how much of `room` a value takes.
    """

    def __init__(
        self, make_value: Callable[[K], V], room: int, weigh: Callable[[V], int] = lambda _: 1
    ) -> None:
        super().__init__()
        self._make, self._room, self._weigh = make_value, room, weigh
        self._taken = 0

    def get_or_make(self, key: K) -> V:
        """The value of `key`, made if it is missing."""
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = self[key] = self._make(key)
        self._taken += self._weigh(value)
        while self._taken > self._room and len(self) > 1:
            self._taken -= self._weigh(self.popitem(last=False)[1])
        return value


class _Hour(NamedTuple):
    """The calls that start in an hour; `over` has end and cell of those that last beyond it.

    An end counts from the next hour on, in milliseconds.
    """

    calls: tuple[Call, ...]
    over: tuple[tuple[int, int], ...]


class Traffic:
    """The calls of one project in all three environments, the same at every request.

    `seed` is any text; `limit` is the contracted concurrency, to which demand is proportional;
    `incident` changes live traffic. Times are whole epoch seconds on the 5-minute grid, except
    `now`, which may be any moment.
    """

    def __init__(
        self, variants: Sequence[Variant], seed: str, limit: int, incident: Incident
    ) -> None:
        self.variants = tuple(variants)
        self._seed, self._limit, self._incident = seed, limit, incident
        self._cells = Cells(variants)
        self._quantiles = length_quantiles()
        self._mean = sum(self._quantiles) / len(self._quantiles) / 1000
        self._hours = LruCache(self._make_hour, 8)
        self._rationed: dict[int, tuple[_Hour, tuple[int, ...]]] = {}
        self._timelines = LruCache(self._make_timeline, 400_000, lambda line: len(line.events))
        self._totals = LruCache(self._make_total, 4_000)
        self._parts = LruCache(self._make_parts, 12_000, lambda parts: len(parts) + 1)
        self._chosen = LruCache(self._choose, 128)

    # -- answers

    def total(self, chosen: Selection, start: int, end: int, now: float) -> list[int]:
        """Maximum of each window in `[start, end)` that has begun by `now`.

        The last of them may still run: it counts the calls until `now`.
        """
        values: list[int] = []
        for hour, windows in self._hours_until(start, end, now):
            if (hour + 1) * HOUR <= now:
                peaks = self._totals.get_or_make((chosen, hour))
            else:
                peaks = self._timeline(chosen, hour).until(_offset_in_hour(now, hour)).peaks()
            values += peaks[windows]
        return values

    def by_variant(
        self, chosen: Selection, start: int, end: int, now: float
    ) -> dict[int, list[int]]:
        """The maxima of each variant with traffic in the range, by index into `variants`."""
        rows: dict[int, list[int]] = {}
        size = 0
        for hour, windows in self._hours_until(start, end, now):
            if (hour + 1) * HOUR <= now:
                parts = self._parts.get_or_make((chosen, hour))
            else:
                line = self._timeline(chosen, hour).until(_offset_in_hour(now, hour))
                parts = line.peaks_by(self._cells.variant_of, len(self.variants))
            for variant, peaks in parts.items():
                row = rows.setdefault(variant, [])
                row += [0] * (size - len(row))
                row += peaks[windows]
            size += windows.stop - windows.start
        return {
            variant: row + [0] * (size - len(row))
            for variant, row in sorted(rows.items())
            if any(row)
        }

    def calls(self, env: ClientEnv, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the calls that overlap `[start, end)`: start, end (epoch milliseconds), cell."""
        for hour in range(start // HOUR - 2, -(-end // HOUR)):
            base = hour * HOUR_MS
            for begin, finish, cell in self._hour(env, hour).calls:
                if base + begin < end * 1000 and base + finish > start * 1000:
                    yield base + begin, base + finish, cell

    def admits(self, chosen: Selection, cell: int) -> bool:
        """Return True if calls of `cell` belong to the selection."""
        kind = self._cells.cells[cell]
        variant = self.variants[kind.variant]
        return all(
            wanted is None or wanted == value
            for wanted, value in (
                (chosen.variant_id, variant.id),
                (chosen.variant_name, variant.name),
                (chosen.language, kind.language),
                (chosen.phone_number, kind.phone_number),
            )
        )

    # -- counting

    def _hours_until(self, start: int, end: int, now: float) -> Iterator[tuple[int, slice]]:
        """Yield the hours of the range up to `now`, with the slice of their windows in it."""
        end = min(end, grid.floor(now) + grid.STEP)
        for hour in range(start // HOUR, -(-end // HOUR)):
            base = hour * HOUR
            first = max(0, (start - base) // grid.STEP)
            last = min(PER_HOUR, (end - base) // grid.STEP)
            yield hour, slice(first, last)

    def _choose(self, chosen: Selection) -> frozenset[int]:
        numbers = range(len(self._cells.cells))
        return frozenset(number for number in numbers if self.admits(chosen, number))

    def _timeline(self, chosen: Selection, hour: int) -> Timeline:
        line = self._timelines.get_or_make((chosen.env, hour))
        if chosen == Selection(chosen.env):
            return line
        return line.only(self._chosen.get_or_make(chosen))

    def _make_total(self, key: tuple[Selection, int]) -> Windows:
        return self._timeline(*key).peaks()

    def _make_parts(self, key: tuple[Selection, int]) -> dict[int, Windows]:
        return self._timeline(*key).peaks_by(self._cells.variant_of, len(self.variants))

    def _make_timeline(self, key: tuple[ClientEnv, int]) -> Timeline:
        env, hour = key
        before = [(end - HOUR_MS, cell) for end, cell in self._hour(env, hour - 2).over]
        early = [pair for pair in before if pair[0] > 0]
        return build_timeline(
            [*early, *self._hour(env, hour - 1).over], self._hour(env, hour).calls
        )

    # -- making calls

    def _hour(self, env: ClientEnv, hour: int) -> _Hour:
        if env is ClientEnv.LIVE and hour in self._incident.rationed_hours:
            return self._ration(hour)
        return self._hours.get_or_make((env, hour))

    def _make_hour(self, key: tuple[ClientEnv, int]) -> _Hour:
        env, hour = key
        chance = Random(f"{self._seed}/{env.value}/{hour}")  # noqa: S311 - traffic, not secrets
        calls = make_calls(chance, self._streams(env, hour), self._quantiles)
        hole = self._incident.hole if env is ClientEnv.LIVE else None
        if hole:
            calls = _cut_hole(calls, hole[0] - hour * HOUR_MS, hole[1] - hour * HOUR_MS)
        return _build_hour(calls)

    def _streams(
        self, env: ClientEnv, hour: int
    ) -> Iterator[tuple[tuple[float, ...], tuple[int, ...]]]:
        """Yield mean arrivals in each window of the hour and the table of their cells."""
        incident = self._incident if env is ClientEnv.LIVE else Incident()
        limit, base = self._limit, hour * HOUR
        day = demand.day_of(self._seed, base)
        moments = [base + grid.STEP * (i + 0.5) for i in range(PER_HOUR)]
        bend = [incident.factor(moment) * grid.STEP / self._mean for moment in moments]
        cells = self._cells.table(hour % 24)
        yield (
            tuple(
                demand.ordinary_demand(env, limit, moment) * day.level * factor
                for moment, factor in zip(moments, bend, strict=True)
            ),
            cells,
        )
        yield (
            tuple(
                demand.campaign_demand(day, env, limit, moment) * factor
                for moment, factor in zip(moments, bend, strict=True)
            ),
            self._cells.campaign(),
        )
        arrivals = limit * grid.STEP / self._mean
        yield tuple(incident.surge(moment) * arrivals for moment in moments), cells

    def _ration(self, hour: int) -> _Hour:
        """The hour's calls without those that the limit rejects.

        Which ones depends on the hours before, back to the first rationed one.
        """
        hours = self._incident.rationed_hours
        for now in range(hours.start, hour + 1):
            if now in self._rationed:
                continue
            if now == hours.start:
                running = [
                    end for end, _ in self._hours.get_or_make((ClientEnv.LIVE, now - 1)).over
                ]
                older = self._hours.get_or_make((ClientEnv.LIVE, now - 2)).over
                running += [end - HOUR_MS for end, _ in older if end > HOUR_MS]
            else:
                running = [end - HOUR_MS for end in self._rationed[now - 1][1] if end > HOUR_MS]
            asked = self._hours.get_or_make((ClientEnv.LIVE, now)).calls
            taken = _admit(sorted(asked), running, self._limit)
            self._rationed[now] = (_build_hour(taken), tuple(running))
        return self._rationed[hour][0]


def _offset_in_hour(now: float, hour: int) -> int:
    """`now` (epoch seconds) in milliseconds since the beginning of `hour`."""
    return int(now * 1000) - hour * HOUR_MS


def _build_hour(calls: Sequence[Call]) -> _Hour:
    over = [(end - HOUR_MS, cell) for _, end, cell in calls if end > HOUR_MS]
    return _Hour(tuple(calls), tuple(over))


def _cut_hole(calls: Sequence[Call], begin: int, end: int) -> list[Call]:
    """Drop the calls that start in `[begin, end)`, and end those that run at `begin`."""
    return [
        (start, min(finish, begin) if start < begin else finish, cell)
        for start, finish, cell in calls
        if not begin <= start < end
    ]


def _admit(calls: Sequence[Call], running: list[int], limit: int) -> list[Call]:
    """Return those of `calls` (in order) that start while fewer than `limit` run.

    `running` has the ends of the running calls and is updated in place.
    """
    heapify(running)
    taken = []
    for call in calls:
        while running and running[0] <= call[0]:
            heappop(running)
        if len(running) < limit:
            heappush(running, call[1])
            taken.append(call)
    return taken
