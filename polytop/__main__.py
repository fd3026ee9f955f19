"""``python -m polytop``. No error ends in a traceback."""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        import gc

        gc.disable()  # imports make no garbage; the command line switches it on again
        _fill_closed_streams()
        _correct_environment()
        from polytop.cli.root import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit:
        raise
    except BaseException as error:  # a cancelled task's is no Exception
        sys.exit(_end(error))


def _fill_closed_streams() -> None:
    """Open the null device in the place of closed streams: no other file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


_TEXTUAL = (
    "ALLOW_SIGNALS",
    "ANIMATIONS",
    "DIM_FACTOR",
    "DISABLE_KITTY_KEY",
    "FPS",
    "SMOOTH_SCROLL",
)
"""What Textual may be told by variables whose names begin with ``TEXTUAL_``."""

_COLOURS = ("auto", "standard", "256", "truecolor")


def _correct_environment() -> None:
    """Drop the variables by which Textual would fail or leave, and set HOME to a folder.

    Relative XDG folders are forgotten, as their standard says. Without a home there is one that
    does not exist: what is told by options still works. A locale that Python itself has put in the
    place of C is forgotten.
    """
    kept = {f"TEXTUAL_{name}" for name in _TEXTUAL}
    if os.environ.get("TEXTUAL_COLOR_SYSTEM") in _COLOURS:
        kept.add("TEXTUAL_COLOR_SYSTEM")
    for name in [*os.environ]:
        if name.startswith("TEXTUAL") and name not in kept:
            del os.environ[name]
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        if not os.environ.get(name, "/").startswith("/"):
            del os.environ[name]
    if "LC_CTYPE" in os.environ and _is_locale_coerced():
        del os.environ["LC_CTYPE"]
    if os.environ.get("HOME", "").startswith("/"):
        return
    import pwd

    home = ""
    with suppress(KeyError):
        home = pwd.getpwuid(os.geteuid()).pw_dir
    os.environ["HOME"] = home if home.startswith("/") else "/nonexistent"


def _is_locale_coerced() -> bool:
    """Return True if Python has set LC_CTYPE by itself, as it does in the locale C (PEP 538)."""
    from pathlib import Path

    try:
        return b"\0LC_CTYPE=" not in b"\0" + Path("/proc/self/environ").read_bytes()
    except OSError:
        return False


def _end(error: BaseException) -> int:
    """Report `error`; return the exit status."""
    try:
        from polytop.cli.crash import end

        return end(error)
    except Exception:
        # There is no memory, or no program, for more than this.
        checks = sys.argv[1:2] == ["check"]
        words = b"POLYTOP UNKNOWN - it could not start" if checks else b"polytop could not start"
        with suppress(OSError):
            os.write(1 if checks else 2, words + b": not enough memory, or a part is missing\n")
        return 3 if checks else 70


if __name__ == "__main__":
    main()
