"""What to ask so that a picture is whole, and one round of questions, side by side."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.model import baseline, grid
from polytop.model.answer import Answer, Cost, NotOffered, Part, Row
from polytop.model.grid import RECENT
from polytop.model.problem import Kind, Problem
from polytop.model.target import SliceBy, Target
from polytop.monitor.history.held import Held, Kept
from polytop.monitor.history.scope import Scope
from polytop.monitor.recall import Pair, Picture, ahead

log = logging.getLogger("polytop.monitor")

Range = tuple[int, int]


class Fetch(Protocol):
    """Asks the API one question; raises ApiError."""

    async def __call__(self, query: Query, /) -> Answer | NotOffered: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round brought, and what failed.

    `problem` is the total's, `breakdown_problem` the breakdown's alone.
    """

    kept: tuple[Kept, ...] = ()
    cost: Cost = Cost()
    ignored: int = 0
    problem: Problem | None = None
    breakdown_problem: Problem | None = None


# -- what to ask


def newest(target: Target, picture: Picture, now: float) -> tuple[Query, ...]:
    """What every poll asks: all that is not final of the last week that is held, up to now.

    With everything known that is the last hour. Raises QueryError where the filters cannot be
    sent.
    """
    end = grid.floor(now) + grid.STEP
    found = []
    for held, slice_by in _sides(picture.live):
        runs = held.lacking(max(held.start, end - grid.WEEK), end)
        first = runs[0][0] if runs else end - grid.STEP
        found.append(Query(target, picture.view.filters, first, end, slice_by=slice_by))
    return tuple(found)


def lacking(
    target: Target, picture: Picture, now: float, *, sliced: bool = True
) -> tuple[Query, ...]:
    """What is to be asked once: what the view lacks, then what it is compared with.

    Each in pieces of at most a week, newest first; what every poll asks for is left out.
    `sliced` is whether the breakdown can be had.
    """
    filters = picture.view.filters
    final = grid.floor(now) - RECENT
    polled = grid.floor(now) + grid.STEP - grid.WEEK
    edge = polled if picture.view.end is None else final
    found: list[Query] = []
    for pair, (start, end) in (
        (picture.shown, (picture.start, min(picture.end, edge))),
        *_earlier(picture, final),
    ):
        pieces = [
            (stop, first, slice_by)
            for held, slice_by in _sides(pair)
            if sliced or slice_by is None
            for first, stop in _pieces(held, start, end)
        ]
        pieces.sort(key=lambda piece: (-piece[0], piece[2] is not None))
        found += [Query(target, filters, first, stop, by) for stop, first, by in pieces]
    return tuple(found)


def _earlier(picture: Picture, final: int) -> Iterator[tuple[Pair, Range]]:
    """The days compared with, and what of them is asked for where a part lacks."""
    view = picture.view
    for pair, days in zip(picture.earlier, baseline.days_of(view.compare), strict=True):
        start, shown = baseline.reach(picture.start, picture.end + ahead(view), days)
        if any(held.lacking(start, min(shown, final)) for held, _ in _sides(pair)):
            yield pair, (start, min(pair.total.end, final))


def _sides(pair: Pair) -> tuple[tuple[Held, SliceBy | None], ...]:
    return ((pair.total, None), (pair.sliced, SliceBy.VARIANT))


def _pieces(held: Held, start: int, end: int) -> Iterator[Range]:
    for first, stop in held.lacking(start, end) if start < end else ():
        yield from grid.pieces(first, stop)


# -- asking


async def ask_all(fetch: Fetch, asked: Sequence[Query], clock: Callable[[], float]) -> Outcome:
    """Ask everything at once; never raises for a fault.

    The answers are dated by when they were asked for: what they say may be older than they are.
    """
    at = clock()
    answers = await asyncio.gather(*(ask(fetch, query) for query in asked))
    cost, ignored = Cost(), 0
    kept: list[Kept] = []
    problem = breakdown_problem = None
    for query, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Answer):
            kept.append(_kept(query, answer, at))
            cost, ignored = cost + answer.cost, ignored + answer.ignored
            continue
        cost += answer.cost if isinstance(answer, NotOffered) else Cost(requests=1)
        if query.slice_by is None:
            problem = _problem(answer)
        else:
            breakdown_problem = _problem(answer)
    return Outcome(tuple(kept), cost, ignored, problem, breakdown_problem)


def unsendable(error: QueryError) -> Outcome:
    """The outcome of a question that may not be sent."""
    return Outcome(problem=Problem(Kind.REFUSED, "This query was not sent", str(error)))


def _kept(query: Query, answer: Answer, at: float) -> Kept:
    rows = answer.rows
    if query.slice_by is None:
        assert answer.total is not None
        rows = (Row(Part(), None, answer.total),)
    scope = Scope(query.target, query.filters, query.slice_by)
    return Kept(scope, query.start, query.end, rows, at)


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


async def ask(fetch: Fetch, query: Query) -> Answer | NotOffered | Problem:
    """One answer, or why there is none."""
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
