"""The breakdown table as lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.style import Style
from textual.strip import Strip

from polytop.model.baseline import Compare
from polytop.model.duration import exact
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot
from polytop.model.stats import coincidence
from polytop.ui.moment import dated, moment
from polytop.ui.paint.figures import level_style
from polytop.ui.paint.line import Line, blank, fitted, rule
from polytop.ui.paint.numbers import (
    NONE,
    count,
    decimal,
    percent,
    signed,
    signed_percent,
    sparkline,
)
from polytop.ui.scale import dots, frame_of
from polytop.ui.scene import Scene
from polytop.ui.table import Entry, whole
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
    return dated(peak.window, scene.now, scene.zone) if peak else NONE


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


COLUMNS = (
    Column("now", "NOW", 6, lambda entry, _: count(entry.now)),
    Column("share", "SHARE", 7, lambda entry, _: percent(entry.share)),
    Column("change", "15 MIN", 8, lambda entry, _: signed(entry.change)),
    Column("peak", "PEAK", 7, _peak),
    Column("at", "AT", 8, _peak_at),
    Column("p95", "P95", 6, lambda entry, _: count(entry.summary.p95)),
    Column("mean", "MEAN", 8, lambda entry, _: decimal(entry.summary.mean)),
    Column("versus", "", 15, _versus),
)
_SHORT = Column("versus", "", 9, _versus_short)
"""The comparison where there is little room."""

_VERSUS_HEADS = {Compare.DAY: "vs DAY", Compare.WEEK: "vs WEEK", Compare.TYPICAL: "vs TYP"}
_LEAVES_FIRST = ("mean", "p95", "at", "versus", "share", "change", "peak")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns there is room for, and how wide the name and the sparkline are."""

    columns: tuple[Column, ...]
    name: int
    spark: int

    def column_at(self, x: int) -> str | None:
        """The sort key of the column in which cell `x` lies; None in the sparkline."""
        edge = 2 + self.name
        if x < edge:
            return "name"
        for column in self.columns:
            edge += column.width
            if x < edge:
                return column.key
        return None


def layout(width: int, span: int, compare: Compare = Compare.NONE) -> Layout:
    """Share `width` cells out; numbers that matter least leave first."""
    wide_at = 14 if span > 86_400 else 13 if span > 6 * 3_600 else 8
    columns = []
    for column in COLUMNS:
        if column.key == "at":
            columns.append(replace(column, width=wide_at))
        elif column.key != "versus":
            columns.append(column)
        elif compare in _VERSUS_HEADS:
            columns.append(replace(column, head=_VERSUS_HEADS[compare]))
    for leaving in ("", *_LEAVES_FIRST):
        if leaving == "mean":
            columns = [replace(_SHORT, head=c.head) if c.key == _SHORT.key else c for c in columns]
        if width - 2 - _used(columns) >= NAME_LEAST + 2 + SPARK_LEAST:
            break
        columns = [column for column in columns if column.key != leaving]
    room = max(0, width - 2 - _used(columns))
    name = max(min(room, NAME_LEAST), min(NAME_MOST, room * 2 // 5))
    spark = room - name - 3
    return Layout(tuple(columns), name, min(SPARK_MOST, spark) if spark >= SPARK_LEAST else 0)


def _used(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns)


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows on the screen: all of them, which is under the cursor, which stands first."""

    entries: Sequence[Entry]
    cursor: int
    offset: int


def table(
    snapshot: Snapshot, scene: Scene, shown: Shown, width: int, height: int, *, focused: bool = True
) -> tuple[Strip, ...]:
    """Title, heads, rows, the total's row."""
    if height <= 0:
        return ()
    place = layout(width, snapshot.view.span, snapshot.view.compare)
    lines = [_title(snapshot, scene, shown, width), _heads(scene, place, snapshot, width)]
    rows = row_capacity(height)
    last = min(len(shown.entries), shown.offset + rows)
    for at in range(shown.offset, last):
        lines.append(_row(scene, place, snapshot, shown, at, width, focused=focused))
    if not shown.entries:
        lines.append(_reason(snapshot, scene, width))
    lines.append(_total(snapshot, scene, place, width))
    return tuple((lines + [blank(width)] * height)[:height])


def row_capacity(height: int) -> int:
    """How many rows of the breakdown a table of `height` lines holds."""
    return max(0, height - 3)


def _title(snapshot: Snapshot, scene: Scene, shown: Shown, width: int) -> Strip:
    palette, state = scene.palette, scene.state
    whole = len(snapshot.rows or ())
    words = [("By variant", palette.strong)]
    if snapshot.rows is not None:
        kept = f"{len(shown.entries)} of {whole}" if state.search else str(whole)
        words.append((f" · {kept}", palette.muted))
    if state.search:
        words.append((f" · with “{fitted(state.search, 24).rstrip()}”", palette.accent))
    at = moment(snapshot, state)
    names = {
        "at": "time of peak",
        "change": "change in 15 min",
        "now": "now" if at is None else f"value at {hm(at, scene.zone)}",
        "versus": "difference",
    }
    up = (state.sort == "name") != state.reverse
    arrow = "▲" if up else "▼"
    right = Line().add(f"sorted by {names.get(state.sort, state.sort)} {arrow}", palette.muted)
    return rule(words, right, width, palette.faint)


def _heads(scene: Scene, place: Layout, snapshot: Snapshot, width: int) -> Strip:
    palette, state = scene.palette, scene.state

    def style(key: str) -> Style:
        return palette.accent if key == state.sort else palette.head

    line = Line().add("  ").add(fitted("VARIANT", place.name), style("name"))
    at = moment(snapshot, state)
    for column in place.columns:
        head = column.head if column.key != "now" or at is None else hm(at, scene.zone)
        line.add(f"{head:>{column.width}}", style(column.key))
    if place.spark:
        span = exact(snapshot.view.span).upper()
        last = f"LAST {span}" if snapshot.following else span
        line.add("   ").add(last if len(last) <= place.spark else span, palette.head)
    return line.strip(width)


def _cells(line: Line, entry: Entry, scene: Scene, place: Layout, style: Style) -> None:
    for column in place.columns:
        text = column.cell(entry, scene)
        line.add(f"{text:>{column.width}}", style if column.key in _LOUD else scene.palette.text)


_LOUD = ("now",)


def _row(
    scene: Scene,
    place: Layout,
    snapshot: Snapshot,
    shown: Shown,
    at: int,
    width: int,
    *,
    focused: bool,
) -> Strip:
    entry, palette = shown.entries[at], scene.palette
    here = at == shown.cursor
    mark = "▸" if here and focused else " "
    line = Line().add(f"{mark} ", palette.accent)
    line.add(fitted(entry.label, place.name), palette.strong if here else palette.text)
    _cells(line, entry, scene, place, palette.strong)
    _spark(line, entry.view.series, snapshot, scene, place)
    strip = line.strip(width)
    return strip.apply_style(palette.cursor) if here and focused else strip


def _spark(line: Line, series: Series, snapshot: Snapshot, scene: Scene, place: Layout) -> None:
    if not place.spark:
        return
    values = dots(series, frame_of(snapshot), place.spark)
    line.add("   ").add(sparkline(values), scene.palette.spark)


def _total(snapshot: Snapshot, scene: Scene, place: Layout, width: int) -> Strip:
    palette = scene.palette
    name = "All conversations" if place.name >= 17 else "Total"
    line = Line().add("  ").add(fitted(name, place.name), palette.strong)
    total = whole(snapshot, name, moment(snapshot, scene.state), scene.zone)
    _cells(line, total, scene, place, level_style(total.now, snapshot.capacity, palette))
    _spark(line, snapshot.total, snapshot, scene, place)
    return line.strip(width)


def _reason(snapshot: Snapshot, scene: Scene, width: int) -> Strip:
    """Why the table is empty."""
    if snapshot.rows is None:
        problem = snapshot.breakdown_problem or (snapshot.fault.problem if snapshot.fault else None)
        words = f"No breakdown yet. {problem.summary}." if problem else "Waiting for the breakdown"
    elif scene.state.search:
        words = "No variant matches. Esc clears the search."
    else:
        words = "No variant had a conversation in this window."
    return Line().add("  ").add(fitted(words, max(0, width - 4)), scene.palette.muted).strip(width)


def foot(snapshot: Snapshot | None, scene: Scene, width: int) -> Strip:
    """The true maximum beside the sum of the parts' maxima, which is only a bound."""
    rows = snapshot.rows or () if snapshot else ()
    peak = snapshot.summary.peak if snapshot else None
    peaks = [row.summary.peak.value for row in rows if row.summary.peak]
    factor = coincidence(peak.value if peak else None, peaks)
    if peak is None or factor is None or len(rows) < 2:
        return blank(width)
    words = f"  true maximum {peak.value} · sum of the parts' maxima {sum(peaks)}"
    return Line().add(f"{words} · coincidence {factor:.2f}", scene.palette.muted).strip(width)
