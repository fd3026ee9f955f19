"""The home screen's ground: what is watched, what of it is shown, and how it is drawn."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot
from polytop.ui.ports import MonitoredProfile, Profiles
from polytop.ui.render.chart import Raster
from polytop.ui.render.context import RenderContext
from polytop.ui.sessions import ProfileSession, SessionListener
from polytop.ui.terminal_output import LeanCompositor
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState, revert_to
from polytop.ui.widgets.board import Board, Size
from polytop.ui.worker import begun

if TYPE_CHECKING:
    from polytop.ui.sessions import SessionLender
    from polytop.ui.widgets.search_input import SearchInput
    from polytop.ui.widgets.sidebar import Sidebar


class WatchScreen(Screen[None]):
    """Draws the snapshots of one session at a time."""

    def __init__(
        self,
        watch: MonitoredProfile,
        profiles: Profiles,
        state: ViewState,
        *,
        make_chart: Callable[[], Raster],
        palette: Callable[[], Palette],
        lender: "SessionLender | None" = None,
    ) -> None:
        super().__init__()
        self._compositor = LeanCompositor()
        self._profiles, self._state = profiles, state
        self._palette, self._lender = palette, lender
        self._lent: MonitoredProfile | None = None
        """What is watched here, while the session goes on under the wall."""
        self._covered = False
        """Whether the wall is above: nothing is drawn then."""
        self._board = Board(make_chart)
        self._session = self._session_of(watch)
        self._shown: Snapshot | None = None
        self._notice: Problem | None = None
        self._sidebar: Sidebar | None = None
        self._find: SearchInput | None = None

    def compose(self) -> ComposeResult:
        """The board is all there is until a sidebar or a search is asked for."""
        yield self._board

    def on_mount(self) -> None:
        """Draw the frame at once; data follow."""
        self._board.table.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.redraw()
        self.set_interval(1.0, self._tick)
        self.set_interval(10.0, self._pass)
        self._start()

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new size."""
        self.redraw()

    @property
    def settled(self) -> bool:
        """Whether data have come and what is shown of them is drawn."""
        return self._shown is not None and not self._board.drawing

    # What is watched

    def _session_of(
        self, watch: MonitoredProfile, lender: "SessionLender | None" = None
    ) -> ProfileSession:
        outlets = SessionListener(self._take, self._tell, self.redraw, self._write, self._painted)
        lender = lender or self._lender
        lent = lender.lend(watch, outlets) if lender else None
        return lent or ProfileSession(watch, outlets)

    def _write(self, sequence: str) -> None:
        """A control sequence between two frames; nowhere in a test."""
        driver = self.app._driver
        if driver is not None and not self.app.is_headless:
            driver.write(sequence)

    async def _painted(self) -> None:
        """Wait until the next frame is out; not for long where the terminal does not read."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(painted.wait(), 0.5)

    def _start(self) -> None:
        begun(
            self,
            partial(self._session.follow, self._state.view),
            group="feed",
            exclusive=True,
            exit_on_error=False,
            description="poller",
        )

    def _watch_instead(self, watch: MonitoredProfile) -> None:
        """Start anew with another profile: nothing of the old one stays on the screen."""
        self.give_back()
        self._session = self._session_of(watch)
        self._shown = self._notice = None
        self._board.graph.forget_scale()
        self._start()

    def give_back(self) -> None:
        """Let a session that was lent go on where it came from; who calls ends it here."""
        if self._lender is not None:
            self._lender.take_back(self._session)

    def let_go(self, taker: "SessionLender") -> None:
        """Let `taker` go on with the session, where it follows the same; draw nothing."""
        self._covered = True
        watch = self._session.watch
        if taker.take_in(self._session):
            self._lent = watch
            self.workers.cancel_group(self, "feed")

    def come_back(self, taker: "SessionLender") -> None:
        """Go on here with what was let go, and draw again."""
        self._covered = False
        watch, self._lent = self._lent, None
        if watch is not None:
            self._session = self._session_of(watch, taker)
            self._start()
        self.redraw()

    def _take(self, snapshot: Snapshot) -> None:
        if snapshot.refusal is not None:
            self._state = revert_to(self._state, snapshot.view)
            self._notice = snapshot.refusal
        if not self._state.frozen:
            self._shown = snapshot
            self.redraw()
            self.refill()

    def refill(self) -> None:
        """Bring what is open beside the board up to date."""

    # Drawing

    def scene(self) -> RenderContext:
        """The moment, as painters need it."""
        watch, state = self._session.watch, self._state
        return RenderContext(
            watch.subject,
            state,
            watch.clock(),
            Zone(UTC) if state.utc else Zone(watch.zone),
            self._palette(),
            variants=self._session.names,
            notice=self._notice,
            alerts=self._session.alerts,
            asking=self._session.asking,
            finding=self._find is not None and self.focused is self._find,
        )

    def redraw(self) -> None:
        """Draw everything that there is to see; only what changed reaches the terminal."""
        if self._covered:
            return
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

    def _pass(self) -> None:
        """Let time pass for what depends on it besides the clock."""
        if self._lent is None and self._session.tick() and not self._state.frozen:
            self.redraw()

    def _tick(self) -> None:
        if self._covered:
            return
        self._board.draw_header(self._shown, self.scene(), Size(*self.app.size))

    def _tell(self, problem: Problem) -> None:
        self._notice = problem
        self.redraw()

    def change(self, state: ViewState) -> None:
        """Take on what the user asks for."""
        self._notice = None
        self.adopt(state)

    def adopt(self, state: ViewState) -> None:
        """Take a new state on: what asks for other data goes to the poller, and ends a freeze."""
        before, self._state = self._state, state
        if state.view != before.view:
            if state.frozen:
                self._state = replace(state, frozen=False)
                self._shown = self._session.latest
            if state.span != before.span:
                self._board.graph.forget_scale()
            self._session.look(state.view)
            self.refill()
        self.redraw()
