"""The answers to a long range, oldest first, a few requests ahead of who takes them."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from polytop.api import errors
from polytop.api.query import Query
from polytop.model.answer import Answer, NotOffered
from polytop.model.problem import Kind, Problem

_AHEAD = 2
"""Requests at once: one whose answer is waited for, and those that follow."""

_WAITS = (1.0, 4.0)
"""Seconds before a request that failed is sent again."""

_LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more has said no."""

_LASTING = (errors.TlsFailed, errors.ProxyFailed, errors.AnotherProject, errors.TooLarge)
_PASSING = (
    errors.ConnectionFailed,
    errors.RateLimited,
    errors.ServerFailed,
    errors.UnexpectedAnswer,
)

Fetch = Callable[[Query], Awaitable[Answer | NotOffered]]


class Answers:
    """Asks `pieces`, which are in the order of time, each again where a failure may pass.

    `waiting` is told of every wait and its reason.
    """

    def __init__(
        self,
        fetch: Fetch,
        pieces: Sequence[Query],
        *,
        sleep: Callable[[float], Awaitable[None]],
        waiting: Callable[[float, Problem], None],
    ) -> None:
        self._fetch, self._pieces = fetch, pieces
        self._sleep, self._waiting = sleep, waiting
        self._answered = False

    async def in_order(self) -> AsyncGenerator[Answer, None]:
        """The answers, oldest first. Raises ApiError for the first that cannot be had."""
        tasks: deque[asyncio.Task[Answer]] = deque()
        rest = iter(self._pieces)
        try:
            while True:
                # The first answer tells whether the others are worth asking for.
                for query in rest:
                    tasks.append(asyncio.create_task(self._answer(query)))
                    if len(tasks) >= (_AHEAD if self._answered else 1):
                        break
                if not tasks:
                    return
                answer = await tasks[0]
                tasks.popleft()
                yield answer
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, query: Query) -> Answer:
        for wait in (*_WAITS, None):
            try:
                answer = await self._fetch(query)
            except errors.ApiError as error:
                seconds = self._patience(error, wait)
                if seconds is None:
                    raise
                self._waiting(seconds, error.problem)
            else:
                self._answered = True
                return _offered(answer)
            await self._sleep(seconds)
        raise AssertionError("the last failure is raised")

    def _patience(self, error: errors.ApiError, wait: float | None) -> float | None:
        """Seconds to wait before asking again, or None where that is of no use."""
        if wait is None or isinstance(error, _LASTING) or not isinstance(error, _PASSING):
            return None
        if isinstance(error, errors.ConnectionFailed) and not self._answered:
            return None
        seconds = max(wait, error.problem.retry_after or 0.0)
        return seconds if seconds <= _LONGEST_WAIT else None


def _offered(answer: Answer | NotOffered) -> Answer:
    if isinstance(answer, Answer):
        return answer
    option = f"--{answer.slice_by.replace('_', '-')}"
    raise errors.NotImplementedByServer(
        Problem(
            Kind.REFUSED,
            f"The API does not offer a breakdown by {answer.slice_by} (501 Not Implemented)",
            f"Use --slice-by variant, or narrow the export to one with {option}.",
            status=501,
            error_message=answer.error_message,
        )
    )
