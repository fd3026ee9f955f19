"""The graph on the screen: drawn in a thread, the latest request only."""

import asyncio
from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from polytop.model import grid
from polytop.ui.render.chart import Raster
from polytop.ui.render.context import RenderContext, RenderRequest
from polytop.ui.render.graph import GraphBody, draw_body, draw_graph, empty_graph
from polytop.ui.render.overlays import NO_PLAN, build_comparison, highest_value
from polytop.ui.render.plot import GUTTER, Plot, area_lines, axis_rows, build_plot
from polytop.ui.render.scale import Scale, choose_scale
from polytop.ui.widgets.pane import LineBuffer
from polytop.ui.worker import start_work


def _same_body(one: RenderRequest, other: RenderRequest | None) -> bool:
    """True if the graphs of both differ in title and cursor only; snapshots count by identity."""
    if other is None or one.snapshot is not other.snapshot:
        return False

    def look(request: RenderRequest) -> tuple[object, ...]:
        context = request.context
        chosen = context.state.chosen
        return context.palette, context.zone, request.width, request.height, chosen

    return look(one) == look(other)


class GraphPane(Widget):
    """The graph. It keeps its scale from one drawing to the next, so that the axis is steady."""

    DEFAULT_CSS = "GraphPane { height: 1; width: 1fr; }"

    class Pointed(Message):
        """A click on `window`, or a turn of the wheel over it: up (1) or down (-1)."""

        def __init__(self, window: int, wheel: int = 0) -> None:
            super().__init__()
            self.window, self.wheel = window, wheel

    def __init__(self, make_chart: Callable[[], Raster], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.buffer = LineBuffer(self)
        self._make_chart = make_chart
        self._chart: Raster | None = None
        self._scale: Scale | None = None
        self._next: RenderRequest | None = None
        """The latest request, while another is being drawn."""
        self._drawing = False
        self._drawn: tuple[RenderRequest, Plot, GraphBody] | None = None
        """The last body with its plot and the request that it was drawn for."""
        self._resets = 0
        """Counts messages: a body that was begun before a message is not shown after it."""

    def render_line(self, y: int) -> Strip:
        """Return row `y`."""
        return self.buffer.render_line(y)

    def show_message(self, words: str, context: RenderContext, width: int, height: int) -> None:
        """Show `words` in an empty graph, before there is anything to draw."""
        self._next = self._drawn = None
        self._resets += 1
        self.buffer.show(empty_graph(context, width, height, words))

    def draw(self, request: RenderRequest) -> None:
        """Draw `request`: at once if only the cursor has moved, else soon.

        Requests that come while another is drawn are skipped, except for the latest.
        """
        if not self._drawing and self._drawn and _same_body(request, self._drawn[0]):
            self._show(request)
            return
        self._next = request
        if self._drawing:
            return
        self._drawing = True
        if self._chart is None and request.context.palette.solid is None:
            # Loading the chart takes long: figures and table come to the screen before it begins.
            self.call_after_refresh(self._start)
        else:
            self._start()

    def _start(self) -> None:
        start_work(self, self._draw_requests, group="graph", exit_on_error=True)

    async def _draw_requests(self) -> None:
        try:
            while (request := self._next) is not None:
                self._next = None
                await self._draw_one(request)
        finally:
            self._drawing = False

    async def _draw_one(self, request: RenderRequest) -> None:
        if self._drawn is None or not _same_body(request, self._drawn[0]):
            resets = self._resets
            plot, body = await asyncio.to_thread(self._draw_body, request)
            if resets != self._resets:
                return
            self._drawn = request, plot, body
        if self._next is None:
            self._show(request)

    def _draw_body(self, request: RenderRequest) -> tuple[Plot, GraphBody]:
        """Draw the body of the graph. Takes milliseconds: runs in a thread."""
        snapshot, context, width, height = request
        chosen, limit = context.state.chosen, snapshot.capacity.limit
        comparison = build_comparison(snapshot, context.zone, width)
        launch = NO_PLAN
        if context.launch is not None:
            from polytop.ui.render.launch import build_overlay

            launch = build_overlay(snapshot, context, width)
        top = highest_value(snapshot, comparison, chosen, launch.line)
        self._scale = choose_scale(top, limit, height - axis_rows(height), self._scale)
        plot = build_plot(snapshot, width, height, self._scale, 1)
        area: tuple[str, ...] = ()
        if context.palette.solid is None:
            self._chart = self._chart or self._make_chart()
            plot = plot._replace(dots=self._chart.columns)
            area = area_lines(snapshot, plot, self._chart)
        return plot, draw_body(snapshot, context.palette, plot, area, comparison, chosen, launch)

    def _show(self, request: RenderRequest) -> None:
        if self.plot is not None and self.body is not None:
            snapshot, context, width, height = request
            self.buffer.show(draw_graph(snapshot, context, self.plot, self.body, width, height))

    @property
    def plot(self) -> Plot | None:
        """The plot of the graph that is shown."""
        return self._drawn[1] if self._drawn else None

    @property
    def body(self) -> GraphBody | None:
        """The body of the graph that is shown."""
        return self._drawn[2] if self._drawn else None

    @property
    def drawing(self) -> bool:
        """True while a graph is being drawn."""
        return self._drawing

    @property
    def step(self) -> int:
        """The time by which the cursor moves, seconds: a column at most, and at least a window."""
        if self.plot is None:
            return grid.STEP
        return max(grid.STEP, grid.floor(self.plot.frame.seconds / self.plot.width))

    def forget_scale(self) -> None:
        """Choose a fresh scale for the next graph, for another project or span."""
        self._scale = None

    def _window_at(self, x: int) -> int | None:
        """The window at column `x` of the pane: of several, the one with the highest value."""
        if self._drawn is None:
            return None
        plot, snapshot = self._drawn[1], self._drawn[0].snapshot
        column = x - GUTTER - 1
        if not 0 <= column < plot.width:
            return None
        windows = [each for each in plot.windows(column) if each < snapshot.end]
        values = {each: max(snapshot.total.at(each), snapshot.lead.at(each)) for each in windows}
        return max(windows, key=values.__getitem__, default=None)

    def on_click(self, event: events.Click) -> None:
        """Ask for the cursor at the window that was clicked."""
        window = self._window_at(event.x)
        if window is not None and event.y > 0:
            self.post_message(self.Pointed(window))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Ask to zoom in."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Ask to zoom out."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, turn: int) -> None:
        event.stop()
        window = self._window_at(event.x)
        if window is not None:
            self.post_message(self.Pointed(window, turn))
