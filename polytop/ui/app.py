"""The application: it opens screens, themes and the palette, and ends with a status."""

import asyncio
import gc
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO, cast

from rich.console import RenderableType
from textual import events, on
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen
from textual.worker import WorkerFailed

from polytop.model import grid
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.text import format_bytes
from polytop.ui.commands import (
    APP,
    USUAL,
    Command,
    Commanded,
    CommandTable,
    bindings,
    perform,
    run_command,
)
from polytop.ui.paint_pace import SLOW, PaintPace, is_remote
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.render.chart import Raster
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.theme import CYCLE, DARK, LIGHT, Palette, palette
from polytop.ui.view_state import DEFAULT_COLUMNS, ViewState, go_to

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver
    from textual.timer import Timer

    from polytop.ui.ports import Saved, Setup
    from polytop.ui.screens.wall import WallScreen
    from polytop.ui.sessions import SessionPool
    from polytop.ui.terminal_driver import TerminalDriver

log = logging.getLogger("polytop.ui")

_STARTED = 2.0
"""Seconds until garbage collection begins: the start is over by then."""

_OPENS = 2.0
"""Seconds for which the first key waits for a screen that opens."""


@frozen
class Options:
    """The options that the screen starts with."""

    span: int = 6 * 3_600
    end: int | None = None
    """The end of the first span (epoch seconds, on the grid); None follows now."""
    at: float | None = None
    """The moment that the first monitor opens at (epoch seconds); None is now."""
    utc: bool = False
    low_bandwidth: bool = False
    theme: str | None = None
    """None is the dark one, or the light one where the terminal says that its ground is light."""
    ask_background: bool = False
    """True if the terminal can be asked for its background."""
    ascii_only: bool = False
    breakdown: Breakdown = Breakdown.VARIANT
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    keep_columns: Callable[[tuple[str, ...]], None] | None = None
    """Keeps the columns for the next start; raises FeedError."""
    forecast: bool = False
    keep_forecast: Callable[[bool], None] | None = None
    """Keeps for the next start whether the graph shows the forecast; raises FeedError."""
    commands: CommandTable = USUAL
    """The commands with the keys that are bound."""


def _palette_commands() -> "type[Provider]":
    from polytop.ui.palette import PaletteCommands

    return PaletteCommands


def _driver_for(output: TextIO, guarded: frozenset[str]) -> "type[Driver]":
    from polytop.ui.terminal_driver import TerminalDriver

    return cast("type[Driver]", partial(TerminalDriver, output=output, guarded=guarded))


def _once(call: Callable[[], object]) -> Callable[[], object]:
    """`call`, which does nothing when it is called again."""
    calls = [call]
    return lambda: calls.pop()() if calls else None


def _chart(*, ascii_only: bool, halved: bool) -> Raster:
    from polytop.ui.render.chart import Chart, HalfRaster

    return HalfRaster() if halved and not ascii_only else Chart(ascii_only=ascii_only)


class PolytopApp(App[int]):
    """Shows the monitor of `watch`, from `profiles`; without them, what `setup` comes to.

    `wall` are the same profiles as the wall follows them. Without a `watch` it is shown first.
    `output` is the terminal to draw on; a test needs none.
    """

    CSS_PATH = Path(__file__).with_name("styles") / "app.tcss"
    TITLE = "polytop"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type["Provider"] | Callable[[], type["Provider"]]]] = {_palette_commands}

    def __init__(
        self,
        watch: MonitoredProfile | None,
        profiles: Profiles | None,
        options: Options,
        setup: "Setup | None" = None,
        wall: Profiles | None = None,
        output: TextIO | None = None,
    ) -> None:
        keys = options.commands
        super().__init__(None if output is None else _driver_for(output, keys.guarded_keys()))
        # Without Textual's own: a key that the user took from a command does nothing.
        self._bindings = bindings(keys.app)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = options.theme or DARK.name
        # What glides is bytes for every step, and nothing to read meanwhile.
        self.animation_level = "none"
        self._watch, self._profiles, self._options = watch, profiles, options
        self._setup, self._all = setup, wall
        self._palette: tuple[str, Palette] | None = None
        self._opened = asyncio.Event()
        """Set once the screen on top takes keys."""
        self._opened.set()
        self._answered: dict[Screen[Any], Callable[[], AwaitComplete]] = {}
        """What closes a screen that was dismissed while another was above it."""
        self._pace: PaintPace | None = None
        """How often the screen is painted where the link is slow."""
        self._late: Timer | None = None
        """Paints what the pace has put off."""
        self._link = ""
        self.crash = ""
        """What is to be said of an error of our own that ended the app."""
        self.report: Callable[[BaseException], str] = repr
        """Makes those words of it."""
        self.leaves: Callable[[int, str], None] | None = None
        """Called with the exit status and the last words as soon as the app leaves."""

    def get_default_screen(self) -> Screen[Any]:
        """Return the monitor or the wall if the profile is known: one screen less to draw."""
        if self._profiles is None:
            return super().get_default_screen()
        if self._watch is None:
            return self._wall(self._profiles)
        return self._monitor(self._watch, self._profiles, at=self._options.at)

    def on_mount(self) -> None:
        """Start garbage collection soon. Show the set-up if there is no profile yet."""
        self.set_timer(_STARTED, gc.enable)
        asks = self._options.ask_background and self._options.theme is None and not self.no_color
        if asks and self._terminal is not None:
            self._terminal.ask_background(self._suit_background)
        if self._options.low_bandwidth:
            self._spare_link("low bandwidth")
        elif is_remote(os.environ):
            self.set_timer(_STARTED, self._measure_link)
        if self._setup is not None:
            from polytop.ui.screens.setup import SetupScreen

            self.push_screen(SetupScreen(self._setup), self._set_up)

    def _suit_background(self, light: bool) -> None:
        """Take the light theme on a light background, unless the user has chosen another."""
        if light and self.theme == DARK.name:
            self.theme = LIGHT.name

    def _set_up(self, saved: "Saved | None") -> None:
        """Go on to the monitor, or leave."""
        if saved is None:
            self.exit(0)
            return
        self.push_screen(self._monitor(saved.watch, saved.profiles))
        self.notify(saved.words, timeout=10, markup=False)

    def _wall(self, singly: Profiles, home: MonitorScreen | None = None) -> "WallScreen":
        from polytop.ui.screens.wall import WallScreen

        return WallScreen(
            self._all or singly,
            singly,
            open_monitor=lambda profile, pool: self._monitor(profile, singly, pool),
            palette=self.palette,
            utc=home.store.state.utc if home else self._options.utc,
            home=home,
            commands=self._options.commands,
        )

    def _monitor(
        self,
        profile: MonitoredProfile,
        profiles: Profiles,
        pool: "SessionPool | None" = None,
        at: float | None = None,
    ) -> MonitorScreen:
        options = self._options
        state = ViewState(
            profile.filters,
            span=options.span,
            end=options.end,
            utc=options.utc,
            columns=options.columns,
            forecast=options.forecast,
            breakdown=options.breakdown,
            languages=profile.languages,
            phone_numbers=profile.phone_numbers,
            launch=profile.launch_range,
        )
        if at is not None:
            state = go_to(state, at, grid.floor(profile.clock()) + grid.STEP)
        return MonitorScreen(
            profile,
            profiles,
            state,
            make_chart=lambda: _chart(ascii_only=options.ascii_only, halved=bool(self._link)),
            link=self.link,
            palette=self.palette,
            pool=pool,
            commands=options.commands,
        )

    # Screens open and close one at a time

    async def on_event(self, event: events.Event) -> None:
        """Handle `event`. What the user types waits for a screen that opens, and ends nothing."""
        if isinstance(event, events.Resize) and self._terminal is not None:
            self._terminal.copy.forget()
        if self._pace is not None and isinstance(event, events.InputEvent | events.Resize):
            self._pace.hurry(time.monotonic())
        if isinstance(event, events.InputEvent) and not event.is_forwarded:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), _OPENS)
            self._opened.set()
        try:
            await super().on_event(event)
        except Exception:
            if self.is_headless or not isinstance(event, events.InputEvent):
                raise
            # Textual's lists fail on some keys where the terminal has no room for a line.
            log.exception("a key failed")

    def push_screen(self, screen: Any, *args: Any, **named: Any) -> Any:
        """Open `screen`; see Textual. It answers once, however often it is dismissed.

        A dialog of which there is one already does not open: else the palette would pile them up.
        """
        kinds = {type(each) for each in self.screen_stack if each.is_modal}
        if type(screen) in kinds:
            return AwaitComplete()
        screen.dismiss = partial(self._dismiss, screen, screen.dismiss)
        mounted = super().push_screen(screen, *args, **named)
        self._opened = asyncio.Event()
        screen.call_later(self._opened.set)
        return mounted

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top, and then the next one if it was dismissed meanwhile."""
        popped: AwaitComplete = super().pop_screen()
        if (close := self._answered.pop(self.screen, None)) is not None:
            close()
        return popped

    def _dismiss(
        self, screen: Screen[Any], close: Callable[[Any], AwaitComplete], result: Any = None
    ) -> AwaitComplete:
        """Close `screen` with `result`, as soon as nothing is above it."""
        if screen is self.screen:
            return close(result)
        if screen in self.screen_stack:
            self._answered.setdefault(screen, partial(close, result))
        return AwaitComplete()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters of every line on its way to the terminal."""
        filters = super().get_line_filters()
        if self.no_color:
            # Textual would draw in shades of grey, which are colours to a terminal.
            from textual.filter import NoColor

            filters = [NoColor()]
        elif self._terminal is not None and self.console.color_system == "standard":
            # Its own colours are what it has: there is no other shade of them.
            filters = [each for each in filters if not isinstance(each, ANSIToTruecolor)]
        if not self._options.ascii_only:
            return filters
        from polytop.ui.terminal_output import Ascii

        return [*filters, Ascii()]

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Write to the terminal what `renderable` changes."""
        driver = self._terminal
        if driver is None or not self._running or self._closed or self._batch_count:
            super()._display(screen, renderable)
        elif isinstance(renderable, LayoutUpdate | ChopsUpdate):
            cursor = screen.outer_size.clamp_offset(self.cursor_position)
            if self._is_due(screen):
                driver.draw(renderable, self.console, sync=self._sync_available, cursor=cursor)
            self.post_display_hook()
        elif renderable is not None:
            driver.reset_style()
            driver.copy.forget()
            super()._display(screen, renderable)

    # A slow link

    def link(self) -> str:
        """Return what is to be said of a link that is spared; nothing of another."""
        return self._link

    def _spare_link(self, words: str) -> None:
        """Write little from now on: sixteen colours, half the dots, a painting every 5 s."""
        self._link, self._pace, self._palette = words, PaintPace(), None
        if self._terminal is not None:
            self._terminal.copy.few_colours = True
        self.repaint()

    def _measure_link(self, fastest: float = math.inf) -> None:
        """Spare the link if the terminal is slow to answer, twice in a row."""
        if self._terminal is None or self._link:
            return

        def heed(seconds: float) -> None:
            if seconds < SLOW:
                return
            if fastest < math.inf:
                delay = 1_000 * min(seconds, fastest)
                self._spare_link(f"slow link ({delay:.0f} ms): low bandwidth")
                self.theme_changed_signal.publish(self.current_theme)
            else:
                self._measure_link(seconds)

        self._terminal.measure_delay(heed)

    def _is_due(self, screen: Screen[Any]) -> bool:
        """True if the screen may be painted now; else it is painted as soon as it may be."""
        if self._pace is None:
            return True
        now = time.monotonic()
        if isinstance(screen, MonitorScreen) and screen.snapshot is None:
            self._pace.hurry(now)
        if (left := self._pace.wait(now)) <= 0:
            self._pace.painted(now)
            return True
        if self._late is None:
            self._late = self.set_timer(left, self._paint_late)
        return False

    def _paint_late(self) -> None:
        self._late = None
        self.screen.refresh()

    def tell_traffic(self) -> None:
        """Say how many bytes the screen takes."""
        driver = self._terminal
        lately, ever = (driver.written_lately(), driver.written) if driver else (0, 0)
        words = f"{format_bytes(lately)} to the terminal in the last minute"
        self.notify(f"{words}, {format_bytes(ever)} since the start", timeout=6, markup=False)

    @property
    def _terminal(self) -> "TerminalDriver | None":
        """The driver of a real terminal; None in a test."""
        from polytop.ui.terminal_driver import TerminalDriver

        return self._driver if isinstance(self._driver, TerminalDriver) else None

    def repaint(self) -> None:
        """Draw the whole screen anew: another program may have written over it."""
        if self._terminal is not None:
            self._terminal.copy.forget()
        self.screen.refresh()

    def palette(self) -> Palette:
        """Return the colours of the present theme."""
        if self._palette is None or self._palette[0] != self.theme:
            plain = self.no_color or self._options.ascii_only or bool(self._link)
            colours = None if plain else self.console.color_system
            self._palette = (
                self.theme,
                palette(
                    self.theme_variables,
                    many_colours=colours in {"256", "truecolor"},
                    few_colours=colours in {"256", "standard"},
                ),
            )
        return self._palette[1]

    @on(MonitorScreen.WallWanted)
    def _open_wall(self) -> None:
        if isinstance(home := self.screen, MonitorScreen):
            self.push_screen(self._wall(home.profiles, home))

    @on(MonitorScreen.ColumnsChosen)
    async def _keep_columns(self, message: MonitorScreen.ColumnsChosen) -> None:
        """Show these columns in every table from now on, and at the next start."""
        self._options = replace(self._options, columns=message.columns)
        if self._options.keep_columns is not None:
            await self._keep(partial(self._options.keep_columns, message.columns))

    @on(MonitorScreen.ForecastChosen)
    async def _keep_forecast(self, message: MonitorScreen.ForecastChosen) -> None:
        """Show the forecast or not in every graph from now on, and at the next start."""
        self._options = replace(self._options, forecast=message.shown)
        if self._options.keep_forecast is not None:
            await self._keep(partial(self._options.keep_forecast, message.shown))

    async def _keep(self, keep: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(keep)
        except FeedError as error:
            said = f"{error.problem.summary}. {error.problem.advice}"
            self.notify(said, severity="warning", timeout=8, markup=False)

    async def action_quit(self) -> None:
        """Leave, with status 0."""
        self.exit(0)

    def exit(
        self,
        result: int | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave, with `result` as the status."""
        if self.leaves is not None:
            self.leaves(result or return_code, self.crash)
        super().exit(result, return_code, message)

    def leave(self, status: int) -> None:
        """Leave with `status`; may be called from any thread and from a signal handler."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.exit, status)

    def _handle_exception(self, error: Exception) -> None:
        """Leave on an error of our own, with the status of such errors (EX_SOFTWARE).

        Textual would print the local variables of every frame. Tests see the exception itself.
        """
        from polytop.ui.palette import is_palette_fault

        cause = error.error if isinstance(error, WorkerFailed) else error
        if is_palette_fault(cause):
            log.error("the palette failed", exc_info=cause)
            return
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.crash = self.crash or self.report(cause)
        self.exit(70)

    def _fatal_error(self) -> None:
        """Leave on the exception that is handled, in the same way."""
        error = sys.exc_info()[1]
        if self.is_headless or not isinstance(error, Exception):
            super()._fatal_error()
        else:
            self._handle_exception(error)

    def action_suspend_process(self) -> None:
        """Stop for the shell, and go on when it continues the process."""
        from polytop.ui.terminal_guard import suspend_job

        if self._driver is not None and self._driver.can_suspend:
            with self.suspend():
                suspend_job()

    async def action_command(self, command_id: str) -> None:
        """Run a command of the table, on the app or on the screen that is shown."""
        own = any(command.id == command_id for command in APP)
        await run_command(self if own else self.screen, command_id)

    def action_command_palette(self) -> None:
        """Open the palette of all commands."""
        from polytop.ui.palette import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette())

    def search_themes(self) -> None:
        """Open the palette of all themes."""
        from textual.theme import ThemeProvider

        from polytop.ui.palette import CommandPalette

        self.push_screen(CommandPalette([ThemeProvider], placeholder="Search for themes…"))

    def open_help(self) -> None:
        """Open the help of the screen that is shown."""
        from polytop.ui.dialogs.help import HelpScreen

        commands = self._options.commands
        table = commands.wall if hasattr(self.screen, "pool") else commands.monitor
        self.push_screen(HelpScreen(self.palette(), (*commands.app, *table)))

    def next_theme(self) -> None:
        """Show the next theme."""
        at = CYCLE.index(self.theme) if self.theme in CYCLE else -1
        self.theme = CYCLE[(at + 1) % len(CYCLE)]
        self.notify(f"Theme: {self.theme}", timeout=2, markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield the palette's entries: every command of the screen with its key, and the themes."""
        themes = _once(self.action_change_theme)
        yield SystemCommand("Theme", "choose among all themes", themes)
        for command in self._options.commands.app:
            yield self._entry(command, self)
        if isinstance(screen, Commanded):
            for command in screen.palette_commands():
                yield self._entry(command, screen)

    def _entry(self, command: Command, target: object) -> SystemCommand:
        title = f"{command.title} ({command.label})" if command.label else command.title
        run = _once(partial(perform, target, command))
        return SystemCommand(title, command.help, run, discover=command.id != "quit")
