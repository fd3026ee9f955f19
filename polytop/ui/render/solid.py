"""The graph in colours: the area is a background, and lines over it are braille dots."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.style import Style
from textual.color import Color

from polytop.model.snapshot import Snapshot
from polytop.model.stats import Severity
from polytop.ui.render.numbers import EIGHTHS
from polytop.ui.render.overlays import ComparisonLine
from polytop.ui.render.plot import Plot, provisional_columns
from polytop.ui.render.text import Cell
from polytop.ui.theme import Solid

OPEN = "░"
"""Fills the area of a window that is not complete."""

_AREA, _WARNING, _CRITICAL = 1, 2, 3
"""Places in :class:`Solid`."""


def solid_cells(
    snapshot: Snapshot, solid: Solid, plot: Plot, ranged: ComparisonLine | None
) -> list[list[Cell]]:
    """The area and the range of `ranged` as rows of cells.

    The edges are block characters of an eighth of a row.
    """
    values = plot.maxima(snapshot.total, snapshot.lead)
    provisional = provisional_columns(snapshot, plot)
    columns = []
    for column, value in enumerate(values):
        edges = _area_edges(value, snapshot, plot)
        inside = _range_edges(ranged, column, plot)
        columns.append(_column(edges, inside, solid, plot.height, column in provisional))
    return [list(row) for row in zip(*columns, strict=True)]


def _area_edges(value: int, snapshot: Snapshot, plot: Plot) -> list[tuple[int, int]]:
    """Where which background begins in a column, upwards in eighths of a row."""
    if value < 0:
        return [(0, 0)]
    capacity, top = snapshot.capacity, plot.up(value, 8) + 1
    severity = capacity.severity(value)
    edges = [(0, _AREA)]
    if severity >= Severity.WARNING and capacity.warning_level is not None:
        edges.append((plot.up(capacity.warning_level, 8), _WARNING))
    if severity >= Severity.CRITICAL and capacity.critical_level is not None:
        edges.append((plot.up(capacity.critical_level, 8), _CRITICAL))
    return [edge for edge in edges if edge[0] < top] + [(top, 0)]


def _range_edges(ranged: ComparisonLine | None, column: int, plot: Plot) -> tuple[int, int]:
    """The range of `ranged` in a column, from and up to an eighth of a row."""
    if ranged is None or not ranged.high:
        return 0, 0
    low, high = ranged.low[column], ranged.high[column]
    return (plot.up(low, 8), plot.up(high, 8) + 1) if low >= 0 and high >= 0 else (0, 0)


def _column(
    edges: Sequence[tuple[int, int]],
    inside: tuple[int, int],
    solid: Solid,
    height: int,
    provisional: bool,
) -> list[Cell]:
    """The cells of a column from the top; of several edges in a cell the lowest is shown."""

    def ground(eighth: int) -> tuple[Color, Color]:
        """The background at an eighth, and the plain one of its area."""
        pair = solid[:4][next(kind for start, kind in reversed(edges) if start <= eighth)]
        color = pair[inside[0] <= eighth < inside[1]]
        return color, pair[0]

    cuts = [start for start, _ in edges] + list(inside)
    cells, whole = [], dict[int, Cell]()
    for bottom in range((height - 1) * 8, -1, -8):
        within = [each - bottom for each in cuts if bottom < each < bottom + 8]
        # Most cells have no edge: between two edges they are all the same.
        below = sum(each <= bottom for each in cuts)
        if within or below not in whole:
            lower, upper = ground(bottom), ground(bottom + 7)
            cut = 8 if lower == upper else min(within, default=8)
            cell = _cell(lower, upper, cut, solid, provisional)
        else:
            cell = whole[below]
        if not within:
            whole[below] = cell
        cells.append(cell)
    return cells


def _cell(
    lower: tuple[Color, Color], upper: tuple[Color, Color], eighths: int, solid: Solid, light: bool
) -> Cell:
    """A cell that is `lower` for so many eighths and `upper` above; `light` if provisional."""
    blank = solid.blank[0]
    low, high = lower[0], upper[0]
    if light and solid.blends and lower[1] != blank:
        low = low.blend(blank, 0.5)
    if light and solid.blends and upper[1] != blank:
        high = high.blend(blank, 0.5)
    if eighths < 8:
        nearer = low if eighths >= 4 else high
        mixed = low.blend(high, 1 - eighths / 8) if solid.blends else nearer
        return Cell(EIGHTHS[eighths], _style(low, high, blank), False, _style(None, mixed, blank))
    ground = _style(None, low, blank)
    if light and lower[1] != blank:
        if not solid.blends:
            low, ground = blank, _style(None, blank, blank)
        return Cell(OPEN, _style(lower[0], low, blank), False, ground)
    return Cell(" ", ground, False, ground)


@lru_cache(maxsize=512)
def _style(front: Color | None, back: Color, blank: Color) -> Style:
    """The style of a character; the theme's own background is left out."""
    if front == blank and front.ansi is not None:
        # No colour of a character is that of the terminal's background.
        return Style(color=back.rich_color, reverse=True)
    return Style(
        color=front.rich_color if front else None,
        bgcolor=None if back == blank else back.rich_color,
    )


_BITS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Bits of a braille character: the left and the right dots, upwards."""


class Dots:
    """Lines of braille dots. Where two share a cell it has the colour of the later."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._cells: dict[tuple[int, int], tuple[int, Style, bool]] = {}

    def level(self, value: float, style: Style, columns: Iterable[int], *, whole: bool) -> None:
        """A line at `value` that yields to the crest of the area; `whole` or every second dot."""
        up = self._plot.up(value, 4)
        for column in columns:
            for across in range(column * 2, column * 2 + 1 + whole):
                self._add(across, up, style, crest=False)

    def line(self, values: Sequence[int], style: Style) -> None:
        """A line through the value of each column; it is broken where one is below zero."""
        ups = [self._plot.up(value, 4) if value >= 0 else None for value in values]
        before: int | None = None
        for column, up in enumerate(ups):
            if up is None:
                before = None
                continue
            after = ups[column + 1] if column + 1 < len(ups) else None
            between = up if after is None else (up + after) // 2
            for across, at in ((column * 2, up), (column * 2 + 1, between)):
                step = 1 if before is None or before <= at else -1
                for each in range(at if before in (None, at) else before + step, at + step, step):
                    self._add(across, each, style)
                before = at

    def _add(self, across: int, up: int, style: Style, *, crest: bool = True) -> None:
        place = self._plot.height - 1 - up // 4, across // 2
        mask, _, before = self._cells.get(place, (0, style, False))
        self._cells[place] = mask | _BITS[across % 2][up % 4], style, crest or before

    def draw(self, cells: Sequence[list[Cell]]) -> None:
        """Draw all dots over `cells`; words and background stay."""
        for (row, column), (mask, style, crest) in self._cells.items():
            cell = cells[row][column]
            if not cell.text and (crest or cell.char not in EIGHTHS[1:8]):
                cells[row][column] = cell.over(chr(0x2800 + mask), style)
