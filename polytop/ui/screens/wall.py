"""The wall: every profile as a tile, the one with the least headroom first."""

import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen

from polytop.model.problem import Problem
from polytop.model.text import format_count, printable
from polytop.ui.commands import (
    USUAL,
    Command,
    CommandTable,
    Context,
    bindings,
    run_command,
)
from polytop.ui.features.alerts import NO_ALERT, SNOOZE, silence_words
from polytop.ui.features.search import Search
from polytop.ui.ports import FeedError, MonitoredProfile, Profiles
from polytop.ui.render.wall import (
    WallContext,
    most_urgent_lines,
    wall_header,
    wall_keys,
    wall_message,
)
from polytop.ui.sessions import SessionPool
from polytop.ui.terminal_output import LeanCompositor, write_sequence
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.wall_model import Tile, all_answered, arrange_tiles, filter_tiles, most_urgent
from polytop.ui.widgets.pane import Pane
from polytop.ui.widgets.wall_pane import WallPane
from polytop.ui.worker import Work, start_work

if TYPE_CHECKING:
    from textual.worker import Worker

    from polytop.alerts.state import AlertView
    from polytop.ui.screens.monitor import MonitorScreen

OpenMonitor = Callable[[MonitoredProfile, SessionPool], "MonitorScreen"]
"""Makes the monitor of a profile whose session may be lent to it."""

HURRY = 10.0
"""Seconds after a key that polls all, in which every answer is drawn as it comes."""

PACE, ALERT_TICK = 2.0, 30.0
"""Seconds between two drawings that no key asked for, and between two judgements of alert rules."""

TINY = (30, 5)
"""Columns and rows below which only the most_urgent profile is shown."""


class WallScreen(Screen[None]):
    """Follows `profiles` for as long as it is there, also while one of them is looked at alone.

    `singly` are the same profiles as they are watched alone. `home` is the monitor below: its
    session goes on here until Esc leads back to it.
    """

    DEFAULT_CSS = """
    WallScreen { layout: vertical; }
    WallScreen #wall { height: 1fr; width: 1fr; }
    """

    def __init__(
        self,
        profiles: Profiles,
        singly: Profiles,
        *,
        open_monitor: OpenMonitor,
        palette: Callable[[], Palette],
        utc: bool = False,
        home: "MonitorScreen | None" = None,
        stopwatch: Callable[[], float] = time.monotonic,
        commands: CommandTable = USUAL,
    ) -> None:
        super().__init__()
        self._commands = commands
        self._bindings = bindings(commands.wall, self._bindings)
        self._compositor = LeanCompositor()
        self._singly, self._home = singly, home
        self._stopwatch, self._hurry_since = stopwatch, -math.inf
        self._open_monitor, self._palette, self._utc = open_monitor, palette, utc
        write = partial(write_sequence, self)
        self.pool = SessionPool(profiles, self._run, self._tile_changed, write, stopwatch)
        self.header, self.tiles, self.status = Pane(id="top"), WallPane(id="wall"), Pane()
        self._order: tuple[str, ...] = ()
        self._search_text = ""
        self._notice: Problem | None = None
        self._covered = self._stale = False
        self.search = Search(
            self,
            self.tiles,
            text=lambda: self._search_text,
            show=self._show_search,
            changed=self.redraw,
        )

    def compose(self) -> ComposeResult:
        """Show a line, the tiles, two lines."""
        yield self.header
        yield self.tiles
        yield self.status

    def on_mount(self) -> None:
        """Draw the frame at once; data follow."""
        self.tiles.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        if self._home is not None:
            self._home.hand_over(self.pool)
        self.redraw()
        self.set_interval(PACE, self.draw_late)
        self.set_interval(ALERT_TICK, self.pool.tick)
        start_work(self, self.pool.start, group="start", exit_on_error=False)

    def on_resize(self, _: events.Resize) -> None:
        """Lay out for the new size."""
        self.redraw()

    def on_screen_resume(self) -> None:
        """Nothing is above any more: show what has come meanwhile."""
        self._covered = False
        if self.is_mounted:
            self.redraw()

    @property
    def settled(self) -> bool:
        """True once every profile has answered or failed, and that is drawn."""
        return all_answered(self.pool.tiles) and not self._stale

    @property
    def notice(self) -> Problem | None:
        """Why the last thing that the user asked for was not done."""
        return self._notice

    async def action_command(self, command_id: str) -> None:
        """Run a command of the table."""
        await run_command(self, command_id)

    def palette_commands(self) -> Iterator[Command]:
        """Yield what the palette offers here."""
        yield from self._commands.wall

    def _run(self, work: Work) -> "Worker[None]":
        return start_work(self, work, group="feeds", exit_on_error=False, description="poller")

    def _tile_changed(self) -> None:
        """Draw soon what is waited for, and at one time what comes at one time.

        What nobody waits for is drawn with what time changes, at :data:`PACE`.
        """
        if not self._stale:
            self._stale = True
            if not self._order or self._stopwatch() - self._hurry_since < HURRY:
                self.call_later(self._draw_stale)

    def _draw_stale(self) -> None:
        if self._stale:
            self.redraw()

    # Drawing

    def context(self) -> WallContext:
        """Return what drawing needs besides the tiles."""
        clock = self.pool.clock or time.time
        return WallContext(self._palette(), Zone(UTC) if self._utc else Zone(None), clock())

    def redraw(self) -> None:
        """Draw everything again; only what changed reaches the terminal."""
        if self._covered:
            return
        self._stale = False
        tiles = self.pool.tiles
        ordered = arrange_tiles(tiles, self._order)
        # In one order from the first answers on; before, every answer may show a worse one.
        self._order = tuple(tile.name for tile in ordered) if all_answered(tiles) else ()
        shown = filter_tiles(ordered, self._search_text)
        width, height = self.app.size
        context = self.context()
        if tiny := width < TINY[0] or height < TINY[1]:
            self.status.show(most_urgent_lines(most_urgent(shown), context, width, height))
        else:
            rows = height - 2 - self._word_lines - self.search.rows
            self.tiles.draw(shown, context, width, rows)
            self._draw_lines(context)
        self.header.display = self.tiles.display = not tiny
        self.status.styles.height = height if tiny else 1 + self._word_lines

    @property
    def _word_lines(self) -> int:
        """Lines for words about the tile under the cursor."""
        return 1 if self.app.size.height >= 12 else 0

    def _draw_lines(self, context: WallContext) -> None:
        width, tiles = self.app.size.width, self.pool.tiles
        shown = len(filter_tiles(tiles, self._search_text))
        self.header.show((wall_header(tiles, shown, self._search_text, context, width),))
        words = wall_message(self.tiles.tile, self._notice, self.tiles.hidden, context, width)
        keys = wall_keys(self._commands.footer(self._where()), context, width)
        self.status.show((words, keys)[1 - self._word_lines :])

    def _where(self) -> Context:
        if self.search.focused:
            return Context.WALL_SEARCH
        return Context.WALL_OVER if self._home is not None or self._search_text else Context.WALL

    def draw_late(self) -> None:
        """Draw what time changes, and what nobody waits for."""
        self.pool.note_silence()
        self.redraw()

    # What the keys and the mouse do

    @property
    def chosen(self) -> Tile | None:
        """The tile under the cursor, or the only one there is room for."""
        if self.tiles.display:
            return self.tiles.tile
        return most_urgent(filter_tiles(self.pool.tiles, self._search_text))

    def move(self, right: int, down: int) -> None:
        """Move the cursor by tiles."""
        self.tiles.move(right, down)

    def page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.tiles.page(pages)

    @on(WallPane.Moved)
    def _forget_notice(self) -> None:
        self._notice = None
        self._draw_lines(self.context())

    def open_profile(self) -> None:
        """Open the profile under the cursor."""
        if (tile := self.chosen) is not None:
            self._open(tile.name)

    @on(WallPane.Chosen)
    def _open_clicked(self, message: WallPane.Chosen) -> None:
        self._open(message.name)

    def _open(self, name: str) -> None:
        if self._covered:
            return  # the second of two clicks
        try:
            profile = self._singly.get(name)
        except FeedError as error:
            self._notice = error.problem
            self.redraw()
            return
        self._covered = True
        self.app.push_screen(self._open_monitor(profile, self.pool))

    def back(self) -> None:
        """Show all tiles again, else go back to the monitor that the wall was opened from."""
        if self._search_text:
            self._show_search("")
        elif self._home is not None:
            self._covered = True
            self._home.take_over(self.pool)
            self.dismiss()

    def poll_now(self) -> None:
        """Poll every profile now."""
        self._notice, self._hurry_since = None, self._stopwatch()
        given_up = sum(poll.given_up for poll in self.pool.poll_now())
        words = f"Asking {format_count(len(self.pool.tiles), 'profile')} now"
        if given_up:
            words += f"; {format_count(given_up, 'request')} without an answer given up"
        self._toast(words)
        self.redraw()

    def acknowledge(self) -> None:
        """Silence the raised alerts of the profile under the cursor until they clear."""
        if (tile := self.chosen) is not None:
            self._report(tile.name, self.pool.acknowledge(tile.name))

    def snooze(self) -> None:
        """Silence the alerts of that profile for an hour, or end a snooze that runs."""
        if (tile := self.chosen) is not None:
            self._report(tile.name, self.pool.toggle_snooze(tile.name, SNOOZE))

    def _report(self, name: str, alerts: "AlertView | None") -> None:
        self._notice = NO_ALERT if alerts is None else None
        if alerts is not None:
            context = self.context()
            words = silence_words(alerts, context.now, context.zone)
            self._toast(f"{printable(name, 40)}: {words}")
        self.redraw()

    def _toast(self, words: str) -> None:
        self.app.notify(words, timeout=4, markup=False)

    def toggle_utc(self) -> None:
        """Show UTC or local time."""
        self._utc = not self._utc
        self.redraw()

    def _show_search(self, text: str) -> None:
        """Show only profiles whose name holds `text`."""
        self._search_text = text
        self.redraw()
