"""The total as an area of cells, with the capacity's levels and what is not known beside it."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style

from polytop.model.series import GAP, UNKNOWN
from polytop.model.snapshot import Snapshot
from polytop.ui.paint.cells import BLANK, LEVELS, NOTHING, Cell
from polytop.ui.paint.plot import Plot
from polytop.ui.palette import Palette
from polytop.ui.scale import dots

_CHECKER = 0x2895
"""Every other dot: the body of a window that still runs."""


def area_cells(
    snapshot: Snapshot, palette: Palette, place: Plot, area: Sequence[str]
) -> list[list[Cell]]:
    """Lines of the chart with the colours of their bands; the running window is open."""
    running = place.column(snapshot.running)
    bands = _bands(snapshot, place)
    cells = []
    above = " " * place.width
    for row, text in enumerate(area):
        line = []
        for column, char in enumerate(text):
            crest = above[column] in NOTHING
            style = bands[column].style(row, crest=crest, palette=palette)
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
    if char in NOTHING:
        return BLANK
    if running and not crest:
        return Cell(chr(_CHECKER) if ord(char) >= 0x2800 else ".", style)
    return Cell(char, style)


def lay_unknown(
    snapshot: Snapshot, palette: Palette, place: Plot, cells: Sequence[list[Cell]]
) -> None:
    """Gaps and what was never fetched, on the base line: neither is drawn as a value."""
    values = dots(snapshot.total, place.frame, place.width)
    left, right = place.column(snapshot.start), place.column(snapshot.running) - 1
    base = cells[-1]
    for column in range(max(0, left), min(place.width, right + 1)):
        if base[column].char not in NOTHING:
            continue
        if values[column] == GAP:
            base[column] = Cell("·", palette.muted)
        elif values[column] == UNKNOWN:
            base[column] = Cell("?", palette.faint)


def lay_levels(
    snapshot: Snapshot, palette: Palette, place: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The limit and the warning level, behind the area, each with its name."""
    capacity = snapshot.capacity
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
            if cell.behind:
                line[column] = Cell(char, style)
    for row, names in rows.items():
        _lay_name(cells[row], f" {' · '.join(names)} ")


def _lay_name(line: list[Cell], name: str) -> None:
    """The name of a row's levels at the right end, or at the left one."""
    for start in (len(line) - len(name) - 1, 1):
        span = line[start : start + len(name)] if start >= 0 else []
        if len(span) == len(name) and all(cell.char in LEVELS for cell in span):
            line[start : start + len(name)] = [Cell(char, span[0].style, True) for char in name]
            return
