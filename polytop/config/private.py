"""Reading a file that holds keys: only where nobody else can read it."""

import os
import shlex
import stat
from pathlib import Path

from polytop.config import tomltext
from polytop.config.errors import ConfigError


def read_private(path: Path) -> str | None:
    """The text of `path`, or None where the file does not exist.

    Raises ConfigError where others can read the file or own it, with the command that mends it.
    """
    try:
        # Without waiting: a named pipe in the file's place must not hold the program up.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    try:
        _refuse_shared(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(tomltext.LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    finally:
        os.close(descriptor)
    return tomltext.decoded(content, path)


def _unreadable(path: Path, reason: str | None) -> ConfigError:
    message = f"{tomltext.shown(path)}: {reason or 'not readable'}"
    return ConfigError(message, "check the file and its permissions")


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    shown = tomltext.shown(path)
    quoted = tomltext.shown(Path(shlex.quote(str(path))))
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{shown} is not a file", "put a file in its place")
    if status.st_uid != os.geteuid():
        advice = f"run: chown {os.geteuid()} {quoted} && chmod 600 {quoted}"
        raise ConfigError(f"{shown} holds keys and belongs to somebody else", advice)
    if stat.S_IMODE(status.st_mode) & 0o077:
        message = f"{shown} holds keys and others can read or change it"
        raise ConfigError(message, f"run: chmod 600 {quoted}")
