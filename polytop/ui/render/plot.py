"""Where on the graph things are: the plot's cells, its frame in time, its scale."""

from typing import NamedTuple

from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.ui.render.chart import Raster
from polytop.ui.render.scale import Frame, Scale, column_maxima, graph_frame

GUTTER = 6
"""Cells left of the plot: a number and its tick."""


class Plot(NamedTuple):
    """Where things are drawn: the plot's cells, its frame in time and its scale.

    `dots` is how many columns of dots the area has in a cell.
    """

    width: int
    height: int
    frame: Frame
    scale: Scale
    dots: int = 2

    def row(self, value: float) -> int:
        """The row, from the top, in which `value` lies."""
        up = round(value / self.scale.top * (self.height * 4 - 1)) // 4
        return max(0, min(self.height - 1, self.height - 1 - up))

    def column(self, moment: float) -> int:
        """The column in which `moment` lies; may be outside."""
        return int((moment - self.frame.start) * self.width // self.frame.seconds)

    def windows(self, column: int) -> range:
        """Starts of the windows that `column` stands for.

        Those that start in it; where none does, the one that runs through it.
        """
        first, last = (
            -(
                -(self.frame.start * self.width + self.frame.seconds * at)
                // (grid.STEP * self.width)
            )
            for at in (column, column + 1)
        )
        return grid.windows(min(first, last - 1) * grid.STEP, last * grid.STEP)

    def line_of(self, window: int) -> int:
        """The column that stands for `window`, in the middle of several; may be outside."""
        first, last = self.column(window), self.column(window + grid.STEP - 1)
        return first if last <= first + 1 else (first + last) // 2


def build_plot(snapshot: Snapshot, width: int, height: int, found: Scale, columns: int = 2) -> Plot:
    """The plot of `snapshot` in `width` by `height` cells, the axes' cells taken off.

    `columns` is the chart's number of dots across a cell.
    """
    return Plot(
        width - GUTTER - 1, height - axis_rows(height), graph_frame(snapshot), found, columns
    )


def axis_rows(height: int) -> int:
    """Rows that the title and the time axis take."""
    return 3 if height >= 12 else 2


def area_lines(snapshot: Snapshot, plot: Plot, chart: Raster) -> tuple[str, ...]:
    """The area as lines of text. Slow (milliseconds): may run beside the event loop."""
    values = column_maxima(snapshot.total, plot.frame, plot.width * chart.columns)
    most = plot.height * chart.rows - 1
    tops = [
        None if value < 0 else min(most, round(value / plot.scale.top * most)) for value in values
    ]
    return chart.area(tops, plot.width, plot.height)
