"""Who else can change a file: OpenSSH's rule for files that a program acts on.

The file and each folder on the way to it, up to the home, belong to the user or to root and are
writable by nobody else. Who could write them could send the key elsewhere.
"""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from polytop.config.errors import ConfigError
from polytop.model.text import printable

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def refuse_untrusted(path: Path, *, home: Path | None = None) -> None:
    """Raise ConfigError, with the command to run, where others can change `path`.

    What does not exist is trusted as far as its folders are. `home` is the user's; None is the
    usual one.
    """
    for each in _on_the_way(path, home or _home()):
        try:
            status = each.stat()
        except OSError:
            continue  # What cannot be looked at cannot be read: the reader says so.
        refuse_shared(each, status)


def refuse_shared(path: Path, status: os.stat_result) -> None:
    """Raise ConfigError where others than the user and root can change `path`."""
    shown, quoted = printable(str(path)), printable(shlex.quote(str(path)))
    if status.st_uid not in (0, os.geteuid()):
        message = f"{shown} belongs to somebody else, who could change what polytop does"
        raise ConfigError(message, f"run: sudo chown {os.geteuid()} {quoted}")
    # In a folder like /tmp nobody can replace what belongs to others.
    sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & _OTHERS_WRITE and not sticky:
        message = f"{shown} can be changed by others"
        raise ConfigError(message, f"run: chmod go-w {quoted}")


def _home() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() else None


def _on_the_way(path: Path, home: Path | None) -> Iterator[Path]:
    """Yield `path` and the folders above it, and what symbolic links on the way lead to."""
    top = Path(os.path.realpath(home)) if home is not None else None
    seen = set()
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would lose the links
    for place in (absolute, *absolute.parents):
        real = Path(os.path.realpath(place))
        for each in (real, *real.parents):
            above_home = top is not None and each in top.parents
            if each not in seen and not above_home:
                seen.add(each)
                yield each
