"""The filters: the sidebar, the breakdown, and the values that the API does not list."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown, single_part
from polytop.model.phone import calling_code, parse_number, strip_number
from polytop.model.problem import Kind, Problem
from polytop.model.target import ClientEnv
from polytop.model.target import Filters as CallFilters
from polytop.ui.commands import CommandTable
from polytop.ui.features.port import Port
from polytop.ui.features.span import Span
from polytop.ui.layout import SIDEBAR
from polytop.ui.ports import FeedError
from polytop.ui.table_model import disambiguate
from polytop.ui.view_state import (
    BREAKDOWNS,
    SETTINGS,
    WORDS,
    ViewState,
    add_value,
    change_filter,
    next_breakdown,
    set_breakdown,
    set_filters,
    useful_breakdowns,
)

if TYPE_CHECKING:
    from polytop.ui.widgets.board import Board
    from polytop.ui.widgets.sidebar import Sidebar, SidebarOption

NO_ROOM = Problem(
    Kind.REFUSED,
    "No room for the filters",
    f"Make the terminal at least {2 * SIDEBAR} columns by 20 rows.",
)


class Filters:
    """Owns the sidebar on `board`, and applies what is chosen in it at once.

    `profiles` are the names that can be switched to, by `switch`.
    """

    def __init__(
        self,
        port: Port,
        board: "Board",
        span: Span,
        profiles: tuple[str, ...],
        switch: Callable[[str], None],
    ) -> None:
        self._port, self._board, self._span = port, board, span
        self._profiles, self._switch = profiles, switch
        self.sidebar: Sidebar | None = None
        """The open sidebar, though a small terminal may hide it."""

    # The sidebar

    @property
    def focused(self) -> bool:
        """True while keys go to the sidebar."""
        return self.sidebar is not None and self.sidebar.has_focus

    def has_room(self) -> bool:
        """Return True if the terminal has room for the sidebar."""
        size = self._board.app.size
        return size.width >= 2 * SIDEBAR and size.height >= 20

    async def toggle(self) -> None:
        """Open the sidebar, or close it."""
        from polytop.ui.widgets.sidebar import Sidebar

        if self.sidebar is not None:
            closing, self.sidebar = self.sidebar, None
            await closing.remove()
            self._board.table.focus()
        elif not self.has_room():
            self._port.tell(NO_ROOM)
            return
        else:
            self.sidebar = Sidebar()
            await self._board.body.mount(self.sidebar, before=0)
            self.refill()
            self.sidebar.focus()
        self._port.redraw()

    def show(self, columns: int) -> None:
        """Show the sidebar where the layout gives it `columns`."""
        if self.sidebar is not None:
            self.sidebar.display = columns > 0

    def refill(self) -> None:
        """Offer what can be chosen now."""
        if self.sidebar is None:
            return
        from polytop.ui.widgets.sidebar import choices

        session = self._port.session
        tails = disambiguate(session.names.items())
        variants = tuple((id_, name + tails.get(id_, "")) for id_, name in session.names.items())
        self.sidebar.fill(
            choices(self._port.store.state, session.profile, self._profiles, variants)
        )

    def choose_highlighted(self) -> None:
        """Choose the line under the sidebar's cursor."""
        if self.sidebar is not None:
            self.sidebar.action_select()

    def ask_value(self, option: "SidebarOption") -> None:
        """Ask for the value of `option`, and apply it."""
        from polytop.ui.dialogs.prompts import AskScreen

        field = option.field.removeprefix("add_")
        words = field.replace("_", " ")
        if option.adds is not None:
            question = f"Show a row for this {words}:"
        else:
            question = f"Show only conversations with this {words}:"

        def answered(value: str | None) -> None:
            if value:
                self.apply(option, value)

        self._port.ask(AskScreen(question, refuse=partial(self.check_filter, field)), answered)

    def apply(self, option: "SidebarOption", value: str | None) -> None:
        """Apply `option` with `value`."""
        if option.adds is not None and value is not None:
            self.add_value(option.adds, value)
        elif option.field == "save":
            self.keep_values()
        elif option.field == "profile" and value is not None:
            self._switch(value)
        elif option.field == "window" and value is not None:
            self._span.set_span(int(value))
        elif option.field == "compare" and value is not None:
            self._span.compare(Compare(value))
        elif option.field == "breakdown" and value is not None:
            self.set_breakdown(Breakdown(value))
        elif option.field == "client_env" and value is not None:
            filters = self._port.store.state.filters
            self.choose(filters.with_changes(client_env=ClientEnv(value)))
        else:
            self.set_filter(option.field, value)

    # What is chosen

    def next_breakdown(self, steps: int = 1) -> None:
        """Show the next breakdown (-1: the one before) that has more than one part."""
        state = self._port.store.state
        if next_breakdown(state, steps).breakdown is state.breakdown:
            self._port.tell(_no_other_breakdown(state, self._port.context().commands))
            return
        self._port.store.apply(lambda state, _: next_breakdown(state, steps))
        self.refill()

    def set_breakdown(self, by: Breakdown) -> None:
        """Show the breakdown `by`, whatever it has to show."""
        self._port.store.apply(lambda state, _: set_breakdown(state, by))
        state, words = self._port.store.state, WORDS[by]
        key = self._port.context().commands.key
        if single_part(state.filters, by) is not None:
            advice = f"{key('back')} or {key('sidebar')} shows all again."
            self._refuse(f"The screen is narrowed to one {words.one}", advice)
        elif by not in useful_breakdowns(state):
            advice = f"Add some in the sidebar ({key('sidebar')}), or in the profile."
            self._refuse(f"No {words.several} are listed", advice)
        self.refill()

    def choose(self, filters: CallFilters) -> None:
        """Apply `filters` in the place of all others."""
        self._port.store.apply(lambda state, _: set_filters(state, filters))

    def set_filter(self, name: str, value: str | None) -> None:
        """Apply the filter `name`; None lets it go."""
        self.choose(change_filter(self._port.store.state.filters, name, value))

    def check_filter(self, name: str, value: str) -> str | None:
        """Return why `value` cannot be the filter `name`; None if it can."""
        from polytop.api.query import check_filters

        try:
            if name == "phone_number":
                state, target = self._port.store.state, self._port.session.profile.subject.target
                parse_number(
                    value, calling_code(target.region, state.languages, state.phone_numbers)
                )
            check_filters(change_filter(self._port.store.state.filters, name, value))
        except ValueError as error:
            return f"{error}."
        return None

    def add_value(self, by: Breakdown, value: str) -> None:
        """Show a row for `value` too; :meth:`check_filter` has accepted it."""
        if by is Breakdown.PHONE_NUMBER:
            value = strip_number(value)
        self._port.store.apply(lambda state, _: add_value(state, by, value))
        self.refill()

    def keep_values(self) -> None:
        """Write the rows that were added into the profile."""
        self._port.run(self._keep_values, "profile")

    async def _keep_values(self) -> None:
        session, state = self._port.session, self._port.store.state
        if session.profile.keep_values is None:
            return
        try:
            await asyncio.to_thread(
                session.profile.keep_values, state.languages, state.phone_numbers
            )
        except FeedError as error:
            self._port.tell(error.problem)
            return
        session.keep_listed(state.languages, state.phone_numbers)
        self.refill()
        self._port.toast("Kept in the profile")

    def _refuse(self, summary: str, advice: str) -> None:
        self._port.tell(Problem(Kind.REFUSED, summary, advice))


def _no_other_breakdown(state: ViewState, commands: CommandTable) -> Problem:
    """Return the reason why there is no other breakdown."""
    filters, useful = state.filters, useful_breakdowns(state)
    narrowed = [WORDS[by].one for by in BREAKDOWNS if single_part(filters, by) is not None]
    missing = [
        WORDS[by].several
        for by in SETTINGS
        if single_part(filters, by) is None and by not in useful
    ]
    summary = (
        f"The screen is narrowed to one {_listed(narrowed)}: there is nothing else to break down by"
    )
    advice = f"{commands.key('back')} goes back."
    if missing:
        advice += f" Or add {_listed(missing)} in the sidebar ({commands.key('sidebar')})."
    return Problem(Kind.REFUSED, summary, advice)


def _listed(words: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
