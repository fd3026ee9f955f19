"""The set-up screen: from nothing to a first profile, tried before it is written."""

import asyncio
import logging
from traceback import format_tb
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from polytop.model.secret import Secret
from polytop.model.target import REGIONS, ClientEnv
from polytop.model.text import printable
from polytop.ui.setup import FIELDS, UNASKED, Form, Outcome, Place, Saved, Setup, SetupError
from polytop.ui.widgets.form import Entry, KeyEntry, Pick, Row

log = logging.getLogger("polytop.ui")

LEAST_WIDTH, LEAST_HEIGHT = 60, 15
"""Size of the terminal, in cells, from which the form can be filled in."""

_OTHER = "base URL"
_KEYS = (("tab", "next"), ("ctrl+t", "test"), ("ctrl+s", "save"), ("esc", "leave"))
_INTRO = "No profile yet: paste an address, or type the values. Without an account: polytop demo"
_SMALL = (
    f"The set-up needs {LEAST_WIDTH} columns by {LEAST_HEIGHT} rows. "
    "Enlarge the terminal, or leave (esc) and use: polytop profile add NAME"
)
_UNTESTED = "It has not been tested."


class SetupScreen(Screen[Saved | None]):
    """Asks for the values of a profile; gives back what was saved, or None where Esc was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "test", "Test"),
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "dismiss(None)", "Leave"),
        Binding("ctrl+c", "dismiss(None)", "Leave", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("pagedown", "turn(1)", show=False),
        Binding("pageup", "turn(-1)", show=False),
    ]

    def __init__(self, setup: Setup, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._setup, self._ascii = setup, ascii_only
        self._tested: Form | None = None
        self._asking: Form | None = None
        self._saving = False
        self._named = setup.start().name
        self._rows = self._made_rows(setup.start())
        self._outcome = Static("", markup=False, id="outcome-words")

    def _made_rows(self, form: Form) -> dict[str, Row]:
        """The rows of the form, by the names of their fields, holding the values of `form`."""
        place = _OTHER if form.base_url is not None else form.region
        marks = self._ascii
        key_hint = "from Agent Studio, API Keys; it needs Conversations data"
        return {
            "url": Row(
                "Agent Studio URL",
                Entry("url", hint="https://studio.uk.poly.ai/<account>/<project>", longest=2_000),
            ),
            "region": Row("Region", Pick("region", (*REGIONS, _OTHER), place, ascii_only=marks)),
            "base_url": Row(
                "Base URL", Entry("base_url", form.base_url or "", hint="https://host")
            ),
            "account_id": Row(
                "Account ID", Entry("account_id", form.account_id, hint="the Workspace ID: ws-…")
            ),
            "project_id": Row(
                "Project ID", Entry("project_id", form.project_id, hint="the Agent ID: PROJECT-…")
            ),
            "api_key": Row(
                "API key", KeyEntry("api_key", hint=key_hint), hint=self._setup.key_hint()
            ),
            "client_env": Row(
                "Environment",
                Pick("client_env", [*ClientEnv], form.client_env, ascii_only=marks),
            ),
            "limit": Row(
                "Limit", Entry("limit", form.limit, hint="contracted concurrency; may stay empty")
            ),
            "name": Row("Profile name", Entry("name", form.name)),
        }

    # The life of the screen

    def compose(self) -> ComposeResult:
        """A title, the form, what came of it, the keys."""
        yield Static(
            Content.assemble((" polytop", "bold"), (" · set-up", "$muted")), id="setup-title"
        )
        yield Static(_SMALL, markup=False, id="setup-small")
        with VerticalScroll(id="setup-form", can_focus=False):
            yield Static(_INTRO, markup=False, classes="intro")
            yield from self._rows.values()
            with Horizontal(id="setup-buttons"):
                yield Button("Test", id="test", compact=True)
                yield Button("Save", id="save", compact=True)
        with VerticalScroll(id="outcome", can_focus=False):
            yield self._outcome
        parts = [
            part
            for key, word in _KEYS
            for part in ((f" {key} ", "$accent"), (f"{word} ", "$muted"))
        ]
        yield Static(Content.assemble(*parts), id="setup-keys")

    def on_mount(self) -> None:
        """Nothing has come of it yet."""
        self._say("")
        self._show_base_url()

    def on_resize(self, event: events.Resize) -> None:
        """A clear word where the form has no room; what was typed is kept."""
        width, height = event.size
        self.set_class(width < LEAST_WIDTH or height < LEAST_HEIGHT, "small")

    # The values

    def form(self) -> Form:
        """What has been typed and chosen."""
        place = self._pick("region").chosen
        other = place == _OTHER
        return Form(
            None if other else place,
            self._text("base_url") if other else None,
            self._text("account_id"),
            self._text("project_id"),
            Secret(self._entry("api_key").value.strip()),
            self._pick("client_env").chosen or "",
            self._text("limit"),
            self._text("name"),
        )

    def _entry(self, name: str) -> Entry:
        return self.query_one(f"#{name}", Entry)

    def _pick(self, name: str) -> Pick:
        return self.query_one(f"#{name}", Pick)

    def _text(self, name: str) -> str:
        return self._entry(name).value.strip()

    @on(Input.Changed)
    def _edited(self, event: Input.Changed) -> None:
        event.stop()
        name = event.input.id or ""
        if name == "url":
            self._fill(event.value)
            return
        self._rows[name].fault("")
        self._outdate()

    @on(Pick.Changed)
    def _picked(self, event: Pick.Changed) -> None:
        event.stop()
        self._rows["region"].fault("")
        self._rows["base_url"].fault("")
        self._show_base_url()
        self._outdate()

    def _show_base_url(self) -> None:
        self._rows["base_url"].display = self._pick("region").chosen == _OTHER

    def _fill(self, address: str) -> None:
        """Take account, project and region over from an address."""
        row = self._rows["url"]
        place = self._setup.parse(address) if address.strip() else ""
        if not isinstance(place, Place):
            row.fault(printable(place, 300))
            return
        self._entry("account_id").value = place.account_id
        self._entry("project_id").value = place.project_id
        if self._text("name") == self._named:
            self._entry("name").value = self._named = place.name
        self._pick("region").choose(place.region)
        row.remark("" if place.region else "This address does not tell the region: choose it.")

    def _outdate(self) -> None:
        """Let go of what came of other values."""
        asked = self.form().asked()
        if self._asking is not None and self._asking != asked:
            self._asking = None
            self.workers.cancel_group(self, "test")
            self._say("")
        if self._tested is not None and self._tested != asked:
            self._tested = None
            self._say("")

    # Moving about

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "url" and (empty := self._first_empty()) is not None:
            empty.focus()
        else:
            self.focus_next()

    @on(Pick.Submitted)
    def _next_pick(self, event: Pick.Submitted) -> None:
        event.stop()
        self.focus_next()

    def _first_empty(self) -> Widget | None:
        """The first field that a pasted address has left to fill in, once it has filled others."""
        if not self._text("account_id"):
            return None
        if self._pick("region").chosen is None:
            return self._pick("region")
        return None if self._entry("api_key").value else self._entry("api_key")

    def action_turn(self, pages: int) -> None:
        """Scroll the outcome where it is long, else the form."""
        outcome = self.query_one("#outcome", VerticalScroll)
        scrolled = outcome if outcome.max_scroll_y else self.query_one("#setup-form")
        scrolled.scroll_relative(y=pages * max(1, scrolled.size.height - 1), animate=False)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "test":
            self.action_test()
        else:
            self.action_save()

    # Test and save

    def _fits(self, form: Form, fields: tuple[str, ...]) -> bool:
        """Say what is wrong beside each of `fields`, and go to the first that does not fit."""
        faults = self._setup.check(form)
        wrong = [name for name in fields if name in faults]
        for name in fields:
            self._rows[name].fault(printable(faults.get(name, ""), 300))
        if wrong:
            fields_ = "field does" if len(wrong) == 1 else "fields do"
            self._say(f"! {len(wrong)} {fields_} not fit yet: see above", "wrong")
            self.query_one(f"#{wrong[0]}").focus()
        return not wrong

    def action_test(self) -> None:
        """Make one real request; one that is under way is called off."""
        self.workers.cancel_group(self, "test")
        self._asking = self._tested = None
        form = self.form()
        if self._saving or not self._fits(
            form, tuple(each for each in FIELDS if each not in UNASKED)
        ):
            return
        self._asking = form.asked()
        self._say("asking …")
        self.run_worker(
            self._test(form), group="test", exclusive=True, exit_on_error=False, description="test"
        )

    async def _test(self, form: Form) -> None:
        try:
            outcome = await self._setup.test(form)
        except Exception as error:
            _log(error)
            outcome = Outcome(
                False, ("the test failed; the log holds the details: please report them",)
            )
        self._asking = None
        self._tested = form.asked() if outcome.ok else None
        sign = ("+ " if self._ascii else "✓ ") if outcome.ok else "! "
        self._say(sign + "\n".join(outcome.lines), "right" if outcome.ok else "wrong")
        if outcome.ok and self.focused is self.query_one("#test"):
            self.query_one("#save").focus()

    def action_save(self) -> None:
        """Write both files; the monitor follows."""
        form = self.form()
        if self._saving or not self._fits(form, FIELDS):
            return
        self._saving = True
        self.workers.cancel_group(self, "test")
        self._asking = None
        self._say("saving …")
        self.run_worker(self._save(form), group="save", exit_on_error=False, description="save")

    async def _save(self, form: Form) -> None:
        try:
            saved = await self._setup.save(form)
        except SetupError as error:
            self._refused(error)
        except Exception as error:
            _log(error)
            self._refused(
                SetupError("nothing was saved; the log holds the details: please report them")
            )
        else:
            words = saved.words if self._tested == form.asked() else f"{saved.words} {_UNTESTED}"
            self.dismiss(Saved(words, saved.watch, saved.profiles))
        finally:
            self._saving = False

    def _refused(self, error: SetupError) -> None:
        if error.field is not None:
            self._rows[error.field].fault(printable(error.words, 300))
            self.query_one(f"#{error.field}").focus()
        self._say(f"! not saved: {printable(error.words, 500)}", "wrong")

    def _say(self, words: str, kind: str = "") -> None:
        self._outcome.update(words)
        self._outcome.set_classes(kind)
        box = self.query_one("#outcome", VerticalScroll)
        box.display = bool(words)
        box.scroll_home(animate=False)


def _log(error: Exception) -> None:
    """Where it happened, without the error's own words: they may repeat a value of the form."""
    log.error("%s in the set-up\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
