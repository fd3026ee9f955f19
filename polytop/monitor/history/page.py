"""A day (UTC) of one series: what is seen now, what was seen first, and when.

Merging pages is commutative, associative and idempotent, so that answers may come in any order,
from several programs, and more than once.
"""

from typing import NamedTuple

from polytop.model import grid
from polytop.model.series import GAP, Series

DAY = 86_400
"""Span of a page, seconds; days are counted from the epoch."""

SIZE = DAY // grid.STEP
"""Windows of a page."""

_ABSENT = (GAP,) * SIZE
_NEVER = (0,) * SIZE


class Page(NamedTuple):
    """Four tuples of :data:`SIZE`, one item a window; moments are whole epoch seconds.

    `values` is what was seen last, at `seen`: GAP and 0 where there is no value. `first` is what
    was seen first of all that was seen at or after the window's end, at `first_at`: GAP and 0
    where nothing was.
    """

    values: tuple[int, ...] = _ABSENT
    seen: tuple[int, ...] = _NEVER
    first: tuple[int, ...] = _ABSENT
    first_at: tuple[int, ...] = _NEVER

    def revised(self) -> tuple[tuple[int, int], ...]:
        """Index and first value of every window whose value is another now."""
        return tuple(
            (index, first)
            for index, (first, value) in enumerate(zip(self.first, self.values, strict=True))
            if first not in (GAP, value)
        )


EMPTY = Page()


def days(start: int, end: int) -> range:
    """The days that `[start, end)` touches."""
    return range(start // DAY, -(-end // DAY) if end > start else start // DAY)


def observed(day: int, series: Series, at: int) -> Page:
    """The page of `day` with what `series` says of it, seen at `at`.

    A window that had not ended by then has a value, but none that counts as the first.
    """
    begin = day * DAY
    cut = series.cut(begin, begin + DAY).values
    values = tuple(value if value >= 0 else GAP for value in cut)
    seen = tuple(at if value >= 0 else 0 for value in values)
    ended = max(0, min(SIZE, (at - begin) // grid.STEP))
    return Page(values, seen, values[:ended] + _ABSENT[ended:], seen[:ended] + _NEVER[ended:])


def merged(one: Page, other: Page) -> Page:
    """Both together: of each window what was seen last, and what was seen first of it complete.

    Of two values seen in the same second the higher counts as later, the lower as earlier.
    """
    if one == EMPTY:
        return other
    values, seen = list(one.values), list(one.seen)
    first, first_at = list(one.first), list(one.first_at)
    for index, value in enumerate(other.values):
        if value < 0:
            continue
        moment = other.seen[index]
        latest = seen[index], values[index]
        seen[index], values[index] = max(latest, (moment, value))
        moment = other.first_at[index]
        earliest = first_at[index]
        if moment and (not earliest or (moment, other.first[index]) < (earliest, first[index])):
            first_at[index], first[index] = moment, other.first[index]
    return Page(tuple(values), tuple(seen), tuple(first), tuple(first_at))
