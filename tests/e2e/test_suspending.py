"""Ctrl+z gives the terminal back to the shell, and fg brings the screen again; locales."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal import POLYTOP, Terminal
from terminal_modes import modes_used

Run = Callable[..., Terminal]
ALTERNATE = b"\x1b[?1049h"
DATA = "All conversations"


def test_a_shell_stops_and_continues_it(home: dict[str, str]) -> None:
    shell = {**home, "PS1": "shell> "}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], shell) as terminal:
        terminal.wait_for("shell>$")
        terminal.send(f"{sys.executable} -m polytop demo\r")
        terminal.wait_for(DATA)
        terminal.send("\x1a")
        terminal.wait_for("Stopped")
        assert not _taken_over(terminal)
        terminal.send("echo $((6 * 7))\r")
        terminal.wait_for("^42")
        terminal.send("fg\r")
        terminal.wait_until(lambda seen: _taken_over(terminal) and DATA in seen)
        terminal.send("?")
        terminal.wait_for("SPAN AND CURSOR")
        terminal.send("\x1b")
        terminal.wait_until(lambda seen: "SPAN AND CURSOR" not in seen)
        terminal.send("q")
        terminal.wait_until(lambda _: not _taken_over(terminal))
        terminal.send("exit\r")
        terminal.wait_exit()


def _taken_over(terminal: Terminal) -> bool:
    """Return True if the alternate screen is on."""
    return terminal.output.rfind(ALTERNATE) > terminal.output.rfind(b"\x1b[?1049l")


def test_where_no_shell_could_continue_it_it_goes_on(run: Run) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    terminal.send("\x1a")
    terminal.settle(0.5)
    terminal.send("?")
    terminal.wait_for("SPAN AND CURSOR")
    terminal.send("\x1b")
    terminal.wait_until(lambda seen: "SPAN AND CURSOR" not in seen)
    terminal.send("q")
    assert terminal.wait_exit() == 0


def state(process: int) -> str:
    """The letter of the process's state: ``T`` is stopped."""
    stat = Path(f"/proc/{process}/stat").read_text()
    return stat[stat.rindex(")") + 2]


def foreground(process: int) -> int:
    """The process group that has the terminal of a process."""
    stat = Path(f"/proc/{process}/stat").read_text()
    return int(stat[stat.rindex(")") + 2 :].split()[5])


@pytest.mark.parametrize("times", [1, 3])
def test_what_stops_it_without_a_word_leaves_nothing_wrong(run: Run, times: int) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    for columns in range(119, 119 - times, -1):
        terminal.kill(signal.SIGSTOP)
        terminal.wait_until(lambda _: state(terminal.pid) == "T")
        terminal.resize(columns, 30)
        terminal.kill(signal.SIGCONT)
        terminal.wait_for("Main line")
    _works_and_ends_well(terminal)
    assert terminal.wait_exit() == 0
    assert terminal.modes_left() == set()


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGTSTP", "SIGTTOU", "SIGTTIN"])
def test_a_shell_continues_it_however_it_was_stopped(home: dict[str, str], name: str) -> None:
    shell = {**home, "PS1": "shell> "}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], shell) as terminal:
        terminal.wait_for("shell>$")
        terminal.send(f"{sys.executable} -m polytop demo\r")
        terminal.wait_for(DATA)
        children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children")
        process = int(children.read_text().split()[0])
        for _ in range(2):
            os.kill(process, signal.Signals[name])
            terminal.wait_until(lambda _: state(process) == "T")
            # Before the shell has the terminal back, ctrl+c would go to the stopped program.
            terminal.wait_until(lambda _: foreground(terminal.pid) == terminal.pid)
            terminal.send("\x03\r")
            terminal.settle()
            taken = terminal.output.count(ALTERNATE)
            terminal.send("fg\r")
            terminal.wait_until(lambda _, taken=taken: terminal.output.count(ALTERNATE) > taken)
            terminal.settle()
            terminal.wait_for("Main line")
        _works_and_ends_well(terminal)
        terminal.wait_until(lambda _: not _taken_over(terminal))
        terminal.send("exit\r")
        terminal.wait_exit()
        assert terminal.modes_left() == set()


def _works_and_ends_well(terminal: Terminal) -> None:
    terminal.send("?")
    terminal.wait_for("SPAN AND CURSOR")
    terminal.send("\x1b")
    terminal.wait_until(lambda seen: "SPAN AND CURSOR" not in seen)
    terminal.send("q")


@pytest.mark.parametrize("name", ["SIGCONT", "SIGTSTP"])
def test_a_signal_to_go_on_or_stop_does_no_harm_where_no_shell_is(run: Run, name: str) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    for _ in range(3):
        terminal.kill(signal.Signals[name])
        terminal.settle(0.3)
    terminal.wait_for(DATA)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert terminal.modes_left() == set()


@pytest.mark.parametrize("to", ["2>log", ">log", ">log 2>&1", "2>&-", ">&- 2>&-"])
def test_it_draws_on_the_terminal_wherever_its_output_goes(home: dict[str, str], to: str) -> None:
    script = f'cd "$HOME" && exec "$@" {to}'
    with Terminal(["sh", "-c", script, "sh", *POLYTOP, "demo"], home) as terminal:
        terminal.wait_for(DATA)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert {"alternate screen", "mouse"} <= modes_used(terminal.output)
        assert terminal.modes_left() == set()
    log = Path(home["HOME"]) / "log"
    assert not log.exists() or log.read_text() == ""


def test_a_locale_without_unicode_is_drawn_in_ascii(home: dict[str, str]) -> None:
    plain = {**home, "LC_ALL": "C"}
    with Terminal([sys.executable, "-m", "polytop", "demo"], plain) as terminal:
        terminal.wait_for(DATA)
        seen = terminal.settle()
        assert seen.isascii()
        assert "\\u" not in seen
        assert "\\x" not in seen
