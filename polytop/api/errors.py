"""The errors of a request: one tree, each error with its `Problem`.

::

    ApiError
    ├── ConnectionFailed            nothing came back
    │   ├── TimedOut
    │   ├── TlsFailed
    │   └── ProxyFailed
    ├── Refused                     the server said no (4xx)
    │   ├── BadRequest              400
    │   ├── Unauthorized            401, or a key that cannot be sent at all
    │   ├── Forbidden               403
    │   ├── NotFound                404
    │   └── NotImplementedByServer  501
    ├── RateLimited                 429
    ├── ServerFailed                5xx
    ├── Redirected                  3xx
    └── UnexpectedAnswer            HTML, truncated, not JSON
        ├── AnotherProject
        └── TooLarge
"""
# ruff: noqa: N818 - these names say what happened, and all of them are an ApiError.

from polytop.model.problem import Problem


class ApiError(Exception):
    """A request failed. `problem` says what happened and what to do about it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.problem.summary}: {self.problem.advice}"


class ConnectionFailed(ApiError):
    """No answer came back: no name, no route, connection refused or dropped."""


class TimedOut(ConnectionFailed):
    """No answer in time."""


class TlsFailed(ConnectionFailed):
    """The secure connection could not be made."""


class ProxyFailed(ConnectionFailed):
    """The proxy between here and the API refused or failed."""


class Refused(ApiError):
    """The server understood and said no (4xx)."""


class BadRequest(Refused):
    """400: a parameter was refused."""


class Unauthorized(Refused):
    """401: the key was not accepted, or cannot be sent at all."""


class Forbidden(Refused):
    """403: the key may not read this."""


class NotFound(Refused):
    """404: no such account or project, in this region."""


class NotImplementedByServer(Refused):
    """501 to a query that the API is meant to answer."""


class RateLimited(ApiError):
    """429: asked too often."""


class ServerFailed(ApiError):
    """5xx: the server could not answer."""


class Redirected(ApiError):
    """3xx: the server pointed elsewhere, and the key is not carried there."""


class UnexpectedAnswer(ApiError):
    """The reply is not an answer: HTML, truncated, not JSON, not this API's."""


class AnotherProject(UnexpectedAnswer):
    """The answer is that of another account or project."""


class TooLarge(UnexpectedAnswer):
    """The answer is larger than :data:`polytop.api.limits.LARGEST_BODY`."""
