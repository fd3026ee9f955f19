"""The help: keys, signs, and the meaning of the figures."""

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from polytop.ui.commands import SECTIONS, Command, help_lines
from polytop.ui.theme import Palette
from polytop.ui.widgets.scrolling import Pager

SIGNS = (
    ("● live", "the last poll succeeded"),
    ("▲ stale", "the last polls failed: the data are as old as it says"),
    ("✖ offline", "nothing came back from the network"),
    ("‖ frozen", "the picture is held"),
    ("░ ⢕", "fetched while the window ran: at least so many"),
    ("·", "a gap: asked for, and the API left it out"),
    ("?", "not fetched: never asked for, or in vain"),
    ("⠒ ┄", "what is compared with: the same local time then"),
    ("its range", "typical week: the lowest to the highest of its weeks"),
    ("░ past now", "the forecast: nine of ten; the title says where none is"),
    ("┅ P", "the plan of a launch; its line says how far off it is"),
    ("1 to 9", "a row's line, and the row that it is of"),
    ("≥", "at least: the window runs, or calls are in no row"),
    ("│ ▲", "the cursor: figures and rows are of that moment"),
    ("┊", "a mark, with its text at the top"),
    ("◂ looking at", "a moment of the past; the line above stays on now"),
    ("○ from history", "remembered; the first answer is waited for"),
    ("–", "not known"),
)
FIGURES = (
    ("NOW ≥", "maximum of the running window so far, else of the last"),
    ("NOW ≥ → 88–93", ""),
    ("", "four of five windows of this age ended so; told after"),
    ("", "two days of polling, where it beats: no more rise"),
    ("LAST SEEN", "the last known value, with its time: now is not known"),
    ("FREE", "limit less now; the limit is what the profile states"),
    ("last 5 min", "the last complete window, and its changes"),
    ("15 MIN, vs", "of the last complete window, not of the one that runs"),
    ("96 or more", "at most so long: a window that touched it counts whole"),
    ("plateau", "calls stay at the limit: demand beyond it is not seen"),
    ("on plan", "last complete window: in its band, or within 10 %"),
    ("p95", "nearest rank of the maxima of complete windows"),
    ("MEAN of n", "over n windows: the row comes and goes"),
    ("01:30+1", "in an hour that comes twice: its offset from UTC"),
    ("share", "of the total in that window: parts peak at different"),
    ("", "moments, their sum is a bound and never the total"),
)


class HelpScreen(ModalScreen[None]):
    """Shows the help; Esc, q and ? close it."""

    CSS_PATH = "../styles/help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "Close")
    ]

    def __init__(self, palette: Palette, commands: tuple[Command, ...]) -> None:
        super().__init__()
        self._palette, self._commands = palette, commands

    def compose(self) -> ComposeResult:
        """Show the keys by section, then signs and figures."""
        with Pager(id="help"):
            yield Static(self._words())

    def _words(self) -> Group:
        palette, parts = self._palette, list[RenderableType]()
        for head, rows in (*self._keys(), ("SIGNS", SIGNS), ("FIGURES", FIGURES)):
            lines = Table.grid(padding=(0, 1, 0, 0))
            for name, meaning in rows:
                lines.add_row(Text(f"{name:<15}", palette.accent), Text(meaning, palette.text))
            parts += [Text(head, palette.head), Padding(lines, (0, 0, 1, 2))]
        return Group(*parts, Text("Esc closes", palette.muted))

    def _keys(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield the sections of the table with their keys and meanings."""
        lines = sorted(help_lines(self._commands), key=lambda line: SECTIONS.index(line[0]))
        for section, group in groupby(lines, key=lambda line: line[0]):
            yield f"KEYS · {section}", [(keys, meaning) for _, keys, meaning in group]
