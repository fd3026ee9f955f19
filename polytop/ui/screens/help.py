"""The help: keys, signs, and what the figures mean."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from polytop.ui.theme import Palette

KEYS = (
    ("q", "quit"),
    ("?", "this help"),
    ("ctrl+p", "palette of all commands"),
    ("r", "ask the API now"),
    ("space", "freeze the screen; polling goes on"),
    ("f", "filters: window, environment, variant, language …"),
    ("/", "find rows: text, now>20, share>=5%, 15min<-3, age>2m"),
    ("s  S", "sort by the next column, reverse (or click a head)"),
    ("↑ ↓  j k  G", "move in the table (or the wheel); G: the last row"),
    ("x  X", "draw the row's line in the graph; take all lines away"),
    ("C", "choose and order the columns; they are kept"),
    ("Enter  Esc", "narrow the whole screen to a row, go back"),
    ("[  ]", "shorter, longer window: 30 minutes to 90 days"),
    ("←  →  h l", "cursor on the graph, back and on (or click)"),
    ("Home  End", "cursor to the first, the last window that is shown"),
    ("shift+←  →", "pan by a quarter of the window"),
    ("+  -", "zoom about the cursor (or the wheel: the pointer)"),
    ("p", "cursor to the peak of what is shown"),
    ("g", "go to a time: 14:30, yesterday 09:00, 20 Nov 8:15, -2h"),
    ("n", "back to now, and follow (or Esc)"),
    ("c", "compare: day before, week before, typical week, nothing"),
    ("m  M", "put a mark at the cursor, or now; list and edit marks"),
    ("e", "export what is shown, as data or as a picture"),
    ("a  A", "acknowledge alerts; snooze them for an hour, or end it"),
    ("L", "how the alert rules stand, and the log of alerts"),
    ("w", "wall of all profiles; Enter opens one, Esc leads back"),
    ("y", "copy the row, the moment or a summary (OSC 52)"),
    ("t", "theme"),
    ("ctrl+z", "back to the shell; fg continues"),
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
    ("┄", "what is compared with: the same local time then"),
    ("░", "typical week: the lowest to the highest of four"),
    ("1 to 9", "a row's line, and the row that it is of"),
    ("≥", "other: at least so many calls are in no row"),
    ("│ ▲", "the cursor: figures and rows are of that moment"),
    ("┊", "a mark, with its text at the top"),
    ("◂ looking at", "a moment of the past; what now is stands beside it"),
    ("○ from history", "remembered; the first answer is waited for"),
    ("–", "not known"),
)
FIGURES = (
    ("now", "maximum of the running window so far, else of the last"),
    ("headroom", "limit less now; the limit is what the profile states"),
    ("in 15 min", "last complete window against the one 15 min before"),
    ("15 MIN, vs", "of the last complete window, not of the one that runs"),
    ("p95", "of the 5-minute maxima of complete windows"),
    ("share", "of the total's own maximum: parts peak at different"),
    ("", "moments, their sum is a bound and never the total"),
)


class HelpScreen(ModalScreen[None]):
    """Any of Esc, q and ? closes it."""

    CSS_PATH = "../styles/help.tcss"
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
                text.append(f"  {name:<15} ", palette.accent).append(f"{meaning}\n", palette.text)
            text.append("\n")
        text.append("Esc closes", palette.muted)
        return text

    def action_scroll(self, lines: int) -> None:
        """Scroll where the terminal is short."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)
