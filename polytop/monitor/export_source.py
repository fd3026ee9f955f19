"""The pieces of an export in order, from the history or from the API."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from polytop.api import errors
from polytop.api.client import Client
from polytop.api.query import Query
from polytop.history.errors import HistoryError
from polytop.history.store import History
from polytop.history.types import MERGE_GAP, Scope, unfinal_runs
from polytop.model.answer import Answer, NotOffered
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.monitor.requests import to_stored_answer

_T = TypeVar("_T")


@frozen
class ExportPiece:
    """A part of the range, at most a week; `kept` if all of it is final in the history."""

    query: Query
    kept: bool = False


class ExportHistory:
    """The windows of an export that `history` holds; with None all are asked for.

    If the history fails, the export goes on without one and :attr:`trouble` says why. The methods
    are slow (milliseconds) and may be called from any thread. `clock` gives epoch seconds.
    """

    def __init__(self, history: History | None, clock: Callable[[], float]) -> None:
        self.trouble: str | None = None
        self._history = history
        self._clock = clock

    def pieces(self, query: Query) -> tuple[ExportPiece, ...]:
        """Split the range of `query` into pieces that cover it exactly, oldest first.

        Missing windows are requested in stretches as long as possible: a short final stretch
        between two of them (`MERGE_GAP`) is requested with them. Only the state of the windows is
        read, not their values, so that years are cheap.
        """

        def missing_ranges(history: History) -> tuple[tuple[int, int], ...]:
            history.open()
            history.forget_future(self._clock())
            asked = history.asked(_scope(query), query.start, query.end)
            return tuple(unfinal_runs(asked, across=MERGE_GAP))

        missing = self._try(missing_ranges)
        stretches, last = [], query.start
        for start, end in ((query.start, query.end),) if missing is None else missing:
            stretches += [(last, start, True), (start, end, False)]
            last = end
        stretches.append((last, query.end, True))
        return tuple(
            ExportPiece(piece, kept)
            for start, end, kept in stretches
            if start < end
            for piece in replace(query, start=start, end=end).pieces()[::-1]
        )

    def read(self, query: Query) -> Answer | None:
        """The stored answer over at most a week; None unless all of it is final.

        A value that was seen only while its window ran is left out, as the final answer left it.
        """
        held = self._try(lambda history: history.read(_scope(query), query.start, query.end))
        if held is None or any(unfinal_runs(held.asked)):
            return None
        rows = [replace(row, series=row.series.complete()) for row in held.rows]
        if query.slice_by is None:
            return Answer(rows[0].series)
        # In the order of an answer: the part without a value comes first.
        return Answer(None, tuple(sorted(rows, key=lambda row: not row.part.absent)))

    def keep(self, query: Query, answer: Answer, at: float) -> None:
        """Store `answer`, requested at `at` (epoch seconds)."""
        self._try(lambda history: history.keep_all((to_stored_answer(query, answer, at),)))

    def close(self) -> None:
        """Close the file."""
        if self._history is not None:
            self._history.close()

    def _try(self, call: Callable[[History], _T]) -> _T | None:
        """The result of `call`; None if there is no usable history."""
        history = self._history
        if history is None or self.trouble not in (None, history.note):
            return None
        try:
            result = call(history)
        except HistoryError as error:
            self.trouble = f"the history is not used: {error}"
            logging.getLogger("polytop.monitor").warning("%s", error)
            return None
        self.trouble = history.note
        return result


def _scope(query: Query) -> Scope:
    return Scope(query.target, query.filters, query.slice_by)


_AHEAD = 2
"""Requests at once: the one that is awaited and those after it."""

_WAITS = (1.0, 4.0)
"""Seconds before a failed request is repeated, the first and the second time."""

_LONGEST_WAIT = 60.0
"""Seconds; a server that asks for a longer wait has refused."""

_LASTING = (errors.TlsFailed, errors.ProxyFailed, errors.AnotherProject, errors.TooLarge)
_PASSING = (
    errors.ConnectionFailed,
    errors.RateLimited,
    errors.ServerFailed,
    errors.UnexpectedAnswer,
)

Fetch = Callable[[Query], Awaitable[Answer | NotOffered]]


class AnswerStream:
    """Requests `pieces`, which are in the order of time, and repeats a failure that may pass.

    `waiting` is called with every wait (seconds) and its reason.
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
        """The answers, oldest first. Raises ApiError for the first that fails for good."""
        tasks: deque[asyncio.Task[Answer]] = deque()
        rest = iter(self._pieces)
        try:
            while True:
                # The first answer shows if the others are worth a request.
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
                return _require_answer(answer)
            await self._sleep(seconds)
        raise AssertionError("the last failure is raised")

    def _patience(self, error: errors.ApiError, wait: float | None) -> float | None:
        """Seconds before the request is repeated, or None if that is of no use."""
        if wait is None or isinstance(error, _LASTING) or not isinstance(error, _PASSING):
            return None
        if isinstance(error, errors.ConnectionFailed) and not self._answered:
            return None
        seconds = max(wait, error.problem.retry_after or 0.0)
        return seconds if seconds <= _LONGEST_WAIT else None


def _require_answer(answer: Answer | NotOffered) -> Answer:
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


class ExportSource:
    """Reads pieces from the history `past` and requests the others.

    `connect` makes the client at the first request, if there is one. `waiting` is called with
    every wait (seconds) and its reason; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        past: ExportHistory,
        connect: Callable[[], Client],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        waiting: Callable[[float, Problem], None],
    ) -> None:
        self._past, self._connect = past, connect
        self._clock, self._sleep, self._waiting = clock, sleep, waiting
        self._client: Client | None = None

    async def in_order(
        self, pieces: Sequence[ExportPiece]
    ) -> AsyncGenerator[tuple[ExportPiece, Answer], None]:
        """Yield each piece with its answer, oldest first.

        Raises ApiError for the first that fails for good, and what `connect` raises. The API's
        first answer is awaited before anything: it shows if there will be others.
        """
        queries = [piece.query for piece in pieces if not piece.kept]
        async with aclosing(self._request(queries)) as answers:
            first = await anext(answers) if queries else None
            for piece in pieces:
                if piece.kept:
                    yield await self._read_stored(piece)
                else:
                    answer = await anext(answers) if first is None else first
                    first = None
                    yield piece, answer

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _read_stored(self, piece: ExportPiece) -> tuple[ExportPiece, Answer]:
        """The stored answer of `piece`; if it was removed meanwhile, the API is asked."""
        stored = await asyncio.to_thread(self._past.read, piece.query)
        if stored is not None:
            return piece, stored
        async with aclosing(self._request([piece.query])) as answers:
            return ExportPiece(piece.query), await anext(answers)

    def _request(self, queries: Sequence[Query]) -> AsyncGenerator[Answer, None]:
        answers = AnswerStream(self._fetch, queries, sleep=self._sleep, waiting=self._waiting)
        return answers.in_order()

    async def _fetch(self, query: Query) -> Answer | NotOffered:
        if self._client is None:
            self._client = self._connect()
        # Dated by the request, for the data are at least as old.
        at = self._clock()
        answer = await self._client.fetch(query)
        if isinstance(answer, Answer):
            await asyncio.to_thread(self._past.keep, query, answer, at)
        return answer
