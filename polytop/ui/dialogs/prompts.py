"""What to copy: the row, the moment or a summary."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from polytop.model.text import printable

_WIDTH, _AROUND = 60, 6
"""Cells of the dialog, and how many of them are not the line's."""


class AskScreen(ModalScreen[str | None]):
    """Asks `question`; gives the answer back stripped, or None where Esc was pressed.

    `refuse` says what is wrong with an answer, or None; a refused one can be corrected. `text`
    stands in the line at first, made safe to show; where it is empty, as many of the examples of
    `hint` as there is room for. `enter` says what Enter does.
    """

    CSS_PATH = "../styles/ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Never mind")]

    def __init__(
        self,
        question: str,
        *,
        text: str = "",
        hint: str = "",
        enter: str = "applies",
        refuse: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._question, self._refuse = question, refuse
        self._examples = hint.split(", ")
        self._field = Input(printable(text), select_on_focus=False)
        self._field.cursor_blink = False
        self._words = Static(f"Enter {enter} · Esc goes back", markup=False, id="ask-words")

    def compose(self) -> ComposeResult:
        """The question, the line, how to leave or what is wrong."""
        with Vertical(id="ask"):
            yield Static(printable(self._question, 200), markup=False)
            yield self._field
            yield self._words

    def on_resize(self, event: Resize) -> None:
        """Show what the line has room for."""
        room = min(_WIDTH, event.size.width) - _AROUND
        self._field.placeholder = _whole(self._examples, room)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the value back, or say what is wrong with it."""
        event.stop()
        answer = event.value.strip()
        wrong = self._refuse(answer) if answer else None
        if wrong is None:
            self.dismiss(answer or None)
            return
        self._words.update(printable(f"! {wrong}", 300))
        self._words.add_class("wrong")


def _whole(examples: Sequence[str], room: int) -> str:
    """The first of `examples`, as many as `room` cells hold; of a single one, all of it."""
    kept = examples[0]
    for example in examples[1:]:
        if cell_len(f"{kept}, {example}") > room:
            break
        kept = f"{kept}, {example}"
    return kept


CHOICES = (("row", "r  the row under the cursor"), ("moment", "m  the moment, with all rows"),
           ("summary", "s  a short summary"))  # fmt: skip


class CopyScreen(ModalScreen[str | None]):
    """Gives back ``row``, ``moment`` or ``summary``, or None where Esc was pressed."""

    CSS_PATH = "../styles/copy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Never mind"),
        *(Binding(name[0], f"dismiss('{name}')", label) for name, label in CHOICES),
        Binding("y", "dismiss('row')", "The row"),
    ]

    def compose(self) -> ComposeResult:
        """Three lines to choose from."""
        with Vertical(id="copy"):
            yield OptionList(
                *(Option(Content(f"copy {label}"), id=name) for name, label in CHOICES),
                markup=False,
            )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the choice back."""
        event.stop()
        self.dismiss(event.option_id)
