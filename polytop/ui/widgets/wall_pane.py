"""The tiles on the screen: the cursor stays on its profile when their order changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polytop.model.frozen import frozen
from polytop.ui.render.text import blank
from polytop.ui.render.wall import WallContext, data_state, tile_lines
from polytop.ui.wall_model import Tile, WallLayout, lay_out_tiles, move_cursor, scroll_to
from polytop.ui.widgets.pane import LineBuffer


@frozen
class _DrawnTile:
    """The lines of a tile with what they were drawn from: the same inputs give the same lines."""

    tile: Tile
    inputs: tuple[object, ...]
    lines: tuple[Strip, ...]


@dataclass(frozen=True)
class _Row:
    """Tiles side by side in `width` cells."""

    width: int
    tiles: tuple[tuple[Strip, ...], ...]

    @cached_property
    def lines(self) -> tuple[Strip, ...]:
        """The lines of the tiles, with a blank between them."""
        gap = blank(1)
        spaced = (
            [each for one in line for each in (gap, one)] for line in zip(*self.tiles, strict=True)
        )
        return tuple(Strip.join(line[1:]).adjust_cell_length(self.width) for line in spaced)


class WallPane(Widget, can_focus=True):
    """Tiles in rows and columns, with a cursor that stays on its profile."""

    DEFAULT_CSS = "WallPane { height: 1; width: 1fr; }"

    class Chosen(Message):
        """A tile was chosen with Enter or a double click."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Moved(Message):
        """The cursor is on another tile."""

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.buffer = LineBuffer(self)
        self._tiles: Sequence[Tile] = ()
        self._wall_context: WallContext | None = None
        self._tile_layout, self._width = WallLayout(1, 1, 1, 1), 1
        self._cursor: str | None = None
        self._at = self._first = 0
        self._drawn: dict[str, _DrawnTile] = {}
        self._rows: list[_Row] = []

    def draw(self, tiles: Sequence[Tile], context: WallContext, width: int, height: int) -> None:
        """Show `tiles`; only the changed ones are drawn again."""
        self._tiles, self._wall_context = tiles, context
        self._tile_layout, self._width = lay_out_tiles(len(tiles), width, height), width
        self._find_cursor()
        self._draw()

    @property
    def tile(self) -> Tile | None:
        """The tile under the cursor."""
        return self._tiles[self._at] if self._at < len(self._tiles) else None

    @property
    def tiles(self) -> Sequence[Tile]:
        """The tiles in their order."""
        return self._tiles

    @property
    def hidden(self) -> tuple[int, int]:
        """The numbers of tiles above and below the screen."""
        layout = self._tile_layout
        above = self._first * layout.columns
        return above, max(0, len(self._tiles) - above - layout.rows * layout.columns)

    @property
    def tile_layout(self) -> WallLayout:
        """The layout of the tiles."""
        return self._tile_layout

    def _find_cursor(self) -> None:
        places = [at for at, tile in enumerate(self._tiles) if tile.name == self._cursor]
        self._at = places[0] if places else max(0, min(self._at, len(self._tiles) - 1))

    def _draw(self) -> None:
        if self._wall_context is None:
            return
        layout, tile = self._tile_layout, self.tile
        self._first = scroll_to(self._first, self._at, len(self._tiles), layout)
        begin = self._first * layout.columns
        shown = self._tiles[begin : begin + layout.rows * layout.columns]
        heights, context = layout.heights, self._wall_context
        parts = [
            self._tile_lines(each, context, heights[at // layout.columns], selected=each is tile)
            for at, each in enumerate(shown)
        ]
        known, self._rows = self._rows, []
        for at in range(0, len(parts), layout.columns):
            row = _Row(self._width, tuple(parts[at : at + layout.columns]))
            same = known[len(self._rows)] if len(self._rows) < len(known) else None
            self._rows.append(same if same == row else row)
        self.buffer.show([line for row in self._rows for line in row.lines])

    def _tile_lines(
        self, tile: Tile, context: WallContext, height: int, *, selected: bool
    ) -> tuple[Strip, ...]:
        size = self._tile_layout.width, height, selected
        key = (*size, id(context.palette), context.zone, *data_state(tile, context.now))
        known = self._drawn.get(tile.name)
        if known is None or known.tile is not tile or known.inputs != key:
            lines = tile_lines(tile, context, *size[:2], selected=selected)
            self._drawn[tile.name] = known = _DrawnTile(tile, key, lines)
        return known.lines

    def move(self, right: int, down: int) -> None:
        """Move the cursor by tiles."""
        self._go(move_cursor(self._at, len(self._tiles), self._tile_layout.columns, right, down))

    def page(self, pages: int) -> None:
        """Move the cursor by the tiles that fit on the screen."""
        at = self._at + pages * self._tile_layout.rows * self._tile_layout.columns
        self._go(max(0, min(len(self._tiles) - 1, at)))

    def _go(self, at: int) -> None:
        if not 0 <= at < len(self._tiles):
            return
        self._at, self._cursor = at, self._tiles[at].name
        self._draw()
        self.post_message(self.Moved())

    def choose(self) -> None:
        """Choose the tile under the cursor."""
        if (tile := self.tile) is not None:
            self.post_message(self.Chosen(tile.name))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a tile; choose it with a double click."""
        layout = self._tile_layout
        column = min(event.x // (layout.width + 1), layout.columns - 1)
        ends = accumulate(layout.heights)
        row = next((row for row, end in enumerate(ends) if event.y < end), layout.rows)
        at = (self._first + row) * layout.columns + column
        if row == layout.rows or at >= len(self._tiles):
            return
        self._go(at)
        if event.chain == 2:
            self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down by one row of tiles."""
        event.stop()
        self.move(0, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up by one row of tiles."""
        event.stop()
        self.move(0, -1)
