"""Files and folders for the user alone, whatever the umask; and reading that never waits."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make the folder `path` and those above it that are missing, mode 0700. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(0o700)
            folder.chmod(0o700)
    if not path.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def open_private(path: Path, flags: int) -> int:
    """A descriptor of `path`; a new file has mode 0600. Raises OSError if it is no file."""
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return open_regular(path, flags)
    os.fchmod(descriptor, 0o600)
    return descriptor


def open_regular(path: Path, flags: int) -> int:
    """A descriptor of the file `path`. Raises OSError, also for a pipe, a device or a folder."""
    # Without waiting: a named pipe in the file's place must not hold the program up.
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, f"is not a file: {os.strerror(errno.EISDIR)}")
    raise OSError(errno.EINVAL, "is not a file")


def read_regular(path: Path, at_most: int) -> bytes:
    """The first `at_most` bytes of the file `path`. Raises OSError, see :func:`open_regular`."""
    with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as file:
        return file.read(at_most)
