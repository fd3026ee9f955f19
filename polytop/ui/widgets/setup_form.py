"""The form of the set-up: its rows, and filling them from an address."""

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Static

from polytop.model.secret import Secret
from polytop.model.target import REGIONS, ClientEnv
from polytop.model.text import printable
from polytop.ui.ports import Form, Place, Setup
from polytop.ui.widgets.form import FormRow, Pick, TextField

_OTHER = "base URL"
_INTRO = "Paste the address of your project, or type its values."


class SetupForm(VerticalScroll, can_focus=False):
    """Holds the typed values; :meth:`form` returns them."""

    class Edited(Message):
        """A value has changed."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(id="setup-form")
        self._parse = setup.parse
        start = setup.start()
        self._suggested = start.name
        self._first: tuple[str, ...] = ()
        self._parsed = False
        self._rows = _rows(start, setup.key_hint())

    def compose(self) -> ComposeResult:
        """Show an introduction, the rows and the buttons."""
        yield Static(_INTRO, markup=False, classes="intro")
        yield from self._rows.values()
        with Horizontal(id="setup-buttons"):
            yield Button("Test", id="test", compact=True)
            yield Button("Save", id="save", compact=True)

    def on_mount(self) -> None:
        """Show the rows that matter."""
        self._first = self._texts()
        self._show_base_url()

    def form(self) -> Form:
        """Return the values as typed."""
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

    def typed(self) -> tuple[str, ...] | None:
        """The texts of all fields; None if they are those of the beginning."""
        texts = self._texts()
        return None if texts == self._first else texts

    def _texts(self) -> tuple[str, ...]:
        return tuple(entry.value for entry in self.query(TextField))

    def mark(self, fields: Sequence[str], faults: Mapping[str, str]) -> int:
        """Show the faults beside `fields` and focus the first; return their number."""
        wrong = [name for name in fields if name in faults]
        for name in fields:
            self._rows[name].fault(printable(faults.get(name, ""), 300))
        if wrong:
            self.query_one(f"#{wrong[0]}").focus()
        return len(wrong)

    def _entry(self, name: str) -> TextField:
        return self.query_one(f"#{name}", TextField)

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
        else:
            self._rows[name].fault("")
            self.post_message(self.Edited())

    @on(Pick.Changed)
    def _picked(self, event: Pick.Changed) -> None:
        event.stop()
        for name in ("region", "base_url"):
            self._rows[name].fault("")
        if self._pick("region").chosen is not None and self._parsed:
            self._rows["url"].remark("")
        self._show_base_url()
        self.post_message(self.Edited())

    def _show_base_url(self) -> None:
        self._rows["base_url"].display = self._pick("region").chosen == _OTHER

    def _fill(self, address: str) -> None:
        """Fill account, project and region in from an address."""
        row = self._rows["url"]
        place = self._parse(address) if address.strip() else ""
        self._parsed = isinstance(place, Place)
        if not isinstance(place, Place):
            row.fault(printable(place, 300))
            return
        self._entry("account_id").value = place.account_id
        self._entry("project_id").value = place.project_id
        if self._text("name") == self._suggested:
            self._entry("name").value = self._suggested = place.name
        self._pick("region").choose(place.region)
        row.remark("" if place.region else "This address does not tell the region: choose it.")

    @on(Input.Submitted)
    def _next(self, event: Input.Submitted) -> None:
        event.stop()
        filled = event.input.id == "url" and self._text("account_id")
        if filled and self._pick("region").chosen is None:
            self._pick("region").focus()
        elif filled and not self._entry("api_key").value:
            self._entry("api_key").focus()
        else:
            self.screen.focus_next()

    @on(Pick.Submitted)
    def _next_pick(self, event: Pick.Submitted) -> None:
        event.stop()
        self.screen.focus_next()


def _rows(form: Form, key_hint: str) -> dict[str, FormRow]:
    """Return the rows by field name, with the values of `form`."""
    place = _OTHER if form.base_url is not None else form.region
    url = TextField(
        "url",
        hint="https://studio.uk.poly.ai/<account>/<project>",
        longest=2_000,
        replace_on_paste=True,
    )
    region = Pick("region", (*REGIONS, _OTHER), place)
    base_url = TextField("base_url", form.base_url or "", hint="https://host")
    account = TextField("account_id", form.account_id, hint="Workspace ID in Agent Studio: ws-…")
    project = TextField("project_id", form.project_id, hint="Agent ID in Agent Studio: PROJECT-…")
    key = TextField(
        "api_key",
        hint="Agent Studio, API Keys; permission Conversations data",
        longest=4096,
        replace_on_paste=True,
        secret=True,
    )
    envs = tuple(env.value for env in ClientEnv)
    client_env = Pick("client_env", envs, form.client_env)
    limit = TextField("limit", form.limit, hint="contracted concurrency; may stay empty")
    return {
        "url": FormRow("Agent Studio URL", url),
        "region": FormRow("Region", region),
        "base_url": FormRow("Base URL", base_url),
        "account_id": FormRow("Account ID", account),
        "project_id": FormRow("Project ID", project),
        "api_key": FormRow("API key", key, hint=key_hint),
        "client_env": FormRow("Environment", client_env),
        "limit": FormRow("Limit", limit),
        "name": FormRow("Profile name", TextField("name", form.name)),
    }
