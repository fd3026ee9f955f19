"""The marks of a project: go to one, edit it, remove it."""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from polytop.model.mark import Mark
from polytop.ui.render.context import RenderContext
from polytop.ui.render.text import fit
from polytop.ui.time_format import hm, local_time, zone_name
from polytop.ui.widgets.scrolling import ChoiceList


class Choice(NamedTuple):
    """A choice of the user: jump to `mark`, edit or remove it."""

    do: Literal["jump", "edit", "remove"]
    mark: Mark


class MarksScreen(ModalScreen[Choice | None]):
    """Lists `marks`, newest first; gives back a choice, or None if the user leaves."""

    CSS_PATH = "../styles/marks.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,M", "dismiss(None)", "Close"),
        Binding("e", "choose('edit')", "Edit"),
        Binding("d,delete", "choose('remove')", "Remove"),
    ]

    def __init__(self, marks: Sequence[Mark], scene: RenderContext) -> None:
        super().__init__()
        self._marks = tuple(sorted(marks, key=lambda mark: (mark.at, mark.id), reverse=True))
        self._scene = scene
        self._list = ChoiceList(*(Option(Content(self._line(m))) for m in self._marks))

    def _line(self, mark: Mark) -> str:
        zone = self._scene.zone
        when = f"{local_time(mark.at, zone):%a %Y-%m-%d} {hm(mark.at, zone)}"
        return f"{when}  {fit(mark.text, 60).rstrip()}"

    def compose(self) -> ComposeResult:
        """Show the list and its keys."""
        zone = zone_name(self._scene.now, self._scene.zone)
        with Vertical(id="marks"):
            yield Static(f"Marks · times in {zone}", markup=False, id="marks-head")
            if self._marks:
                yield self._list
                keys = "Enter goes there · e edits · d removes · Esc closes"
            else:
                yield Static("None yet: m puts one at the cursor, or now.", markup=False)
                keys = "Esc closes"
            yield Static(keys, markup=False, id="marks-keys")

    def on_mount(self) -> None:
        """The newest is chosen first."""
        if self._marks:
            self._list.highlighted = 0
            self._list.focus()

    def action_choose(self, do: Literal["jump", "edit", "remove"]) -> None:
        """Give the choice back."""
        place = self._list.highlighted
        if self._marks and place is not None:
            self.dismiss(Choice(do, self._marks[place]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        event.stop()
        self.action_choose("jump")
