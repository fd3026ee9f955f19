"""Ctrl+z gives the terminal back to the shell, and fg brings the screen again; locales."""

import sys
from collections.abc import Callable

from terminal import Terminal

Run = Callable[..., Terminal]
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
    return terminal.output.rfind(b"\x1b[?1049h") > terminal.output.rfind(b"\x1b[?1049l")


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


def test_a_locale_without_unicode_is_drawn_in_ascii(home: dict[str, str]) -> None:
    plain = {**home, "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with Terminal([sys.executable, "-m", "polytop", "demo"], plain) as terminal:
        terminal.wait_for(DATA)
        seen = terminal.settle()
        assert seen.isascii()
        assert "\\u" not in seen
        assert "\\x" not in seen
