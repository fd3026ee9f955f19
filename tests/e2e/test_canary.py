"""One key, sought everywhere while a server repeats it; ``tests/soak`` tries every place."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary import COMMANDS, CRASHING, FORMS, KEY, PROGRAM, echo, found_in, in_files, run
from fault_runs import home_with_profiles
from faulty_server import FaultyServer
from terminal import Terminal

ALERT = """
[[profiles.plain.alerts]]
name = "any"
above = 1
tell = []
exec = ["/bin/sh", "-c", "exec > {home}/child 2>&1; env; cat; tr '\\\\0' ' ' < /proc/$PPID/cmdline"]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    with FaultyServer(tmp_path_factory.mktemp("certificates")) as served:
        yield served


@pytest.fixture
def home(server: FaultyServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home whose key is the canary."""
    yield home_with_profiles(server, tmp_path, KEY)
    server.heal("plain")


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_every_form(form: str) -> None:
    assert found_in(f"what {FORMS[form](KEY)} is".encode())
    assert not found_in(b"what is a key of many letters, f3b1?")


@pytest.mark.parametrize("place", ["ids and names", "a refusal, 403"])
def test_commands_that_are_told_the_key_tell_nobody(
    server: FaultyServer, home: dict[str, str], place: str
) -> None:
    server.play(echo(place))
    assert list(run(home, (COMMANDS[2], COMMANDS[-1]))) == []


def test_a_command_that_breaks_reports_no_key(server: FaultyServer, home: dict[str, str]) -> None:
    server.play(echo("ids and names"))
    assert list(run(home, (COMMANDS[0], COMMANDS[8]), CRASHING)) == []
    reports = Path(home["XDG_STATE_HOME"]).rglob("crash-*.txt")
    assert {"RuntimeError" in each.read_text() for each in reports} == {True}


def test_a_screen_that_is_told_the_key_shows_it_nowhere(
    server: FaultyServer, home: dict[str, str]
) -> None:
    config = Path(home["XDG_CONFIG_HOME"]) / "polytop" / "config.toml"
    config.write_text(config.read_text() + ALERT.format(home=home["HOME"]))
    home["POLYTOP_API_KEY"] = KEY
    server.play(echo("ids and names"))
    command = ["sh", "-c", 'cd "$HOME" && exec "$@"', "sh", *PROGRAM, "-p", "plain"]
    folder = Path(home["HOME"])
    with Terminal(command, home) as terminal:
        terminal.wait_for("Line …")
        for keys, ending in (("e\x1b[B\x1b[C\r", "csv"), ("e" + "\x1b[C" * 4 + "\r", "svg")):
            terminal.send(keys)
            terminal.wait_until(
                lambda seen, ending=ending: (
                    list(folder.glob(f"*.{ending}")) and "Enter writes" not in seen
                )
            )
        for keys in ("j", "y", "x", "\r", "f", "\x1b", "L", "\x1b", "/…\r"):
            terminal.send(keys)
            terminal.settle(0.3, 5)
        server.play(echo("a refusal, 403"))
        terminal.send("\x1br")
        terminal.wait_for("may not read this project")
        child = folder / "child"
        until = time.monotonic() + 30
        while not child.exists() and time.monotonic() < until:
            terminal.pump(0.1)
        assert "POLYTOP_ALERT_EVENT" in child.read_text()
        assert not found_in(Path(f"/proc/{terminal.pid}/cmdline").read_bytes())
        assert not found_in(terminal.output)
    assert list(in_files(folder)) == []
