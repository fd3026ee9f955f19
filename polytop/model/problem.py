"""Problems in words for the user. They never hold a key or a URL's query."""

from enum import StrEnum

from polytop.model.frozen import frozen


class Kind(StrEnum):
    """The kind of a problem."""

    OFFLINE = "offline"
    """No answer: no route, no name, or a timeout."""

    REFUSED = "refused"
    """The server refused the request (400, 401, 403, 404, 501)."""

    BUSY = "busy"
    """The server asked to wait (429)."""

    BROKEN = "broken"
    """The server failed, or its answer is invalid (5xx, HTML, truncated, another project's)."""


@frozen
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
    """An error that the user can fix: `message` says what is wrong, `advice` what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message, advice)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}; {self.advice}"

    def as_problem(self) -> Problem:
        """The error as a problem for the screen; the advice becomes a sentence."""
        advice = self.advice[:1].upper() + self.advice[1:]
        return Problem(Kind.REFUSED, self.message, f"{advice}.")
