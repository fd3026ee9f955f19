"""The home screen: what keys and the mouse do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.timeparse import exact
from polytop.ui import view_state
from polytop.ui.screens.divided import Divided
from polytop.ui.screens.keys import Key
from polytop.ui.sessions import NO_ALERT, SNOOZE
from polytop.ui.view_state import SPANS, WORDS, change_span, reverse_sort, sort_by, widen
from polytop.ui.widgets.table_pane import TablePane

SNOOZES = (900, 3_600, 4 * 3_600, 12 * 3_600)
"""Lengths of a snooze that the palette of commands offers, seconds."""


class MonitorScreen(Divided):
    """Watches one profile at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Key("r", "refresh", "Ask now"),
        Key("space", "freeze", "Freeze the screen, or go on"),
        Key("f", "sidebar", "Filters"),
        Key("slash", "find", "Find rows"),
        Key("s", "sort", "Sort by the next column"),
        Key("S", "reverse", "Reverse the order"),
        Key("left_square_bracket", "window(-1)", "Shorter window"),
        Key("right_square_bracket", "window(1)", "Longer window"),
        Key("u", "utc", "UTC or local time"),
        Key("y", "copy", "Copy"),
        Key("a", "acknowledge", "Acknowledge alerts"),
        Key("A", "snooze", "Snooze alerts for an hour, or end it"),
        Key("L", "alert_log", "Rules and log of alerts"),
        Key("w", "wall", "Wall of profiles"),
        Key("enter", "narrow", "Narrow to the row"),
        Key("escape", "widen", "Back"),
        Key("down,j", "move(1)", "Down", show=False),
        Key("up,k", "move(-1)", "Up", show=False),
        Key("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Key("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Key("ctrl+home", "move(-100000)", "First row", show=False),
        Key("ctrl+end,G", "move(100000)", "Last row", show=False),
    ]

    def action_refresh(self) -> None:
        """Poll now; start the poller again where it has stopped."""
        self._notice = None
        if self._session.running:
            self._session.wake()
        else:
            self._start()
        self.redraw()

    def action_freeze(self) -> None:
        """Hold the picture; polling goes on behind it."""
        frozen = not self._state.frozen
        if not frozen:
            self._shown = self._session.latest
        self.change(
            view_state.keep_cursor_in_span(replace(self._state, frozen=frozen), self.newest)
        )

    def action_window(self, steps: int) -> None:
        """The next shorter or longer window; its end stays where it is."""
        self.change(view_state.keep_cursor_in_span(change_span(self._state, steps), self.newest))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.change(reverse_sort(self._state))

    def action_utc(self) -> None:
        """UTC or local time."""
        self.change(replace(self._state, utc=not self._state.utc))
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
        elif view_state.is_in_past(self._state) and not self._state.search:
            self.action_now()
        elif self._lender is not None and not (self._state.search or self._state.trail):
            self.action_wall()
        else:
            self.change(widen(self._state))

    @property
    def utc(self) -> bool:
        """Whether UTC is shown."""
        return self._state.utc

    def action_wall(self) -> None:
        """The wall of all profiles: back to it, or over this screen, which stays as it is."""
        if self._lender is not None:
            self.give_back()
            self.dismiss()
        else:
            self.app.open_wall(self, self._profiles)  # type: ignore[attr-defined]

    @on(TablePane.SortBy)
    def _sort_by(self, message: TablePane.SortBy) -> None:
        self.change(sort_by(self._state, message.key))

    def commands(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Title, meaning and call of what the palette of commands offers here."""
        from polytop.ui.widgets.sidebar import COMPARISONS

        yield "Refresh", "Ask the API now", self.action_refresh
        yield "Freeze or go on", "Hold the picture; polling goes on", self.action_freeze
        yield "Acknowledge alerts", "Until they have cleared", self.action_acknowledge
        for span in SNOOZES:
            told = f"Snooze alerts: {exact(span)}"
            yield told, "Tell nobody for so long", partial(self.snooze, span)
        yield "Alerts", "How the rules stand, and the log", self.action_alert_log
        yield "Copy", "The row, the moment or a summary", self.action_copy
        yield "Filters", "Open or close the sidebar", self.action_sidebar
        yield "Find rows", "Show only rows that hold a text", self.action_find
        yield "Columns", "Choose and order them", self.action_columns
        yield "Draw the row's line", "In the graph, or no longer", self.action_pick
        yield "Draw no row's line", "Take all of them away", self.action_pick_none
        yield "UTC or local time", "Change the clock", self.action_utc
        yield "Now", "Follow now again", self.action_now
        yield "Go to a time", "14:30, yesterday 09:00, -2h", self.action_go
        yield "Peak", "Go to the highest value that is shown", self.action_peak
        yield "Mark", "Put a mark at the cursor, or now", self.action_mark
        yield "Marks", "List, go to, edit, remove", self.action_marks
        yield "Wall", "All profiles, the least headroom first", self.action_wall
        yield "Export", "What is shown, as data or as a picture", self.action_export
        for by in Breakdown:
            told = f"Breakdown by {WORDS[by].one}"
            yield told, "What the rows are", partial(self.choose_breakdown, by)
        for compare in Compare:
            told = f"Compare with: {COMPARISONS[compare]}"
            yield told, "The same local time", partial(self.choose_compare, compare)
        for span in SPANS:
            yield f"Window: {exact(span)}", "Show this span", partial(self.choose_window, span)
        for name in self._profiles.names:
            yield f"Profile: {name}", "Watch this profile", partial(self.choose_profile, name)

    # Alerts

    def action_acknowledge(self) -> None:
        """Tell no more of what is raised, until it has cleared."""
        self._notice = None if self._session.acknowledge() else NO_ALERT
        self.redraw()

    def action_snooze(self) -> None:
        """Tell nobody for an hour; end a snooze that runs."""
        self._notice = None if self._session.snooze_or_end(SNOOZE) else NO_ALERT
        self.redraw()

    def snooze(self, seconds: int) -> None:
        """Tell nobody for so long; 0 ends it."""
        until = self._session.watch.clock() + seconds
        self._notice = None if self._session.snooze(until) else NO_ALERT
        self.redraw()
