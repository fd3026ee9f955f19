"""The ghost: what the range shown is compared with, as a thin line with its range behind it."""

from collections.abc import Sequence
from typing import NamedTuple

from polytop.model import grid
from polytop.model.baseline import baseline
from polytop.model.series import Series
from polytop.model.snapshot import Snapshot
from polytop.ui.paint.cells import BAND, BLANK, GHOST, NOTHING, Cell
from polytop.ui.paint.plot import GUTTER, Plot
from polytop.ui.palette import Palette
from polytop.ui.scale import dots, frame_of
from polytop.ui.timetext import Zone


class Ghost(NamedTuple):
    """What is compared with, a value for each column of the plot, by maximum.

    Below zero where nothing is known. `low` and `high` bound the range of the weeks; they are
    empty where one day alone is compared with.
    """

    middle: tuple[int, ...]
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()

    @property
    def peak(self) -> int:
        """The highest value of all; 0 where none is known."""
        return max((0, *self.middle, *self.high))


def ghost(snapshot: Snapshot, zone: Zone, width: int) -> Ghost | None:
    """The ghost in a graph of `width` cells, up to the right edge; None where nothing is known.

    It does not depend on the scale, which has to hold it. May take milliseconds.
    """
    frame = frame_of(snapshot)
    columns = width - GUTTER - 1
    start, end = grid.aligned(frame.start, frame.end)
    found = baseline(snapshot.earlier, snapshot.view.compare, start, end, zone.info)
    if found is None or columns < 1:
        return None

    def reduced(series: Series | None) -> tuple[int, ...]:
        return () if series is None else dots(series, frame, columns)

    return Ghost(reduced(found.middle), reduced(found.low), reduced(found.high))


def lay_band(found: Ghost, palette: Palette, place: Plot, cells: Sequence[list[Cell]]) -> None:
    """The range of the weeks as a shade in what is blank."""
    for column, (low, high) in enumerate(zip(found.low, found.high, strict=True)):
        if low < 0 or high < 0:
            continue
        for row in range(place.row(high), place.row(low) + 1):
            if cells[row][column].char in NOTHING and not cells[row][column].text:
                cells[row][column] = Cell(BAND, palette.band)


def lay_line(found: Ghost, palette: Palette, place: Plot, cells: Sequence[list[Cell]]) -> None:
    """The line itself: seen on the area too, except that it leaves the area's crest its shape."""
    for column, value in enumerate(found.middle):
        if value < 0:
            continue
        row = place.row(value)
        cell, above = cells[row][column], cells[row - 1][column] if row else BLANK
        if cell.text:
            continue
        crest = not cell.behind and (above.behind or above.text)
        cells[row][column] = Cell(cell.char if crest else GHOST, palette.ghost)


def needed(snapshot: Snapshot, found: Ghost | None, chosen: Sequence[str | None] = ()) -> int:
    """The value that the scale has to hold: the peak shown, the ghost's, or a chosen row's."""
    peak = snapshot.summary.peak
    rows = 0
    if chosen:
        from polytop.ui.paint.lines import highest

        rows = highest(snapshot, chosen)
    return max(peak.value if peak else 0, found.peak if found else 0, rows)
