"""A small graph in characters: an area of eighths, the limit as a line, gaps left empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from polytop.cli.plain import Pen, Style
from polytop.model.series import UNKNOWN, reduced
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_RUNNING = "░"
_LIMIT = "╌"


@dataclass(frozen=True, slots=True)
class Column:
    """What one column stands for: the highest value of its windows, or a mark of none."""

    value: int
    running: bool = False


def columns(snapshot: Snapshot, width: int) -> tuple[Column, ...]:
    """The total in at most `width` columns (1 or more), several for a window where they are few.

    Windows are joined by maximum; the running one has its columns for itself.
    """
    complete = snapshot.total.values[:-1]
    running = snapshot.total.values[-1:]
    size = max(1, -(-len(complete) // max(1, width - 1)))
    values = reduced(complete, size)
    times = max(1, width // (len(values) + 1))
    found = [Column(value) for value in values for _ in range(times)]
    return (*found, *(Column(value, True) for value in running for _ in range(times)))


def scale_top(values: Sequence[int], limit: int | None) -> int:
    """The value at the top of the graph: the limit where it is within sight, else the peak."""
    peak = max(values, default=0)
    if limit is not None and peak * 2 >= limit:
        return max(limit, peak)
    return max(peak, 1)


def graph(
    snapshot: Snapshot, width: int, height: int, ends: tuple[str, str], pen: Pen
) -> tuple[str, ...]:
    """`height` lines (3 or more) of at most `width` columns.

    The scale of the values is at their left; the last line holds `ends`, the times of both ends.
    """
    height -= 1
    limit = snapshot.capacity.limit
    top = scale_top([value for _, value in snapshot.total.known()], limit)
    margin = max(4, len(str(top)))
    drawn = columns(snapshot, width - margin - 2)
    scale = {0: str(top), height - 1: "0"}
    at_limit = None if limit is None or limit > top else height - 1 - _row(limit, top, height)
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


def _row(value: int, top: int, height: int) -> int:
    """The row, from the bottom, that `value` ends in."""
    return min(height - 1, max(0, -(-value * height // top) - 1))


def _cell(
    column: Column, row: int, top: int, height: int, capacity: Capacity, at_limit: bool
) -> tuple[str, Style]:
    """The character of one column in the `row` from the bottom, and its style."""
    eighths = round(max(0, column.value) * height * 8 / top) - row * 8
    if column.value > 0 and row == 0:
        # Some calls are never drawn like none.
        eighths = max(1, eighths)
    if eighths <= 0:
        return (_LIMIT if at_limit else " "), Style.MUTED
    char = _RUNNING if column.running else _EIGHTHS[min(8, eighths)]
    return char, band(column.value, capacity)


def band(value: int, capacity: Capacity) -> Style:
    """The colour of the band that `value` is in."""
    if capacity.critical_level is not None and value >= capacity.critical_level:
        return Style.CRITICAL
    if capacity.warning_level is not None and value >= capacity.warning_level:
        return Style.WARNING
    return Style.GOOD


def short_sparkline(values: Sequence[int], width: int) -> str:
    """The latest values in at most `width` cells, by maximum; blank where nothing is known."""
    from polytop.ui.paint.numbers import sparkline

    size = max(1, -(-len(values) // width))
    # Grouped from the end, so that the last cell is a whole group.
    first = len(values) % size
    groups = reduced(values[first:], size)
    return sparkline(groups if max(groups, default=UNKNOWN) >= 0 else ())
