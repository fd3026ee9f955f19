"""The total as a graph of text, for glance and for what is kept without a screen."""

from collections.abc import Sequence
from itertools import groupby

from polytop.cli.output import Pen, Style
from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.series import UNKNOWN, group_maxima
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity, Severity
from polytop.ui.render.numbers import EIGHTHS, sparkline

SEVERITY_MARKS = {
    Severity.OK: ("●", Style.GOOD),
    Severity.WARNING: ("▲", Style.WARNING),
    Severity.CRITICAL: ("✖", Style.CRITICAL),
    Severity.UNKNOWN: ("?", Style.BOLD),
}
"""The sign and the style of each state."""

_PROVISIONAL = "░"
_LIMIT = "╌"


@frozen
class GraphColumn:
    """One column of the graph: the highest value of its windows, or GAP or UNKNOWN."""

    value: int
    provisional: bool = False


def graph_columns(snapshot: Snapshot, width: int) -> tuple[GraphColumn, ...]:
    """The total in at most `width` columns (1 or more); few windows get several columns each.

    Windows are joined by maximum; those after the last complete one have columns of their own.
    """
    total = snapshot.total
    size = max(1, -(-(len(total) - 1) // max(1, width - 1)))
    end = min(max(total.start, snapshot.complete_until), total.end)
    complete = group_maxima(total.cut(total.start, end).values, size)
    rest = group_maxima(total.cut(end, total.end).values, size)
    earlier = (window for window in snapshot.provisional if window < end)
    marked = {(window - total.start) // grid.STEP // size for window in earlier}
    columns = [GraphColumn(value, at in marked) for at, value in enumerate(complete)]
    columns += [GraphColumn(value, True) for value in rest]
    times = max(1, width // len(columns))
    return tuple(column for column in columns for _ in range(times))


def scale_top(values: Sequence[int], limit: int | None) -> int:
    """The value at the top of the graph: the limit if the peak is half of it, else the peak."""
    peak = max(values, default=0)
    if limit is not None and peak * 2 >= limit:
        return max(limit, peak)
    return max(peak, 1)


def graph(
    snapshot: Snapshot, width: int, height: int, ends: tuple[str, str], pen: Pen
) -> tuple[str, ...]:
    """`height` lines (3 or more) of at most `width` columns.

    The scale is at the left; the last line holds `ends`, the times of both ends.
    """
    height -= 1
    limit = snapshot.capacity.limit
    top = scale_top([value for _, value in snapshot.total.known()], limit)
    margin = max(4, len(str(top)))
    drawn = graph_columns(snapshot, width - margin - 2)
    scale = {0: str(top), height - 1: "0"}
    at_limit = None if limit is None or limit > top else height - 1 - _graph_row(limit, top, height)
    lines = []
    for row in range(height):
        label = pen.write(f"{scale.get(row, ''):>{margin}} ┤", Style.MUTED)
        shown = [
            _cell(column, height - 1 - row, top, height, snapshot.capacity, row == at_limit)
            for column in drawn
        ]
        runs = (
            pen.write("".join(char for char, _ in run), style)
            for style, run in groupby(shown, key=lambda cell: cell[1])
        )
        lines.append((label + "".join(runs)).rstrip())
    first, last = ends
    foot = f"{'':{margin + 2}}{first}{last:>{max(len(last) + 1, len(drawn) - len(first))}}"
    return (*lines, pen.write(foot, Style.MUTED))


def _graph_row(value: int, top: int, height: int) -> int:
    """The row, from the bottom, in which `value` ends."""
    return min(height - 1, max(0, -(-value * height // top) - 1))


def _cell(
    column: GraphColumn, row: int, top: int, height: int, capacity: Capacity, at_limit: bool
) -> tuple[str, Style]:
    """The character of one column in the `row` from the bottom, and its style."""
    eighths = round(max(0, column.value) * height * 8 / top) - row * 8
    if column.value > 0 and row == 0:
        # A few calls must not look like none.
        eighths = max(1, eighths)
    if eighths <= 0:
        return (_LIMIT if at_limit else " "), Style.MUTED
    char = _PROVISIONAL if column.provisional else EIGHTHS[min(8, eighths)]
    return char, style_for(column.value, capacity)


def style_for(value: int, capacity: Capacity) -> Style:
    """The colour of the band that `value` is in."""
    return SEVERITY_MARKS[capacity.severity(value)][1]


def short_sparkline(values: Sequence[int], width: int) -> str:
    """The latest values in at most `width` cells, by maximum; empty if none is known."""
    size = max(1, -(-len(values) // width))
    # Grouped from the end, so that the last cell is a whole group.
    first = len(values) % size
    groups = group_maxima(values[first:], size)
    return sparkline(groups if max(groups, default=UNKNOWN) >= 0 else ())
