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
        from polytop.cli.root import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_end(error))


def _fill_closed_streams() -> None:
    """Open the null device in the place of closed streams: no other file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _end(error: Exception) -> int:
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
