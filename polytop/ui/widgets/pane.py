"""Widgets made of lines: only the cells that changed are written to the terminal."""

from collections.abc import Sequence

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from polytop.ui.terminal_output import changed_spans


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
