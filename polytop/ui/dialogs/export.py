"""The export dialog: which form, which series, which file."""

import asyncio
import logging
from collections.abc import Callable
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
    Exporter,
    ExportWish,
    default_path,
    export_range,
    path_for,
)
from polytop.ui.render.context import RenderContext
from polytop.ui.time_format import local_time, zone_name
from polytop.ui.widgets.form import FormRow, Pick, TextField
from polytop.ui.worker import start_work

log = logging.getLogger("polytop.ui")

TOTAL, ROWS = "total", "every row"

_KEYS = "← → choose · ↑ ↓ next line · Enter writes · Esc goes back"
_BROKEN = "this failed; the log holds the details: please report them"


class ExportScreen(ModalScreen[str | None]):
    """Writes `snapshot` through `exporter`; gives back its words, or None if the user leaves.

    `picture` makes the picture of the screen beneath. The file that is there already is replaced
    by a second Enter and by nothing less.
    """

    CSS_PATH = "../styles/export.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Never mind"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
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
        self._form = Pick("export-form", tuple(FORMS), self._chosen)
        self._scope = Pick("export-scope", (TOTAL, ROWS), TOTAL)
        path = default_path(scene.subject.profile, snapshot, self._chosen)
        self._file = TextField("export-path", path, longest=1_000, replace_on_paste=True)
        self._words = Static("", markup=False, id="export-words")

    def compose(self) -> ComposeResult:
        """Show the range, the choices, the file, the result and the keys."""
        with Vertical(id="export"):
            yield Static(self._range(), markup=False, id="export-range")
            yield FormRow("format", self._form)
            scope = FormRow("series", self._scope)
            scope.display = bool(self._snapshot.rows)
            yield scope
            yield FormRow("file", self._file)
            yield self._words
            yield Static(_KEYS, markup=False, id="export-keys")

    def on_mount(self) -> None:
        """Focus the form."""
        self._words.display = False
        self._form.focus()

    def _range(self) -> str:
        start, end = export_range(self._snapshot)
        first, last = (local_time(moment, self._scene.zone) for moment in (start, end))
        until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
        windows = grid.count(start, end)
        zone = zone_name(end, self._scene.zone)
        return f"Export {first:%Y-%m-%d %H:%M} – {until} {zone}, {windows} windows"

    # What is chosen

    @on(Pick.Changed)
    def _choose(self) -> None:
        """Change the file's ending with the form, unless another was typed."""
        form = self._form.chosen or self._chosen
        before, self._chosen = self._chosen, form
        if form != before:
            self._file.value = path_for(self._file.value, before, form)
            self._file.action_end()
        self._scope.disabled = form == PICTURE
        self._say("")

    @on(Input.Changed)
    def _edited(self) -> None:
        if not self._writing and self._refused is not None and self._refused != self._wish():
            self._say("")

    def _wish(self) -> ExportWish:
        sliced = self._scope.chosen == ROWS and self._chosen != PICTURE
        return ExportWish(self._chosen, sliced, self._file.value.strip())

    # Writing

    @on(Pick.Submitted)
    @on(Input.Submitted)
    def _write(self, event: Pick.Submitted | Input.Submitted) -> None:
        event.stop()
        if self._writing:
            return
        wish = self._wish()
        if wish == self._refused:
            wish = ExportWish(wish.form, wish.sliced, wish.path, replace=True)
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
            self._refused = ExportWish(wish.form, wish.sliced, wish.path)
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
