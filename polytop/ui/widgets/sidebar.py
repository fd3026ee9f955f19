"""The filter sidebar: one list of choices, applied as they are chosen."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.target import ClientEnv
from polytop.ui.choices import Choice, Group
from polytop.ui.paint.line import fitted

if TYPE_CHECKING:
    from polytop.ui.screens.monitor import MonitorScreen

_WIDTH = 27
_ADDED = {"add_language": Breakdown.LANGUAGE, "add_phone_number": Breakdown.PHONE_NUMBER}


class Sidebar(OptionList):
    """Shows groups of choices and keeps its place when they change."""

    DEFAULT_CSS = """
    Sidebar {
        width: 34;
        height: 100%;
        background: $surface;
        border: none;
        padding: 0 0 0 1;
        scrollbar-size-vertical: 1;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        scrollbar-color: $panel;
    }
    Sidebar:focus { border: none; }
    Sidebar > .option-list--option-disabled { color: $text-muted; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
        Binding("space", "select", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sidebar", markup=False)
        self._groups: tuple[Group, ...] = ()
        self._choices: tuple[Choice | None, ...] = ()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """The keys that move here or choose are not for the screen."""
        return key in self._bindings.key_to_bindings

    @property
    def _home(self) -> "MonitorScreen":
        return cast("MonitorScreen", self.screen)

    def fill(self, groups: Sequence[Group]) -> None:
        """Offer `groups`; nothing is drawn again where they are what they were."""
        if tuple(groups) == self._groups:
            return
        place, top, chosen = self.highlighted, self.scroll_offset.y, self._highlighted
        self._groups = tuple(groups)
        lines: list[Choice | None] = []
        options: list[Option] = []
        for group in groups:
            if options:
                lines.append(None)
                options.append(Option("", disabled=True))
            lines.append(None)
            options.append(Option(Content(group.head), disabled=True))
            for choice in group.choices:
                lines.append(choice)
                options.append(Option(Content(_text(choice))))
        self._choices = tuple(lines)
        self.clear_options()
        self.add_options(options)
        self.highlighted = found = self._place(place, chosen)
        if place is not None and found is not None:
            # What is under the pointer stays there.
            self.scroll_to(y=top + found - place, animate=False, force=True, immediate=True)

    @property
    def _highlighted(self) -> Choice | None:
        at = self.highlighted
        return self._choices[at] if at is not None and at < len(self._choices) else None

    def _place(self, before: int | None, chosen: Choice | None) -> int | None:
        """Where the line `chosen` is now, that was at `before`; else a line that holds."""
        lines = self._choices
        if chosen is not None:
            same = (at for at, line in enumerate(lines) if line and line.same(chosen))
            if (at := next(same, None)) is not None:
                return at
        if before is not None and before < len(lines) and lines[before]:
            return before
        return next((at for at, line in enumerate(lines) if line and line.chosen), None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Apply the choice."""
        event.stop()
        choice = self._choices[event.option_index]
        if choice is None:
            return
        if choice.asks:
            self._ask(choice)
            return
        self._apply(choice, choice.value)

    def _ask(self, choice: Choice) -> None:
        from polytop.ui.screens.ask import AskScreen

        def answered(value: str | None) -> None:
            if value:
                self._apply(choice, value)

        field = choice.field.removeprefix("add_")
        what = field.replace("_", " ")
        if choice.field in _ADDED:
            question = f"Show a row for this {what}:"
        else:
            question = f"Show only conversations with this {what}:"
        refuse = partial(self._home.refused, field)
        self.app.push_screen(AskScreen(question, refuse=refuse), answered)

    def _apply(self, choice: Choice, value: str | None) -> None:
        home = self._home
        if choice.field == "profile" and value is not None:
            home.choose_profile(value)
        elif choice.field == "window" and value is not None:
            home.choose_window(int(value))
        elif choice.field == "compare" and value is not None:
            home.choose_compare(Compare(value))
        elif choice.field == "breakdown" and value is not None:
            home.choose_breakdown(Breakdown(value))
        elif choice.field in _ADDED and value is not None:
            home.add_value(_ADDED[choice.field], value)
        elif choice.field == "save":
            home.keep_values()
        elif choice.field == "client_env" and value is not None:
            home.choose_filters(home.filters.changed(client_env=ClientEnv(value)))
        else:
            home.choose_filter(choice.field, value)


def _text(choice: Choice) -> str:
    mark = "+" if choice.asks else "→" if choice.acts else "●" if choice.chosen else "○"
    return f"{mark} {fitted(choice.label, _WIDTH).rstrip()}"
