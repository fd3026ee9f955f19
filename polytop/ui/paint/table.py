"""The breakdown table as lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.style import Style
from textual.strip import Strip

from polytop.model.duration import exact
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Summary, coincidence
from polytop.ui.paint.figures import level_style
from polytop.ui.paint.line import Line, blank, fitted, rule
from polytop.ui.paint.numbers import count, decimal, percent, signed, sparkline
from polytop.ui.scale import dots, frame
from polytop.ui.scene import Scene
from polytop.ui.table import Entry, now_value
from polytop.ui.timetext import when

SPARK_LEAST, SPARK_MOST = 10, 48
NAME_LEAST, NAME_MOST = 14, 36


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what it is sorted by, its head, and what stands in a cell."""

    key: str
    head: str
    width: int
    cell: Callable[[Summary, float | None, Scene], str]


def _peak_at(summary: Summary, _: float | None, scene: Scene) -> str:
    return when(summary.peak.window, scene.now, scene.zone) if summary.peak else "–"


COLUMNS = (
    Column("now", "NOW", 6, lambda s, _, __: count(now_value(s))),
    Column("share", "SHARE", 7, lambda _, share, __: percent(share)),
    Column("change", "15 MIN", 8, lambda s, _, __: signed(s.change)),
    Column("peak", "PEAK", 7, lambda s, _, __: count(s.peak.value if s.peak else None)),
    Column("at", "AT", 8, _peak_at),
    Column("p95", "P95", 6, lambda s, _, __: count(s.p95)),
    Column("mean", "MEAN", 8, lambda s, _, __: decimal(s.mean)),
)
_LEAVES_FIRST = ("mean", "p95", "at", "share", "change", "peak")


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


def layout(width: int, span: int) -> Layout:
    """Share `width` cells out; numbers that matter least leave first."""
    wide_at = 14 if span > 86_400 else 13 if span > 6 * 3_600 else 8
    columns = [Column(c.key, c.head, wide_at, c.cell) if c.key == "at" else c for c in COLUMNS]
    for leaving in (*_LEAVES_FIRST, None):
        used = 2 + sum(column.width for column in columns)
        if width - used >= NAME_LEAST + 2 + SPARK_LEAST or leaving is None:
            break
        columns = [column for column in columns if column.key != leaving]
    room = max(0, width - 2 - sum(column.width for column in columns))
    name = max(min(room, NAME_LEAST), min(NAME_MOST, room * 2 // 5))
    spark = room - name - 3
    return Layout(tuple(columns), name, min(SPARK_MOST, spark) if spark >= SPARK_LEAST else 0)


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
    place = layout(width, snapshot.view.span)
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
    names = {"name": "name", "at": "time of peak", "change": "change in 15 min"}
    up = (state.sort == "name") != state.reverse
    arrow = "▲" if up else "▼"
    right = Line().add(f"sorted by {names.get(state.sort, state.sort)} {arrow}", palette.muted)
    return rule(words, right, width, palette.faint)


def _heads(scene: Scene, place: Layout, snapshot: Snapshot, width: int) -> Strip:
    palette, state = scene.palette, scene.state

    def style(key: str) -> Style:
        return palette.accent if key == state.sort else palette.head

    line = Line().add("  ").add(fitted("VARIANT", place.name), style("name"))
    for column in place.columns:
        line.add(f"{column.head:>{column.width}}", style(column.key))
    if place.spark:
        line.add("   ").add(f"LAST {exact(snapshot.view.span).upper()}", palette.head)
    return line.strip(width)


def _cells(
    line: Line, summary: Summary, share: float | None, scene: Scene, place: Layout, style: Style
) -> None:
    for column in place.columns:
        text = column.cell(summary, share, scene)
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
    _cells(line, entry.summary, entry.share, scene, place, palette.strong)
    _spark(line, entry.view.series, snapshot, scene, place)
    strip = line.strip(width)
    return strip.apply_style(palette.cursor) if here and focused else strip


def _spark(line: Line, series: object, snapshot: Snapshot, scene: Scene, place: Layout) -> None:
    if not place.spark:
        return
    span = frame(snapshot.end, snapshot.end - snapshot.start)
    values = dots(series, span, place.spark)  # type: ignore[arg-type]
    line.add("   ").add(sparkline(values), scene.palette.spark)


def _total(snapshot: Snapshot, scene: Scene, place: Layout, width: int) -> Strip:
    palette = scene.palette
    name = "All conversations" if place.name >= 17 else "Total"
    line = Line().add("  ").add(fitted(name, place.name), palette.strong)
    share = 1.0 if snapshot.summary.now and snapshot.summary.now.value else None
    band = level_style(now_value(snapshot.summary), snapshot.capacity, palette)
    _cells(line, snapshot.summary, share, scene, place, band)
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
