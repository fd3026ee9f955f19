"""Memory that is free goes back to the system: the C library would keep it."""

import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return free memory to the system where the C library can (glibc). Takes milliseconds."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], object] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
        return found
    except (OSError, AttributeError):
        return None
