"""Marks: named moments, such as a deployment or a campaign."""

from typing import NamedTuple

LONGEST = 80
"""Characters that a mark's text may have."""


class Mark(NamedTuple):
    """`text` at the moment `at` (epoch seconds); `id` is unique in the history."""

    id: int
    at: int
    text: str


def clean_mark_text(text: str) -> str:
    """Clean a mark's text: one line, without blanks at its ends.

    Raises ValueError if nothing is left or it is longer than :data:`LONGEST`.
    """
    line = " ".join(text.split())
    if not line:
        raise ValueError("a mark needs a text")
    if len(line) > LONGEST:
        raise ValueError(f"a mark's text has at most {LONGEST} characters, not {len(line)}")
    return line
