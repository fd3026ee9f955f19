"""Marks: moments that somebody gave a name, such as a deployment or a campaign."""

from typing import NamedTuple

LONGEST = 80
"""Characters that a mark's text may have."""


class Mark(NamedTuple):
    """`text` at the moment `at` (epoch seconds); `id` tells the marks of the history apart."""

    id: int
    at: int
    text: str


def clean_mark_text(text: str) -> str:
    """`text` as a mark keeps it: one line, its ends stripped.

    Raises ValueError where nothing is left or it is longer than :data:`LONGEST`.
    """
    found = " ".join(text.split())
    if not found:
        raise ValueError("a mark needs a text")
    if len(found) > LONGEST:
        raise ValueError(f"a mark's text has at most {LONGEST} characters, not {len(found)}")
    return found
