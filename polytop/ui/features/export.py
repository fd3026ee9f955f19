"""Exporting what is shown: as data, or as a picture."""

from collections.abc import Callable

from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.ui.features.port import Port
from polytop.ui.render.context import RenderContext

NOTHING_YET = Problem(Kind.REFUSED, "There is nothing to export yet", "Wait for data.")


class Export:
    """Opens the dialog of an export; `picture` draws the screen as an SVG text."""

    def __init__(self, port: Port, picture: Callable[[Snapshot, RenderContext], str]) -> None:
        self._port, self._picture = port, picture

    def open(self) -> None:
        """Write what is shown to a file."""
        from polytop.ui.dialogs.export import ExportScreen

        snapshot, exporter = self._port.snapshot, self._port.session.profile.exporter
        if snapshot is None or snapshot.fetched_at is None or exporter is None:
            self._port.tell(NOTHING_YET)
            return
        context = self._port.context()
        dialog = ExportScreen(snapshot, context, exporter, lambda: self._picture(snapshot, context))
        self._port.ask(dialog, self._report)

    def _report(self, words: str | None) -> None:
        if words:
            self._port.toast(words[:1].upper() + words[1:], 6)
