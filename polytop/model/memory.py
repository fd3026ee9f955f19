"""Memory that is free goes back to the system: the C library (glibc) would keep it."""

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

_MMAP_THRESHOLD = -3
"""The parameter M_MMAP_THRESHOLD of mallopt(3)."""

LARGE = 128 * 2**10
"""Blocks of so many bytes go back as soon as they are free: glibc's own first bound."""


@cache
def separate_large_blocks() -> None:
    """Keep large blocks apart from the heap, so that each goes back when it is free.

    The C library raises that bound with the blocks that it has seen: then they lie in the heap,
    where small ones hold them.
    """
    if (library := _glibc()) is not None:
        library.mallopt(_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Return what is free in the heap. Takes milliseconds."""
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> "ctypes.CDLL | None":
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
