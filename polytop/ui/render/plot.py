"""The plot: which cell of the graph stands for which time and value."""

from typing import NamedTuple

from polytop.model import grid
from polytop.model.frame import Frame
from polytop.model.series import Series, group_maxima
from polytop.model.snapshot import Snapshot
from polytop.ui.render.chart import Raster
from polytop.ui.render.scale import (
    Scale,
    column_maxima,
    column_windows,
    graph_frame,
)

GUTTER = 6
"""Cells left of the plot's axis, for the numbers and their ticks."""


class Plot(NamedTuple):
    """The cells that the graph is drawn in, with its time frame and its scale of values.

    `width` and `height` are in cells; `dots` is the number of dot columns of the area in a cell.
    """

    width: int
    height: int
    frame: Frame
    scale: Scale
    dots: int = 2

    def up(self, value: float, parts: int) -> int:
        """How high `value` is in parts of a row, counted from 0 at the base line."""
        most = self.height * parts - 1
        return max(0, min(most, round(value / self.scale.top * most)))

    def row(self, value: float) -> int:
        """The row of `value`, counted from the top."""
        return self.height - 1 - self.up(value, 4) // 4

    def column(self, moment: float) -> int:
        """The column of `moment`; it may be outside the plot."""
        return int((moment - self.frame.start) * self.width // self.frame.seconds)

    def windows(self, column: int) -> range:
        """Starts of the windows that `column` stands for."""
        return column_windows(self.frame, self.width, column)

    def line_of(self, window: int) -> int:
        """The column that stands for `window`, the middle one of several; it may be outside."""
        first, last = self.column(window), self.column(window + grid.STEP - 1)
        middle = first if last <= first + 1 else (first + last) // 2
        # Where a column stands for several windows, the next may begin in the column of this one.
        return middle if window in self.windows(middle) else middle - 1

    def columns(self, window: int) -> range:
        """The columns that stand for `window`; they may be outside."""
        if self.dots > 1:  # a cell may show two windows
            return range(self.column(window), self.column(window + grid.STEP - 1) + 1)
        windows = self.windows(self.line_of(window))
        return range(self.column(windows.start), self.column(windows.stop))

    def maxima(self, series: Series, lead: Series) -> tuple[int, ...]:
        """The maximum in each column of cells, as the area shows it: see :func:`column_maxima`."""
        values = column_maxima(series, self.frame, self.width * self.dots, lead)
        return group_maxima(values, self.dots)


def provisional_columns(snapshot: Snapshot, plot: Plot) -> set[int]:
    """The columns that stand for a window that is not complete."""
    return {column for window in snapshot.provisional for column in plot.columns(window)}


def build_plot(snapshot: Snapshot, width: int, height: int, scale: Scale, columns: int = 2) -> Plot:
    """The plot of `snapshot` in a graph of `width` by `height` cells, axes included.

    `columns` is the number of dots across a cell of the chart.
    """
    return Plot(
        width - GUTTER - 1, height - axis_rows(height), graph_frame(snapshot), scale, columns
    )


def axis_rows(height: int) -> int:
    """Rows of the title and the time axis."""
    return 3 if height >= 12 else 2


def area_lines(snapshot: Snapshot, plot: Plot, chart: Raster) -> tuple[str, ...]:
    """The area of the total as lines of text. Takes milliseconds; safe to run in a thread."""
    columns = plot.width * chart.columns
    values = column_maxima(snapshot.total, plot.frame, columns, snapshot.lead)
    heights = [None if value < 0 else plot.up(value, chart.rows) for value in values]
    return chart.area(heights, plot.width, plot.height)
