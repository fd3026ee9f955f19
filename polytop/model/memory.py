"""Memory that is free goes back to the system: the C library (glibc) would keep it."""

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""The parameters M_MMAP_THRESHOLD and M_ARENA_MAX of mallopt(3)."""

LARGE = 128 * 2**10
"""Blocks of so many bytes go back as soon as they are free: glibc's own first bound."""


@cache
def share_heap() -> None:
    """Let all threads have one heap: each would keep a megabyte in a heap of its own.

    Call it before there are threads.
    """
    if (library := _glibc()) is not None:
        library.mallopt(_ARENA_MAX, 1)


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
