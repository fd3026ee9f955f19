"""What Textual and Rich keep of everything that was drawn: of each text, colour and place."""

import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

POLLS = 20
"""Polls of a profile between two calls of :func:`forget_drawn`."""

_MODULES = ("textual.", "rich.")
_KIND = type(lru_cache(len))


class Cache(Protocol):
    """A cache as :func:`functools.lru_cache` makes it."""

    def cache_clear(self) -> None:
        """Empty it."""


def forget_drawn() -> None:
    """Empty the caches; the next picture fills them with what it needs.

    Each of them has a bound, of up to 16,384 entries, which hours of other figures reach: some
    20 MB. Takes milliseconds.
    """
    for each in caches():
        each.cache_clear()


def caches() -> Iterator[Cache]:
    """Yield the caches of functions and methods in what is loaded of Textual and Rich."""
    for name, module in [*sys.modules.items()]:
        if not name.startswith(_MODULES):
            continue
        for each in [*vars(module).values()]:
            own = isinstance(each, type) and each.__module__ == name
            for found in (each, *(vars(each).values() if own else ())):
                call = getattr(found, "__func__", found)
                if isinstance(call, _KIND):
                    yield call
