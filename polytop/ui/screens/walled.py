"""The data of the wall on its screen: who is followed, what is drawn and when. No keys."""

import math
import time
from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from polytop.model.problem import Problem
from polytop.ui.ports import MonitoredProfile, Profiles
from polytop.ui.render.wall import (
    WallContext,
    most_urgent_lines,
    wall_header,
    wall_keys,
    wall_message,
)
from polytop.ui.sessions import SessionLender, SessionPool
from polytop.ui.terminal_output import LeanCompositor
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.wall_model import Tile, all_answered, arrange_tiles, filter_tiles, most_urgent
from polytop.ui.widgets.pane import Pane
from polytop.ui.widgets.wall_pane import WallPane
from polytop.ui.worker import Work, begun

if TYPE_CHECKING:
    from textual.worker import Worker

    from polytop.ui.screens.watching import WatchScreen
    from polytop.ui.widgets.search_input import SearchInput

OpenMonitor = Callable[[MonitoredProfile, SessionLender], "WatchScreen"]
"""Makes the monitor of a watch whose session may be lent to it."""

HURRY = 10.0
"""Seconds after a key that asks all, in which every answer is drawn as it comes."""

PACE, PASS = 2.0, 30.0
"""Seconds between two drawings that no key asked for, and between two looks at the alert rules."""

TINY = (30, 5)
"""Columns and rows below which only the worst profile is shown."""


class Walled(Screen[None]):
    """Follows `profiles` for as long as it is there, also while one of them is looked at alone.

    `singly` are the same profiles as they are watched alone. `home` is the monitor below: its
    session goes on here until Esc leads back to it.
    """

    def __init__(
        self,
        profiles: Profiles,
        singly: Profiles,
        *,
        open_monitor: OpenMonitor,
        palette: Callable[[], Palette],
        utc: bool = False,
        home: "WatchScreen | None" = None,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._compositor = LeanCompositor()
        self._profiles, self._singly, self._home = profiles, singly, home
        self._stopwatch, self._asked_at = stopwatch, -math.inf
        self._open_monitor, self._palette, self._utc = open_monitor, palette, utc
        self._followers = SessionPool(profiles, self._run, self._changed, self._write, stopwatch)
        self._header, self._wall, self._status = Pane(id="top"), WallPane(id="wall"), Pane()
        self._order: tuple[str, ...] = ()
        self._search = ""
        self._notice: Problem | None = None
        self._find: SearchInput | None = None
        self._covered = self._stale = False

    def compose(self) -> ComposeResult:
        """A line, the tiles, two lines."""
        yield self._header
        yield self._wall
        yield self._status

    def on_mount(self) -> None:
        """Draw the frame at once; data follow."""
        self._wall.focus()
        self.app.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        if self._home is not None:
            self._home.let_go(self._followers)
        self.redraw()
        self.set_interval(PACE, self._tick)
        self.set_interval(PASS, self._followers.tick)
        begun(self, self._followers.start, group="start", exit_on_error=False)

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
        """Whether every profile has answered or failed, and that is drawn."""
        return all_answered(self._followers.tiles) and not self._stale

    # What is followed

    def _run(self, work: Work) -> "Worker[None]":
        return begun(self, work, group="feeds", exit_on_error=False, description="poller")

    def _write(self, sequence: str) -> None:
        """A control sequence between two frames; nowhere in a test."""
        driver = self.app._driver
        if driver is not None and not self.app.is_headless:
            driver.write(sequence)

    def _changed(self) -> None:
        """Draw soon what is waited for, and at one time what comes at one time.

        What nobody waits for is drawn with what time changes, at :data:`PACE`.
        """
        if not self._stale:
            self._stale = True
            if not self._order or self._stopwatch() - self._asked_at < HURRY:
                self.call_later(self._catch_up)

    def _catch_up(self) -> None:
        if self._stale:
            self.redraw()

    # Drawing

    def look(self) -> WallContext:
        """The moment, as painters need it."""
        watches = (self._followers.watch(name) for name in self._profiles.names)
        clock = next((watch.clock for watch in watches if watch is not None), time.time)
        return WallContext(self._palette(), Zone(UTC) if self._utc else Zone(None), clock())

    def redraw(self) -> None:
        """Draw what there is to see; only what changed reaches the terminal."""
        if self._covered:
            return
        self._stale = False
        tiles = self._followers.tiles
        ordered = arrange_tiles(tiles, self._order)
        # In one order from the first answers on; before, every answer may show a worse one.
        self._order = tuple(tile.name for tile in ordered) if all_answered(tiles) else ()
        shown = filter_tiles(ordered, self._search)
        width, height = self.app.size
        look = self.look()
        if tiny := width < TINY[0] or height < TINY[1]:
            self._status.show(most_urgent_lines(most_urgent(shown), look, width, height))
        else:
            rows = height - 2 - self._words - (1 if self._find is not None else 0)
            self._wall.draw(shown, look, width, rows)
            self._draw_lines(look)
        self._header.display = self._wall.display = not tiny
        self._status.styles.height = height if tiny else 1 + self._words

    @property
    def _words(self) -> int:
        """Lines for words about the tile under the cursor."""
        return 1 if self.app.size.height >= 12 else 0

    def _draw_lines(self, look: WallContext) -> None:
        width, tiles = self.app.size.width, self._followers.tiles
        shown = len(filter_tiles(tiles, self._search))
        self._header.show((wall_header(tiles, shown, self._search, look, width),))
        words = wall_message(self._wall.tile, self._notice, self._wall.hidden, look, width)
        back = self._home is not None or bool(self._search)
        self._status.show((words, wall_keys(look, width, back=back))[1 - self._words :])

    def _tick(self) -> None:
        self._followers.listen()
        self.redraw()

    @property
    def _chosen(self) -> Tile | None:
        """The tile under the cursor, or the only one there is room for."""
        if self._wall.display:
            return self._wall.tile
        return most_urgent(filter_tiles(self._followers.tiles, self._search))
