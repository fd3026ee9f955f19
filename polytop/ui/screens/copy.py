"""What to copy: the row, the moment or a summary."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

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
