"""A machine that is broken, or set up oddly: words and a status, never a traceback or a wait.

Each machine is tried with ``check`` and with one more command; ``tests/soak`` tries all of them.
"""

import os
from itertools import cycle
from pathlib import Path

import pytest
from broken_machines import CALLS, FOLDERS, NO_USER, TOLD, TRIES, call, is_well_told
from simulator_service import Service
from terminal import POLYTOP, Terminal

from polytop.cli.root import COMMANDS

OTHERS = cycle(name for name in CALLS if name != "check")


def test_every_command_is_called():
    assert set(CALLS) - {"monitor"} == set(COMMANDS)


@pytest.mark.parametrize(
    ("attempt", "case", "name"),
    [(*each, name) for each in TRIES for name in ("check", next(OTHERS))],
)
def test_a_broken_machine(home, attempt, case, name):
    attempt(home, name, case)


@pytest.mark.parametrize("name", CALLS)
def test_a_folder_that_is_gone(home, name):
    shell = "cd $(mktemp -d) && rmdir $PWD && exec"
    status, out, err = call(home, name, shell=shell)
    is_well_told(name, status, out, err)
    assert status != 70


@pytest.mark.parametrize("name", ["check", "export", "glance", "profile"])
@pytest.mark.parametrize("home_folder", [None, "", "~", "x"])
def test_a_user_who_is_not_in_the_system(home, service, name, home_folder):
    told = () if name == "profile" else ("--base-url", service.url, *TOLD[2:])
    folders = dict.fromkeys(FOLDERS[1:])
    _, out, err = call(
        home, name, before=NO_USER, more=told, HOME=home_folder, POLYTOP_API_KEY="k-123", **folders
    )
    assert "Traceback" not in out + err
    assert "unexpected" not in out + err


def test_a_check_needs_no_time_zones(home, profiled: Service):
    config = Path(home["XDG_CONFIG_HOME"]) / "polytop" / "config.toml"
    config.write_text(config.read_text() + '\ntimezone = "Europe/London"\n')
    status, out, _ = call(home, "check", PYTHONTZPATH="")
    assert (status, out[:10]) == (0, "POLYTOP OK")


def test_an_error_of_our_own_is_reported_without_the_key(home, tmp_path):
    broken = "import polytop.cli.history as m; m.command.invoke = lambda _: {}[KEY]\n"
    before = f"import os; KEY = os.environ['POLYTOP_API_KEY']\n{broken}"
    status, out, err = call(home, "history", before=before, POLYTOP_API_KEY="sk-canary-0815")
    assert (status, out) == (70, "")
    assert err.startswith("polytop: unexpected error (KeyError); please report it, with the file ")
    assert err.count("\n") == 1
    report = Path(err.split("with the file ")[1].split(",")[0])
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_text()
    assert "sk-canary" not in text + err
    assert "KeyError" in text
    assert os.environ["PATH"] not in text


ODD_TEXTUAL = {
    "TEXTUAL_COLOR_SYSTEM": "x",
    "TEXTUAL": "headless,debug,devtools",
    "TEXTUAL_DRIVER": "no.such:Driver",
    "TEXTUAL_LOG": "/nonexistent/log",
    "TEXTUAL_PRESS": "q",
    "TEXTUAL_SCREENSHOT": "0",
    "TEXTUAL_THEME": "none",
    "TEXTUAL_FPS": "x",
    "TEXTUAL_FILTERS": "dim,x",
}


@pytest.mark.parametrize(
    "environ",
    [
        ODD_TEXTUAL,
        {"COLUMNS": "²", "LINES": "9" * 5_000},
        {"COLUMNS": "5000", "LINES": "2"},
        {"HOME": "~", "LANG": "xx_YY.foo", "TZ": "Mars/Phobos", "ESCDELAY": "²", "TERM": "x"},
        {"HOME": "/dev/null", "XDG_STATE_HOME": "/proc", "XDG_DATA_HOME": "/proc"},
    ],
)
def test_the_screen_is_drawn_whatever_the_variables_say(home, environ):
    with Terminal([*POLYTOP, "demo"], {**home, **environ}) as terminal:
        terminal.wait_for("All conversations")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert terminal.modes_left() == set()
