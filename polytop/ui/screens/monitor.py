"""The home screen: it composes the board and the features, and follows one profile."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.model.timeparse import brief_duration
from polytop.ui.commands import (
    ALERT_HINTS,
    USUAL,
    Command,
    CommandTable,
    Context,
    Hint,
    bindings,
    monitor_choices,
    run_command,
)
from polytop.ui.features.alerts import Alerts
from polytop.ui.features.clipboard import Clipboard
from polytop.ui.features.export import Export
from polytop.ui.features.filters import NO_ROOM, Filters
from polytop.ui.features.marks import Marks
from polytop.ui.features.rows import Rows
from polytop.ui.features.search import Search
from polytop.ui.features.span import Span
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.render.chart import Raster
from polytop.ui.render.context import RenderContext
from polytop.ui.sessions import ProfileSession, SessionListener, SessionPool
from polytop.ui.table_model import has_ages
from polytop.ui.terminal_output import LeanCompositor, write_sequence
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import (
    ViewContext,
    ViewState,
    is_in_past,
    keep_cursor_in_span,
    revert_to,
    start_on,
    widen,
)
from polytop.ui.view_store import ViewStore
from polytop.ui.widgets.board import Board, Size
from polytop.ui.widgets.graph_pane import GraphPane
from polytop.ui.widgets.table_pane import TablePane
from polytop.ui.worker import Work, start_work

if TYPE_CHECKING:
    from polytop.ui.widgets.sidebar import Sidebar

Answer = TypeVar("Answer")

_ALERTED = {Context.LIVE, Context.PAST, Context.FROZEN}
"""Where a raised alert has its keys in the footer."""

ALERT_TICK = 10.0
"""Seconds between two judgements of the alert rules by the time that has passed."""

SEARCH_ADVICE = (
    "Write now>20, share>5% or 15min<-3; also peak, p95, mean, versus, age>2m. Quotes make it text."
)


class MonitorScreen(Screen[None]):
    """Follows one profile at a time and draws its snapshots.

    `pool` is the wall's: a session may be lent from it, and Esc leads back to the wall.
    """

    class ColumnsChosen(Message):
        """The user wants `columns`, now and at every start."""

        def __init__(self, columns: tuple[str, ...]) -> None:
            super().__init__()
            self.columns = columns

    class ForecastChosen(Message):
        """The user wants the forecast in the graph, or not, now and at every start."""

        def __init__(self, shown: bool) -> None:
            super().__init__()
            self.shown = shown

    class WallWanted(Message):
        """The user wants the wall over this screen."""

    def __init__(
        self,
        profile: MonitoredProfile,
        profiles: Profiles,
        state: ViewState,
        *,
        make_chart: Callable[[], Raster],
        palette: Callable[[], Palette],
        pool: SessionPool | None = None,
        link: Callable[[], str] = str,
        commands: CommandTable = USUAL,
    ) -> None:
        super().__init__()
        self._commands = commands
        self._bindings = bindings(commands.monitor, self._bindings)
        self._compositor = LeanCompositor()
        self.profiles, self._palette, self._pool = profiles, palette, pool
        self._link = link
        self._lent: MonitoredProfile | None = None
        """The profile whose session goes on under the wall meanwhile."""
        self._covered = False
        """True while the wall is above: nothing is drawn then."""
        self._snapshot: Snapshot | None = None
        self._notice: Problem | None = None
        self.store = ViewStore(
            state, context=self._view_context, changed=self._view_changed, refused=self.tell
        )
        self.board = Board(make_chart)
        self.session = self._open_session(profile, pool)
        self.span = Span(self)
        self.rows = Rows(self, self.board.table, self._keep_columns)
        self.filters = Filters(self, self.board, self.span, profiles.names, self.switch_profile)
        self.marks = Marks(self, self.span.go_to)
        self.export = Export(self, self._picture)
        self.alerts = Alerts(self)
        self.clipboard = Clipboard(self, lambda: self.board.table.row, self._copy)
        self.search = Search(
            self,
            self.board.table,
            text=lambda: self.store.state.search,
            show=self.show_search,
            changed=self.redraw,
            check=self._check_search,
        )

    def compose(self) -> ComposeResult:
        """Show the board; a sidebar and a search line are mounted when they are asked for."""
        yield self.board

    def on_mount(self) -> None:
        """Draw the frame at once; data follow."""
        self.board.table.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.redraw()
        self.set_interval(1.0, self._draw_clock)
        self.set_interval(ALERT_TICK, self.judge_alerts)
        self._start()

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new size; what had no room may have it now."""
        if self._notice is NO_ROOM and self.filters.has_room():
            self._notice = None
        self.redraw()

    # The port of the features

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is shown; None before the first."""
        return self._snapshot

    @property
    def notice(self) -> Problem | None:
        """Why the last thing that the user asked for was not done."""
        return self._notice

    @property
    def settled(self) -> bool:
        """True once data have come and all of them is drawn."""
        return self._snapshot is not None and not self.board.drawing

    def context(self) -> RenderContext:
        """Return what drawing needs besides the snapshot."""
        profile, state = self.session.profile, self.store.state
        return RenderContext(
            profile.subject,
            state,
            profile.clock(),
            Zone(UTC) if state.utc else Zone(profile.zone),
            self._palette(),
            variants=self.session.names,
            notice=self._notice,
            alerts=self.session.alerts,
            asking=self.session.asking,
            launch=profile.launch,
            link=self._link(),
            hints=self._hints(),
            commands=self._commands,
        )

    def _hints(self) -> tuple[Hint, ...]:
        where, alerts = self._where(), self.session.alerts
        awaited = alerts is not None and alerts.raised and not alerts.silence
        first = self._commands.hints(ALERT_HINTS if awaited and where in _ALERTED else ())
        return (*first, *(hint for hint in self._commands.footer(where) if hint not in first))

    def _where(self) -> Context:
        state = self.store.state
        if self.search.focused:
            return Context.SEARCH
        if self.filters.focused:
            return Context.SIDEBAR
        if state.frozen:
            return Context.FROZEN
        return Context.PAST if is_in_past(state) else Context.LIVE

    def tell(self, problem: Problem | None) -> None:
        """Show why something was not done; None takes the last notice back."""
        self._notice = problem
        if problem is not None:
            self.redraw()

    def toast(self, words: str, seconds: float = 4) -> None:
        """Show that something was done."""
        self.app.notify(words, timeout=seconds, markup=False)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Open `dialog`; `answered` is called with what it gives back."""
        self.app.push_screen(dialog, answered)

    def run(self, work: Work, group: str) -> None:
        """Run `work` beside the screen."""
        start_work(self, work, group=group)

    async def action_command(self, command_id: str) -> None:
        """Run a command of the table."""
        await run_command(self, command_id)

    def palette_commands(self) -> Iterator[Command]:
        """Yield what the palette offers here."""
        yield from self._commands.monitor
        yield from monitor_choices(self.profiles.names)

    # The view

    def _view_context(self) -> ViewContext:
        snapshot = self._snapshot
        clock = self.session.profile.clock
        running = snapshot.running if snapshot else grid.floor(clock())
        peak = snapshot.summary.peak if snapshot else None
        return ViewContext(
            newest=running + grid.STEP,
            column=self.board.graph.step,
            peak=peak.window if peak else None,
            ages=snapshot is not None and has_ages(snapshot),
        )

    def _view_changed(self, before: ViewState, after: ViewState) -> None:
        if before.frozen and not after.frozen:
            self._snapshot = self.session.latest
        if after.view != before.view:
            if after.span != before.span:
                self.board.graph.forget_scale()
            self.session.show(after.view)
            self.filters.refill()
        self.redraw()

    def show_search(self, text: str) -> None:
        """Show only rows that meet `text`."""
        self.store.apply(lambda state, _: replace(state, search=text))

    def _check_search(self, text: str) -> bool:
        from polytop.ui.table_model import parse_filter

        wrong = parse_filter(text).problem
        if wrong is not None:
            summary = f"The search is not understood: {wrong}"
            self.tell(Problem(Kind.REFUSED, summary, SEARCH_ADVICE))
        return wrong is None

    def freeze(self) -> None:
        """Hold the picture, or go on; polling goes on behind it."""
        if self.store.state.frozen:
            self._snapshot = self.session.latest
        self.store.apply(
            lambda state, context: keep_cursor_in_span(
                replace(state, frozen=not state.frozen), context.newest
            )
        )

    def toggle_utc(self) -> None:
        """Show UTC or local time."""
        self.store.apply(lambda state, _: replace(state, utc=not state.utc))

    def toggle_forecast(self) -> None:
        """Draw the forecast past now, or not."""
        self.store.apply(lambda state, _: replace(state, forecast=not state.forecast))
        self.post_message(self.ForecastChosen(self.store.state.forecast))

    async def back(self) -> None:
        """Close what is open, else go one step back."""
        state = self.store.state
        if self.filters.sidebar is not None:
            await self.filters.toggle()
        elif is_in_past(state) and not state.search:
            self.span.follow_now()
        elif self._pool is not None and not (state.search or state.trail):
            self.toggle_wall()
        else:
            self.store.apply(lambda state, _: widen(state))

    @on(GraphPane.Pointed)
    def _point(self, message: GraphPane.Pointed) -> None:
        if message.wheel:
            self.span.zoom(message.wheel, message.window)
        else:
            self.span.point_at(message.window)

    @on(TablePane.SortBy)
    def _sort_by(self, message: TablePane.SortBy) -> None:
        self.rows.sort_by(message.key)

    @on(TablePane.Chosen)
    def _narrow_to(self, message: TablePane.Chosen) -> None:
        self.rows.narrow_to(message.row)

    def on_sidebar_chosen(self, message: "Sidebar.Chosen") -> None:
        """Apply the option, or ask for its value."""
        if message.option.asks:
            self.filters.ask_value(message.option)
        else:
            self.filters.apply(message.option, message.option.value)

    def on_descendant_focus(self) -> None:
        """Show the keys that matter where the focus is."""
        if self.filters.sidebar is not None:
            self.redraw()

    def _keep_columns(self, columns: tuple[str, ...]) -> None:
        self.post_message(self.ColumnsChosen(columns))

    def _picture(self, snapshot: Snapshot, context: RenderContext) -> str:
        from polytop.ui.svg import picture_title, screen_svg

        return screen_svg(self, picture_title(snapshot, context))

    async def _draw_incident(self) -> str | None:
        await self._wait_for_paint()
        while not (self.settled or self._covered):  # noqa: ASYNC110 - the recorder's time limit ends it
            await asyncio.sleep(0.1)
        if self._snapshot is None or self._covered:
            return None
        return self._picture(self._snapshot, self.context())

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)

    # The session

    def _open_session(self, profile: MonitoredProfile, pool: SessionPool | None) -> ProfileSession:
        listener = SessionListener(
            on_snapshot=self._receive,
            on_problem=self.tell,
            on_alerts=self.redraw,
            write=partial(write_sequence, self),
            wait_for_paint=self._wait_for_paint,
            picture=self._draw_incident,
        )
        lent = pool.lend(profile, listener) if pool else None
        return lent or ProfileSession(profile, listener)

    async def _wait_for_paint(self) -> None:
        """Wait until the next frame is out; not for long where the terminal does not read."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(painted.wait(), 0.5)

    def _start(self) -> None:
        start_work(
            self,
            partial(self.session.follow, self.store.state.view),
            group="feed",
            exclusive=True,
            exit_on_error=False,
            description="poller",
        )

    def poll_now(self) -> None:
        """Poll now; start the poller again where it has stopped."""
        self._notice = None
        if not self.session.running:
            self._start()
        elif (running := self.session.poll_now()) is not None:
            lasted = brief_duration(running.lasted / self.session.profile.subject.speed)
            given_up = f"No answer for {lasted}: given up, asking anew"
            self.toast(given_up if running.given_up else f"A request is running, for {lasted} now")
        self.redraw()

    def switch_profile(self, name: str) -> None:
        """Follow another profile, with its own filters and an empty screen."""
        try:
            profile = self.profiles.get(name)
        except FeedError as error:
            self.tell(error.problem)
            return
        self._return_session()
        self.session = self._open_session(profile, self._pool)
        self._snapshot = self._notice = None
        lists = profile.languages, profile.phone_numbers
        start = start_on(self.store.state, profile.filters, *lists, profile.launch_range)
        self.store.replace(start)
        self.board.graph.forget_scale()
        self._start()
        self.redraw()
        self.filters.refill()

    def _receive(self, snapshot: Snapshot) -> None:
        if snapshot.refusal is not None:
            self.store.replace(revert_to(self.store.state, snapshot.view))
            self._notice = snapshot.refusal
        if not self.store.state.frozen:
            self._snapshot = snapshot
            self.redraw()
            self.filters.refill()
        # Time passes under the cursor: where it would leave the span, the span stays with it.
        state = self.store.state
        kept = keep_cursor_in_span(state, self._view_context().newest)
        if kept != state:
            self.store.follow(kept)

    def judge_alerts(self) -> None:
        """Judge the alert rules by the time that has passed."""
        if self._lent is None and self.session.tick() and not self.store.state.frozen:
            self.redraw()

    # The wall

    def toggle_wall(self) -> None:
        """Go back to the wall, or open it over this screen, which stays as it is."""
        if self._pool is not None:
            self._return_session()
            self.dismiss()
        else:
            self.post_message(self.WallWanted())

    def _return_session(self) -> None:
        """Let a session that was lent go on where it came from; else the caller ends it here."""
        if self._pool is not None:
            self._pool.take_back(self.session)

    def hand_over(self, pool: SessionPool) -> None:
        """Let `pool` follow the session, where it counts the same; draw nothing."""
        self._covered = True
        profile = self.session.profile
        if pool.adopt(self.session):
            self._lent = profile
            self.workers.cancel_group(self, "feed")

    def take_over(self, pool: SessionPool) -> None:
        """Follow again what was handed over, and draw again."""
        self._covered = False
        profile, self._lent = self._lent, None
        if profile is not None:
            self.session = self._open_session(profile, pool)
            self._start()
        self.redraw()

    # Drawing

    def redraw(self) -> None:
        """Draw everything again; only what changed reaches the terminal."""
        if self._covered or not self.is_mounted:
            return
        width, height = self.app.size
        size = Size(width, max(1, height - self.search.rows))
        layout = self.board.draw(
            self._snapshot, self.context(), size, sidebar=self.filters.sidebar is not None
        )
        self.filters.show(layout.sidebar)
        if self.focused is None and layout.table:
            self.call_after_refresh(self.board.table.focus)

    def _draw_clock(self) -> None:
        if not self._covered:
            size = Size(*self.app.size)
            self.board.draw_clock(self._snapshot, self.context(), size, at_once=True)
