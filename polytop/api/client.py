"""The client: typed answers over one long-lived connection, or one error of the tree."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self
from unicodedata import normalize

from polytop.api.decoding import decode_answer, unpack_body
from polytop.api.error_mapping import (
    Envelope,
    correlation,
    http_date,
    map_refusal,
    read_envelope,
)
from polytop.api.errors import ApiError, NotImplementedByServer, TooLarge
from polytop.api.limits import LARGEST_ERROR_BODY, Timeouts
from polytop.api.query import Query, QueryError
from polytop.api.transport import HttpConnection, HttpReply, transfer
from polytop.model import grid
from polytop.model.answer import Answer, Cost, NotOffered, Row, RowLosses
from polytop.model.memory import give_back, separate_large_blocks
from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.series import GAP, Series
from polytop.model.server_clock import ServerClock
from polytop.model.target import SliceBy, Target
from polytop.model.text import compose

if TYPE_CHECKING:
    import httpx


def join_answers(pieces: Sequence[Query], answers: Sequence[Answer]) -> Answer:
    """The answer over the whole range of `pieces`, which follow each other, newest first.

    `answers` are theirs, in the same order. A part that a piece does not know has gaps there; its
    name is the newest one. Costs are added.
    """
    cost = sum((answer.cost for answer in answers), Cost())
    ignored = sum(answer.ignored for answer in answers)
    losses = sum((answer.losses for answer in answers), RowLosses())
    undated = any(answer.undated for answer in answers)
    moments = [answer.asked_at for answer in answers]
    asked_at = min((each for each in moments if each is not None), default=None)
    if pieces[0].slice_by is not None:
        return Answer(None, _rows(pieces, answers), ignored, cost, losses, asked_at, undated)
    totals = [answer.total.values for answer in reversed(answers) if answer.total is not None]
    values = tuple(value for total in totals for value in total)
    return Answer(Series(pieces[-1].start, values), (), ignored, cost, losses, asked_at, undated)


def _rows(pieces: Sequence[Query], answers: Sequence[Answer]) -> tuple[Row, ...]:
    found = [{row.part: row for row in answer.rows} for answer in answers]
    joined = []
    for part in {part for rows in found for part in rows}:
        values: list[int] = []
        name = None
        for piece, rows in zip(reversed(pieces), reversed(found), strict=True):
            row = rows.get(part)
            if row is None:
                values += [GAP] * grid.count(piece.start, piece.end)
            else:
                values += row.series.values
                name = row.name or name
        joined.append(Row(part, name, Series(pieces[-1].start, tuple(values))))
    return tuple(sorted(joined, key=lambda row: (not row.part.absent, row.part.id or "")))


_INLINE = 128 * 2**10
"""The largest plain body that is decoded at once, bytes; a larger one goes to a thread."""

_INLINE_PACKED = 8 * 2**10
"""The same for a packed body, which may hold a hundred times as much."""

_LARGE = 2**20
"""After an answer of more bytes, free memory is given back to the system."""

_SHORTEST_HALVED = 86_400
"""A range whose answer is too large is halved while it is longer than this, seconds."""

_NAMES_OF = 86_400
"""The last seconds of a range whose variants' names are asked for."""

_EARLIEST_DATE = 1_704_067_200
"""2024-01-01: a server with an earlier date does not know the time."""

_MAYBE_OFFERED = (SliceBy.LANGUAGE, SliceBy.PHONE_NUMBER)

_log = logging.getLogger("polytop.api")


class Client:
    """Sends queries to one server with one key. An async context manager; close it after use.

    At most `at_once` requests run at a time, over all calls of :meth:`fetch`. `clock` measures
    the cost, seconds; `now` is the time of day, epoch seconds: a ServerClock learns from every
    answer's ``Date``. With a `transport`, neither proxies
    nor certificates of the environment are used. Raises QueryError for a base URL that would
    carry the key in the clear.
    """

    def __init__(
        self,
        target: Target,
        key: Secret,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        at_once: int = 3,
        timeouts: Timeouts | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = target.base_url
        self._key = key
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._now = now
        self._turns = asyncio.Semaphore(at_once)
        self._had_large = False
        self._given_names: dict[str, str] = {}
        self._connection = HttpConnection(
            target.base_url, key, transport=transport, at_once=at_once, timeouts=self._timeouts
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._connection.aclose()

    async def fetch(self, query: Query) -> Answer | NotOffered:
        """The answer over the whole range of `query`, in pieces of at most a week.

        NotOffered where the server does not slice by language or phone number (501). Raises
        ApiError where any piece fails; the others are then called off.
        """
        if query.target.base_url != self._base_url:
            raise QueryError("the query is for another server than the client and its key")
        started = self._clock()
        try:
            query, extra = await self._with_given_name(query)
            result = await self._fetch(query)
        finally:
            if self._had_large:
                self._had_large = False
                await asyncio.to_thread(give_back)
        cost = replace(result.cost + extra, seconds=self._clock() - started)
        return replace(result, cost=cost)

    async def _with_given_name(self, query: Query) -> tuple[Query, Cost]:
        """`query` with the variant's name in the normal form that the API gives it in.

        A name such as ``Café`` is written in several forms that look alike, and the API knows one.
        The cost is that of asking for the names.
        """
        name, cost = query.filters.variant_name, Cost()
        if name is None or name.isascii() or compose(name) == normalize("NFKD", name):
            return query, cost
        if name not in self._given_names:
            filters = query.filters.with_changes(variant_name=None)
            start = max(query.start, query.end - _NAMES_OF)
            found = await self._piece(
                replace(query, filters=filters, start=start, slice_by=SliceBy.VARIANT)
            )
            cost = found.cost
            names = (
                [row.name for row in found.rows if row.name] if isinstance(found, Answer) else []
            )
            same = [each for each in names if normalize("NFKC", each) == normalize("NFKC", name)]
            if not same:
                return query, cost
            self._given_names[name] = name if name in same else same[0]
        filters = query.filters.with_changes(variant_name=self._given_names[name])
        return replace(query, filters=filters), cost

    async def _fetch(self, query: Query) -> Answer | NotOffered:
        pieces = query.pieces()
        answers: list[Answer | NotOffered] = []
        if query.slice_by in _MAYBE_OFFERED:
            # One request tells whether the others are worth sending.
            answers.append(await self._piece(pieces[0]))
            if isinstance(answers[0], NotOffered):
                return answers[0]
        answers += await self._side_by_side(pieces[len(answers) :])
        return await _put_together(pieces, answers)

    async def _side_by_side(self, pieces: Sequence[Query]) -> list[Answer | NotOffered]:
        """The answers to `pieces`, in their order; the first failure calls off the others."""
        if len(pieces) == 1:
            return [await self._piece(pieces[0])]
        tasks = [asyncio.create_task(self._piece(piece)) for piece in pieces]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _piece(self, query: Query) -> Answer | NotOffered:
        """The answer to one request, or to halves of its range where it is too large for one."""
        try:
            async with self._turns:
                return await self._ask(query)
        except TooLarge:
            if query.end - query.start <= _SHORTEST_HALVED:
                raise
        middle = grid.floor((query.start + query.end) / 2)
        halves = (replace(query, start=middle), replace(query, end=middle))
        return await _put_together(halves, [await self._piece(half) for half in halves])

    async def _ask(self, query: Query) -> Answer | NotOffered:
        try:
            async with AsyncExitStack() as turns:
                return await self._exchange(query, turns)
        except ApiError as error:
            failure = type(error)(error.problem)
        # The first one goes, and with it the frames that hold the reply.
        _log_failure(failure.problem, query)
        raise failure

    async def _exchange(self, query: Query, turns: AsyncExitStack) -> Answer | NotOffered:
        sent = asyncio.get_running_loop().time()
        reply = await transfer(self._connection, query.url(), self._timeouts, turns)
        self._had_large |= reply.received > _LARGE
        asked_at, dated = self._learn_time(reply, sent)
        if reply.status == 200:
            answer = await self._decode(reply, query)
            return replace(answer, asked_at=asked_at, undated=not dated)
        return self._refusal(reply, query)

    def _learn_time(self, reply: HttpReply, sent: float) -> tuple[float | None, bool]:
        """Tell the clock of the reply's `Date`, if it listens; whether there was one.

        The first value is the server's time when the request was `sent`, in seconds of the event
        loop's clock, or None where this machine's clock is right.
        """
        clock, date = self._now, http_date(reply.header("date"))
        # A gateway or a portal that answers in the API's place has a clock of its own.
        itself = reply.status == 200 or 400 <= reply.status < 500
        if not isinstance(clock, ServerClock) or not itself:
            return None, True
        if date is None or date < _EARLIEST_DATE:
            return None, False
        ago = asyncio.get_running_loop().time()
        age = reply.header("age")
        # A cache keeps the date of the answer that it holds.
        date += int(age) if age.isascii() and age.isdigit() and len(age) < 9 else 0
        clock.note(date, ago - sent, ago - reply.began)
        return (clock() - (ago - sent) if clock.offset else None), True

    async def _decode(self, reply: HttpReply, query: Query) -> Answer:
        cost = Cost(requests=1, received=reply.received)
        packed = bool(reply.header("content-encoding"))
        if len(reply.raw) <= (_INLINE_PACKED if packed else _INLINE):
            return replace(self._answer(reply, query), cost=cost)
        await asyncio.to_thread(separate_large_blocks)
        return replace(await asyncio.to_thread(self._answer, reply, query), cost=cost)

    def _answer(self, reply: HttpReply, query: Query) -> Answer:
        """The decoded body of `reply`; the error of one that is no answer has the correlation id.

        The key is in none of it.
        """
        try:
            body = unpack_body(reply.raw, reply.header("content-encoding"))
            self._had_large |= len(body) > _LARGE
            return decode_answer(body, query, reply.header("content-type"), self._key.redact)
        except ApiError as error:
            self._had_large |= isinstance(error, TooLarge)
            correlation_id = correlation(reply.headers, Envelope())
            failure = type(error)(replace(error.problem, correlation_id=correlation_id))
        try:
            raise failure
        finally:
            # It would keep this frame, and the frame would keep it and the body.
            del failure

    def _refusal(self, reply: HttpReply, query: Query) -> NotOffered:
        """Return NotOffered if `reply` says so. Raises the error that it stands for otherwise."""
        envelope = self._message(reply)
        error = map_refusal(reply.status, reply.headers, envelope, query.target, self._now())
        if isinstance(error, NotImplementedByServer) and query.slice_by in _MAYBE_OFFERED:
            said = envelope.message or "the server does not offer this breakdown"
            _log.info("not offered: slice_by=%s on %s: %s", query.slice_by, query.path(), said)
            return NotOffered(str(query.slice_by), said, Cost(1, reply.received))
        raise error

    def _message(self, reply: HttpReply) -> Envelope:
        try:
            body = unpack_body(reply.raw, reply.header("content-encoding"), LARGEST_ERROR_BODY)
        except ApiError:
            return Envelope()
        return read_envelope(body, reply.header("content-type"), self._key.redact)


async def _put_together(
    pieces: Sequence[Query], answers: Sequence[Answer | NotOffered]
) -> Answer | NotOffered:
    """Join the answers to `pieces`; a NotOffered among them stands for all."""
    decided: list[Answer] = []
    for answer in answers:
        if isinstance(answer, NotOffered):
            return answer
        decided.append(answer)
    if len(decided) == 1:
        return decided[0]
    return await asyncio.to_thread(join_answers, pieces, decided)


def _log_failure(problem: Problem, query: Query) -> None:
    _log.warning(
        "request failed: %s; status=%s error_message=%s correlation_id=%s path=%s range=%s/%s",
        problem.summary,
        problem.status,
        problem.error_message,
        problem.correlation_id,
        query.path(),
        grid.to_iso(query.start),
        grid.to_iso(query.end),
    )
