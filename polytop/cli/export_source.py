"""The pieces of an export in their order, from the history or from the API."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from polytop.api.client import Client
from polytop.api.query import Query
from polytop.cli.export_answers import Answers
from polytop.cli.export_past import Past, Piece
from polytop.model.answer import Answer, NotOffered
from polytop.model.problem import Problem


class Source:
    """Reads `pieces`, which are in the order of time, and asks for those that are not kept.

    `connect` makes the client; it is called at the first request, and never where there is none.
    `waiting` is told of every wait and its reason; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        past: Past,
        connect: Callable[[], Client],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        waiting: Callable[[float, Problem], None],
    ) -> None:
        self._past, self._connect = past, connect
        self._clock, self._sleep, self._waiting = clock, sleep, waiting
        self._client: Client | None = None

    async def in_order(self, pieces: Sequence[Piece]) -> AsyncGenerator[tuple[Piece, Answer], None]:
        """Each piece and its answer, oldest first.

        Raises ApiError for the first that cannot be had, ConfigError and QueryError. The first
        answer of the API is waited for before anything: it tells whether there will be others.
        """
        queries = [piece.query for piece in pieces if not piece.kept]
        async with aclosing(self._asked(queries)) as answers:
            first = await anext(answers) if queries else None
            for piece in pieces:
                if piece.kept:
                    yield await self._kept(piece)
                else:
                    answer = await anext(answers) if first is None else first
                    first = None
                    yield piece, answer

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _kept(self, piece: Piece) -> tuple[Piece, Answer]:
        """What the history holds of `piece`; where it was removed meanwhile, the API is asked."""
        found = await asyncio.to_thread(self._past.read, piece.query)
        if found is not None:
            return piece, found
        async with aclosing(self._asked([piece.query])) as answers:
            return Piece(piece.query), await anext(answers)

    def _asked(self, queries: Sequence[Query]) -> AsyncGenerator[Answer, None]:
        answers = Answers(self._fetch, queries, sleep=self._sleep, waiting=self._waiting)
        return answers.in_order()

    async def _fetch(self, query: Query) -> Answer | NotOffered:
        if self._client is None:
            self._client = self._connect()
        # Dated by when it was asked for: what it says may be older than it is.
        at = self._clock()
        answer = await self._client.fetch(query)
        if isinstance(answer, Answer):
            await asyncio.to_thread(self._past.keep, query, answer, at)
        return answer
