import json
import os
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import pexpect
import pytest
from click.testing import CliRunner, Result

from polytop.cli.profile.command import command
from polytop.cli.profile.editor import edit_in_editor
from polytop.cli.root import root
from polytop.config.errors import ConfigError, NoKey, SettingError, UnknownProfile
from polytop.config.paths import Files
from polytop.config.profiles import load_config

MARKER = "sk-MARKER-0123456789"
THREE = ["--region", "uk-1", "--account-id", "ws-1", "--project-id", "P-1"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """The files of a user who has nothing yet."""
    for name in [name for name in os.environ if name.startswith(("POLYTOP_", "POLY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return Files.standard()


def run(*arguments: str, text: str = "") -> Result:
    """One call of the command, which must not show the marker."""
    result = CliRunner().invoke(command, arguments, input=text)
    assert MARKER not in result.output
    assert MARKER not in repr(result.exception)
    return result


def ok(*arguments: str, text: str = "") -> str:
    result = run(*arguments, text=text)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def refused(*arguments: str, text: str = "") -> ConfigError:
    result = run(*arguments, text=text)
    assert isinstance(result.exception, ConfigError)
    assert result.stdout == ""
    return result.exception


@pytest.mark.parametrize(
    "arguments",
    [[], *([each] for each in ("list", "show", "add", "edit", "use", "remove", "test"))],
)
def test_help_is_everywhere(arguments: list[str]) -> None:
    result = CliRunner().invoke(root, ["profile", *arguments, "-h"])
    assert result.exit_code == 0
    assert "-h, --help" in result.stdout


def test_an_empty_list_says_how_to_add_one(files: Files) -> None:
    assert "polytop profile add NAME" in ok("list")


def test_adding_the_first_makes_it_the_default(files: Files) -> None:
    assert ok("add", "prod", *THREE, "--limit", "120") == ""
    ok("add", "two", "--base-url", "http://127.0.0.1:1", "--account-id", "a", "--project-id", "b")
    config = load_config(files.config)
    assert (config.default_profile, config.names) == ("prod", ("prod", "two"))
    assert config.profile("prod").limit == 120
    assert "there is a profile called prod already" in str(refused("add", "prod", *THREE))


def test_the_list_shows_all_but_keys(files: Files) -> None:
    ok("add", "prod", *THREE, "--api-key-stdin", text=f"{MARKER}\n")
    ok("add", "two", *THREE, "--client-env", "sandbox", "--api-key-command", f"echo {MARKER}")
    ok("add", "three", *THREE, "--limit", "7")
    files.config.write_text(files.config.read_text() + "[profiles.bad]\nregion = 3\n")
    lines = ok("list").splitlines()
    assert lines[0].split() == [
        *("NAME", "REGION", "ACCOUNT/PROJECT", "ENVIRONMENT", "LIMIT", "KEY", "FROM")
    ]
    assert lines[1].split() == ["*", "prod", "uk-1", "ws-1/P-1", "live", "–", "credentials.toml"]
    assert lines[2].split()[3:5] == ["sandbox", "–"]
    assert lines[2].endswith("api_key_command in credentials.toml")
    assert lines[3].split() == ["three", "uk-1", "ws-1/P-1", "live", "7", "none"]
    assert lines[4].split()[:2] == ["bad", "broken:"]
    files.credentials.chmod(0o644)
    assert f"run: chmod 600 {files.credentials}" in ok("list").splitlines()[1]


def test_listing_runs_no_command(files: Files, tmp_path: Path) -> None:
    ok("add", "prod", *THREE, "--api-key-command", f"touch {tmp_path / 'ran'}")
    ok("list")
    ok("show", "prod")
    assert not (tmp_path / "ran").exists()


def test_show_is_toml_without_the_key(files: Files) -> None:
    options = ["--language", "en-GB", "--language", "en-US", "--phone-number", "+4478", "--warning"]
    ok("add", "prod", *THREE, *options, "0.5", "--api-key-stdin", text=MARKER)
    assert ok("show", "prod").splitlines() == [
        "[profiles.prod]",
        'region = "uk-1"',
        'account_id = "ws-1"',
        'project_id = "P-1"',
        'client_env = "live"',
        "warning = 0.5",
        'languages = ["en-GB", "en-US"]',
        'phone_numbers = ["+4478"]',
        "# default profile: yes",
        "# key: credentials.toml",
    ]
    assert isinstance(refused("show", "prd"), UnknownProfile)


def test_a_studio_address_gives_the_three_values(files: Files) -> None:
    ok("add", "prod", "--studio-url", "https://studio.uk.poly.ai/acc/prj/home")
    profile = load_config(files.config).profile("prod")
    assert (profile.region, profile.account_id, profile.project_id) == ("uk-1", "acc", "prj")
    ok("edit", "prod", "--studio-url", "studio.poly.ai/other/one")
    profile = load_config(files.config).profile("prod")
    assert (profile.region, profile.account_id, profile.project_id) == ("uk-1", "other", "one")
    error = refused("add", "x", "--studio-url", "https://example.com/a/b")
    assert str(error).startswith("--studio-url: this is not an address of Agent Studio; paste")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add"], "Missing argument 'NAME'"),
        (["add", "x"], "missing: --region, --account-id, --project-id (or --studio-url)"),
        (["add", "x", "--studio-url", "https://studio.poly.ai/a/b"], "missing: --region"),
        (["add", "x", *THREE, "--base-url", "https://x"], "cannot be given together"),
        (["add", "x", *THREE, "--limit", "many"], "'many' is not a valid integer"),
        (["edit", "x", "--unset", "colour"], "Invalid value for '--unset': 'colour' is not one of"),
        (["add", "x", *THREE, "--api-key-stdin", "--api-key-command", "c"], "given together"),
        (["add", "x", *THREE, "--api-key", MARKER], "No such option"),
        (["nothing"], "No such command"),
    ],
)
def test_wrong_usage_exits_2_and_writes_nothing(
    files: Files, arguments: list[str], message: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not files.config.exists()


def test_values_that_do_not_fit_are_named_by_their_option(files: Files) -> None:
    assert "--region: no such region; did you mean uk-1?" in str(
        refused("add", "x", "--region", "uk1", "--account-id", "a", "--project-id", "b")
    )
    assert "--phone-number: is not a phone number" in str(
        refused("add", "x", *THREE, "--phone-number", "call")
    )
    assert "profile name: cannot be used" in str(refused("add", "a b", *THREE))
    assert isinstance(refused("add", "x", *THREE, "--limit", "0"), SettingError)
    assert "the key from standard input is empty" in str(
        refused("add", "x", *THREE, "--api-key-stdin")
    )
    assert "not one line of visible ASCII" in str(
        refused("add", "x", *THREE, "--api-key-stdin", text=f"{MARKER}\n{MARKER}\n")
    )
    assert not files.config.exists()


def test_edit_changes_just_what_is_given(files: Files) -> None:
    ok("add", "prod", *THREE, "--limit", "120")
    files.config.write_text(files.config.read_text().replace("120", "120  # by contract"))
    ok("edit", "prod", "--limit", "150", "--timezone", "UTC")
    assert "limit = 150  # by contract" in files.config.read_text()
    ok("edit", "prod", "--base-url", "https://api.example.com/", "--unset", "limit")
    profile = load_config(files.config).profile("prod")
    assert (profile.region, profile.base_url) == (None, "https://api.example.com")
    assert (profile.limit, profile.timezone) == (None, "UTC")
    ok("edit", "prod", "--region", "us-1")
    assert load_config(files.config).profile("prod").base_url is None
    before = files.config.read_text()
    ok("edit", "prod", "--api-key-stdin", text=MARKER)
    assert files.config.read_text() == before
    assert MARKER in files.credentials.read_text()
    assert isinstance(refused("edit", "prd", "--limit", "1"), UnknownProfile)
    assert "is missing" in str(refused("edit", "prod", "--unset", "account_id"))


def test_use_and_remove(files: Files) -> None:
    for name in ("one", "two"):
        ok("add", name, *THREE, "--api-key-stdin", text=f"{MARKER}-{name}")
    ok("use", "two")
    assert load_config(files.config).default_profile == "two"
    result = run("remove", "two")
    assert (result.exit_code, "say --yes" in result.stderr) == (2, True)
    ok("remove", "two", "--yes")
    assert load_config(files.config).names == ("one",)
    assert f"{MARKER}-two" not in files.credentials.read_text()
    assert isinstance(refused("remove", "two", "--yes"), UnknownProfile)


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = tmp_path / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"{path} --wait")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "copies"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "copies").mkdir(exist_ok=True)


def edit_refused(files: Files, name: str) -> ConfigError:
    """Return the message about an edit that failed."""
    with pytest.raises(ConfigError) as caught:
        edit_in_editor(files.config, name)
    return caught.value


def test_the_editor_changes_a_copy_first(
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ok("add", "prod", *THREE)
    editor(tmp_path, monkeypatch, 'echo "limit = 9  # mine" >> "$2"')
    edit_in_editor(files.config, "prod")
    assert load_config(files.config).profile("prod").limit == 9
    assert files.config.read_text().endswith("limit = 9  # mine\n")
    editor(tmp_path, monkeypatch, "true")
    edit_in_editor(files.config, "prod")
    assert "nothing was changed" in capsys.readouterr().err
    assert list((tmp_path / "copies").iterdir()) == []


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('echo "lmit = 9" >> "$2"', "lmit: no such setting; did you mean limit?"),
        ('echo "[" >> "$2"', "Invalid initial character for a key part"),
        ('sed -i s/prod/prd/2 "$2"; sed -i s/profiles.prod/profiles.prd/ "$2"', "no profile is"),
        ("exit 3", "the editor ended with status 3"),
    ],
)
def test_a_copy_that_does_not_fit_is_kept_and_the_file_stays(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    ok("add", "prod", *THREE)
    before = files.config.read_text()
    editor(tmp_path, monkeypatch, script)
    error = str(edit_refused(files, "prod"))
    [copy] = (tmp_path / "copies").iterdir()
    assert message in error
    assert f"nothing was changed; your copy is {copy}" in error.replace(", your", "; your")
    assert files.config.read_text() == before


def test_a_missing_editor_and_a_missing_profile_are_said(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("add", "prod", *THREE)
    editor(tmp_path, monkeypatch, "true")
    assert isinstance(edit_refused(files, "prd"), UnknownProfile)
    monkeypatch.setenv("VISUAL", str(tmp_path / "none"))
    said = str(edit_refused(files, "prod"))
    assert "the editor was not started; set VISUAL or EDITOR" in said


def test_the_editor_can_mend_a_broken_file(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("add", "prod", *THREE)
    files.config.write_text(files.config.read_text() + "limit = = 3\n")
    editor(tmp_path, monkeypatch, 'sed -i "s/= =/=/" "$2"')
    edit_in_editor(files.config, "prod")
    assert load_config(files.config).profile("prod").limit == 3


@pytest.fixture
def terminal(files: Files) -> Iterator[pexpect.spawn]:
    """The command's questions for a new profile, on a real terminal."""
    child = spawned("add", "prod")
    yield child
    child.close(force=True)


def test_on_a_terminal_what_is_missing_is_asked_for_and_the_key_is_not_echoed(
    files: Files, terminal: pexpect.spawn
) -> None:
    shown = ""
    for question, answer in (
        ("Agent Studio URL", "https://example.com/x"),
        ("Agent Studio URL", ""),
        ("Region", "mars"),
        ("no such region", None),
        ("Region", "uk-1"),
        ("Workspace ID", "ws-1"),
        ("Agent ID", "P-1"),
        ("Limit", "120"),
        ("API key", f"{MARKER} and more"),
        ("not one line of visible ASCII", None),
        ("API key", MARKER),
    ):
        terminal.expect_exact(question)
        shown += terminal.before + terminal.after
        if answer is not None:
            terminal.expect_exact(": ")
            terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    shown += terminal.before
    terminal.close()
    assert terminal.exitstatus == 0
    assert "polytop profile test prod" in shown
    assert MARKER not in shown
    assert load_config(files.config).profile("prod").limit == 120
    assert MARKER in files.credentials.read_text()


def test_a_key_of_the_vendors_own_command_line_is_offered(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLY_ADK_KEY_UK", MARKER)
    child = spawned("add", "prod", *THREE)
    child.expect_exact("(POLY_ADK_KEY_UK)?")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert load_config(files.config).profile("prod").api_key_source == "adk"
    assert not files.credentials.exists()
    assert "POLY_ADK_KEY_UK" in ok("show", "prod")


def spawned(*arguments: str) -> pexpect.spawn:
    code = f"from polytop.cli.profile.command import command; command({list(arguments)})"
    return pexpect.spawn(sys.executable, ["-c", code], encoding="utf-8", timeout=15)


def test_removing_asks_first_on_a_terminal(files: Files) -> None:
    ok("add", "prod", *THREE)
    for answer, names in (("n", ("prod",)), ("y", ())):
        child = spawned("remove", "prod")
        child.expect_exact("Remove the profile prod and its key? [y/N]: ")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert load_config(files.config).names == names


def test_a_copy_that_does_not_fit_is_edited_again_on_a_terminal(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok("add", "prod", *THREE)
    editor(
        tmp_path,
        monkeypatch,
        'grep -q lmit "$2" && sed -i s/lmit/limit/ "$2" || echo lmit=7 >> "$2"',
    )
    child = spawned("edit", "prod")
    child.expect_exact("did you mean limit?")
    child.expect_exact("Edit again? [Y/n]: ")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert load_config(files.config).profile("prod").limit == 7


def test_the_key_alone_is_asked_for_unseen(files: Files) -> None:
    ok("add", "prod", *THREE)
    child = spawned("edit", "prod", "--api-key-stdin")
    child.expect_exact("API key: ")
    child.sendline(MARKER)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert MARKER not in child.before
    assert MARKER in files.credentials.read_text()


class Api(ThreadingHTTPServer):
    """A server that answers every request with `status` and `body`, and keeps what it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.body: dict[str, object] | None = None
        self.keys: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.server.keys.append(self.headers["x-api-key"])
        end = parse_qs(urlsplit(self.path).query)["end_time"][0]
        times = [datetime.fromisoformat(end) - timedelta(minutes=back) for back in (15, 10, 5)]
        rows = [
            {"time": f"{each:%Y-%m-%dT%H:%M:%SZ}", "max_concurrent_conversations": 39 + index}
            for index, each in enumerate(times)
        ]
        whole = {"account_id": "ws-1", "project_id": "P-1", "intervals": rows}
        content = json.dumps(whole if self.server.body is None else self.server.body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-PolyAI-Correlation-Id", "corr-1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the test's own output stays clean."""


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def local(api: Api, *more: str) -> None:
    place = ["--base-url", api.url, "--account-id", "ws-1", "--project-id", "P-1"]
    ok("add", "local", *place, *more, "--api-key-stdin", text=MARKER)


def test_one_real_request_that_is_answered(files: Files, api: Api) -> None:
    local(api)
    for arguments in (["test"], ["test", "local"]):
        assert ok(*arguments).startswith("ok: local answers, 3 windows, now 41 (")
    assert api.keys == [MARKER, MARKER]
    api.body = {"account_id": "ws-1", "project_id": "P-1", "intervals": []}
    assert "no window of the last hour has conversations" in ok("test")


def test_one_real_request_that_is_refused(files: Files, api: Api) -> None:
    local(api)
    api.status, api.body = 403, {"error_message": "no \x1b[31mright"}
    result = run("test")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "failed: local: " in result.stderr
    assert "(403 Forbidden)" in result.stderr
    assert "the API says: no ␛[31mright" in result.stderr
    assert "what to do: Give the key the permission" in result.stderr
    assert "corr-1" in result.stderr
    assert "may lack the right" not in result.stderr
    ok("edit", "local", "--api-key-source", "adk")
    assert "may lack the right to read conversations" in run("test").stderr


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, "  what to do: Create another in Agent Studio under API Keys\n"),
     (500, "  what to do: If it lasts, ask PolyAI support with the correlation id corr-1\n"),
     (429, "  what to do: If it happens often, poll less often\n")],
)  # fmt: skip
def test_the_advice_is_for_whoever_runs_this_test_and_watches_nothing(
    files: Files, api: Api, status: int, told: str
) -> None:
    local(api)
    api.status, api.body = status, {}
    result = run("test")
    assert result.exit_code == 1
    assert told in result.stderr
    assert "profile test" not in result.stderr
    assert "monitor" not in result.stderr


def test_nobody_listening_is_said(files: Files, api: Api) -> None:
    place = ["--base-url", "http://127.0.0.1:1", "--account-id", "ws-1", "--project-id", "P-1"]
    ok("add", "gone", *place, "--api-key-stdin", text=MARKER)
    result = run("test", "gone")
    assert result.exit_code == 1
    assert "failed: gone: " in result.stderr


def test_testing_without_a_key_says_how_to_give_one(files: Files) -> None:
    ok("add", "prod", *THREE)
    assert isinstance(refused("test", "prod"), NoKey)


def test_the_group_is_a_click_group() -> None:
    assert isinstance(command, click.Group)
    assert sorted(command.commands) == ["add", "edit", "list", "remove", "show", "test", "use"]
