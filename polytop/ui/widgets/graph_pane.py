"""The graph on the screen: draws beside the event loop, the latest picture wins."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.ui.render.chart import Raster
from polytop.ui.render.context import RenderContext
from polytop.ui.render.graph import GraphBody, draw_body, draw_graph, empty_graph
from polytop.ui.render.overlays import build_comparison, highest_value
from polytop.ui.render.plot import GUTTER, Plot, area_lines, axis_rows, build_plot
from polytop.ui.render.scale import Scale, choose_scale
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.widgets.pane import LineBuffer
from polytop.ui.worker import start_work


class Wish(NamedTuple):
    """What is to be drawn."""

    snapshot: Snapshot
    context: RenderContext
    width: int
    height: int

    def basis(self) -> "Basis":
        """All that the graph depends on, apart from its title and its cursor."""
        context = self.context
        return Basis(
            self.snapshot,
            context.palette,
            context.zone,
            self.width,
            self.height,
            context.state.chosen,
        )


class Basis(NamedTuple):
    """What a ground was drawn of."""

    snapshot: Snapshot
    palette: Palette
    zone: Zone
    width: int
    height: int
    chosen: tuple[str | None, ...]

    def same(self, other: "Basis | None") -> bool:
        """Whether the ground of `other` serves; snapshots are told apart by identity."""
        if other is None or self.snapshot is not other.snapshot:
            return False
        return (self.palette, self.zone, self.width, self.height, self.chosen) == (
            other.palette,
            other.zone,
            other.width,
            other.height,
            other.chosen,
        )


class GraphPane(Widget):
    """Keeps its scale from picture to picture, so that the axis does not jump about."""

    DEFAULT_CSS = "GraphPane { height: 1; width: 1fr; }"

    class Pointed(Message):
        """The mouse points at `window`: a click, or a turn of the wheel, up (1) or down (-1)."""

        def __init__(self, window: int, wheel: int = 0) -> None:
            super().__init__()
            self.window, self.wheel = window, wheel

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def __init__(self, make_chart: Callable[[], Raster], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer = LineBuffer(self)
        self._make_chart = make_chart
        self._chart: Raster | None = None
        self._scale: Scale | None = None
        self._wish: Wish | None = None
        self._drawing = False
        self._basis: Basis | None = None
        self._ground: tuple[Plot, GraphBody] | None = None
        self._epoch = 0
        """Counts the words: what was begun before them is of no use after them."""

    def say(self, words: str, context: RenderContext, width: int, height: int) -> None:
        """A word where there is nothing to draw yet."""
        self._wish = self._basis = self._ground = None
        self._epoch += 1
        self.buffer.show(empty_graph(context, width, height, words))

    def draw(self, wish: Wish) -> None:
        """Draw `wish`: at once where only the cursor has moved, else soon.

        One that is overtaken by another is left out.
        """
        if not self._drawing and wish.basis().same(self._basis):
            self._show(wish)
            return
        self._wish = wish
        if self._drawing:
            return
        self._drawing = True
        if self._chart is None:
            # Loading the chart takes long: figures and table are on the screen before it begins.
            self.call_after_refresh(self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        start_work(self, self._work, group="graph", exit_on_error=True)

    def _show(self, wish: Wish) -> None:
        if self._ground is not None:
            plot, below = self._ground
            self.buffer.show(
                draw_graph(wish.snapshot, wish.context, plot, below, wish.width, wish.height)
            )

    async def _work(self) -> None:
        try:
            while (wish := self._wish) is not None:
                self._wish = None
                await self._paint(wish)
        finally:
            self._drawing = False

    async def _paint(self, wish: Wish) -> None:
        basis = wish.basis()
        if not basis.same(self._basis):
            epoch = self._epoch
            if self._chart is None:
                self._chart = await asyncio.to_thread(self._make_chart)
            found = await asyncio.to_thread(self._drawn, wish, self._chart)
            if epoch != self._epoch:
                return
            self._ground, self._basis = found, basis
        if self._wish is None:
            self._show(wish)

    def _drawn(self, wish: Wish, chart: Raster) -> tuple[Plot, GraphBody]:
        """The ground of `wish`. Slow (milliseconds): runs beside the event loop."""
        snapshot, context, chosen = wish.snapshot, wish.context, wish.context.state.chosen
        found = build_comparison(snapshot, context.zone, wish.width)
        rows = wish.height - axis_rows(wish.height)
        limit = snapshot.capacity.limit
        self._scale = choose_scale(highest_value(snapshot, found, chosen), limit, rows, self._scale)
        plot = build_plot(snapshot, wish.width, wish.height, self._scale, chart.columns)
        area = area_lines(snapshot, plot, chart)
        return plot, draw_body(snapshot, context.palette, plot, area, found, chosen)

    @property
    def drawing(self) -> bool:
        """Whether a picture is under way."""
        return self._drawing

    @property
    def step(self) -> int:
        """What one column stands for, seconds: at least a window."""
        if self._ground is None:
            return grid.STEP
        plot = self._ground[0]
        return max(grid.STEP, grid.floor(plot.frame.seconds / plot.width))

    def forget_scale(self) -> None:
        """Start with a fresh scale: another project or window is shown."""
        self._scale = None

    def _window_at(self, x: int) -> int | None:
        """The window that column `x` of the pane stands for: the highest of several."""
        if self._ground is None or self._basis is None:
            return None
        plot, total = self._ground[0], self._basis.snapshot.total
        column = x - GUTTER - 1
        if not 0 <= column < plot.width:
            return None
        known = [each for each in plot.windows(column) if total.start <= each < total.end]
        return max(known, key=total.at, default=None)

    def on_click(self, event: events.Click) -> None:
        """The cursor goes where one clicks."""
        window = self._window_at(event.x)
        if window is not None and event.y > 0:
            self.post_message(self.Pointed(window))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Nearer."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Farther."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, turn: int) -> None:
        event.stop()
        window = self._window_at(event.x)
        if window is not None:
            self.post_message(self.Pointed(window, turn))
