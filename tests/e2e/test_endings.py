"""However it ends, it ends soon, and the terminal is as it was before."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from simulator_service import write_files
from terminal import Terminal
from terminal_modes import modes_used

Run = Callable[..., Terminal]
SOON = 2.0
"""Seconds from the signal to the end of the process."""
DATA = "All conversations"
CONFIG = """
[profiles.simulator]
base_url = "http://127.0.0.1:9"
account_id = "ws-simulator"
project_id = "PROJECT-simulator"
"""


SIGNALS = [
    signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
    signal.SIGALRM, signal.SIGABRT, signal.SIGPROF, signal.SIGVTALRM, signal.SIGIO, signal.SIGXCPU,
    signal.SIGTRAP, signal.SIGSYS, signal.SIGRTMIN, signal.SIGRTMAX,
]  # fmt: skip


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_it(run: Run, number: signal.Signals) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    sent = terminal.kill(number)
    assert terminal.wait_exit() == 128 + number
    assert terminal.ended_at - sent < SOON
    _restored(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_before_it_has_data(run: Run, number: signal.Signals) -> None:
    terminal = run("demo", "--scenario", "hang")
    terminal.wait_for("connecting")
    sent = terminal.kill(number)
    assert terminal.wait_exit() == 128 + number
    assert terminal.ended_at - sent < SOON
    _restored(terminal)


@pytest.mark.parametrize("key", ["q", "\x03", "\x11"], ids=["q", "ctrl-c", "ctrl-q"])
def test_a_key_ends_it(run: Run, key: str) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    terminal.send(key)
    assert terminal.wait_exit(SOON + 1) == 0
    _restored(terminal)


@pytest.mark.parametrize("keys", ["xq", "qx", "qw", "]q", "wq"])
def test_keys_that_come_together_with_the_end_leave_nothing_behind(run: Run, keys: str) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    terminal.send(keys)
    assert terminal.wait_exit(SOON + 1) == 0
    assert b"Warning" not in terminal.output
    _restored(terminal)


def test_a_terminal_that_is_gone_ends_it(run: Run) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    gone = terminal.close_master()
    terminal.wait_exit()
    assert terminal.ended_at - gone < SOON
    assert terminal.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_though_the_terminal_does_not_read(
    run: Run, number: signal.Signals
) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    _stall(terminal)
    sent = terminal.kill(number)
    status = terminal.wait_exit(reads=False)
    assert terminal.ended_at - sent < SOON
    assert status == 128 + number
    terminal.settle()
    assert b"\x18" in terminal.output  # written by force, past what had not been read
    _restored(terminal)


def test_a_terminal_that_is_gone_while_it_does_not_read_ends_it(run: Run) -> None:
    terminal = run("demo")
    terminal.wait_for(DATA)
    _stall(terminal)
    gone = terminal.close_master()
    terminal.wait_exit()
    assert terminal.ended_at - gone < SOON
    assert terminal.left_behind() == []


def _stall(terminal: Terminal) -> None:
    """Let it write, unread, until it waits for room: whole screens, as themes change."""
    before = -1.0
    while (used := terminal.cpu()) != before:
        before = used
        for _ in range(8):
            terminal.send("t")
            time.sleep(0.04)


def _restored(terminal: Terminal) -> None:
    assert {"alternate screen", "mouse", "bracketed paste"} <= modes_used(terminal.output)
    assert terminal.modes_left() == set()
    assert terminal.left_behind() == []


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_a_key_command_that_takes_its_time_holds_nothing_up(
    run: Run, home: dict[str, str], tmp_path: Path, way: str
) -> None:
    told = tmp_path / "process"
    script = f"echo $$ > {told}; sleep 29"
    credentials = f"[profiles.simulator]\napi_key_command = \"sh -c '{script}'\"\n"
    write_files(Path(home["XDG_CONFIG_HOME"]) / "polytop", CONFIG, credentials)
    terminal = run()
    terminal.wait_until(lambda _: told.exists() and told.read_text())
    if way == "q":
        terminal.send("q")
        asked = time.monotonic()
    else:
        asked = terminal.kill(signal.SIGTERM)
    assert terminal.wait_exit() == (0 if way == "q" else 143)
    assert terminal.ended_at - asked < SOON
    _restored(terminal)
    ends = time.monotonic() + SOON
    while _runs(int(told.read_text())):
        assert time.monotonic() < ends
        time.sleep(0.02)


def _runs(process: int) -> bool:
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())  # a zombie has no words left
    except OSError:
        return False
