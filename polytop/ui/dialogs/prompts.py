"""Prompts: one line of text, and what to copy."""

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
    """Asks `question`; gives back the stripped answer, or None on Esc.

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
        self._field = Input(printable(text), max_length=1_000, select_on_focus=False)
        self._field.cursor_blink = False
        self._words = Static(f"Enter {enter} · Esc goes back", markup=False, id="ask-words")

    def compose(self) -> ComposeResult:
        """Show the question, the line and the keys."""
        with Vertical(id="ask"):
            yield Static(printable(self._question, 200), markup=False)
            yield self._field
            yield self._words

    def on_resize(self, event: Resize) -> None:
        """Show as many examples as the line has room for."""
        room = min(_WIDTH, event.size.width) - _AROUND
        self._field.placeholder = _whole(self._examples, room)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer back, or show why it is refused."""
        event.stop()
        answer = event.value.strip()
        wrong = self._refuse(answer) if answer else None
        if wrong is None:
            self.dismiss(answer or None)
            return
        self._words.update(printable(f"! {wrong}", 300))
        self._words.add_class("wrong")


def _whole(examples: Sequence[str], room: int) -> str:
    """Return as many `examples` as `room` cells hold, at least one."""
    kept = examples[0]
    for example in examples[1:]:
        if cell_len(f"{kept}, {example}") > room:
            break
        kept = f"{kept}, {example}"
    return kept


CHOICES = (("row", "r  the row under the cursor"), ("moment", "m  the moment, with all rows"),
           ("summary", "s  a short summary"))  # fmt: skip


class CopyScreen(ModalScreen[str | None]):
    """Gives back ``row``, ``moment`` or ``summary``, or None on Esc."""

    CSS_PATH = "../styles/copy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Never mind"),
        *(Binding(name[0], f"dismiss('{name}')", label) for name, label in CHOICES),
        Binding("y", "dismiss('row')", "The row"),
    ]

    def compose(self) -> ComposeResult:
        """Show the three choices."""
        with Vertical(id="copy"):
            yield OptionList(
                *(Option(Content(f"copy {label}"), id=name) for name, label in CHOICES),
                markup=False,
            )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the choice back."""
        event.stop()
        self.dismiss(event.option_id)
