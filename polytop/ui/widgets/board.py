"""All the panes of the home screen, laid out for the terminal's size and drawn together."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from polytop.model.snapshot import Snapshot
from polytop.ui.chart import Raster
from polytop.ui.paint.alarm import alarm_lines
from polytop.ui.paint.figures import figures_block, gauge, number_block
from polytop.ui.paint.header import header
from polytop.ui.paint.status import alert, status
from polytop.ui.paint.table import foot
from polytop.ui.plan import Plan, plan
from polytop.ui.scene import Scene
from polytop.ui.widgets.graph_pane import GraphPane, Wish
from polytop.ui.widgets.pane import Pane
from polytop.ui.widgets.table_pane import Picture, TablePane


@dataclass(frozen=True, slots=True)
class Size:
    """The terminal, in cells."""

    width: int
    height: int


class Board(Vertical):
    """Draws snapshots; what is not on the plan for this size is not displayed."""

    DEFAULT_CSS = """
    Board { height: 1fr; width: 1fr; }
    Board > #body { height: auto; width: 1fr; }
    Board #panes { height: auto; width: 1fr; }
    """

    def __init__(self, make_chart: Callable[[], Raster]) -> None:
        super().__init__()
        self.header = Pane(id="header")
        self.figures = Pane(id="figures")
        self.gauge = Pane(id="gauge")
        self.graph = GraphPane(make_chart, id="graph")
        self.table = TablePane(id="table")
        self.status = Pane(id="status")
        self.body = Horizontal(id="body")
        self._plan: Plan | None = None

    def compose(self) -> ComposeResult:
        """Header, body, status; a sidebar may be mounted before the panes."""
        yield self.header
        with self.body, Vertical(id="panes"):
            yield self.figures
            yield self.gauge
            yield self.graph
            yield self.table
        yield self.status

    def draw(self, snapshot: Snapshot | None, scene: Scene, size: Size, *, sidebar: bool) -> Plan:
        """Draw everything; returns the plan that it was drawn by."""
        rows = len(snapshot.rows or ()) if snapshot else 8
        words = (*alarm_lines(scene, size.width), *alert(snapshot, scene, size.width))
        place = plan(size.width, size.height, rows, alert=len(words), sidebar=sidebar)
        self._lay_out(place)
        if place.tiny:
            self.status.show(number_block(snapshot, scene, size.width, size.height))
            return place
        width = size.width - place.sidebar
        self.draw_header(snapshot, scene, size)
        self.figures.show(figures_block(snapshot, scene, width, place.figures))
        self.gauge.show((gauge(snapshot, scene, width),) if place.gauge else ())
        self._draw_body(snapshot, scene, place, width)
        above = words or (foot(snapshot, scene, size.width),)
        self.status.show([*above[: place.status - 1], status(snapshot, scene, size.width)])
        return place

    def draw_header(self, snapshot: Snapshot | None, scene: Scene, size: Size) -> None:
        """The clock and the age of the data: what changes every second."""
        if self._plan is not None and self._plan.tiny:
            self.status.show(number_block(snapshot, scene, size.width, size.height))
        else:
            self.header.show((header(snapshot, scene, size.width),))

    def _draw_body(self, snapshot: Snapshot | None, scene: Scene, place: Plan, width: int) -> None:
        if snapshot is None or snapshot.fetched_at is None:
            waiting = snapshot is None and scene.notice is None
            words = "Waiting for the first answer" if waiting else "No data yet"
            self.graph.say(words, scene, width, place.graph)
            self.table.clear()
            return
        self.graph.draw(Wish(snapshot, scene, width, place.graph))
        if place.table:
            self.table.draw(Picture(snapshot, scene, width, place.table))

    def _lay_out(self, place: Plan) -> None:
        before, self._plan = self._plan, place
        if before == place:
            return
        heights = (
            (self.header, place.header),
            (self.figures, place.figures),
            (self.gauge, place.gauge),
            (self.graph, place.graph),
            (self.table, place.table),
            (self.status, place.status),
        )
        for pane, height in heights:
            pane.display = height > 0
            pane.styles.height = height
        self.body.styles.height = place.total - place.header - place.status
        self.body.display = place.total > place.header + place.status
