"""Widgets made of lines: only the cells that changed are written to the terminal."""

from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_JOIN = 12
"""Unchanged cells between two changes that are written again: cheaper than a cursor move."""


def _cells(segments: Sequence[Segment]) -> list[Segment]:
    """One segment per character."""
    return [Segment(char, style) for text, style, _ in segments for char in text]


def changed_spans(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """The ranges in which two lines differ, as (column, width) in cells; near ones are joined."""
    if old is new or old == new:
        return
    before, after = list(old), list(new)
    first = last = 0
    if old.cell_length == new.cell_length:
        # Most of two lines is the same: only the segments between are taken apart.
        pairs = list(zip(before, after, strict=False))
        first = next((at for at, (a, b) in enumerate(pairs) if a != b), len(pairs))
        rest = list(zip(reversed(before[first:]), reversed(after[first:]), strict=False))
        last = next((at for at, (a, b) in enumerate(rest) if a != b), len(rest))
    left = sum(segment.cell_length for segment in after[:first])
    before, after = before[first : len(before) - last], after[first : len(after) - last]
    for column, width in _changed_cells(before, after):
        yield left + column, width


def _changed_cells(old: Sequence[Segment], new: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    widths = [sum(segment.cell_length for segment in line) for line in (old, new)]
    before, after = _cells(old), _cells(new)
    if [len(before), len(after)] != widths or widths[0] != widths[1]:
        yield 0, max(widths)
        return
    start = end = -1
    for column, (a, b) in enumerate(zip(before, after, strict=True)):
        if a == b:
            continue
        if start < 0:
            start = column
        elif column - end > _JOIN:
            yield start, end - start
            start = column
        end = column + 1
    if start >= 0:
        yield start, end - start


class LineBuffer:
    """The lines of a widget on the line API; only the spans that changed are drawn again."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self.lines: tuple[Strip, ...] = ()
        """The lines that are shown, one per row."""

    def show(self, lines: Sequence[Strip], *, at_once: bool = False) -> None:
        """Show `lines` from now on, one per row; `at_once` is for a few cells."""
        old, self.lines = self.lines, tuple(lines)
        if len(old) != len(self.lines):
            self._widget.refresh()
            return
        regions = [
            Region(column, row, width, 1)
            for row, (before, after) in enumerate(zip(old, self.lines, strict=True))
            for column, width in changed_spans(before, after)
        ]
        if regions and at_once:
            self._paint(regions)
        elif regions:
            self._widget.refresh(*regions)

    def _paint(self, regions: Sequence[Region]) -> None:
        """Draw `regions` now: a refresh takes messages and a timer, more work than a digit is."""
        screen = self._widget.screen
        self._widget._set_dirty(*regions)
        screen._dirty_widgets.add(self._widget)
        screen._on_timer_update()

    def render_line(self, y: int) -> Strip:
        """Return row `y`, on the theme's background."""
        back = Style(bgcolor=self._widget.rich_style.bgcolor)
        if y < len(self.lines):
            return self.lines[y].apply_style(back)
        return Strip.blank(self._widget.size.width, back)

    def text(self) -> str:
        """Return the lines without styles: for a test or a copy."""
        return "\n".join(line.text.rstrip() for line in self.lines)


class Pane(Widget):
    """A widget that shows lines."""

    DEFAULT_CSS = "Pane { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.buffer = LineBuffer(self)

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def show(self, lines: Sequence[Strip], *, at_once: bool = False) -> None:
        """Show `lines` from now on, one per row; see :meth:`LineBuffer.show`."""
        self.buffer.show(lines, at_once=at_once)
