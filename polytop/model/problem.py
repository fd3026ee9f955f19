"""What went wrong, in words for the person at the screen. Never holds a key or a URL's query."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a problem means for the one who watches."""

    OFFLINE = "offline"
    """Nothing came back: no route, no name, no answer in time."""

    REFUSED = "refused"
    """The server understood and said no (400, 401, 403, 404, 501)."""

    BUSY = "busy"
    """The server asked to wait (429)."""

    BROKEN = "broken"
    """The server failed, or its answer is no answer (5xx, HTML, truncated, another project's)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure: `summary` says what happened, `advice` what to do about it."""

    kind: Kind
    summary: str
    advice: str
    status: int | None = None
    error_message: str | None = None
    correlation_id: str | None = None
    retry_after: float | None = None
    """Seconds that the server asked to wait, counted from the answer."""


class FixableError(Exception):
    """A fault that the user can mend: `message` says what is wrong, `advice` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message, advice)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}"

    def as_problem(self) -> Problem:
        """The same as the screen says it: the advice is a sentence."""
        advice = self.advice[:1].upper() + self.advice[1:]
        return Problem(Kind.REFUSED, self.message, f"{advice}.")
