"""The alert log; above it, the state of every rule."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from polytop.model.text import printable
from polytop.ui.render.context import RenderContext
from polytop.ui.render.levels import state_style
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

    def _words(self) -> Text:
        text, scene = Text(), self._scene
        palette = scene.palette
        text.append("RULES\n", palette.head)
        for rule in self._view.rules if self._view else ():
            text.append(f"  {rule.state.name:<9}", state_style(rule.state, palette))
            text.append(f"{printable(rule.rule.name, 60)}", palette.strong)
            text.append(f"  {printable(rule.text, 300)}", palette.text)
            if rule.raised and rule.since is not None:
                text.append(f" {since_text(rule.since, scene.now, scene.zone)}", palette.text)
            if rule.snoozed_until is not None:
                until = day_and_time(rule.snoozed_until, scene.now, scene.zone)
                text.append(f" · snoozed until {until}", palette.muted)
            text.append("\n")
        if not (self._view and self._view.rules):
            text.append("  none: state a limit, or write alerts in the profile\n", palette.muted)
        text.append("\nLOG\n", palette.head)
        self._log(text)
        text.append("\nEsc closes", palette.muted)
        return text

    def _log(self, text: Text) -> None:
        scene, palette = self._scene, self._scene.palette
        try:
            entries = list(islice(self._entries(), MOST)) if self._entries else []
        except OSError as error:
            text.append(f"  the log cannot be read: {error.strerror}\n", palette.warning)
            return
        if self._entries is None and self._view is not None:
            for event in self._view.events:
                text.append(
                    f"  {day_and_time(event.at, scene.now, scene.zone):>13}  ", palette.muted
                )
                text.append(f"{event.state.name:<9}", state_style(event.state, palette))
                text.append(f"{event.change.value:<13}", palette.text)
                text.append(f"{printable(event.rule, 60)}: ", palette.strong)
                text.append(f"{printable(event.text, 300)}\n", palette.text)
            entries = []
            if self._view.events:
                return
        for entry in entries:
            text.append(f"  {day_and_time(entry.at, scene.now, scene.zone):>13}  ", palette.muted)
            text.append(f"{entry.state.name:<9}", state_style(entry.state, palette))
            text.append(f"{entry.event:<13}", palette.text)
            text.append(f"{entry.profile} · {entry.alert}: ", palette.strong)
            text.append(f"{entry.text}\n", palette.text)
        if not entries:
            text.append("  no alerts yet\n", palette.muted)
