"""Bounds on what one request may take: time, and size of the answer."""

from dataclasses import dataclass

LARGEST_BODY = 64 * 2**20
"""Bytes of one answer, before and after unpacking. A week of 50 variants is 13 MB."""

LARGEST_ERROR_BODY = 256 * 2**10
"""Bytes of a refusal that are read for its message."""

LARGEST_COUNT = 10**9
"""Concurrent conversations in one window beyond which the number cannot be meant."""

MOST_PARTS = 5_000
"""Parts of one sliced answer; what comes after them is left out."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits of one request, seconds. `total` is from sending to the last byte."""

    connect: float = 5.0
    read: float = 20.0
    write: float = 10.0
    total: float = 60.0
