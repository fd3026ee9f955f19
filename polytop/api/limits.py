"""Bounds on what one request may take: time, and size of the answer."""

from polytop.model.frozen import frozen

LARGEST_BODY = 32 * 2**20
"""The most bytes of one answer, before and after unpacking. A week of 50 variants is 13 MB."""

LARGEST_ERROR_BODY = 256 * 2**10
"""The most bytes of a refusal that are read for its message."""

LARGEST_COUNT = 10**9
"""The most concurrent conversations of one window that are believed."""

LONGEST_TEXT = 1_000
"""The most characters of a parameter, of an id and of a name; a longer name is cut."""

MOST_PARTS = 500
"""The most parts of one sliced answer; the rest is left out."""


@frozen
class Timeouts:
    """The time limits of one request, seconds. `total` is from sending to the last byte."""

    connect: float = 5.0
    read: float = 20.0
    write: float = 10.0
    total: float = 60.0
