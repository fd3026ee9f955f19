"""The help: keys, signs, and what the figures mean."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from polytop.ui.palette import Palette

KEYS = (
    ("q", "quit"),
    ("?", "this help"),
    ("ctrl+p", "palette of all commands"),
    ("r", "ask the API now"),
    ("space", "freeze the screen; polling goes on"),
    ("f", "filters: window, environment, variant, language, number …"),
    ("/", "find rows by name"),
    ("s  S", "sort by the next column, reverse (or click a head)"),
    ("↑ ↓  j k  g G", "move in the table (or the mouse wheel)"),
    ("Enter  Esc", "narrow the whole screen to a row, go back"),
    ("[  ]", "shorter, longer window"),
    ("a  A", "acknowledge alerts; snooze them for an hour, or end it"),
    ("L", "how the alert rules stand, and the log of alerts"),
    ("y", "copy the row, the moment or a summary (OSC 52)"),
    ("t", "theme"),
    ("u", "UTC or local time"),
)
SIGNS = (
    ("● live", "the last poll succeeded"),
    ("▲ stale", "the last polls failed: the data are as old as it says"),
    ("✖ offline", "nothing came back from the network"),
    ("‖ frozen", "the picture is held"),
    ("⢕", "the window that runs now: it may still rise"),
    ("·", "a gap: asked for, and the API left it out"),
    ("?", "not fetched: never asked for, or in vain"),
    ("–", "not known"),
)
FIGURES = (
    ("now", "maximum of the running window so far, else of the last"),
    ("headroom", "limit less now; the limit is what the profile states"),
    ("in 15 min", "last complete window against the one 15 min before"),
    ("p95", "of the 5-minute maxima of complete windows"),
    ("share", "of the total's own maximum: parts peak at different"),
    ("", "moments, their sum is a bound and never the total"),
)


class HelpScreen(ModalScreen[None]):
    """Any of Esc, q and ? closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", "Close"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def compose(self) -> ComposeResult:
        """Three short lists."""
        with VerticalScroll(id="help"):
            yield Static(self._words())

    def _words(self) -> Text:
        text, palette = Text(), self._palette
        for head, rows in (("KEYS", KEYS), ("SIGNS", SIGNS), ("FIGURES", FIGURES)):
            text.append(f"{head}\n", palette.head)
            for name, meaning in rows:
                text.append(f"  {name:<14}", palette.accent).append(f"{meaning}\n", palette.text)
            text.append("\n")
        text.append("Esc closes", palette.muted)
        return text

    def action_scroll(self, lines: int) -> None:
        """Scroll where the terminal is short."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)
