"""Replacing a file whole or not at all."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from polytop.config import tomltext
from polytop.config.errors import ConfigError


def write(path: Path, text: str, *, private: bool) -> None:
    """Put `text` in the place of `path`'s content; a reader sees the old or the new.

    A symbolic link stays and what it points to is replaced. A `private` file has mode 0600 from
    its creation; another keeps its mode, or starts with 0600. A missing folder is made for the
    user alone. Raises ConfigError, and then the old file is as it was.
    """
    try:
        real = Path(os.path.realpath(path))
        real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(real, text.encode(), 0o600 if private else _mode(real))
    except OSError as error:
        reason = error.strerror or "not writable"
        message = f"{tomltext.shown(path)} was not written: {reason}"
        raise ConfigError(message, "check the folder's permissions and the disk") from None


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o600


def _replace(real: Path, content: bytes, mode: int) -> None:
    import tempfile

    # mkstemp creates with O_EXCL and mode 0600: the content is never open to others.
    descriptor, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(real)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
