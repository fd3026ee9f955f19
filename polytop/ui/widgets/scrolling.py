"""Text and lists that move by the keys of less and vim as well."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList


class Pager(VerticalScroll):
    """A text to read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,e", "scroll_down", show=False),
        Binding("k,y", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
        Binding("space,ctrl+f", "page_down", show=False),
        Binding("b,ctrl+b", "page_up", show=False),
    ]


CHOICE_KEYS = (
    Binding("j", "cursor_down", show=False),
    Binding("k", "cursor_up", show=False),
    Binding("g", "first", show=False),
    Binding("G", "last", show=False),
    Binding("ctrl+f", "page_down", show=False),
    Binding("ctrl+b", "page_up", show=False),
)
"""Keys of every list to choose from, besides Textual's own."""


class ChoiceList(OptionList):
    """A list to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = [*CHOICE_KEYS]
