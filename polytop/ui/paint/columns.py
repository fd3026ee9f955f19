"""The table's columns: their heads, what stands in their cells, and which there is room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from polytop.model.baseline import Compare
from polytop.model.duration import coarse
from polytop.model.snapshot import Snapshot
from polytop.ui.columns import DEFAULT, NAME
from polytop.ui.moment import dated
from polytop.ui.paint.numbers import NONE, count, decimal, portion, signed, signed_percent
from polytop.ui.scene import Scene
from polytop.ui.state import ViewState
from polytop.ui.table import Entry, ages, apart
from polytop.ui.timetext import hm

SPARK_LEAST, SPARK_MOST = 10, 48
NAME_LEAST, NAME_MOST = 14, 36


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what it is sorted by, its head, and what stands in a cell."""

    key: str
    head: str
    width: int
    cell: Callable[[Entry, Scene], str]


def _peak(entry: Entry, _: Scene) -> str:
    return count(entry.summary.peak.value if entry.summary.peak else None)


def _peak_at(entry: Entry, scene: Scene) -> str:
    peak = entry.summary.peak
    if peak is None:
        return NONE
    # In a few hours a time of day is told once; the graph's title says of which day.
    few = scene.state.span <= 6 * 3_600
    return hm(peak.window, scene.zone) if few else dated(peak.window, scene.now, scene.zone)


def _versus(entry: Entry, _: Scene) -> str:
    """``+9 ▲   28 %``: the sign, the arrow and the percentage each in their own place."""
    found = entry.versus
    if found is None:
        return NONE
    difference = found.difference
    if found.share is None:
        return f"{signed(difference)}  {'':>6}"
    arrow = "▲" if difference > 0 else "▼" if difference < 0 else " "
    return f"{signed(difference)} {arrow}{min(9_999, round(abs(found.share) * 100)):>4} %"


def _versus_short(entry: Entry, _: Scene) -> str:
    return signed_percent(entry.versus.share if entry.versus else None)


COLUMNS = {
    column.key: column
    for column in (
        Column("now", "NOW", 6, lambda entry, _: count(entry.now)),
        Column("share", "SHARE", 7, lambda entry, _: portion(entry.share)),
        Column("change", "15 MIN", 8, lambda entry, _: signed(entry.change)),
        Column("peak", "PEAK", 7, _peak),
        Column("at", "AT", 8, _peak_at),
        Column("p95", "P95", 6, lambda entry, _: count(entry.summary.p95)),
        Column("mean", "MEAN", 8, lambda entry, _: decimal(entry.summary.mean)),
        Column("versus", "", 15, _versus),
        Column("age", "AGE", 8, lambda entry, _: _age(entry.age)),
    )
}
_SHORT = Column("versus", "", 9, _versus_short)
"""The comparison where there is little room."""

_VERSUS_HEADS = {Compare.DAY: "vs DAY", Compare.WEEK: "vs WEEK", Compare.TYPICAL: "vs TYP"}


def _age(seconds: float | None) -> str:
    """In minutes at the least: it is told when there is news, and grows meanwhile."""
    return NONE if seconds is None else coarse(seconds)


_LEAVES_FIRST = ("mean", "p95", "at", "versus", "share", "change", "age", "peak")


class Layout(NamedTuple):
    """Which columns there is room for, and how wide the name and the sparkline are.

    `lead` is what stands before the name: the cursor, and the sign of the row's line.
    """

    columns: tuple[Column, ...]
    name: int
    spark: int
    lead: int = 2

    def column_at(self, x: int) -> str | None:
        """The sort key of the column in which cell `x` lies; None in the sparkline."""
        edge = self.lead + self.name
        if x < edge:
            return NAME
        for column in self.columns:
            edge += column.width
            if x < edge:
                return column.key
        return None


def layout_of(snapshot: Snapshot, state: ViewState, width: int) -> Layout:
    """The layout that `snapshot` is shown in."""
    columns = state.columns
    if apart(snapshot):
        columns = tuple(key for key in columns if key != "share")
    if "age" not in columns and ages(snapshot):
        columns = (*columns, "age")
    view = snapshot.view
    return layout(width, view.span, view.compare, columns, lead=3 if state.chosen else 2)


def layout(
    width: int,
    span: int,
    compare: Compare = Compare.NONE,
    wished: Sequence[str] = DEFAULT,
    *,
    lead: int = 2,
) -> Layout:
    """Share `width` cells out among the columns `wished`; those that matter least leave first."""
    wide_at = 14 if span > 86_400 else 13 if span > 6 * 3_600 else 8
    columns = []
    for column in (COLUMNS[key] for key in wished):
        if column.key == "at":
            columns.append(replace(column, width=wide_at))
        elif column.key != "versus":
            columns.append(column)
        elif compare in _VERSUS_HEADS:
            columns.append(replace(column, head=_VERSUS_HEADS[compare]))
    for leaving in ("", *_LEAVES_FIRST):
        if leaving == "mean":
            columns = [replace(_SHORT, head=c.head) if c.key == _SHORT.key else c for c in columns]
        if width - lead - _used(columns) >= NAME_LEAST + 2 + SPARK_LEAST:
            break
        columns = [column for column in columns if column.key != leaving]
    room = max(0, width - lead - _used(columns))
    name = max(min(room, NAME_LEAST), min(NAME_MOST, room * 2 // 5))
    spark = room - name - 3
    spark = min(SPARK_MOST, spark) if spark >= SPARK_LEAST else 0
    return Layout(tuple(columns), name, spark, lead)


def _used(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns)
