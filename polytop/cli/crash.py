"""An error of our own: a word for the user, a report for the authors, and an exit status.

This runs where anything may be broken: memory, files, the environment, standard error.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress

STATUS = 70
"""EX_SOFTWARE of sysexits.h."""

UNKNOWN = 3
"""The status of ``check`` where it knows nothing."""

_LONGEST_WORDS, _MOST_FRAMES = 300, 60


def end(error: BaseException) -> int:
    """Report `error`, which ended the command; return the exit status.

    The word goes to standard error. ``check`` says it on standard output, as a plug-in must.
    """
    words = describe(error)
    if _command() == "check":
        _write(1, f"POLYTOP UNKNOWN - {words}\n")
        return UNKNOWN
    _write(2, f"polytop: {words}\n")
    return STATUS


def _command() -> str:
    """The command's name, as it was called; ``monitor`` for none."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    return first if first.isascii() and first.isalpha() and len(first) < 20 else "monitor"


def describe(error: BaseException) -> str:
    """Write a report of `error`; return what happened and where the report is, in one line."""
    happened = "not enough memory" if isinstance(error, MemoryError) else "unexpected error"
    happened += f" ({type(error).__name__})"
    path = None
    with suppress(Exception):
        path = write_report(error, _command())
    if path is None:
        return f"{happened}; no report could be written"
    return f"{happened}; please report it, with the file {path}, which holds no key"


def write_report(error: BaseException, command: str) -> str | None:
    """Write the report of `error` and return its path, or None if no folder takes it.

    A later report of the same `command` replaces it, so that there are never many.
    """
    from polytop.model.secret import redact_all

    text = "\n".join([*_report(error, command), ""])
    content = redact_all(text, os.environ).encode("utf-8", "backslashreplace")
    with suppress(Exception):
        from polytop.config.paths import log_file
        from polytop.model.atomic_file import write_atomic
        from polytop.model.private_file import make_folder

        path = log_file().with_name(f"crash-{command}.txt")
        make_folder(path.parent)
        with write_atomic(path, mode=0o600) as file:
            file.write(content)
        return str(path)
    with suppress(Exception):
        from tempfile import mkstemp

        descriptor, name = mkstemp(prefix="polytop-crash-", suffix=".txt")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return name
    return None


def _report(error: BaseException, command: str) -> Iterator[str]:
    import platform
    import time

    from polytop import __version__

    yield f"polytop {__version__} {command}"
    yield f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
    yield f"python {platform.python_version()} on {platform.system()} {platform.machine()}"
    for name in ("TERM", "LANG", "LC_ALL", "TZ"):
        yield f"{name}={os.environ.get(name, '')!r}"
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield ""
        yield from _frames(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _frames(error: BaseException) -> Iterator[str]:
    """Yield the error and the lines of code that led to it, without the values of variables."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    # Where the user's files are read, the words of an error may repeat a key.
    reads = any("/polytop/config/" in frame.filename for frame in frames)
    words = "…" if reads else str(error)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {words}"
    for frame in frames:
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        yield f"    {frame.line}"


def _write(descriptor: int, words: str) -> None:
    """Write `words`, whatever has become of the stream; else to the other one."""
    with suppress(Exception):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    for each in (descriptor, 3 - descriptor):
        with suppress(OSError):
            os.write(each, words.encode("utf-8", "backslashreplace"))
            return
