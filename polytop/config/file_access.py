"""Read and write the user's files, if nobody else can change them, or read those with keys."""

import os
import shlex
import stat
from pathlib import Path

from polytop.config import toml
from polytop.config.errors import ConfigError
from polytop.config.trust import refuse_shared, refuse_untrusted
from polytop.model.atomic_file import write_atomic
from polytop.model.private_file import make_folder, open_regular


def write(path: Path, text: str, *, private: bool) -> None:
    """Replace the content of `path` by `text`; a reader sees the old or the new.

    A symbolic link stays and what it points to is replaced. A `private` file has mode 0600 from
    its creation; another keeps its mode, or starts with 0600. A missing folder is made for the
    user alone. Raises ConfigError, and then the old file is as it was.
    """
    refuse_untrusted(path)
    try:
        real = Path(os.path.realpath(path))
        make_folder(real.parent)
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

    Raises ConfigError where it cannot be read or others can change it; for a `private` file also
    where others can read it, with the command that mends it.
    """
    try:
        descriptor = open_regular(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if private:
                _refuse_readable(path, status)
            refuse_shared(path, status)
            refuse_untrusted(path)
            content = file.read(toml.LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    return toml.decode(content, path)


def _unreadable(path: Path, error: OSError) -> ConfigError:
    message = f"{toml.show_path(path)}: {error.strerror or 'not readable'}"
    return ConfigError(message, "check the file and its permissions")


def _refuse_readable(path: Path, status: os.stat_result) -> None:
    if stat.S_IMODE(status.st_mode) & 0o077:
        message = f"{toml.show_path(path)} holds keys and others can read it"
        quoted = toml.show_path(Path(shlex.quote(str(path))))
        raise ConfigError(message, f"run: chmod 600 {quoted}")
