"""The graph on the screen: draws beside the event loop, the latest picture wins."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from polytop.model.snapshot import Snapshot
from polytop.ui.chart import Raster
from polytop.ui.paint.graph import empty_graph, graph
from polytop.ui.paint.plot import axis_rows, plot, raster
from polytop.ui.scale import Scale, scale
from polytop.ui.scene import Scene
from polytop.ui.widgets.pane import Pane


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn."""

    snapshot: Snapshot
    scene: Scene
    width: int
    height: int


class GraphPane(Pane):
    """Keeps its scale from picture to picture, so that the axis does not jump about."""

    def __init__(self, make_chart: Callable[[], Raster], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._make_chart = make_chart
        self._chart: Raster | None = None
        self._scale: Scale | None = None
        self._wish: Wish | None = None
        self._drawing = False

    def say(self, words: str, scene: Scene, width: int, height: int) -> None:
        """A word where there is nothing to draw yet."""
        self._wish = None
        self.show(empty_graph(scene, width, height, words))

    def draw(self, wish: Wish) -> None:
        """Draw `wish` soon; one that is overtaken by another is left out."""
        self._wish = wish
        if not self._drawing:
            self._drawing = True
            self.run_worker(self._work(), group="graph", exit_on_error=True)

    async def _work(self) -> None:
        try:
            while (wish := self._wish) is not None:
                self._wish = None
                await self._paint(wish)
        finally:
            self._drawing = False

    async def _paint(self, wish: Wish) -> None:
        if self._chart is None:
            self._chart = await asyncio.to_thread(self._make_chart)
        snapshot = wish.snapshot
        peak = snapshot.summary.peak.value if snapshot.summary.peak else 0
        rows = wish.height - axis_rows(wish.height)
        self._scale = scale(peak, snapshot.capacity.limit, rows, self._scale)
        place = plot(snapshot, wish.width, wish.height, self._scale)
        area = await asyncio.to_thread(raster, snapshot, place, self._chart)
        self.show(graph(snapshot, wish.scene, place, area, wish.width, wish.height))

    @property
    def drawing(self) -> bool:
        """Whether a picture is under way."""
        return self._drawing

    def forget_scale(self) -> None:
        """Start with a fresh scale: another project or window is shown."""
        self._scale = None
