"""The panes of the home screen, laid out for the size of the terminal and drawn together."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.strip import Strip

from polytop.model.snapshot import Snapshot
from polytop.ui.layout import Layout, lay_out
from polytop.ui.readings import viewed_window
from polytop.ui.render.chart import Raster
from polytop.ui.render.context import RenderContext, RenderRequest
from polytop.ui.render.figures import figures_block, number_block
from polytop.ui.render.header import alert_lines, header
from polytop.ui.render.status import problem_lines, status_line
from polytop.ui.render.table import footer
from polytop.ui.table_model import lacks_total, other_calls
from polytop.ui.widgets.graph_pane import GraphPane
from polytop.ui.widgets.pane import Pane
from polytop.ui.widgets.table_pane import TablePane
from polytop.ui.worker import Work, start_work

if TYPE_CHECKING:
    from polytop.model.coincidence import Coincidence


AT_ONCE = 120_000
"""Values for which a coincidence is computed at once: it takes about two milliseconds."""


class CoincidenceTask:
    """Computes the coincidence of the latest snapshot, in a thread if that takes long.

    `run` starts work; `done` is called when the result is there.
    """

    def __init__(self, run: Callable[[Work], None], done: Callable[[], None]) -> None:
        self._run, self._done = run, done
        self._snapshot: Snapshot | None = None
        self._result: Coincidence | None = None
        self._next: Snapshot | None = None
        self.busy = False
        """True while a coincidence is being computed."""

    def of(self, snapshot: Snapshot | None) -> "Coincidence | None":
        """The coincidence of `snapshot`, or that of the one before in the same view meanwhile."""
        if snapshot is None or lacks_total(snapshot) or not snapshot.rows:
            return None
        if snapshot is self._snapshot:
            return self._result
        if len(snapshot.rows) * len(snapshot.total) <= AT_ONCE:
            self._keep(snapshot, _compute(snapshot))
            return self._result
        self._next = snapshot
        if not self.busy:
            self.busy = True
            self._run(self._work)
        before = self._snapshot
        return self._result if before is not None and before.view == snapshot.view else None

    async def _work(self) -> None:
        try:
            while (snapshot := self._next) is not None:
                self._next = None
                self._keep(snapshot, await asyncio.to_thread(_compute, snapshot))
        finally:
            self.busy = False
        self._done()

    def _keep(self, snapshot: Snapshot, result: "Coincidence | None") -> None:
        self._snapshot, self._result = snapshot, result


def _compute(snapshot: Snapshot) -> "Coincidence | None":
    from polytop.model.coincidence import measure_coincidence

    return measure_coincidence(snapshot.total, [row.series for row in snapshot.rows or ()])


class Size(NamedTuple):
    """The terminal, in cells."""

    width: int
    height: int


class Board(Vertical):
    """Draws snapshots; a pane without room in the layout is hidden."""

    DEFAULT_CSS = """
    Board { height: 1fr; width: 1fr; }
    Board > #body { height: auto; width: 1fr; }
    Board #panes { height: auto; width: 1fr; }
    """

    def __init__(self, make_chart: Callable[[], Raster]) -> None:
        super().__init__()
        self.header = Pane(id="header")
        self.figures = Pane(id="figures")
        self.graph = GraphPane(make_chart, id="graph")
        self.table = TablePane(id="table")
        self.status = Pane(id="status")
        self.body = Horizontal(id="body")
        self._board_layout: Layout | None = None
        self._coincidence = CoincidenceTask(self._run, self._redraw_status)
        self._again: Callable[[], None] | None = None
        self._words = 0

    def compose(self) -> ComposeResult:
        """Yield header, body and status; a sidebar may be mounted before the panes."""
        yield self.header
        with self.body, Vertical(id="panes"):
            yield self.figures
            yield self.graph
            yield self.table
        yield self.status

    def draw(
        self, snapshot: Snapshot | None, context: RenderContext, size: Size, *, sidebar: bool
    ) -> Layout:
        """Draw everything; return the layout."""
        rows = _rows(snapshot, context)
        words = _words(snapshot, context, size.width)
        least = len(_words(snapshot, context, size.width, advice=False))
        layout = lay_out(
            size.width,
            size.height,
            rows,
            alert=len(words),
            least=least,
            sidebar=sidebar,
            plan=context.launch is not None and context.launch.plan is not None,
        )
        self._lay_out(layout)
        self._words = len(words)
        self._again = None
        self.draw_clock(snapshot, context, size)
        if layout.tiny:
            return layout
        width = size.width - layout.sidebar
        self.figures.show(figures_block(snapshot, context, width, layout.figures))
        self._draw_body(snapshot, context, layout, width)
        self._again = partial(self._draw_status, snapshot, context, size.width, words)
        self._again()
        return layout

    def _draw_status(
        self, snapshot: Snapshot | None, context: RenderContext, width: int, words: Sequence[Strip]
    ) -> None:
        """Draw the last lines; without problems the footer of the table is there."""
        room = self._board_layout.status - 1 if self._board_layout else 0
        above = words[:room]
        if room and not words:
            above = (footer(snapshot, context, width, self._coincidence.of(snapshot)),)
        self.status.show([*above, status_line(snapshot, context, width)])

    def _run(self, work: Work) -> None:
        start_work(self, work, group="coincidence", exit_on_error=True)

    def _redraw_status(self) -> None:
        if (
            self._again is not None
            and self._board_layout is not None
            and not self._board_layout.tiny
        ):
            self._again()

    @property
    def drawing(self) -> bool:
        """True while the graph or the footer is still being drawn."""
        return self.graph.drawing or self._coincidence.busy

    def draw_clock(
        self,
        snapshot: Snapshot | None,
        context: RenderContext,
        size: Size,
        *,
        at_once: bool = False,
    ) -> None:
        """Draw what changes by the clock: the header, and how long an alert has lasted."""
        if self._board_layout is not None and self._board_layout.tiny:
            lines = number_block(snapshot, context, size.width, size.height)
            self.status.show(lines, at_once=at_once)
            return
        self.header.show((header(snapshot, context, size.width),), at_once=at_once)
        if self._words and self._again is not None:
            words = _words(snapshot, context, size.width)
            # More or fewer words are another layout: that waits for the next whole drawing.
            if len(words) == self._words:
                self._again = partial(self._draw_status, snapshot, context, size.width, words)
                self._again()

    def _draw_body(
        self, snapshot: Snapshot | None, context: RenderContext, layout: Layout, width: int
    ) -> None:
        if snapshot is None or snapshot.fetched_at is None:
            waiting = snapshot is None and context.notice is None
            words = "Waiting for the first answer" if waiting else "No data yet"
            self.graph.show_message(words, context, width, layout.graph)
            self.table.clear()
            return
        self.graph.draw(RenderRequest(snapshot, context, width, layout.graph))
        if layout.table:
            self.table.draw(RenderRequest(snapshot, context, width, layout.table))

    def _lay_out(self, layout: Layout) -> None:
        before, self._board_layout = self._board_layout, layout
        if before == layout:
            return
        heights = (
            (self.header, layout.header),
            (self.figures, layout.figures),
            (self.graph, layout.graph),
            (self.table, layout.table),
            (self.status, layout.status),
        )
        for pane, height in heights:
            pane.display = height > 0
            pane.styles.height = height
        self.body.styles.height = layout.total - layout.header - layout.status
        self.body.display = layout.total > layout.header + layout.status


def _words(
    snapshot: Snapshot | None, context: RenderContext, width: int, *, advice: bool = True
) -> tuple[Strip, ...]:
    """The lines of alerts and problems above the status line, with the `advice` or without it."""
    alerts = alert_lines(snapshot, context, width)
    return (*alerts, *problem_lines(snapshot, context, width, advice=advice))


def _rows(snapshot: Snapshot | None, context: RenderContext) -> int:
    """Rows of the breakdown, with the row of other calls."""
    if snapshot is None:
        return 8
    rest = other_calls(snapshot, viewed_window(snapshot, context.state)) is not None
    return len(snapshot.rows or ()) + rest
