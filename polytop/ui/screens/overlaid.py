"""What opens over the home screen or beside it: search, sidebar, copying, the log of alerts."""

from dataclasses import replace

from textual import events

from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.model.target import Filters
from polytop.ui.layout import SIDEBAR
from polytop.ui.ports import FeedError
from polytop.ui.screens.watching import WatchScreen
from polytop.ui.view_state import follow_now, keep_cursor_in_span, set_filters

SEARCHES = (
    "Write now>20, share>5% or 15min<-3; also peak, p95, mean, versus, age>2m. Quotes make it text."
)


NO_ROOM = Problem(
    Kind.REFUSED,
    "No room for the filters",
    f"Make the terminal at least {2 * SIDEBAR} columns by 20 rows.",
)


class Overlaid(WatchScreen):
    """The home screen with all that can be opened on it; each part is loaded when it is due."""

    def action_find(self) -> None:
        """Open the line in which rows are searched; the very next key is for it."""
        from polytop.ui.widgets.search_input import SearchInput

        if self._find is None:
            self._find = SearchInput(self._state.search)
            self.mount(self._find)
        self.set_focus(self._find, scroll_visible=False)
        self.redraw()

    def close_find(self, *, keep: bool) -> None:
        """Close the search line, with its result kept or let go.

        It stays open where it holds what is not understood.
        """
        from polytop.ui.table_model import parse_filter

        if self._find is None:
            return
        found, search = self._find, self._find.value
        wrong = parse_filter(search).problem
        if keep and wrong is not None:
            self._tell(Problem(Kind.REFUSED, f"The search is not understood: {wrong}", SEARCHES))
            return
        self._find = None
        found.close(self._board.table)
        self.search(search if keep else "")

    def search(self, text: str) -> None:
        """Show only rows that meet `text`: see :mod:`polytop.ui.table_model`."""
        self.change(replace(self._state, search=text))

    async def action_sidebar(self) -> None:
        """Open or close the filters."""
        from polytop.ui.widgets.sidebar import Sidebar

        if self._sidebar is not None:
            closing, self._sidebar = self._sidebar, None
            await closing.remove()
            self._board.table.focus()
        elif not self._roomy:
            self._tell(NO_ROOM)
            return
        else:
            self._sidebar = Sidebar()
            await self._board.body.mount(self._sidebar, before=0)
            self.refill()
            self._sidebar.focus()
        self.redraw()

    @property
    def _roomy(self) -> bool:
        """Whether there is room for the filters."""
        return self.app.size.width >= 2 * SIDEBAR and self.app.size.height >= 20

    def on_resize(self, _: events.Resize) -> None:
        """What there was no room for may have it now."""
        if self._notice is NO_ROOM and self._roomy:
            self._notice = None

    def refill(self) -> None:
        """Offer what can be chosen now."""
        if self._sidebar is None:
            return
        from polytop.ui.table_model import disambiguate
        from polytop.ui.widgets.sidebar import choices

        session = self._session
        ends = disambiguate(session.names.items())
        known = tuple((id_, name + ends.get(id_, "")) for id_, name in session.names.items())
        self._sidebar.fill(choices(self._state, session.watch, self._profiles.names, known))

    @property
    def filters(self) -> Filters:
        """What is asked for now."""
        return self._state.filters

    def choose_filters(self, filters: Filters) -> None:
        """Apply filters at once."""
        self.change(set_filters(self._state, filters))

    def choose_window(self, span: int) -> None:
        """Apply a window at once; its end stays where it is."""
        self.change(keep_cursor_in_span(replace(self._state, span=span), self.newest))

    @property
    def newest(self) -> int:
        """End of the newest window of what is shown, the running one of when it was drawn."""
        shown = self._shown
        return grid.STEP + (grid.floor(self._session.watch.clock()) if not shown else shown.running)

    def choose_profile(self, name: str) -> None:
        """Watch another profile, with its own filters and an empty screen."""
        try:
            watch = self._profiles.watch(name)
        except FeedError as error:
            self._tell(error.problem)
            return
        self._state = follow_now(
            replace(
                self._state,
                filters=watch.filters,
                trail=(),
                search="",
                frozen=False,
                languages=watch.languages,
                phone_numbers=watch.phone_numbers,
            )
        )
        self._watch_instead(watch)
        self.redraw()
        self.refill()

    def action_copy(self) -> None:
        """Copy the row, the moment or a summary to the clipboard, through the terminal."""
        from polytop.ui.screens.prompts import CopyScreen

        if self._shown is None or self._shown.fetched_at is None:
            self._tell(Problem(Kind.REFUSED, "There is nothing to copy yet", "Wait for data."))
            return
        self.app.push_screen(CopyScreen(), self._copy)

    def _copy(self, what: str | None) -> None:
        from polytop.ui import clipboard

        snapshot, entry = self._shown, self._board.table.row
        if what is None or snapshot is None:
            return
        if what == "row" and entry is not None:
            text = clipboard.row_text(entry, snapshot, self.scene())
        elif what == "moment":
            text = clipboard.window_summary(snapshot, self.scene())
        else:
            what, text = "summary", clipboard.span_summary(snapshot, self.scene())
        self.app.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        self.app.notify(
            f"Copied the {what}: {lines} line{'' if lines == 1 else 's'}, by OSC 52",
            timeout=4,
            markup=False,
        )

    def action_alert_log(self) -> None:
        """How every rule stands, and what was ever told."""
        from polytop.ui.screens.alert_log import AlertLogScreen

        session = self._session
        self.app.push_screen(AlertLogScreen(session.alerts, session.watch.alert_log, self.scene()))
