"""The export dialog: which form, which series, which file."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.text import printable
from polytop.ui.ports import (
    FORMS,
    PICTURE,
    REPORTS,
    Exporter,
    ExportWish,
    default_path,
    export_range,
    path_for,
)
from polytop.ui.render.context import RenderContext
from polytop.ui.time_format import date_and_time, zone_name
from polytop.ui.widgets.form import MOVING, FormRow, Pick, TextField
from polytop.ui.worker import start_work

log = logging.getLogger("polytop.ui")

TOTAL, ROWS = "total", "every row"
DATA, REPORT = "data", "report"

_KEYS = "← → choose · ↑ ↓ next line · Enter writes · Esc goes back"
_BROKEN = "this failed; the log holds the details: please report them"


class ExportScreen(ModalScreen[str | None]):
    """Writes `snapshot` through `exporter`; gives back its words, or None if the user leaves.

    `picture` makes the picture of the screen beneath. The file that is there already is replaced
    by a second Enter and by nothing less.
    """

    AUTO_FOCUS = "#export-form"
    CSS_PATH = "../styles/export.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Never mind"),
        *MOVING,
    ]

    def __init__(
        self,
        snapshot: Snapshot,
        scene: RenderContext,
        exporter: Exporter,
        picture: Callable[[], str],
    ) -> None:
        super().__init__()
        self._snapshot, self._scene = snapshot, scene
        self._exporter, self._picture = exporter, picture
        self._chosen = next(iter(FORMS))
        self._refused: ExportWish | None = None
        """The wish whose file exists: if it comes again, the file is replaced."""
        self._writing = False
        self._what = Pick("export-what", (DATA, REPORT), DATA)
        self._report = Pick("export-report", tuple(REPORTS), next(iter(REPORTS)))
        self._form = Pick("export-form", tuple(FORMS), self._chosen)
        self._scope = Pick("export-scope", (TOTAL, ROWS), TOTAL)
        path = self._default_path(self._chosen)
        self._file = TextField("export-path", path, longest=1_000, replace_on_paste=True)
        self._words = Static("", markup=False, id="export-words")
        self._form_row = FormRow("format", self._form)
        self._report_row = FormRow("format", self._report)
        self._scope_row = FormRow("series", self._scope)

    def compose(self) -> ComposeResult:
        """Show the range, the choices, the file, the result and the keys."""
        with Vertical(id="export"):
            yield Static(self._range(), markup=False, id="export-range")
            yield FormRow("what", self._what)
            yield self._form_row
            yield self._report_row
            yield self._scope_row
            yield FormRow("file", self._file)
            yield self._words
            yield Static(_KEYS, markup=False, id="export-keys")

    def on_mount(self) -> None:
        """Show what there is for data."""
        self._words.display = False
        self._show_rows()

    def _default_path(self, form: str) -> str:
        return default_path(self._scene.subject.profile, self._snapshot, form)

    def _range(self) -> str:
        start, end = export_range(self._snapshot, self._chosen)
        zone, windows = self._scene.zone, grid.count(start, end)
        first, until = (date_and_time(moment, zone) for moment in (start, end))
        until = until.removeprefix(f"{first.partition(' ')[0]} ")
        return f"Export {first} – {until} {zone_name(end, zone)}, {windows} windows"

    # What is chosen

    @on(Pick.Changed)
    def _choose(self) -> None:
        """Change the file's ending with the form, unless another was typed."""
        pick = self._report if self._what.chosen == REPORT else self._form
        form = pick.chosen or self._chosen
        before, self._chosen = self._chosen, form
        if form != before:
            offered = self._file.value == self._default_path(before)
            new = self._default_path(form) if offered else path_for(self._file.value, before, form)
            self._file.value = new
            self._file.action_end()
            self.query_one("#export-range", Static).update(self._range())
        self._show_rows()
        self._say("")

    def _show_rows(self) -> None:
        """Show the choices that there are for data, or for a report."""
        report = self._what.chosen == REPORT
        self._form_row.display, self._report_row.display = not report, report
        self._scope_row.display = bool(self._snapshot.rows) and not report
        self._scope.disabled = self._chosen == PICTURE

    @on(Input.Changed)
    def _edited(self) -> None:
        if not self._writing and self._refused is not None and self._refused != self._wish():
            self._say("")

    def _wish(self) -> ExportWish:
        sliced = self._scope.chosen == ROWS and self._chosen in FORMS and self._chosen != PICTURE
        path, scene = self._file.value.strip(), self._scene
        return ExportWish(self._chosen, sliced, path, zone=scene.zone.info, launch=scene.launch)

    # Writing

    @on(Pick.Submitted)
    @on(Input.Submitted)
    def _write(self, event: Pick.Submitted | Input.Submitted) -> None:
        event.stop()
        if self._writing:
            return
        wish = self._wish()
        if wish == self._refused:
            wish = replace(wish, replace=True)
        self._writing = True
        self._say("writing …", wrong=False)
        start_work(
            self,
            partial(self._written, wish),
            group="export",
            exit_on_error=False,
            description="export",
        )

    async def _written(self, wish: ExportWish) -> None:
        self._refused = None
        try:
            picture = self._picture() if wish.form == PICTURE else None
            words = await asyncio.to_thread(
                self._exporter, self._snapshot, wish, self._scene.subject, picture
            )
        except FileExistsError as error:
            self._say(f"{error}: Enter again replaces it")
            self._refused = replace(wish, replace=False)
        except (OSError, ValueError) as error:
            self._say(str(error))
        except Exception:
            log.exception("the export failed")
            self._say(_BROKEN)
        else:
            self.dismiss(words)
        finally:
            self._writing = False

    def _say(self, words: str, *, wrong: bool = True) -> None:
        """Show the result; it also takes back the leave to replace a file."""
        self._refused = None
        self._words.update(printable(f"! {words}" if wrong else words))
        self._words.set_class(wrong, "wrong")
        self._words.display = bool(words)

    def action_leave(self) -> None:
        """Leave, unless a file is being written."""
        if not self._writing:
            self.dismiss(None)
