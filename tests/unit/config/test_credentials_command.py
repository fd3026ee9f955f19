import os
import signal
import sys
import time
from pathlib import Path

import pytest

from polytop.config.credentials import output_of
from polytop.config.errors import ConfigError
from polytop.model.secret import Secret

MARKER = "sk-MARKER-0123456789"


def shell(script: str) -> Secret:
    return Secret(f"/bin/sh -c '{script}'")


def failure(command: Secret, seconds: float = 10.0) -> str:
    with pytest.raises(ConfigError) as caught:
        output_of(command, seconds)
    assert MARKER not in str(caught.value)
    return str(caught.value)


def test_the_output_is_stripped() -> None:
    assert output_of(shell(f'echo; echo " {MARKER} "; echo noise >&2')).reveal() == MARKER


def test_no_shell_stands_between() -> None:
    assert output_of(Secret("/bin/echo a;b $HOME '*'")).reveal() == "a;b $HOME *"


def test_the_home_is_written_as_in_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    program = tmp_path / "key tool"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o700)
    found = output_of(Secret("~/'key tool' ~/vault a~b ~"))
    assert found.reveal() == f"{tmp_path}/vault a~b {tmp_path}"


def test_standard_input_is_closed_and_there_is_no_terminal() -> None:
    assert output_of(shell("cat; echo end")).reveal() == "end"
    with_tty = failure(shell("exec < /dev/tty"))
    assert "ended with status" in with_tty


def test_a_failure_shows_the_last_line_for_people_and_never_the_output() -> None:
    script = f'echo {MARKER}; echo first >&2; printf "no {MARKER} \\033[31mred\\n" >&2; exit 3'
    assert "ended with status 3: no … ␛[31mred; run it by hand" in failure(shell(script))
    assert "ended with status 1;" in failure(shell(f"echo {MARKER}; exit 1"))
    assert "was ended by signal 15" in failure(shell("kill -15 $$"))


def test_what_does_not_end_is_ended_with_all_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    started = time.monotonic()
    message = failure(shell(f"(sleep 0.8; touch {mark}) & echo {MARKER}; wait"), 0.2)
    assert "did not end within 0.2 s" in message
    assert time.monotonic() - started < 5
    time.sleep(0.9)
    assert not mark.exists()


def test_a_child_left_behind_neither_holds_the_key_up_nor_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "child"
    command = shell(f"sleep 60 & echo $! > {note}; echo {MARKER}")
    try:
        assert output_of(command, 20.0).reveal() == MARKER
    finally:
        os.kill(int(note.read_text()), signal.SIGKILL)


def test_a_flood_is_stopped() -> None:
    command = Secret(f"{sys.executable} -c 'while True: print(\"{MARKER}\" * 1000)'")
    assert "prints more than 64 KiB" in failure(command)


@pytest.mark.parametrize("text", ["", "  ", "'", "a\0b"])
def test_what_is_no_command_is_refused(text: str) -> None:
    assert "is no command" in failure(Secret(text))


def test_a_file_that_cannot_be_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / MARKER
    path.write_text("")
    assert "was not started: Permission denied" in failure(Secret(str(path)))
