"""The set-up screen: a first profile, tested before it is written."""

import logging
from functools import partial
from traceback import format_tb
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Static

from polytop.model.text import printable
from polytop.ui.ports import FIELDS, ConnectionResult, Form, Saved, Setup, SetupError
from polytop.ui.widgets.form import MOVING
from polytop.ui.widgets.setup_form import SetupForm
from polytop.ui.worker import start_work

log = logging.getLogger("polytop.ui")

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
"""Size of the terminal, in cells, from which the form can be filled in."""

TALL = 32
"""Rows from which what came of a test stands right below the form."""

_KEYS = (("tab", "next"), ("ctrl+t", "test"), ("ctrl+s", "save"), ("esc", "leave"))
_SMALL = (
    f"The set-up needs {LEAST_WIDTH}×{LEAST_HEIGHT}: enlarge the terminal. "
    "Or esc, and: polytop profile add NAME"
)
_UNSAVED = "not saved yet: esc again leaves, and drops what was typed"
_FAILED = "{}; the log holds the details: please report them"


class SetupScreen(Screen[Saved | None]):
    """Asks for the values of a profile; gives back what was saved, or None on leaving."""

    CSS_PATH = "../styles/setup.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "test", "Test"),
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+c", "dismiss(None)", "Leave", show=False, priority=True),
        *MOVING,
        Binding("pagedown", "turn(1)", show=False),
        Binding("pageup", "turn(-1)", show=False),
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._setup = setup
        self._fields = SetupForm(setup)
        self._sign = Static("", markup=False, id="outcome-sign")
        self._words = Static("", markup=False, id="outcome-words")
        self._warned: tuple[str, ...] | None = None
        """The values that a first Esc was about; a second one drops them."""
        self._asking: Form | None = None
        self._tested: Form | None = None
        self._saving = False

    # The life of the screen

    def compose(self) -> ComposeResult:
        """A title, the form, what came of it, the keys."""
        with Horizontal(classes="line"):
            yield Static(" polytop", classes="strong")
            yield Static(" · set-up")
            yield Static("   without an account: polytop demo", classes="muted")
        yield Static(_SMALL, markup=False, id="setup-small")
        yield self._fields
        with VerticalScroll(id="outcome", can_focus=False):
            yield self._sign
            yield self._words
        with Horizontal(classes="line", id="setup-keys"):
            for key, word in _KEYS:
                yield Static(f" {key} ", classes="accent")
                yield Static(f"{word} ", classes="muted")

    def on_mount(self) -> None:
        """Nothing has come of it yet."""
        self._say("")

    def on_resize(self, event: events.Resize) -> None:
        """A clear word where the form has no room; what was typed is kept."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "small")
        self.set_class(height >= TALL, "tall")

    @on(SetupForm.Edited)
    def _outdate(self) -> None:
        """Let go of what came of other values."""
        asked = self._fields.form().asked()
        if self._asking not in {None, asked} or self._tested not in {None, asked}:
            self._call_off()
            self._say("")

    def action_leave(self) -> None:
        """Leave; with something typed at the second time, for a torn key arrives as Esc too."""
        typed = self._fields.typed()
        if typed in {None, self._warned}:
            self.dismiss(None)
        else:
            self._warned = typed
            self._say(_UNSAVED, "wrong")

    def action_turn(self, pages: int) -> None:
        """Scroll the outcome where it is long, else the form."""
        outcome = self.query_one("#outcome", VerticalScroll)
        scrolled = outcome if outcome.max_scroll_y else self._fields
        scrolled.scroll_relative(y=pages * max(1, scrolled.size.height - 1), animate=False)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "test":
            self.action_test()
        else:
            self.action_save()

    # Test and save

    def _call_off(self) -> None:
        """Forget the test, and cancel it if it runs."""
        self._asking = self._tested = None
        self.workers.cancel_group(self, "test")

    def _fitting(self) -> Form | None:
        """Return the form if every field is valid; else show their faults and return None."""
        form = self._fields.form()
        wrong = self._fields.mark(FIELDS, self._setup.check(form))
        if not wrong:
            return form
        words = "one field needs" if wrong == 1 else f"{wrong} fields need"
        self._say(f"{words} fixing", "wrong")
        return None

    def action_test(self) -> None:
        """Make one real request; one that runs is cancelled."""
        if self._saving:
            return
        self._call_off()
        form = self._fitting()
        if form is None:
            return
        self._asking = form.asked()
        self._say("asking …")
        start_work(
            self,
            partial(self._test, form),
            group="test",
            exclusive=True,
            exit_on_error=False,
            description="test",
        )

    async def _test(self, form: Form) -> None:
        try:
            outcome = await self._setup.test(form)
        except Exception as error:
            _log(error)
            outcome = ConnectionResult(False, (_FAILED.format("the test failed"),))
        self._asking = None
        self._tested = form.asked() if outcome.ok else None
        self._say("\n".join(outcome.lines), "right" if outcome.ok else "wrong")
        if outcome.ok and self.focused is self.query_one("#test"):
            self.query_one("#save").focus()

    def action_save(self) -> None:
        """Write both files, and go on to the monitor."""
        if self._saving:
            return
        form = self._fitting()
        if form is None:
            return
        self._saving = True
        tested = self._tested == form.asked()
        if not tested:
            self._call_off()
        self._say("saving …")
        start_work(
            self,
            partial(self._save, form, tested=tested),
            group="save",
            exit_on_error=False,
            description="save",
        )

    async def _save(self, form: Form, *, tested: bool) -> None:
        try:
            saved = await self._setup.save(form)
        except SetupError as error:
            self._refused(error)
        except Exception as error:
            _log(error)
            self._refused(SetupError(_FAILED.format("unexpected error")))
        else:
            words = saved.words if tested else f"{saved.words} No test has succeeded yet."
            self.dismiss(Saved(words, saved.watch, saved.profiles))
        finally:
            self._saving = False

    def _refused(self, error: SetupError) -> None:
        words = printable(error.words, 500)
        if error.field is not None:
            self._fields.mark((error.field,), {error.field: words})
        self._say(f"not saved: {words}", "wrong")

    def _say(self, words: str, kind: str = "") -> None:
        signs = {"": "", "wrong": "!", "right": "●"}
        self._sign.update(signs[kind])
        self._words.update(words)
        box = self.query_one("#outcome", VerticalScroll)
        box.set_classes(kind if words else "nothing")
        box.scroll_home(animate=False)
        if self.focused is not None:
            # The form may just have become shorter.
            self.call_after_refresh(self.focused.scroll_visible, animate=False)


def _log(error: Exception) -> None:
    """Log where an error happened, without its words: they may repeat a value of the form."""
    log.error("%s in the set-up\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
