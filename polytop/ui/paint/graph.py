"""The graph: an area drawn by the chart, with axes, levels and what is not final laid around it."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from polytop.model import grid
from polytop.model.duration import exact
from polytop.model.series import GAP, UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters
from polytop.ui.paint.line import Line, blank, fitted, rule
from polytop.ui.paint.plot import GUTTER, Plot, axis_rows
from polytop.ui.palette import Palette
from polytop.ui.scale import dots, time_ticks
from polytop.ui.scene import Scene
from polytop.ui.timetext import when

_CHECKER = 0x2895
"""Every other dot: the body of a window that still runs."""


class Cell(NamedTuple):
    """One character with its style."""

    char: str = " "
    style: Style | None = None


_BLANK = Cell()
_NOTHING = " \u2800"
_LEVELS = "╌┈"


def graph(
    snapshot: Snapshot, scene: Scene, place: Plot, area: Sequence[str], width: int, height: int
) -> tuple[Strip, ...]:
    """The whole graph: title, plot, time axis."""
    cells = _area_cells(snapshot, scene, place, area)
    _lay_unknown(snapshot, scene, place, cells)
    _lay_levels(snapshot, scene, place, cells)
    labels = _value_labels(place)
    lines = [title(snapshot, scene, place, width)]
    palette = scene.palette
    for row, line in enumerate(cells):
        label = labels.get(row)
        head = Line().add(f"{label or '':>{GUTTER - 1}} ", palette.muted)
        head.add("┤" if label else "│", palette.faint)
        body = _joined(line, place.width)
        lines.append(Strip.join([head.strip(GUTTER + 1), body]))
    lines += _time_axis(scene, place, width, axis_rows(height) - 1)
    return tuple((lines + [blank(width)] * height)[:height])


def _joined(cells: Sequence[Cell], width: int) -> Strip:
    """Cells as a strip, neighbours of one style as one segment."""
    runs = groupby(cells, key=lambda cell: cell.style)
    return Strip([Segment("".join(c.char for c in run), style) for style, run in runs], width)


def title(snapshot: Snapshot, scene: Scene, place: Plot, width: int) -> Strip:
    """What is drawn, under which filters, and what one column stands for."""
    palette = scene.palette
    words = [
        ("Concurrent conversations", palette.strong),
        (f" · last {exact(snapshot.view.span)}", palette.muted),
    ]
    words += [(f" · {each}", palette.accent) for each in selection(snapshot.view.filters, scene)]
    if scene.state.filters != snapshot.view.filters:
        wanted = selection(scene.state.filters, scene) or ["all conversations"]
        if scene.state.filters.client_env is not snapshot.view.filters.client_env:
            wanted.insert(0, scene.state.filters.client_env.value)
        words.append((f" · waiting for {', '.join(wanted)}", palette.warning))
    if (plateau := snapshot.summary.plateau) is not None:
        start, end = (when(moment, scene.now, scene.zone) for moment in plateau)
        said = f"▲ plateau at the limit {start}–{end}: demand beyond it is not in the data"
        return rule(words, Line().add(said, palette.critical), width, palette.faint)
    step = place.frame.seconds / place.width / 2
    each = "5 min" if step <= grid.STEP else f"{step / 60:.0f} min"
    right = Line().add(f"maximum per {each}", palette.muted)
    return rule(words, right, width, palette.faint)


def selection(filters: Filters, scene: Scene) -> list[str]:
    """Every filter in words, the environment left out."""
    words = []
    for name, value in filters.active():
        known = scene.variants.get(value) if name == "variant_id" else None
        label = "variant" if known else name.replace("_", " ")
        words.append(f"{label} {fitted(known or value, 28).rstrip()}")
    return words


def _area_cells(
    snapshot: Snapshot, scene: Scene, place: Plot, area: Sequence[str]
) -> list[list[Cell]]:
    running = place.column(snapshot.running)
    bands = _bands(snapshot, place)
    cells = []
    above = " " * place.width
    for row, text in enumerate(area):
        line = []
        for column, char in enumerate(text):
            crest = above[column] in _NOTHING
            style = bands[column].style(row, crest=crest, palette=scene.palette)
            line.append(_area_cell(char, style, crest=crest, running=column >= running))
        cells.append(line)
        above = text
    return cells


class Bands(NamedTuple):
    """From which row upwards a column is in the warning and in the critical band; -1: nowhere."""

    warning: int = -1
    critical: int = -1

    def style(self, row: int, *, crest: bool, palette: Palette) -> Style:
        """The colour of the area in `row`."""
        if row <= self.critical:
            return palette.critical
        if row <= self.warning:
            return palette.warning
        return palette.accent if crest else palette.fill


def _bands(snapshot: Snapshot, place: Plot) -> tuple[Bands, ...]:
    """The bands of every column: a colour is for a value that is there, not for its row."""
    warning, critical = snapshot.capacity.warning_level, snapshot.capacity.critical_level
    if warning is None or critical is None:
        return (Bands(),) * place.width
    rows = place.row(warning), place.row(critical)
    halves = dots(snapshot.total, place.frame, place.width * 2)
    return tuple(
        Bands(rows[0] if value >= warning else -1, rows[1] if value >= critical else -1)
        for value in map(max, halves[::2], halves[1::2])
    )


def _area_cell(char: str, style: Style, *, crest: bool, running: bool) -> Cell:
    if char in _NOTHING:
        return _BLANK
    if running and not crest:
        return Cell(chr(_CHECKER) if ord(char) >= 0x2800 else ".", style)
    return Cell(char, style)


def _lay_unknown(snapshot: Snapshot, scene: Scene, place: Plot, cells: list[list[Cell]]) -> None:
    """Gaps and what was never fetched, on the base line: neither is drawn as a value."""
    values = dots(snapshot.total, place.frame, place.width)
    left, right = place.column(snapshot.start), place.column(snapshot.running) - 1
    base = cells[-1]
    for column in range(max(0, left), min(place.width, right + 1)):
        if base[column].char not in _NOTHING:
            continue
        if values[column] == GAP:
            base[column] = Cell("·", scene.palette.muted)
        elif values[column] == UNKNOWN:
            base[column] = Cell("?", scene.palette.faint)


def _lay_levels(snapshot: Snapshot, scene: Scene, place: Plot, cells: list[list[Cell]]) -> None:
    """The limit and the warning level, behind the area, each with its name."""
    capacity, palette = snapshot.capacity, scene.palette
    if capacity.limit is None or not place.scale.shows_limit:
        return
    assert capacity.warning_level is not None
    assert capacity.critical_level is not None
    levels = (
        (capacity.warning_level, "warning", "┈", palette.warning),
        (capacity.critical_level, "critical", "┈", palette.critical),
        (capacity.limit, "limit", "╌", palette.critical),
    )
    rows: dict[int, list[str]] = {}
    for level, word, char, style in levels:
        row = place.row(level)
        names = rows.setdefault(row, [])
        names.append(f"{word} {level:g}")
        line = cells[row]
        for column, cell in enumerate(line):
            if cell.char in _NOTHING or cell.char in _LEVELS:
                line[column] = Cell(char, style)
    for row, names in rows.items():
        _lay_name(cells[row], f" {' · '.join(names)} ")


def _lay_name(line: list[Cell], name: str) -> None:
    """The name of a row's levels at the right end, or at the left one."""
    for start in (len(line) - len(name) - 1, 1):
        span = line[start : start + len(name)] if start >= 0 else []
        if len(span) == len(name) and all(cell.char in _LEVELS for cell in span):
            line[start : start + len(name)] = [Cell(char, span[0].style) for char in name]
            return


def _value_labels(place: Plot) -> dict[int, str]:
    """Row to label; where two fall on one row, the higher value stays."""
    found: dict[int, str] = {}
    for value in range(0, place.scale.top + 1, place.scale.step):
        found[place.row(value)] = str(value)
    return found


def _time_axis(scene: Scene, place: Plot, width: int, rows: int) -> list[Strip]:
    palette = scene.palette
    ticks = [
        (place.column(stamp), text)
        for stamp, text in time_ticks(place.frame, place.width, scene.zone)
    ]
    line = Line().add(" " * GUTTER)
    line.add("└", palette.faint)
    if rows > 1:
        marks = {column for column, _ in ticks}
        body = "".join("┬" if column in marks else "─" for column in range(place.width))
        line.add(body, palette.faint)
    labels = Line().add(" " * (GUTTER + 1))
    for column, text in ticks:
        start = GUTTER + 1 + column - (len(text) // 2 if rows > 1 else 0)
        first = start == labels.width == GUTTER + 1
        if first or (labels.width < start and start + len(text) <= width):
            labels.to(start).add(text, palette.muted)
    return ([line.strip(width)] if rows > 1 else []) + [labels.strip(width)]


def empty_graph(scene: Scene, width: int, height: int, words: str) -> tuple[Strip, ...]:
    """A frame with a word in its middle, before the first data."""
    palette: Palette = scene.palette
    lines = [rule([("Concurrent conversations", palette.strong)], Line(), width, palette.faint)]
    lines += [blank(width)] * (height - 1)
    if height >= 3:
        said = fitted(words, min(len(words), width - 2))
        lines[height // 2] = (
            Line().to((width - len(said)) // 2).add(said, palette.muted).strip(width)
        )
    return tuple(lines[:height])
