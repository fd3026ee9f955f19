"""The home screen: what keys do, and where snapshots go."""

import logging
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from polytop.model.duration import exact
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters
from polytop.ui.chart import Raster
from polytop.ui.feed import Feed, FeedError, Profiles, Watch
from polytop.ui.palette import Palette
from polytop.ui.scene import Scene
from polytop.ui.state import (
    WINDOWS,
    ViewState,
    filtered,
    narrowed,
    resized,
    reversed_,
    sorted_by,
    sorted_next,
    taken_back,
    widened,
)
from polytop.ui.timetext import Zone
from polytop.ui.widgets.board import Board, Size
from polytop.ui.widgets.table_pane import TablePane
from polytop.ui.wire import LeanCompositor

if TYPE_CHECKING:
    from polytop.ui.widgets.find import Find
    from polytop.ui.widgets.sidebar import Sidebar

log = logging.getLogger("polytop.ui")


class MonitorScreen(Screen[None]):
    """Watches one profile at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "refresh", "Ask now"),
        Binding("space", "freeze", "Freeze the screen, or go on"),
        Binding("f", "sidebar", "Filters"),
        Binding("slash", "find", "Find rows"),
        Binding("s", "sort", "Sort by the next column"),
        Binding("S", "reverse", "Reverse the order"),
        Binding("left_square_bracket", "window(-1)", "Shorter window"),
        Binding("right_square_bracket", "window(1)", "Longer window"),
        Binding("u", "utc", "UTC or local time"),
        Binding("y", "copy", "Copy"),
        Binding("enter", "narrow", "Narrow to the row"),
        Binding("escape", "widen", "Back"),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("home,g", "move(-100000)", "First row", show=False),
        Binding("end,G", "move(100000)", "Last row", show=False),
    ]

    def __init__(
        self,
        watch: Watch,
        profiles: Profiles,
        state: ViewState,
        *,
        make_chart: Callable[[], Raster],
        palette: Callable[[], Palette],
    ) -> None:
        super().__init__()
        self._compositor = LeanCompositor()
        self._watch, self._profiles, self._state = watch, profiles, state
        self._palette = palette
        self._board = Board(make_chart)
        self._feed: Feed | None = None
        self._latest: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._notice: Problem | None = None
        self._sidebar: Sidebar | None = None
        self._find: Find | None = None
        self._names: dict[str, str] = {}

    # The life of the screen

    def compose(self) -> ComposeResult:
        """The board is all there is until a sidebar or a search is asked for."""
        yield self._board

    def on_mount(self) -> None:
        """Draw the frame at once; data follow."""
        self._board.table.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.redraw()
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._start)

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new size."""
        self.redraw()

    def _start(self) -> None:
        self.run_worker(
            self._follow(self._watch),
            group="feed",
            exclusive=True,
            exit_on_error=False,
            description="poller",
        )

    async def _follow(self, watch: Watch) -> None:
        """Take snapshots in from one profile until another is chosen."""
        try:
            feed = await watch.open(self._state.view)
        except FeedError as error:
            self._tell(error.problem)
            return
        self._feed = feed
        try:
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    self._take(snapshot)
        except Exception:
            log.exception("the poller stopped")
            self._tell(
                Problem(
                    Kind.BROKEN,
                    "The poller stopped",
                    "Press r to start it again; the log holds the details: please report them.",
                )
            )
        finally:
            if self._feed is feed:
                self._feed = None

    def _take(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        if snapshot.refusal is not None:
            self._state = taken_back(self._state, snapshot.view)
            self._notice = snapshot.refusal
        for row in snapshot.rows or ():
            if row.part.id is not None:
                self._names[row.part.id] = row.name or row.part.id
        if not self._state.frozen:
            self._shown = snapshot
            self.redraw()
            self._fill_sidebar()

    @property
    def settled(self) -> bool:
        """Whether data have come and what is shown of them is drawn."""
        return self._shown is not None and not self._board.graph.drawing

    # Drawing

    def scene(self) -> Scene:
        """The moment, as painters need it."""
        zone = Zone(UTC) if self._state.utc else Zone(self._watch.zone)
        return Scene(
            self._watch.subject,
            self._state,
            self._watch.clock(),
            zone,
            self._palette(),
            self._names.get(self._state.filters.variant_id or ""),
            self._notice,
        )

    def redraw(self) -> None:
        """Draw everything that there is to see; only what changed reaches the terminal."""
        width, height = self.app.size
        lines = 1 if self._find is not None else 0
        plan = self._board.draw(
            self._shown,
            self.scene(),
            Size(width, max(1, height - lines)),
            sidebar=self._sidebar is not None,
        )
        if self._sidebar is not None:
            self._sidebar.display = plan.sidebar > 0
        if self.focused is None and plan.table:
            self.call_after_refresh(self._board.table.focus)

    def _tick(self) -> None:
        self._board.draw_header(self._shown, self.scene(), Size(*self.app.size))

    def _tell(self, problem: Problem) -> None:
        self._notice = problem
        self.redraw()

    def _change(self, state: ViewState) -> None:
        """Take a new state on: what asks for other data goes to the poller."""
        before, self._state = self._state, state
        self._notice = None
        if state.view != before.view:
            if state.span != before.span:
                self._board.graph.forget_scale()
            if self._feed is not None:
                self._feed.look(state.view)
            self._fill_sidebar()
        self.redraw()

    # What keys do

    def action_refresh(self) -> None:
        """Poll now; start the poller again where it has stopped."""
        self._notice = None
        if self._feed is not None:
            self._feed.wake()
        else:
            self._start()
        self.redraw()

    def action_freeze(self) -> None:
        """Hold the picture; polling goes on behind it."""
        frozen = not self._state.frozen
        if not frozen:
            self._shown = self._latest
        self._change(replace(self._state, frozen=frozen))

    def action_window(self, steps: int) -> None:
        """The next shorter or longer window."""
        self._change(resized(self._state, steps))

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._change(sorted_next(self._state))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._change(reversed_(self._state))

    def action_utc(self) -> None:
        """UTC or local time."""
        self._change(replace(self._state, utc=not self._state.utc))
        self._tick()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self._board.table.move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self._board.table.move(pages * self._board.table.page())

    def action_narrow(self) -> None:
        """Narrow the whole screen to the row under the cursor."""
        self._board.table.choose()

    async def action_widen(self) -> None:
        """Close what is open, else go one step back."""
        if self._sidebar is not None:
            await self.action_sidebar()
        else:
            self._change(widened(self._state))

    @on(TablePane.Chosen)
    def _narrow_to(self, message: TablePane.Chosen) -> None:
        if message.entry.id is None:
            self._tell(
                Problem(
                    Kind.REFUSED,
                    "These calls carry no variant",
                    "The API cannot filter by what is not there.",
                )
            )
            return
        self._change(
            narrowed(self._state, self._state.filters.changed(variant_id=message.entry.id))
        )

    @on(TablePane.SortBy)
    def _sort_by(self, message: TablePane.SortBy) -> None:
        self._change(sorted_by(self._state, message.key))

    def commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Title, meaning and call of what the palette of commands offers here."""
        yield "Refresh", "Ask the API now", self.action_refresh
        yield "Freeze or go on", "Hold the picture; polling goes on", self.action_freeze
        yield "Copy", "The row, the moment or a summary", self.action_copy
        yield "Filters", "Open or close the sidebar", self.action_sidebar
        yield "Find rows", "Show only rows that hold a text", self.action_find
        yield "UTC or local time", "Change the clock", self.action_utc
        for span in WINDOWS:
            yield f"Window: {exact(span)}", "Show this span", partial(self.choose_window, span)
        for name in self._profiles.names:
            yield f"Profile: {name}", "Watch this profile", partial(self.choose_profile, name)

    def action_copy(self) -> None:
        """Copy the row, the moment or a summary to the clipboard, through the terminal."""
        from polytop.ui.screens.copy import CopyScreen

        if self._shown is None or self._shown.fetched_at is None:
            self._tell(Problem(Kind.REFUSED, "There is nothing to copy yet", "Wait for data."))
            return
        self.app.push_screen(CopyScreen(), self._copy)

    def _copy(self, what: str | None) -> None:
        from polytop.ui import copying

        snapshot, entry = self._shown, self._board.table.entry
        if what is None or snapshot is None:
            return
        if what == "row" and entry is not None:
            text = copying.row(entry, snapshot, self.scene())
        elif what == "moment":
            text = copying.moment(snapshot, self.scene())
        else:
            what, text = "summary", copying.summary(snapshot, self.scene())
        self.app.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        self.app.notify(
            f"Copied the {what}: {lines} line{'' if lines == 1 else 's'}, by OSC 52",
            timeout=4,
            markup=False,
        )

    # The search

    async def action_find(self) -> None:
        """Open the line in which rows are searched."""
        from polytop.ui.widgets.find import Find

        if self._find is not None:
            self._find.focus()
            return
        self._find = Find(self._state.search)
        await self.mount(self._find)
        self._find.focus()
        self.redraw()

    async def close_find(self, *, keep: bool) -> None:
        """Close the search line, with its result kept or let go."""
        if self._find is None:
            return
        found, self._find = self._find, None
        await found.remove()
        self._board.table.focus()
        self._change(self._state if keep else replace(self._state, search=""))

    def search(self, text: str) -> None:
        """Show only rows that hold `text`."""
        self._change(replace(self._state, search=text))

    # The sidebar

    async def action_sidebar(self) -> None:
        """Open or close the filters."""
        from polytop.ui.widgets.sidebar import Sidebar

        if self._sidebar is not None:
            closing, self._sidebar = self._sidebar, None
            await closing.remove()
            self._board.table.focus()
        elif self.app.size.width < 68 or self.app.size.height < 20:
            self._tell(
                Problem(
                    Kind.REFUSED,
                    "No room for the filters",
                    "Make the terminal at least 68 columns by 20 rows.",
                )
            )
            return
        else:
            self._sidebar = Sidebar()
            await self._board.body.mount(self._sidebar, before=0)
            self._fill_sidebar()
            self._sidebar.focus()
        self.redraw()

    def _fill_sidebar(self) -> None:
        if self._sidebar is None:
            return
        from polytop.ui.choices import choices

        self._sidebar.fill(
            choices(self._state, self._watch, self._profiles.names, tuple(self._names.items()))
        )

    @property
    def filters(self) -> Filters:
        """What is asked for now."""
        return self._state.filters

    def choose_filters(self, filters: Filters) -> None:
        """Apply filters at once."""
        self._change(filtered(self._state, filters))

    def choose_window(self, span: int) -> None:
        """Apply a window at once."""
        self._change(replace(self._state, span=span))

    def choose_profile(self, name: str) -> None:
        """Watch another profile, with its own filters and an empty screen."""
        try:
            watch = self._profiles.watch(name)
        except FeedError as error:
            self._tell(error.problem)
            return
        self._watch = watch
        self._latest = self._shown = None
        self._names = {}
        self._feed = None
        self._notice = None
        self._board.graph.forget_scale()
        self._state = replace(self._state, filters=watch.filters, trail=(), search="", frozen=False)
        self.redraw()
        self._fill_sidebar()
        self._start()
