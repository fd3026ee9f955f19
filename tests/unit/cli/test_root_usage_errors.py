"""Usage errors of the commands, each in one line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from polytop.cli.root import main
from polytop.cli.runtime import screen
from polytop.ui import terminal_guard

CONFIG = """\
default_profile = "one"
[profiles.one]
region = "uk-1"
account_id = "ws-1"
project_id = "P-1"
limit = 120
[profiles.two]
region = "us-1"
account_id = "ws-2"
project_id = "P-2"
"""
Said = tuple[int, str, str]
Calls = Callable[..., Said]


@pytest.fixture
def polytop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Calls:
    """Calls the whole command line with two profiles: its status, stdout and stderr."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    folder = tmp_path / "config" / "polytop"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG)

    def call(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["polytop", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


# -- one profile


@pytest.mark.parametrize(
    "words", ["export", "capacity", "mark add text", "mark list", "mark remove 1"]
)
def test_two_profiles_are_refused_where_one_is_meant(polytop: Calls, words: str) -> None:
    status, out, err = polytop(*words.split(), "-p", "two", "--profile", "one")
    assert (status, out) == (2, "")
    where = " ".join(["polytop", *(each for each in words.split() if each not in ("text", "1"))])
    assert err == f"{where}: give one profile: -p two or -p one (see {where} -h)\n"


def test_two_profiles_are_unknown_to_a_check(polytop: Calls) -> None:
    said = "POLYTOP UNKNOWN - give one profile: -p two or -p one (see polytop check -h)\n"
    assert polytop("check", "-p", "two", "-p", "one") == (3, said, "")


def test_the_same_profile_twice_is_that_profile(polytop: Calls) -> None:
    assert polytop("mark", "add", "-p", "two", "-p", "two", "x")[:2] == (0, "1\n")
    assert polytop("mark", "list", "-p", "one")[1] == ""
    assert "x" in polytop("mark", "list", "-p", "two")[1]


# -- groups


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("mark", "add, list or remove"),
        ("history", "info, path, prune or vacuum"),
        ("profile", "add, edit, list, remove, show, test or use"),
    ],
)
def test_a_group_alone_names_its_commands(polytop: Calls, group: str, commands: str) -> None:
    said = f"polytop {group}: missing command: {commands} (see polytop {group} -h)\n"
    assert polytop(group) == (2, "", said)


# -- values


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "Infinity", "lots"])
@pytest.mark.parametrize(
    "words",
    ["capacity --peak", "capacity --length 4m --calls-per-hour", "capacity --peak 5 --growth",
     "simulate --speed", "demo --speed", "replay file --speed"],
)  # fmt: skip
def test_what_is_no_number_is_said_to_be_none(polytop: Calls, words: str, value: str) -> None:
    status, out, err = polytop(*words.split(), value)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"'{words.split()[-1]}': '{value}' is not a number" in err


def test_a_time_limit_that_is_no_number_is_unknown(polytop: Calls) -> None:
    status, out, err = polytop("check", "-t", "nan")
    assert (status, err) == (3, "")
    assert "'--timeout': 'nan' is not a number" in out


def test_an_editor_needs_a_terminal(
    polytop: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", f"touch {tmp_path / 'started'}")
    status, out, err = polytop("profile", "edit", "one")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "needs a terminal" in err
    assert "give options" in err
    assert not (tmp_path / "started").exists()


# -- an option without a value


@pytest.mark.parametrize("value", ["", " ", "\t"])
@pytest.mark.parametrize(
    "words",
    [
        ("check", "-p"),
        ("check", "--language"),
        ("glance", "--profile"),
        ("glance", "-p", "one", "-p"),
        ("glance", "--variant-name"),
        ("export", "-o"),
        ("export", "--region"),
        ("export", "--format"),
        ("mark", "list", "--account-id"),
        ("capacity", "--phone-number"),
        ("profile", "edit", "one", "--timezone"),
        ("replay", "x.csv", "--variant-id"),
        ("demo", "--theme"),
        ("-p",),
        ("--base-url",),
    ],
)
def test_an_empty_value_is_a_usage_error(
    polytop: Calls, words: tuple[str, ...], value: str
) -> None:
    status, out, err = polytop(*words, value)
    if words[0] == "check":
        assert (status, err) == (3, "")
        err = out
    else:
        assert (status, out) == (2, "")
    assert words[-1].lstrip("-") in err or "--profile" in err or "--output" in err
    assert "is empty" in err or "is not one of" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["dumb", "unknown", "dumb-emacs-ansi"])
def test_a_terminal_that_only_shows_lines_is_told_what_to_use(
    polytop: Calls, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(screen, "are_terminals", lambda *_: True)
    monkeypatch.setattr(terminal_guard, "open_screen", lambda: sys.stderr)
    monkeypatch.setenv("TERM", name)
    for words in ((), ("demo",), ("-p", "one", "-p", "two"), ("launch", "--start", "14:30")):
        status, out, err = polytop(*words)
        assert (status, out) == (2, "")
        assert f"TERM={name}" in err
        assert "polytop glance" in err


def test_a_pipe_is_told_what_to_use(polytop: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_guard, "open_screen", lambda: None)
    for words in ((), ("demo",), ("demo", "--all"), ("launch", "--start", "14:30")):
        status, out, err = polytop(*words)
        assert (status, out) == (2, "")
        assert "needs a terminal" in err
        assert "polytop glance" in err
