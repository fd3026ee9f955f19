"""``polytop mark`` and ``polytop history`` on files of their own."""

import json
import os
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from history_data import keep

from polytop.cli import history, mark
from polytop.config.errors import ConfigError, NoProfile
from polytop.config.paths import history_file
from polytop.history.store import History
from polytop.history.types import Scope
from polytop.model.answer import Part, Row
from polytop.model.series import Series
from polytop.model.target import Filters, Target

TARGET = Target("ws-1", "P-1", "https://api.uk-1.platform.polyai.app", "uk-1")
CONFIG = """\
{history}
[profiles.one]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
timezone = "America/New_York"

[profiles.two]
region = "us-1"
account_id = "ws-2"
project_id = "P-2"
"""
MORNING = 1_790_000_100
"""2026-09-21T14:15:00Z."""

DAY = 86_400


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anything in it."""
    for name in [name for name in os.environ if name.startswith(("POLYTOP_", "POLY_"))]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


@pytest.fixture
def profiles(home: Path) -> None:
    """Two profiles."""
    configure(home)


def configure(home: Path, table: str = "") -> None:
    path = home / "config" / "polytop" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG.format(history=table))


def run(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def ok(command: click.Command, *arguments: str) -> str:
    result = run(command, *arguments)
    assert result.exception is None, (result.output, result.exception)
    return result.stdout


def refused(command: click.Command, *arguments: str) -> Exception:
    result = run(command, *arguments)
    assert isinstance(result.exception, click.ClickException | ConfigError), result.exception
    assert result.stdout == ""
    return result.exception


def kept(days: int, end: int = MORNING) -> None:
    """A history of `days` up to `end`, of one project."""
    store = History(history_file())
    store.open()
    start = end - days * 86_400
    row = Row(Part(), None, Series(start, (5,) * (days * 288)))
    keep(store, Scope(TARGET, Filters()), start, end, (row,), end)
    store.close()


# -- marks


@pytest.mark.usefixtures("profiles")
def test_a_mark_is_put_listed_and_removed() -> None:
    first = ok(mark.command, "add", "-p", "one", "--at", "2026-09-21T14:15Z", "deployed", " v2 ")
    assert first == "1\n"
    assert ok(mark.command, "add", "-p", "one", "--at", "2026-09-20T14:15", "campaign") == "2\n"
    assert ok(mark.command, "add", "-p", "two", "elsewhere") == "3\n"
    assert ok(mark.command, "list", "-p", "one").splitlines() == [
        "ID  TIME                     TEXT",
        " 2  2026-09-20 14:15:00 EDT  campaign",
        " 1  2026-09-21 10:15:00 EDT  deployed v2",
    ]
    assert " 1  2026-09-21 14:15:00 UTC  deployed v2" in ok(
        mark.command, "list", "-p", "one", "--utc"
    )
    assert json.loads(ok(mark.command, "list", "-p", "one", "--json")) == [
        {"id": 2, "time": "2026-09-20T18:15:00Z", "text": "campaign"},
        {"id": 1, "time": "2026-09-21T14:15:00Z", "text": "deployed v2"},
    ]
    assert ok(mark.command, "remove", "-p", "one", "2") == ""
    assert "no mark 2" in str(refused(mark.command, "remove", "-p", "one", "2"))
    assert "ws-1/P-1 has no mark 3" in str(refused(mark.command, "remove", "-p", "one", "3"))
    assert [each["id"] for each in json.loads(ok(mark.command, "list", "-p", "two", "--json"))] == [
        3
    ]


@pytest.mark.usefixtures("profiles")
def test_a_range_bounds_the_list() -> None:
    for hour in (10, 11, 12):
        ok(mark.command, "add", "-p", "one", "--at", f"2026-09-21T{hour}:00Z", str(hour))
    listed = ok(
        mark.command, "list", "-p", "one", "--json",
        "--start", "2026-09-21T11:00Z", "--end", "2026-09-21T12:00Z",
    )  # fmt: skip
    assert [each["text"] for each in json.loads(listed)] == ["11"]


def test_options_alone_say_the_project_and_now_is_the_time() -> None:
    project = ("--region", "uk-1", "--account-id", "ws-9", "--project-id", "P-9")
    before = int(time.time())
    ok(mark.command, "add", *project, "x")
    (told,) = json.loads(ok(mark.command, "list", *project, "--json"))
    assert before <= datetime.fromisoformat(told["time"]).timestamp() <= time.time()
    assert datetime.fromisoformat(told["time"]).tzinfo == UTC
    assert history_file().stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "-p", "one", " "], "needs a text"),
        (["add", "-p", "one", "x" * 81], "at most 80"),
        (["add", "-p", "one", "--at", "soon", "x"], "is not a time"),
        (["add", "-p", "one", "--at", "1960-01-01", "x"], "before 1970"),
        (["add", "-p", "one", "--at", "2026-03-08T02:30", "x"], "does not exist"),
        (["add", "-p", "three", "x"], "no profile is called three"),
        (["add", "x"], "no profile is chosen"),
        (["remove", "-p", "one", "0"], "0"),
        (["remove", "-p", "one", "99999999999999999999"], "range"),
        (["list", "-p", "one", "--start", "x"], "is not a time"),
    ],
)
def test_a_wrong_call_says_so_and_makes_nothing(arguments: list[str], said: str) -> None:
    assert said in str(refused(mark.command, *arguments))
    assert not history_file().exists()


def test_without_a_history_nothing_is_made_to_read_it(home: Path) -> None:
    assert isinstance(refused(mark.command, "list"), NoProfile)
    configure(home)
    assert ok(mark.command, "list", "-p", "one", "--json") == "[]\n"
    assert ok(mark.command, "list", "-p", "one") == ""
    assert "no mark 1" in str(refused(mark.command, "remove", "-p", "one", "1"))
    assert "no history yet" in ok(history.command, "info")
    assert ok(history.command, "prune") == ok(history.command, "vacuum") == "no history yet\n"
    document = json.loads(ok(history.command, "info", "--json"))
    assert (document["exists"], document["size"], document["projects"]) == (False, 0, [])
    assert not history_file().parent.exists()


def test_a_history_that_is_switched_off_takes_no_marks(home: Path) -> None:
    configure(home, "[history]\nenabled = false\n")
    for arguments in (["add", "x"], ["list"], ["remove", "1"]):
        assert "enabled = true" in str(refused(mark.command, *arguments, "-p", "one"))
    assert not history_file().exists()
    kept(1)
    assert "switched off" in ok(history.command, "info")


@pytest.mark.usefixtures("profiles")
def test_text_from_elsewhere_cannot_move_the_cursor() -> None:
    store = History(history_file())
    store.open()
    store.add_mark(TARGET, MORNING, "a\x1b[2Jb")
    store.close()
    shown = ok(mark.command, "list", "-p", "one")
    assert "a␛[2Jb" in shown
    assert "\x1b" not in shown


# -- the history


def test_the_history_says_what_it_holds(home: Path) -> None:
    kept(3)
    configure(home, '[history]\nmax_age = "90d"\n')
    ok(mark.command, "add", "-p", "one", "x")
    words = ok(history.command, "info")
    assert f"path    {history_file()}" in words
    assert "of at most 200 MB, 90 d back" in words
    assert (
        "windows  864 asked for, in 4 days, 2026-09-18T14:15:00Z to 2026-09-21T14:15:00Z" in words
    )
    document = json.loads(ok(history.command, "info", "--json"))
    assert document["size"] >= history_file().stat().st_size
    assert document["max_age"] == 90 * 86_400
    assert document["projects"] == [
        {
            "account_id": "ws-1", "project_id": "P-1", "series": 1, "windows": 864, "days": 4,
            "first": "2026-09-18T14:15:00Z", "last": "2026-09-21T14:10:00Z", "marks": 1,
        }
    ]  # fmt: skip
    assert ok(history.command, "path") == f"{history_file()}\n"


def windows() -> int:
    (project,) = json.loads(ok(history.command, "info", "--json"))["projects"]
    return int(project["windows"])


def test_old_days_are_removed() -> None:
    kept(5)
    assert "removed 2 days and 0 marks" in ok(
        history.command, "prune", "--before", "2026-09-18T00:00Z"
    )
    assert windows() == (3 * 24 * 60 + 14 * 60 + 15) // 5
    assert "removed 0 days" in ok(history.command, "prune", "--max-size", "1MB")
    assert "removed 0 days" in ok(history.command, "prune", "--before", "20000d")
    assert "→" in ok(history.command, "vacuum")


@pytest.mark.parametrize(("minutes", "days"), [(-5, 5), (0, 4), (5, 5), (12 * 60, 5), (23 * 60, 5)])
def test_whole_days_older_than_the_settings_say_are_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, days: int
) -> None:
    now = MORNING // DAY * DAY + minutes * 60
    monkeypatch.setattr(time, "time", lambda: now + 120.0)
    kept(9, now)
    configure(home, '[history]\nmax_age = "4d"\n')
    ok(history.command, "prune")
    document = json.loads(ok(history.command, "info", "--json"))
    assert document["projects"][0]["days"] == days


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--before", "soon"], "age such as 90d"),
        (["--max-size", "10"], "200MB"),
        (["--before", "9999999d"], "out of the calendar"),
    ],
)
def test_wrong_bounds_remove_nothing(arguments: list[str], said: str) -> None:
    kept(1)
    assert said in str(refused(history.command, "prune", *arguments))
    assert windows() == 288


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize("arguments", [["info"], ["prune"], ["vacuum"]])
def test_a_damaged_file_is_set_aside_in_words(arguments: list[str]) -> None:
    history_file().parent.mkdir(parents=True)
    history_file().write_bytes(b"no database" * 1_000)
    result = run(history.command, *arguments)
    assert result.exception is None
    assert result.stderr.count("\n") == 1
    assert "was damaged" in result.stderr
    assert len(list(history_file().parent.glob("history.sqlite3.damaged-*"))) == 1
    assert ok(mark.command, "add", "-p", "one", "x") == "1\n"


def test_a_file_of_a_later_polytop_is_left_alone() -> None:
    kept(1)
    db = sqlite3.connect(history_file())
    db.execute("PRAGMA user_version = 999")
    db.close()
    before = history_file().read_bytes()
    for arguments in (["info"], ["prune"], ["vacuum"]):
        error = refused(history.command, *arguments)
        assert isinstance(error, click.ClickException)
        assert error.exit_code == 1
    assert history_file().read_bytes() == before
