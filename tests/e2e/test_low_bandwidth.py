"""A slow link: few bytes where that is asked for, and where the terminal is slow to answer."""

import re
from collections.abc import Callable

from terminal import POLYTOP, Terminal

COLOURS = re.compile(rb"\x1b\[[\d;]*[34]8;[25];")
"""Colours beyond the sixteen."""


def test_low_bandwidth_has_sixteen_colours_and_answers_keys(run: Callable[..., Terminal]) -> None:
    terminal = run("demo", "--low-bandwidth")
    terminal.wait_for("^ low bandwidth")
    assert re.search(r"\d\d:\d\d UTC", terminal.screen().splitlines()[0])
    terminal.send("\x02")
    terminal.wait_for("to the terminal in the last minute")
    terminal.send("c")
    terminal.wait_for("typical")
    terminal.resize(80, 24)
    terminal.wait_until(lambda shown: " LIVE " in shown.splitlines()[0])
    assert not COLOURS.search(terminal.output)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert terminal.modes_left() == set()


def test_a_link_that_is_found_slow_is_spared(home: dict[str, str]) -> None:
    remote = {**home, "SSH_TTY": "/dev/pts/0"}
    with Terminal([*POLYTOP, "demo"], remote, answers_after=0.4) as terminal:
        terminal.wait_for(r"^ slow link \(\d+ ms\): low bandwidth")
