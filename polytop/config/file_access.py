"""Read and write the user's files; a file with keys is read only if nobody else can read it."""

import os
import shlex
import stat
from pathlib import Path

from polytop.config import toml
from polytop.config.errors import ConfigError
from polytop.model.atomic_file import write_atomic


def write(path: Path, text: str, *, private: bool) -> None:
    """Replace the content of `path` by `text`; a reader sees the old or the new.

    A symbolic link stays and what it points to is replaced. A `private` file has mode 0600 from
    its creation; another keeps its mode, or starts with 0600. A missing folder is made for the
    user alone. Raises ConfigError, and then the old file is as it was.
    """
    try:
        real = Path(os.path.realpath(path))
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = not private and real.exists()
        mode = stat.S_IMODE(real.stat().st_mode) if kept else 0o600
        with write_atomic(real, mode=mode) as file:
            file.write(text.encode())
    except OSError as error:
        reason = error.strerror or "not writable"
        message = f"{toml.show_path(path)} was not written: {reason}"
        raise ConfigError(message, "check the folder's permissions and the disk") from None


def read(path: Path, *, private: bool = False) -> str | None:
    """The text of `path`, or None where the file does not exist.

    Raises ConfigError where it cannot be read; for a `private` file also where others can read it
    or own it, with the command that mends it.
    """
    try:
        # Without waiting: a named pipe in the file's place must not hold the program up.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if private:
                _refuse_shared(path, os.fstat(descriptor))
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(toml.LARGEST + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"{toml.show_path(path)}: {error.strerror or 'not readable'}"
        raise ConfigError(message, "check the file and its permissions") from None
    return toml.decode(content, path)


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    shown = toml.show_path(path)
    quoted = toml.show_path(Path(shlex.quote(str(path))))
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{shown} is not a file", "put a file in its place")
    if status.st_uid != os.geteuid():
        advice = f"run: chown {os.geteuid()} {quoted} && chmod 600 {quoted}"
        raise ConfigError(f"{shown} holds keys and belongs to somebody else", advice)
    if stat.S_IMODE(status.st_mode) & 0o077:
        message = f"{shown} holds keys and others can read or change it"
        raise ConfigError(message, f"run: chmod 600 {quoted}")
