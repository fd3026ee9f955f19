"""Copying what is shown to the clipboard, through the terminal."""

from collections.abc import Callable

from polytop.model.problem import Kind, Problem
from polytop.ui.features.port import Port
from polytop.ui.table_model import TableRow

NOTHING_YET = Problem(Kind.REFUSED, "There is nothing to copy yet", "Wait for data.")


class Clipboard:
    """Copies a row, the moment or a summary; `row` returns the row under the cursor."""

    def __init__(
        self, port: Port, row: Callable[[], TableRow | None], copy: Callable[[str], None]
    ) -> None:
        self._port, self._row, self._copy = port, row, copy

    def ask(self) -> None:
        """Ask what to copy, and copy it."""
        from polytop.ui.dialogs.prompts import CopyScreen

        snapshot = self._port.snapshot
        if snapshot is None or snapshot.fetched_at is None:
            self._port.tell(NOTHING_YET)
            return
        self._port.ask(CopyScreen(), self._copy_choice)

    def _copy_choice(self, choice: str | None) -> None:
        from polytop.ui import clipboard

        snapshot, row, context = self._port.snapshot, self._row(), self._port.context()
        if choice is None or snapshot is None:
            return
        if choice == "row" and row is not None:
            text = clipboard.row_text(row, snapshot, context)
        elif choice == "moment":
            text = clipboard.window_summary(snapshot, context)
        else:
            choice, text = "summary", clipboard.span_summary(snapshot, context)
        self._copy(text)
        lines = text.count("\n") + 1
        plural = "" if lines == 1 else "s"
        self._port.toast(f"Copied to clipboard: the {choice}, {lines} line{plural}")
