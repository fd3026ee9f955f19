"""How often the screen is painted over a slow link, and what a slow link is."""

from collections.abc import Mapping
from math import inf

APART = 5.0
"""Seconds between two paintings that nobody has asked for."""

HURRY = 1.5
"""Seconds after a key or a click, or without data, in which everything is painted at once."""

SLOW = 0.15
"""Seconds that a terminal takes to answer over a link that is to be spared."""


def is_remote(environ: Mapping[str, str]) -> bool:
    """Return True if the terminal is at the other end of an SSH connection."""
    return "SSH_CONNECTION" in environ or "SSH_TTY" in environ


class PaintPace:
    """When the next painting is due. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._painted = self._hurried = -inf

    def hurry(self, now: float) -> None:
        """The user waits for something: for what a key does, or for first data."""
        self._hurried = now

    def wait(self, now: float) -> float:
        """Return the seconds until the screen may be painted; 0 is now."""
        if now - self._hurried < HURRY:
            return 0.0
        return max(0.0, self._painted + APART - now)

    def painted(self, now: float) -> None:
        """The screen has been painted."""
        self._painted = now
