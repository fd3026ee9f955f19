import asyncio
import logging
import socket
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from patience import PATIENCE
from screen_text import screen_text
from textual import events
from textual.message import Message
from textual.pilot import Pilot

from polytop.cli.logs import open_log
from polytop.cli.runtime.setup import FirstProfile
from polytop.config.paths import Files
from polytop.config.profiles import load_config
from polytop.config.resolve import Overrides
from polytop.model.secret import Secret
from polytop.simulator.app import Simulator, SimulatorConfig
from polytop.ui.app import Options, PolytopApp
from polytop.ui.ports import ConnectionResult, Form, Place, Saved
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.screens.setup import SetupScreen
from polytop.ui.widgets.form import Pick, TextField

MARKER = "sk-MARKER-0123456789"
STUDIO = "https://studio.uk.poly.ai/acme/front-desk"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Base URL of a simulator on loopback that takes no other key than the marker."""
    simulator = Simulator(SimulatorConfig(api_key=Secret(MARKER)))
    listening = socket.create_server(("127.0.0.1", 0))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await simulator(scope, receive, send)

    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, loop="asyncio")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([listening],))
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """The files of a user who has nothing yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("POLYTOP_API_KEY", raising=False)
    return Files.standard()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log, at its most talkative."""
    logger = logging.getLogger("polytop")
    before = logger.handlers[:], logger.level, logger.propagate
    open_log(tmp_path / "polytop.log")
    logger.setLevel(logging.DEBUG)
    yield tmp_path / "polytop.log"
    for handler in logger.handlers[:]:
        if handler not in before[0]:
            logger.removeHandler(handler)
            handler.close()
    logger.level, logger.propagate = before[1:]


def read(path: Path) -> str:
    return path.read_text()


def holding(what: str, folder: Path) -> list[Path]:
    """The files that hold `what`."""
    every = [path for path in folder.rglob("*") if path.is_file()]
    assert len(every) >= 2
    return [path for path in every if what in path.read_text()]


def made(files: Files, environ: Mapping[str, str] | None = None) -> PolytopApp:
    setup = FirstProfile(files, environ or {}, Overrides(), 30.0)
    return PolytopApp(None, None, Options(utc=True), setup)


def text(app: PolytopApp) -> str:
    """Return the text on the screen."""
    return screen_text(app)


def words(app: PolytopApp) -> str:
    """The same in one line, without line ends inside sentences."""
    return " ".join(text(app).split())


async def until(pilot: Pilot[int], true: Callable[[], bool]) -> None:
    """Wait for what happens in a thread or on the network; give up in the end."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await pilot.pause(0.02)
    await pilot.pause()


def put(app: PolytopApp, **values: str) -> None:
    for name, value in values.items():
        app.screen.query_one(f"#{name}", TextField).value = value


async def filled(app: PolytopApp, pilot: Pilot[int], server: str, key: str = MARKER) -> None:
    app.screen.query_one("#region", Pick).choose("base URL")
    put(app, base_url=server, account_id="ws-simulator", project_id="PROJECT-simulator")
    put(app, api_key=key, limit="120")
    await pilot.pause()


def value(app: PolytopApp, name: str) -> str:
    return app.screen.query_one(f"#{name}", TextField).value


async def paste(app: PolytopApp, pilot: Pilot[int], pasted: str) -> None:
    await pilot.pause()
    assert app.focused is not None
    app.focused.post_message(events.Paste(pasted))
    await pilot.pause()
    await pilot.pause()


async def test_a_pasted_address_fills_three_fields_and_leads_to_the_key(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, f"\n {STUDIO}/home?x=1\n")
        assert app.screen.query_one("#region", Pick).chosen == "uk-1"
        assert value(app, "account_id") == "acme"
        assert value(app, "project_id") == value(app, "name") == "front-desk"
        await pilot.press("enter")
        assert app.focused is app.screen.query_one("#api_key")
        put(app, name="mine")
        app.screen.query_one("#url").focus()
        await paste(app, pilot, "https://studio.us.poly.ai/other/PROJECT-1")
        assert value(app, "url") == "https://studio.us.poly.ai/other/PROJECT-1"
        assert (value(app, "account_id"), value(app, "name")) == ("other", "mine")
        assert app.screen.query_one("#region", Pick).chosen == "us-1"


async def test_an_address_that_says_too_little_is_answered_in_words(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, "https://example.com/a/b")
        assert "! this is not an address of Agent Studio; paste the address" in words(app)
        await paste(app, pilot, "https://studio.poly.ai/acme/desk")
        assert "not an address" not in words(app)
        assert "This address does not tell the region: choose it." in words(app)
        await pilot.press("enter")
        assert app.focused is app.screen.query_one("#region")
        await pilot.press("right", "right")
        assert app.screen.query_one("#region", Pick).chosen == "uk-1"
        assert "does not tell" not in words(app)


async def test_a_wrong_key_is_told_with_what_to_do(files: Files, server: str, log: Path) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, server, "sk-wrong-MARKER-9")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "401" in text(app))
        said = words(app)
        assert "! Test failed: The API key was not accepted" in said
        assert "the API says: invalid API key" in said
        assert "what to do: " in said
        assert "correlation id, for support: sim-" in said
        assert "sk-wrong" not in said
        put(app, api_key=MARKER)
        await pilot.pause()
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "ok: this project answers" in text(app))
        assert "failed" not in words(app)
    assert not files.config.exists()
    assert "401" in read(log)
    assert "sk-wrong" not in read(log)


async def test_what_came_of_other_values_does_not_stay(files: Files, server: str) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, server)
        app.screen.query_one("#test").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "ok: this project answers" in text(app))
        assert app.focused is app.screen.query_one("#save")
        put(app, limit="7", name="other")
        await pilot.pause()
        assert "ok: this project answers" in text(app)
        put(app, project_id="PROJECT-other")
        await pilot.pause()
        assert "ok: this project answers" not in text(app)


async def test_saving_writes_both_files_and_opens_the_monitor(
    files: Files, server: str, log: Path, tmp_path: Path
) -> None:
    app, seen = made(files), []

    def hook(message: Message) -> None:
        seen.append(repr(message))

    async with app.run_test(size=(80, 24), message_hook=hook, notifications=True) as pilot:
        await filled(app, pilot, server, "")
        app.screen.query_one("#api_key").focus()
        await pilot.press(*MARKER)
        assert value(app, "api_key") == MARKER
        assert "•" * len(MARKER) in text(app)
        assert MARKER not in text(app)
        assert MARKER not in app.export_screenshot()
        await pilot.press("enter", "ctrl+t")
        await until(pilot, lambda: "ok: this project answers" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
        await until(pilot, lambda: "● live" in text(app))
        assert "Wrote config.toml and credentials.toml in" in words(app)
        assert "No test has succeeded" not in words(app)
        assert MARKER not in text(app)
        await pilot.press("q")
    assert app.return_value == 0
    config = load_config(files.config)
    profile = config.profile("default")
    assert config.default == "default"
    assert (profile.base_url, profile.limit, profile.account_id) == (server, 120, "ws-simulator")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.config.parent.iterdir()} == {0o600}
    assert holding(MARKER, tmp_path) == [files.credentials]
    assert not [each for each in seen if MARKER in each]
    assert any("Changed" in each for each in seen)


async def test_saving_untested_values_says_so(files: Files, server: str) -> None:
    app = made(files)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await filled(app, pilot, server)
        await pilot.click("#save")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
        await until(pilot, lambda: "No test has succeeded yet." in words(app))


async def test_what_cannot_be_written_is_told_and_nothing_is_lost(
    files: Files, server: str
) -> None:
    folder = files.config.parent
    folder.parent.mkdir()
    folder.write_text("in the way")
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, server)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not saved:" in text(app))
        assert "check the file and its permissions" in words(app)
        assert (value(app, "api_key"), value(app, "limit")) == (MARKER, "120")
        assert folder.read_text() == "in the way"
        folder.unlink()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
    assert load_config(files.config).names == ("default",)


async def test_a_name_that_was_taken_meanwhile_is_not_overwritten(
    files: Files, server: str
) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, server)
        files.config.parent.mkdir(parents=True)
        other = '[profiles.default]\nregion = "us-1"\naccount_id = "a"\nproject_id = "b"\n'
        files.config.write_text(other)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not saved:" in text(app))
        assert app.focused is app.screen.query_one("#name")
        assert "there is a profile of this name by now" in words(app)
    assert files.config.read_text() == other
    assert not files.credentials.exists()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("base_url", "http://example.com", "is http, which would send the key in the clear"),
        ("account_id", "", "is missing; copy the Workspace ID"),
        ("project_id", "a/b", "copy the Agent ID from Agent Studio"),
        ("api_key", "two words", "is not one line of visible ASCII"),
        ("api_key", "", "paste it here, or set POLYTOP_API_KEY"),
        ("limit", "many", "is not a whole number"),
        ("name", "my name", "use letters, digits"),
    ],
)
@pytest.mark.parametrize("key", ["ctrl+t", "ctrl+s"])
async def test_a_field_that_does_not_fit_says_why_beneath_itself(
    files: Files, name: str, typed: str, said: str, key: str
) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, "http://127.0.0.1:1")
        put(app, **{name: typed})
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert said in words(app)
        assert "! one field needs fixing" in words(app)
        assert app.focused is app.screen.query_one(f"#{name}")
        put(app, **{name: "something-else"})
        await pilot.pause()
        assert said not in words(app)
    assert not files.config.parent.exists()


async def test_a_region_has_to_be_chosen(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert "! is not chosen; choose one, or base URL" in words(app)
        assert "! 4 fields need fixing" in words(app)
        assert app.focused is app.screen.query_one("#region")
        await pilot.click("#region", offset=(10, 0))
        await pilot.pause()
        assert app.screen.query_one("#region", Pick).chosen == "uk-1"
        assert "is not chosen" not in words(app)


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "ctrl+q", "q"])
async def test_leaving_writes_nothing(files: Files, server: str, key: str) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(app, pilot, server)
        if key == "q":
            await pilot.press("q")
            assert value(app, "url") == "q"
            app.screen.query_one("#test").focus()
        await pilot.press(*[key] * (2 if key == "escape" else 1))
        await pilot.pause()
    assert app.return_value == 0
    assert not files.config.parent.exists()


async def test_one_esc_loses_nothing_that_was_typed(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        for name in ("url", "account_id", "api_key"):
            app.screen.query_one(f"#{name}").focus()
            await pilot.press("z", "escape")
            await pilot.pause()
            assert "esc again leaves, and drops what was typed" in words(app)
            assert (value(app, name), app.return_value) == ("z", None)
        await pilot.press("y", "escape")
        await pilot.pause()
        assert (value(app, "api_key"), app.return_value) == ("zy", None)
        await pilot.press("escape")
    assert app.return_value == 0


async def test_one_esc_leaves_where_nothing_was_typed(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("z", "backspace", "escape")
    assert app.return_value == 0


async def test_the_key_is_neither_cut_nor_copied(files: Files) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.query_one("#api_key").focus()
        await paste(app, pilot, f"first\n{MARKER}")
        assert value(app, "api_key") == "first"
        await paste(app, pilot, f"  {MARKER}\n")
        assert value(app, "api_key") == MARKER
        await pilot.press("ctrl+shift+a", "super+c", "ctrl+x")
        assert (app.clipboard, value(app, "api_key")) == ("", MARKER)
        assert MARKER not in repr(app.screen.query_one("#api_key"))


async def test_the_variable_stands_in_for_the_key(files: Files, server: str) -> None:
    app = made(files, {"POLYTOP_API_KEY": MARKER})
    async with app.run_test(size=(80, 24)) as pilot:
        assert "POLYTOP_API_KEY is set and comes first" in words(app)
        await filled(app, pilot, server, "")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "ok: this project answers" in text(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MonitorScreen))
    assert files.config.exists()
    assert not files.credentials.exists()


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_every_field_can_be_reached_and_seen(
    files: Files, server: str, size: tuple[int, int]
) -> None:
    app = made(files)
    async with app.run_test(size=size) as pilot:
        await filled(app, pilot, server)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "ok: this project answers" in text(app))
        reached = []
        for _ in range(12):
            focused = app.focused
            assert focused is not None
            reached.append(focused.id)
            await pilot.pause()
            form = app.screen.query_one("#setup-form")
            assert form.content_region.contains_region(focused.region), focused.id
            await pilot.press("tab")
        assert reached[11] == reached[0]
        assert len(set(reached)) == 11
        assert "base URL" in text(app)
        assert "esc leave" in words(app)


@pytest.mark.parametrize("size", [(59, 15), (60, 14), (20, 3)])
async def test_too_small_a_terminal_is_told_and_keeps_the_values(
    files: Files, size: tuple[int, int]
) -> None:
    app = made(files)
    async with app.run_test(size=(80, 24)) as pilot:
        put(app, account_id="acme")
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: "The set-up needs" in words(app))
        assert "acme" not in text(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "The set-up needs" not in words(app))
        assert "acme" in text(app)


class Slow:
    """A set-up whose first test never ends by itself."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.called_off = 0

    def start(self) -> Form:
        return Form(region="uk-1")

    def key_hint(self) -> str:
        return ""

    def parse(self, address: str) -> Place | str:
        return "no [b]markup[/b] in\x1b this"

    def check(self, form: Form) -> Mapping[str, str]:
        return {}

    async def test(self, form: Form) -> ConnectionResult:
        self.asked.append(form.account_id)
        if len(self.asked) == 1:
            try:
                await asyncio.Event().wait()
            finally:
                self.called_off += 1
        return ConnectionResult(True, (f"test {len(self.asked)} [/b] answered",))

    async def save(self, form: Form) -> Saved:
        raise ValueError(form.api_key.reveal())


async def test_a_second_test_calls_the_first_off() -> None:
    setup = Slow()
    app = PolytopApp(None, None, Options(), setup)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+t")
        await until(pilot, lambda: len(setup.asked) == 1)
        assert "asking …" in text(app)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "test 2 [/b] answered" in text(app))
        assert setup.called_off == 1


async def test_editing_calls_a_test_off() -> None:
    setup = Slow()
    app = PolytopApp(None, None, Options(), setup)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+t")
        await until(pilot, lambda: len(setup.asked) == 1)
        put(app, account_id="other")
        await until(pilot, lambda: setup.called_off == 1)
        assert "asking …" not in text(app)


async def test_an_error_of_our_own_is_logged_without_its_words(log: Path) -> None:
    app = PolytopApp(None, None, Options(), Slow())
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, "anything")
        assert "! no [b]markup[/b] in␛ this" in text(app)
        assert "● uk-1" in text(app)
        put(app, api_key=MARKER)
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not saved: unexpected error" in text(app))
        assert isinstance(app.screen, SetupScreen)
    assert "ValueError in the set-up" in read(log)
    assert "in save" in read(log)
    assert MARKER not in read(log)


async def test_ascii_alone_is_enough() -> None:
    setup = Slow()
    app = PolytopApp(None, None, Options(ascii_only=True), setup)
    async with app.run_test(size=(80, 24)) as pilot:
        put(app, api_key=MARKER)
        setup.asked.append("before")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "answered" in text(app))
        assert text(app).isascii()
        assert "* uk-1" in text(app)
        assert "o us-1" in text(app)


async def test_what_is_typed_ahead_goes_to_the_field_that_it_is_for(files: Files) -> None:
    """A slow link gives the keys of several fields at once, among them the key's."""
    app = made(files)
    async with app.run_test() as pilot:
        app.screen.query_one("#account_id").focus()
        await pilot.pause()
        for char in f"ws-1\tPROJECT-1\t{MARKER}\t\t12\t":
            name = {"\t": "tab", "-": "minus"}.get(char, char)
            app.post_message(events.Key(name, char if char.isprintable() else None))
        await until(pilot, lambda: value(app, "limit") == "12")
        assert value(app, "account_id") == "ws-1"
        assert value(app, "project_id") == "PROJECT-1"
        assert value(app, "api_key") == MARKER
        assert MARKER not in screen_text(app)
