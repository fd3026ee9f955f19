"""The alert log; above it, the state of every rule."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from polytop.model.stats import Severity
from polytop.model.text import printable
from polytop.ui.render.context import RenderContext
from polytop.ui.render.levels import state_style
from polytop.ui.theme import Palette
from polytop.ui.time_format import day_and_time, since_text
from polytop.ui.widgets.scrolling import Pager

if TYPE_CHECKING:
    from polytop.alerts.log import LogEntry
    from polytop.alerts.state import AlertView

MOST = 500
"""The most entries that are shown; the file may hold more."""


class AlertLogScreen(ModalScreen[None]):
    """Shows rules and log, the newest entry first. Esc, q and L close it."""

    CSS_PATH = "../styles/alert_log.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,L,enter", "dismiss", "Close")]

    def __init__(
        self,
        view: "AlertView | None",
        entries: "Callable[[], Iterable[LogEntry]] | None",
        scene: RenderContext,
    ) -> None:
        super().__init__()
        self._view, self._entries, self._scene = view, entries, scene

    def compose(self) -> ComposeResult:
        """Show the rules, then the log."""
        with Pager(id="alert-log"):
            yield Static(self._words())

    def _words(self) -> Group:
        palette = self._scene.palette
        return Group(
            Text("RULES", palette.head),
            Padding(self._rules(), (0, 0, 1, 2)),
            Text("LOG", palette.head),
            Padding(self._log(), (0, 0, 1, 2)),
            Text("Esc closes", palette.muted),
        )

    def _rules(self) -> RenderableType:
        scene, palette, lines = self._scene, self._scene.palette, _grid()
        for rule in self._view.rules if self._view else ():
            text = Text(printable(rule.rule.name, 60), palette.strong)
            text.append(f"  {printable(rule.text, 300)}", palette.text)
            if rule.raised and rule.since is not None:
                text.append(f" {since_text(rule.since, scene.now, scene.zone)}", palette.text)
            if rule.snoozed_until is not None:
                until = day_and_time(rule.snoozed_until, scene.now, scene.zone)
                text.append(f" · snoozed until {until}", palette.muted)
            lines.add_row(_state(rule.state, palette), text)
        if lines.row_count:
            return lines
        return Text("none: state a limit, or write alerts in the profile", palette.muted)

    def _log(self) -> RenderableType:
        palette, lines = self._scene.palette, _grid()
        try:
            entries = list(islice(self._entries(), MOST)) if self._entries else []
        except OSError as error:
            return Text(f"the log cannot be read: {error.strerror}", palette.warning)
        for entry in entries:
            name = f"{entry.profile} · {entry.alert}: "
            lines.add_row(*self._event(entry.at, entry.state, entry.event, name, entry.text))
        for event in self._view.events if self._entries is None and self._view else ():
            name, text = f"{printable(event.rule, 60)}: ", printable(event.text, 300)
            lines.add_row(*self._event(event.at, event.state, event.change.value, name, text))
        return lines if lines.row_count else Text("no alerts yet", palette.muted)

    def _event(
        self, at: float, state: Severity, change: str, name: str, text: str
    ) -> tuple[Text, ...]:
        """The cells of an entry: its time, its state, what happened and to which rule."""
        scene, palette = self._scene, self._scene.palette
        words = Text(f"{change:<13}", palette.text)
        words.append(name, palette.strong).append(text, palette.text)
        when = Text(f"{day_and_time(at, scene.now, scene.zone)} ", palette.muted, justify="right")
        return when, _state(state, palette), words


def _grid() -> Table:
    """Lines whose last cell is wrapped beneath itself."""
    return Table.grid(padding=(0, 1, 0, 0))


def _state(severity: Severity, palette: Palette) -> Text:
    return Text(f"{severity.name:<8}", state_style(severity, palette))
