"""One round of questions for a view: the total and the breakdown, side by side."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.model.answer import Answer, Cost, NotOffered
from polytop.model.problem import Kind, Problem
from polytop.model.target import SliceBy, Target
from polytop.monitor.picture import Picture, missing, needed

log = logging.getLogger("polytop.monitor")

RECENT = 3_600
"""How far back of the running window values may still change, seconds."""


class Fetch(Protocol):
    """Asks the API one question; raises ApiError."""

    async def __call__(self, query: Query, /) -> Answer | NotOffered: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round brought: the picture with it laid in, and what failed.

    `problem` is the total's, `breakdown_problem` the breakdown's alone.
    """

    picture: Picture
    cost: Cost = Cost()
    ignored: int = 0
    problem: Problem | None = None
    breakdown_problem: Problem | None = None


def questions(
    target: Target, picture: Picture, start: int, end: int, *, backfill: bool
) -> tuple[Query, ...]:
    """What to ask so that `picture` knows `[start, end)`: the newest part, or what lacks before it.

    Raises QueryError where the filters cannot be sent.
    """
    found = []
    for held, slice_by in ((picture.total, None), (picture.sliced, SliceBy.VARIANT)):
        span = (missing if backfill else needed)(held, start, end, RECENT)
        if span is not None:
            found.append(Query(target, picture.filters, *span, slice_by=slice_by))
    return tuple(found)


async def ask_all(fetch: Fetch, asked: Sequence[Query], picture: Picture) -> Outcome:
    """Ask everything at once and lay the answers over `picture`; never raises for a fault."""
    answers = await asyncio.gather(*(_ask(fetch, query) for query in asked))
    cost, ignored = Cost(), 0
    problem = breakdown_problem = None
    for query, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Answer):
            picture = _laid(picture, query, answer)
            cost, ignored = cost + answer.cost, ignored + answer.ignored
            continue
        cost += answer.cost if isinstance(answer, NotOffered) else Cost(requests=1)
        if query.slice_by is None:
            problem = _problem(answer)
        else:
            breakdown_problem = _problem(answer)
    return Outcome(picture, cost, ignored, problem, breakdown_problem)


def unsendable(picture: Picture, error: QueryError) -> Outcome:
    """The outcome of a question that may not be sent."""
    problem = Problem(Kind.REFUSED, "This query was not sent", str(error))
    return Outcome(picture, problem=problem)


def _laid(picture: Picture, query: Query, answer: Answer) -> Picture:
    if query.slice_by is None:
        return picture.with_total(answer)
    return picture.with_rows(answer.rows, query.start, query.end)


def _problem(answer: NotOffered | Problem) -> Problem:
    if isinstance(answer, Problem):
        return answer
    return Problem(
        Kind.REFUSED,
        f"The API does not offer a breakdown by {answer.slice_by}",
        "Choose another breakdown.",
        status=501,
        error_message=answer.error_message,
    )


async def _ask(fetch: Fetch, query: Query) -> Answer | NotOffered | Problem:
    try:
        return await fetch(query)
    except ApiError as error:
        return error.problem
    except Exception:
        log.exception("an answer could not be worked on")
        return Problem(
            Kind.BROKEN,
            "polytop stumbled over the answer",
            "It goes on trying. The log holds the details: please report them.",
        )
