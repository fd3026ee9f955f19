"""What a terminal can show is known by its variables."""

import pytest

from polytop.model.terminal import is_colorterm_inherited, is_colourless, is_console, is_dumb


@pytest.mark.parametrize(
    ("environ", "dumb", "console", "inherited"),
    [
        ({}, False, False, False),
        ({"TERM": "dumb"}, True, False, False),
        ({"TERM": "unknown"}, True, False, False),
        ({"TERM": "linux"}, False, True, True),
        ({"TERM": "linux-16color"}, False, True, True),
        ({"TERM": "screen"}, False, False, True),
        ({"TERM": "screen-256color-bce"}, False, False, True),
        ({"TERM": "screen.xterm-256color"}, False, False, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, False, False, False),
        ({"TERM": "tmux-256color"}, False, False, False),
        ({"TERM": "vt220"}, False, False, True),
        ({"TERM": "xterm"}, False, False, False),
        ({"TERM": "xterm-256color"}, False, False, False),
    ],
)
def test_a_terminal_is_known_by_its_name(environ, dumb, console, inherited):
    assert is_dumb(environ) is dumb
    assert is_console(environ) is console
    assert is_colorterm_inherited(environ) is inherited


@pytest.mark.parametrize(
    ("name", "colourless"),
    [("vt100", True), ("vt220-w", True), ("xterm-mono", True), ("linux-m", True), ("xterm", False)],
)
def test_some_terminals_have_no_colours(name, colourless):
    assert is_colourless({"TERM": name}) is colourless
