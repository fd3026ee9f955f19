"""What is known of one view: a frozen picture that answers are laid over."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from polytop.model import grid
from polytop.model.answer import Answer, Part, Row
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import RowView
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters


def _asked(start: int, end: int) -> Series:
    return Series(start, (GAP,) * grid.count(start, end))


@dataclass(frozen=True, slots=True)
class Picture:
    """The total and the breakdown under one set of filters.

    `sliced` tells by GAP and UNKNOWN for which windows the breakdown has been asked.
    """

    filters: Filters
    total: Series
    sliced: Series
    rows: tuple[Row, ...] = ()

    @classmethod
    def blank(cls, filters: Filters, moment: float) -> Self:
        """A picture that knows nothing yet."""
        empty = Series(grid.floor(moment))
        return cls(filters, empty, empty)

    def over(self, start: int, end: int) -> Self:
        """The same picture over exactly `[start, end)`; rows of which nothing is left go."""
        cut = (replace(row, series=row.series.cut(start, end)) for row in self.rows)
        rows = tuple(row for row in cut if max(row.series.values, default=UNKNOWN) >= 0)
        return replace(
            self, total=self.total.cut(start, end), sliced=self.sliced.cut(start, end), rows=rows
        )

    def with_total(self, answer: Answer) -> Self:
        """An unsliced answer laid over the total."""
        if answer.total is None:
            raise ValueError("a sliced answer has no total")
        return replace(self, total=self.total.revised(answer.total))

    def with_rows(self, rows: Iterable[Row], start: int, end: int) -> Self:
        """A sliced answer for `[start, end)` laid over the breakdown.

        A part that the answer does not name was silent in that range: its windows are gaps.
        """
        asked = _asked(start, end)
        sliced = self.sliced.revised(asked)
        known = {row.part: row for row in self.rows}
        newer = {row.part: row for row in rows}
        laid = [
            _revised(known.get(part), newer.get(part), sliced, asked)
            for part in sorted(known.keys() | newer.keys(), key=_order)
        ]
        return replace(self, sliced=sliced, rows=tuple(laid))


def _order(part: Part) -> tuple[bool, str]:
    return part.id is None, part.id or ""


def _revised(old: Row | None, new: Row | None, sliced: Series, asked: Series) -> Row:
    """One part's row; `asked` is what is answered now, `sliced` all that was ever asked for."""
    if old is None:
        assert new is not None
        return replace(new, series=sliced.revised(new.series))
    if new is None:
        return replace(old, series=old.series.revised(asked))
    # Older weeks are asked for after newer ones, and the newest name is the one that counts.
    names = (new.name, old.name) if new.series.end >= old.series.end else (old.name, new.name)
    return Row(old.part, names[0] or names[1], old.series.revised(new.series))


def needed(held: Series, start: int, end: int, recent: int) -> tuple[int, int]:
    """The newest range worth asking for: the running window and what is unknown of the last week.

    And `recent` seconds before either: what came then was not yet final.
    """
    oldest = max(start, end - grid.WEEK)
    running = end - grid.STEP
    first = held.cut(oldest, end).first_unknown()
    return max(oldest, (running if first is None else min(first, running)) - recent), end


def missing(held: Series, start: int, end: int, recent: int) -> tuple[int, int] | None:
    """The newest part of `[start, end)` that reaches back to all that is unknown, or None.

    At most a week of it, and `recent` seconds before the unknown: what came then was not final.
    """
    series = held.cut(start, end)
    first = series.first_unknown()
    if first is None:
        return None
    last = len(series) - 1 - series.values[::-1].index(UNKNOWN)
    stop = series.start + (last + 1) * grid.STEP
    return max(start, first - recent, stop - grid.WEEK), stop


def row_views(picture: Picture, now: float, capacity: Capacity) -> tuple[RowView, ...]:
    """Every row with what it says at `now`."""
    return tuple(
        RowView(row.part, row.name, row.series, summary(row.series, now, capacity))
        for row in picture.rows
    )
