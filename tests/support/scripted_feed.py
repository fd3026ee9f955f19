"""Snapshots made by hand, and a feed that gives them to the screen one by one."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from patience import PATIENCE
from screen_text import toasts
from textual.widgets import OptionList

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot, View
from polytop.model.stats import Capacity, summary
from polytop.model.target import Filters, Target
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import MonitoredProfile
from polytop.ui.render.context import Subject
from polytop.ui.render.graph import draw_body, draw_graph

NOW = 1_795_102_950.0  # 2026-11-19 15:42:30 UTC
RUNNING = grid.floor(NOW)
CAPACITY = Capacity(120)

Rows = Mapping[str | None, Sequence[int]]


def series(values: Sequence[int]) -> Series:
    """`values` of the last windows, the running one included."""
    return Series(RUNNING + grid.STEP - len(values) * grid.STEP, tuple(values))


def made(
    total: Sequence[int],
    rows: Rows | None,
    breakdown: Breakdown | None = Breakdown.VARIANT,
    *,
    names: Mapping[str | None, str] | None = None,
    asked: Mapping[str | None, float] | None = None,
    values: tuple[str, ...] = (),
) -> Snapshot:
    """All of the same length; `asked` is how many seconds ago a row was asked for."""
    whole = series(total)
    span = len(total) * grid.STEP
    view = View(Filters(), span, None, Compare.NONE, breakdown, values)
    found = summary(whole, NOW, CAPACITY)
    parts = None
    if rows is not None:
        parts = tuple(_row(id_, each, names or {}, asked or {}) for id_, each in rows.items())
    return Snapshot(
        NOW, view, view, whole.start, whole.end, whole, found, parts, CAPACITY,
        fetched_at=NOW, next_at=NOW + 30, live=found, recent=whole,
    )  # fmt: skip


def _row(
    id_: str | None,
    values: Sequence[int],
    names: Mapping[str | None, str],
    asked: Mapping[str | None, float],
) -> RowView:
    own, at = series(values), NOW - asked[id_] if id_ in asked else None
    if at is not None:
        running = grid.floor(at)
        own = replace(own, provisional=frozenset(grid.windows(running, own.end)))
    return RowView(Part(id_), names.get(id_), own, summary(own, NOW), asked_at=at)


@dataclass
class ScriptedFeed:
    """A poller whose answers are put into it."""

    first: Snapshot
    queue: asyncio.Queue[Snapshot] = field(default_factory=asyncio.Queue)

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        yield self.first
        while True:
            yield await self.queue.get()

    def look(self, view: View) -> None:
        """Answer a new view at once, with the same data."""
        self.first = replace(self.first, view=view, wanted=view)
        self.queue.put_nowait(self.first)

    def put(self, snapshot: Snapshot) -> None:
        """Answer with `snapshot`."""
        self.first = snapshot
        self.queue.put_nowait(snapshot)

    def wake(self) -> None: ...

    def show_again(self) -> None: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class OnlyProfile:
    """The one profile there is."""

    only: MonitoredProfile

    @property
    def names(self) -> tuple[str, ...]:
        return (self.only.subject.profile,)

    def get(self, name: str) -> MonitoredProfile:
        return self.only


def app_of(feed: ScriptedFeed, options: Options | None = None) -> PolytopApp:
    """A monitor that shows what `feed` gives."""

    async def opened(_: View) -> ScriptedFeed:
        return feed

    target = Target("ws-1", "PROJECT-1", "https://api.example", "uk-1")
    watch = MonitoredProfile(Subject("prod", target), Filters(), opened, lambda: NOW)
    return PolytopApp(watch, OnlyProfile(watch), options or Options(utc=True))


class ScriptedStage:
    """A monitor on a feed of snapshots made by hand."""

    def __init__(self, app, pilot, feed):
        self.app, self.pilot, self.feed = app, pilot, feed
        self.home = app.screen

    @property
    def pane(self):
        """The table."""
        return self.home.board.table

    @property
    def cursor_row(self):
        """The index of the table's row under the cursor, from the top of all rows."""
        return next(at for at, row in enumerate(self.pane.rows) if row is self.pane.row)

    def options(self):
        """The lines of the list in the dialog on top."""
        listed = self.app.screen.query_one(OptionList)
        return [str(listed.get_option_at_index(at).prompt) for at in range(listed.option_count)]

    def toasts(self):
        """The messages in the corner of the screen."""
        return toasts(self.app)

    async def until(self, holds):
        """Wait until `holds`; fails where it never does."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self.pilot.pause(0.01)

    def rows(self):
        """Names of the rows as shown, the total left out."""
        return [entry.label for entry in self.pane.rows]

    def foot(self):
        """The lines of status, message and keys."""
        return self.home.board.status.buffer.text()

    async def settled(self):
        """Wait until the snapshot is drawn."""
        async with asyncio.timeout(PATIENCE):
            while not self.home.settled:
                await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def press(self, *keys):
        """Press keys and wait until all is drawn."""
        await self.pilot.press(*keys)
        await self.settled()

    async def put(self, snapshot):
        """Let the feed give `snapshot` and wait until it is drawn."""
        self.feed.put(snapshot)
        async with asyncio.timeout(PATIENCE):
            while self.home.snapshot is not snapshot:
                await self.pilot.pause(0.01)
        await self.settled()


@asynccontextmanager
async def scripted_stage(snapshot, size=(120, 40), options=None, *, notifications=False):
    """The monitor of `snapshot` in a terminal of `size`.

    Messages in the corner are shown with `notifications` alone.
    """
    feed = ScriptedFeed(snapshot)
    app = app_of(feed, options)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        stage = ScriptedStage(app, pilot, feed)
        await stage.settled()
        yield stage


def draw(shot, context, plot, area, width, height, comparison=None):
    """The graph as the screen draws it: a body, and the rest over it."""
    body = draw_body(shot, context.palette, plot, area, comparison, context.state.chosen)
    return draw_graph(shot, context, plot, body, width, height)
