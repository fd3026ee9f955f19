"""The 5-minute grid of the API, in whole seconds since the epoch (UTC).

A *window* is named by its start, a multiple of :data:`STEP`. Ranges are half-open:
``[start, end)``.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

STEP = 300
"""Length of a window, seconds."""

WEEK = 7 * 86_400
"""The longest range that one request may ask for, seconds."""

RECENT = 3_600
"""Seconds after its end in which the value of a window may still change."""


def floor(moment: float) -> int:
    """Start of the window that holds `moment` (seconds)."""
    return math.floor(moment / STEP) * STEP


def ceil(moment: float) -> int:
    """First grid point at or after `moment` (seconds)."""
    return math.ceil(moment / STEP) * STEP


def align(start: float, end: float) -> tuple[int, int]:
    """Round the range as the server does: start down, end up."""
    return floor(start), ceil(end)


def is_aligned(moment: float) -> bool:
    """Return True if `moment` is the start of a window."""
    return moment % STEP == 0


def count(start: int, end: int) -> int:
    """Number of windows in the aligned range `[start, end)`."""
    return max(0, (end - start) // STEP)


def windows(start: int, end: int) -> range:
    """Starts of the windows in the aligned range `[start, end)`."""
    return range(start, end, STEP)


def split_range(start: int, end: int, at_most: int = WEEK) -> Iterator[tuple[int, int]]:
    """Cut the aligned range `[start, end)` into ranges of at most `at_most` seconds, newest first.

    They cover the range exactly and without overlap. Raises ValueError for a range off the grid,
    or an `at_most` shorter than a window.
    """
    if not (is_aligned(start) and is_aligned(end)):
        raise ValueError("a range is cut on the 5-minute grid only: align it first")
    length = floor(at_most)
    if length < STEP:
        raise ValueError("a piece is at least one window long")
    while end > start:
        first = max(start, end - length)
        yield first, end
        end = first


def to_iso(moment: float) -> str:
    """`moment` as the API writes it: ``2026-11-20T08:15:00Z``, whole seconds, UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 date and time with an offset (``Z`` or ``+hh:mm``).

    Raises ValueError for anything else, a date or time without an offset included.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("no offset from UTC")
    return parsed.timestamp()
