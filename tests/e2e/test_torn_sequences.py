"""A slow link tears escape sequences: nothing of weight comes of their parts."""

import time
from collections.abc import Callable

from terminal import POLYTOP, Terminal
from terminal_text import full

Run = Callable[..., Terminal]

STILL = ("demo", "--speed", "0.1")
"""The clock hardly moves: what changes on the screen is of the keys."""

SEQUENCES = (
    "\x1b[A", "\x1b[1;2D", "\x1bOA", "\x1b[15~", "\x1b[24~", "\x1b[<35;30;12M", "\x1b[<0;101;25M",
    "\x1b[200~A[1q\x1b[201~", "\x1b[I", "\x1b[O",
)  # fmt: skip


def test_a_torn_sequence_silences_no_alert_and_leaves_the_window(run: Run) -> None:
    terminal = run(*STILL)
    terminal.wait_until(full)
    for sequence in SEQUENCES:
        for at in range(1, len(sequence)):
            terminal.send(sequence[:at])
            time.sleep(0.15)
            terminal.send(sequence[at:])
            terminal.pump(0.05)
    time.sleep(1)
    terminal.send("n")
    assert "snoozed" not in terminal.wait_for(r"last 6 h")
    terminal.send("L")
    assert "snoozed" not in terminal.wait_for("RULES")
    terminal.send("q")
    terminal.wait_until(lambda seen: "RULES" not in seen)
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_esc_waits_for_its_sequence_as_long_as_the_environment_says(home: dict[str, str]) -> None:
    with Terminal([*POLYTOP, *STILL], {**home, "ESCDELAY": "60000"}) as terminal:
        terminal.wait_until(full)
        terminal.send("\x1b")
        time.sleep(0.5)
        terminal.send("[D")
        terminal.wait_for("looking at")
