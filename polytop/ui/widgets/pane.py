"""Widgets made of lines: only the cells that changed are written to the terminal."""

from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_JOIN = 12
"""Unchanged cells between two changes that are written again: cheaper than a cursor move."""


def _cells(strip: Strip) -> list[Segment]:
    """One segment per character."""
    return [Segment(char, style) for text, style, _ in strip for char in text]


def changed_spans(old: Strip, new: Strip) -> Iterator[tuple[int, int]]:
    """The ranges in which two lines differ, as (column, width) in cells; near ones are joined."""
    if old is new or old == new:
        return
    before, after = _cells(old), _cells(new)
    if old.cell_length != new.cell_length or len(before) != len(after):
        yield 0, max(old.cell_length, new.cell_length)
        return
    if len(after) != new.cell_length or len(before) != old.cell_length:
        yield 0, new.cell_length
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

    def show(self, lines: Sequence[Strip]) -> None:
        """Show `lines` from now on, one per row."""
        old, self.lines = self.lines, tuple(lines)
        if len(old) != len(self.lines):
            self._widget.refresh()
            return
        regions = [
            Region(column, row, width, 1)
            for row, (before, after) in enumerate(zip(old, self.lines, strict=True))
            for column, width in changed_spans(before, after)
        ]
        if regions:
            self._widget.refresh(*regions)

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

    def show(self, lines: Sequence[Strip]) -> None:
        """Show `lines` from now on, one per row."""
        self.buffer.show(lines)
