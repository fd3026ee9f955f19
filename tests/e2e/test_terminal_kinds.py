"""What is drawn in which terminal: its colours, its characters and its background."""

import re

import pytest
from terminal import BACKGROUND, POLYTOP, Terminal

BEYOND_16 = re.compile(rb"\x1b\[[\d;]*[34]8;[25];")
BEYOND_256 = re.compile(rb"\x1b\[[\d;]*[34]8;2;")
ANY = re.compile(rb"\x1b\[(?:\d+;)*(?:[34]8;[\d;]+|[349][0-7]|10[0-7])(?:;\d+)*m")
LIGHT_GROUND = b"48;2;251;251;248"


@pytest.mark.parametrize(
    ("environ", "beyond", "ascii_only"),
    [
        ({"TERM": "linux"}, BEYOND_16, True),
        ({"TERM": "screen"}, BEYOND_16, False),
        ({"TERM": "vt220"}, ANY, False),
        ({"TERM": "screen.xterm-256color"}, BEYOND_256, False),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, BEYOND_256, False),
        ({"TERM": "xterm-256color", "LANG": "C"}, None, True),
    ],
)
def test_a_terminal_gets_what_it_can_show(home, environ, beyond, ascii_only):
    # What starts it here is Python, which sets LC_CTYPE in the locale C.
    command = ["env", "-u", "LC_CTYPE", *POLYTOP, "demo"]
    with Terminal(command, {**home, **environ}) as terminal:
        screen = terminal.wait_for(r"NOW >= ?\d" if ascii_only else r"NOW ≥ \d")
        screen = terminal.wait_for("5 MIN.*SHARE")
        terminal.settle()
        assert beyond is None or not beyond.search(terminal.output)
        assert screen.isascii() is ascii_only
        assert (BACKGROUND in terminal.output) is (environ["TERM"] not in {"linux", "vt220"})
        terminal.send("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize(
    ("answer", "options", "light"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x07", (), True),
        (b"\x1b]11;rgb:fd/f6/e3\x1b\\", (), True),
        (b"\x1b]11;rgba:eeee/eeee/eeee/ffff\x07", (), True),
        (b"\x1b]11;rgb:0000/2b2b/3636\x07", (), False),
        (b"\x1b]11;nonsense\x07", (), False),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x07", ("--theme", "polytop"), False),
    ],
)
def test_a_light_background_gets_the_light_theme(home, answer, options, light):
    with Terminal([*POLYTOP, "demo", *options], home, background=answer) as terminal:
        terminal.wait_for(r"NOW ≥ \d")
        if light:
            terminal.wait_until(lambda _: LIGHT_GROUND in terminal.output)
        # Whatever comes unasked is neither typed nor heeded.
        terminal.send_bytes(b"\x1b]11;rgb:ffff/ffff/ffff\x07/")
        shown = terminal.wait_for("^ ?/|find")
        assert "rgb" not in shown
        assert (LIGHT_GROUND in terminal.output) is light


def test_a_late_answer_about_the_background_changes_nothing(home):
    with Terminal([*POLYTOP, "demo"], home) as terminal:
        terminal.wait_until(lambda _: BACKGROUND in terminal.output)
        terminal.pump_for(2.1)
        terminal.send_bytes(b"\x1b]11;rgb:ffff/ffff/ffff\x07/")
        shown = terminal.wait_for("^ ?/|find")
        assert "rgb" not in shown
        assert LIGHT_GROUND not in terminal.output
