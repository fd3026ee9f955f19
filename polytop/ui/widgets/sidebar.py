"""The filter sidebar: one list of options, applied as they are chosen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown
from polytop.model.frozen import frozen
from polytop.model.target import ClientEnv, Filters
from polytop.model.timeparse import exact_duration
from polytop.ui.ports import MonitoredProfile
from polytop.ui.render.text import fit
from polytop.ui.view_state import SPANS, WORDS, ViewState
from polytop.ui.widgets.scrolling import CHOICE_KEYS

Field = Literal[
    "profile", "window", "compare", "breakdown", "add_language", "add_phone_number", "save",
    "client_env", "variant_id", "variant_name", "language", "phone_number",
]  # fmt: skip

COMPARISONS = {
    Compare.NONE: "nothing",
    Compare.DAY: "a day before",
    Compare.WEEK: "a week before",
    Compare.TYPICAL: "the typical week",
}
"""The words for each comparison."""


@frozen
class SidebarOption:
    """One line: choosing it sets `field` to `value` (None: no filter).

    `asks` marks the line that asks for a value by hand.
    """

    field: Field
    label: str
    value: str | None
    chosen: bool = False
    asks: bool = False

    @property
    def acts(self) -> bool:
        """True if choosing it does something once, so that no choice holds afterwards."""
        return self.field == "save"

    @property
    def adds(self) -> Breakdown | None:
        """The breakdown that choosing it adds a row to, if any."""
        return _ADDED.get(self.field)

    def same(self, other: "SidebarOption") -> bool:
        """Return True if choosing either comes to the same."""
        return (self.field, self.value, self.asks) == (other.field, other.value, other.asks)


@frozen
class OptionGroup:
    """A head with options, of which one holds."""

    head: str
    choices: tuple[SidebarOption, ...]


def choices(
    state: ViewState,
    watch: MonitoredProfile,
    profiles: tuple[str, ...],
    variants: tuple[tuple[str, str], ...],
) -> tuple[OptionGroup, ...]:
    """Return the groups of the sidebar; `variants` are the known ids with names."""
    groups = (
        _window(state),
        _comparison(state),
        _breakdown(state, watch),
        _environment(state),
        *_filters(state, variants),
    )
    return (_profiles(watch.subject.profile, profiles), *groups) if len(profiles) > 1 else groups


def _window(state: ViewState) -> OptionGroup:
    spans = sorted({*SPANS, state.span})
    lines = (
        SidebarOption("window", exact_duration(span), str(span), span == state.span)
        for span in spans
    )
    return OptionGroup("WINDOW", tuple(lines))


def _comparison(state: ViewState) -> OptionGroup:
    lines = (
        SidebarOption("compare", words, compare.value, compare is state.compare)
        for compare, words in COMPARISONS.items()
    )
    return OptionGroup("COMPARED WITH", tuple(lines))


def _environment(state: ViewState) -> OptionGroup:
    present = state.filters.client_env
    lines = (SidebarOption("client_env", env.value, env.value, env == present) for env in ClientEnv)
    return OptionGroup("ENVIRONMENT", tuple(lines))


def _filters(state: ViewState, variants: tuple[tuple[str, str], ...]) -> tuple[OptionGroup, ...]:
    """Return the optional filters, each with its known values."""
    present, by_name = state.filters, sorted(variants, key=lambda pair: pair[1].casefold())
    languages = [(value, value) for value in state.languages]
    numbers = [(value, value) for value in state.phone_numbers]
    return (
        _variants(by_name, present),
        _optional("LANGUAGE", "language", languages, present.language),
        _optional("PHONE NUMBER", "phone_number", numbers, present.phone_number),
    )


def _breakdown(state: ViewState, watch: MonitoredProfile) -> OptionGroup:
    """Return the breakdowns, and options to add values that the API does not list."""
    lines = [
        SidebarOption("breakdown", f"by {WORDS[by].one}", by.value, by is state.breakdown)
        for by in Breakdown
    ]
    lines += [
        SidebarOption("add_language", "add a language …", None, asks=True),
        SidebarOption("add_phone_number", "add a number …", None, asks=True),
    ]
    listed = (state.languages, state.phone_numbers)
    if watch.keep_values is not None and listed != (watch.languages, watch.phone_numbers):
        lines.append(SidebarOption("save", "keep these in the profile", "save"))
    return OptionGroup("BREAKDOWN", tuple(lines))


def _profiles(present: str, names: tuple[str, ...]) -> OptionGroup:
    return OptionGroup(
        "PROFILE", tuple(SidebarOption("profile", name, name, name == present) for name in names)
    )


def _variants(known: list[tuple[str, str]], present: Filters) -> OptionGroup:
    """Return the variants by id; a filtered name that is not one variant's stands as a name."""
    name = present.variant_name
    ids = [id_ for id_, label in known if name is not None and label == name]
    group = _optional(
        "VARIANT", "variant_id", known, ids[0] if len(ids) == 1 else present.variant_id
    )
    if name is None or len(ids) == 1:
        return group
    every, *rest = group.choices
    named = SidebarOption("variant_name", name, name, chosen=True)
    return OptionGroup(group.head, (replace(every, chosen=False), named, *rest))


def _optional(
    head: str, field: Field, known: list[tuple[str, str]], present: str | None
) -> OptionGroup:
    """Return an optional filter: all, a known value, or another typed by hand."""
    listed = list(known)
    if present is not None and present not in {value for value, _ in known}:
        listed.append((present, present))
    return OptionGroup(
        head,
        (
            SidebarOption(field, "all", None, present is None),
            *(SidebarOption(field, label, value, value == present) for value, label in listed),
            SidebarOption(field, "other …", None, asks=True),
        ),
    )


_WIDTH = 27
_ADDED = {"add_language": Breakdown.LANGUAGE, "add_phone_number": Breakdown.PHONE_NUMBER}


class Sidebar(OptionList):
    """Shows groups of options and keeps its place when they change."""

    class Chosen(Message):
        """An option was chosen: it is to be applied, or asked for where it `asks`."""

        def __init__(self, option: SidebarOption) -> None:
            super().__init__()
            self.option = option

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
        *CHOICE_KEYS,
        Binding("space", "select", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sidebar", markup=False)
        self._groups: tuple[OptionGroup, ...] = ()
        self._option_lines: tuple[SidebarOption | None, ...] = ()

    @property
    def option_lines(self) -> tuple[SidebarOption | None, ...]:
        """The option on each line; None on a head and on a blank line."""
        return self._option_lines

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep the keys that move or choose here from the screen."""
        return key in self._bindings.key_to_bindings

    def fill(self, groups: Sequence[OptionGroup]) -> None:
        """Offer `groups`; nothing is drawn if they have not changed."""
        if tuple(groups) == self._groups:
            return
        place, top, chosen = self.highlighted, self.scroll_offset.y, self._highlighted
        self._groups = tuple(groups)
        lines: list[SidebarOption | None] = []
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
        self._option_lines = tuple(lines)
        self.clear_options()
        self.add_options(options)
        self.highlighted = found = self._place(place, chosen)
        if place is not None and found is not None:
            # What is under the pointer stays there.
            self.scroll_to(y=top + found - place, animate=False, force=True, immediate=True)

    @property
    def _highlighted(self) -> SidebarOption | None:
        at = self.highlighted
        return self._option_lines[at] if at is not None and at < len(self._option_lines) else None

    def _place(self, before: int | None, chosen: SidebarOption | None) -> int | None:
        """Return the new place of the line `chosen`, once at `before`; else a line that holds."""
        lines = self._option_lines
        if chosen is not None:
            same = (at for at, line in enumerate(lines) if line and line.same(chosen))
            if (at := next(same, None)) is not None:
                return at
        if before is not None and before < len(lines) and lines[before]:
            return before
        return next((at for at, line in enumerate(lines) if line and line.chosen), None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell the screen of the choice."""
        event.stop()
        option = self._option_lines[event.option_index]
        if option is not None:
            self.post_message(self.Chosen(option))


def _text(choice: SidebarOption) -> str:
    mark = "+" if choice.asks else "→" if choice.acts else "●" if choice.chosen else "○"
    return f"{mark} {fit(choice.label, _WIDTH).rstrip()}"
