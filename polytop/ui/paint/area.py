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

_OPEN, _OPEN_ASCII = "\u2895", "."
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
        return Cell(_OPEN if ord(char) >= 0x2800 else _OPEN_ASCII, style)
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
            base[column] = Cell("?", palette.muted)


class Name(NamedTuple):
    """What a level is called, without its number and with it."""

    word: str
    whole: str
    style: Style


def lay_levels(
    snapshot: Snapshot, palette: Palette, place: Plot, cells: Sequence[list[Cell]]
) -> None:
    """The limit and the levels below it, behind the area, with their names."""
    capacity = snapshot.capacity
    if capacity.limit is None or not place.scale.shows_limit:
        return
    assert capacity.warning_level is not None
    assert capacity.critical_level is not None
    levels: tuple[tuple[float, str, str, Style], ...] = (
        (capacity.warning_level, "warning", "┈", palette.warning),
        (capacity.critical_level, "critical", "┈", palette.critical),
        (capacity.limit, "limit", "╌", palette.critical),
    )
    rows: dict[int, list[Name]] = {}
    for level, word, char, style in levels:
        row = place.row(level)
        rows.setdefault(row, []).append(Name(word, f"{word} {level:g}", style))
        line = cells[row]
        for column, cell in enumerate(line):
            if cell.behind:
                line[column] = Cell(char, style)
    bodies = {row: _body(cells, row) for row in rows}
    for row, names in rows.items():
        if any(cell.char in LEVELS for cell in cells[row]):
            _lay_names(cells[row], bodies[row], names)


def _body(cells: Sequence[list[Cell]], row: int) -> list[bool]:
    """In which columns of `row` the area goes on above: a word there hides no value.

    The running window is left as it is.
    """
    if row == 0:
        return [False] * len(cells[0])
    pairs = zip(cells[row], cells[row - 1], strict=True)
    return [
        not cell.behind and not above.behind and cell.char not in (_OPEN, _OPEN_ASCII)
        for cell, above in pairs
    ]


def _lay_names(line: list[Cell], body: Sequence[bool], names: Sequence[Name]) -> None:
    """The names of a row's levels: as one where there is room, else apart, else without numbers."""
    style = names[-1].style
    # The longest is the hardest to place.
    apart = sorted(names, key=lambda name: -len(name.whole))
    for pieces in (
        [(" · ".join(name.whole for name in names), style)],
        [(name.whole, name.style) for name in apart],
        [(" · ".join(name.word for name in names), style)],
        [(name.word, name.style) for name in apart],
    ):
        trial = list(line)
        if all(_lay_name(trial, body, *piece) for piece in pieces):
            line[:] = trial
            return
    for name in apart:
        any(_lay_name(line, body, text, name.style) for text in (name.whole, name.word))


def _lay_name(line: list[Cell], body: Sequence[bool], name: str, style: Style) -> bool:
    """`name` at the right end, at the left one, or between peaks; False where it finds no room.

    It covers the line of its level, and the area only below the area's crest.
    """
    text = f" {name} "
    last = len(line) - len(text)
    free = [cell.char in LEVELS for cell in line]
    pairs = zip(line, free, body, strict=True)
    below = [here or (inside and not cell.text) for cell, here, inside in pairs]
    for room in (free, below):
        for start in (last - 1, 1, *range(last, -1, -1)):
            if 0 <= start <= last and all(room[start : start + len(text)]):
                line[start : start + len(text)] = [Cell(char, style, True) for char in text]
                return True
    return False
