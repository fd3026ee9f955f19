"""Running the command that prints a key: no shell, no terminal, a time limit."""

import os
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from polytop.config.errors import ConfigError
from polytop.model.secret import Secret
from polytop.model.text import printable

MOST_OUTPUT = 65_536
"""Bytes of either stream after which a command is stopped."""

_SLICE = 0.1
"""Seconds between two looks at whether the command has ended."""


def output_of(
    command: Secret, seconds: float = 30.0, clock: Callable[[], float] = time.monotonic
) -> Secret:
    """What `command` prints, without the white space around it.

    Raises ConfigError where it cannot be run, fails, prints too much or takes longer than
    `seconds`. The text shows the last line of its standard error, never its output.
    """
    problem = ""
    with _started(_words(command)) as process:
        try:
            out, errors = _read(process, clock() + seconds, clock)
        except BaseException as error:
            # The whole group: a child that holds the pipes must not outlive the limit.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, TimeoutError | OverflowError):
                raise
            late = isinstance(error, TimeoutError)
            problem = f"did not end within {seconds:g} s" if late else "prints more than 64 KiB"
    if problem:
        raise _failed(problem, "run it by hand; it must print the key and end")
    if process.returncode:
        raise _failed(_ending(process.returncode, out, errors), "run it by hand to see why")
    return Secret(out.decode("utf-8", "replace").strip())


def _failed(problem: str, advice: str) -> ConfigError:
    return ConfigError(f"api_key_command {problem}", advice)


def _words(command: Secret) -> list[str]:
    try:
        words = shlex.split(command.reveal())
    except ValueError:
        words = []
    if words and not any("\0" in word for word in words):
        return words
    raise _failed("is no command", "check its quotes")


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or "it cannot be run"
    # The words stay untold: a key may have been pasted in the command's place.
    raise _failed(f"was not started: {reason}", "check the name of its program")


def _read(
    process: subprocess.Popen[bytes], deadline: float, clock: Callable[[], float]
) -> tuple[bytes, bytes]:
    """Both streams to their end, or until the process has ended and nothing more comes."""
    assert process.stdout
    assert process.stderr
    found = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector:
        for descriptor in found:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - clock()
            if left <= 0:
                raise TimeoutError
            ended = process.poll() is not None
            ready = selector.select(min(left, _SLICE))
            if ended and not ready:
                break
            for key, _ in ready:
                chunk = os.read(key.fd, MOST_OUTPUT)
                found[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
                if len(found[key.fd]) > MOST_OUTPUT:
                    raise OverflowError
    try:
        process.wait(max(0.0, deadline - clock()))
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    out, errors = found.values()
    return bytes(out), bytes(errors)


def _ending(status: int, out: bytes, errors: bytes) -> str:
    """How the command ended, with the last line that it wrote for people."""
    how = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        return how
    last = lines[-1].strip()
    for word in out.decode("utf-8", "replace").split():
        last = last.replace(word, "…")
    return f"{how}: {printable(last, 200)}"
