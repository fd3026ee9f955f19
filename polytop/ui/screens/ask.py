"""One question, one line to answer it in."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class AskScreen(ModalScreen[str | None]):
    """Asks for a value of `what`; gives it back stripped, or None where Esc was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Never mind")]

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def compose(self) -> ComposeResult:
        """The question, the line, how to leave."""
        with Vertical(id="ask"):
            yield Static(f"Show only conversations with this {self._what}:", markup=False)
            field = Input()
            field.cursor_blink = False
            yield field
            yield Static("Enter applies · Esc goes back", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the value back."""
        event.stop()
        self.dismiss(event.value.strip() or None)
