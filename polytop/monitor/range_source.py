"""The snapshot of a past range, beside the week before: what the history lacks is fetched."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import NamedTuple

from polytop.api.errors import ApiError
from polytop.api.query import Query
from polytop.history.types import MERGE_GAP, StoredSeries, unfinal_runs
from polytop.model.answer import Answer, NotOffered
from polytop.model.baseline import Compare
from polytop.model.problem import Problem
from polytop.model.server_clock import clock_problem
from polytop.model.snapshot import Fault, Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import SliceBy, Target
from polytop.monitor.cache import ViewHistory
from polytop.monitor.export_source import AnswerStream, Fetch
from polytop.monitor.requests import PollResult, to_stored_answer
from polytop.monitor.snapshots import PollerStatus, PollState, build_snapshot
from polytop.monitor.view_data import HistoryStore, ViewData, read_view


class FetchProgress(NamedTuple):
    """How far it is: `done` of `pieces` requests, and the bytes `received`."""

    done: int
    pieces: int
    received: int


class RangeFetch:
    """Fetches ranges of `target` that `memory` lacks, piece by piece, and keeps the answers.

    With no `memory` they last as long as this object is not closed. `waiting` is called with every
    wait (seconds) and its reason, `progress` after every answer. `clock` gives epoch seconds.
    """

    def __init__(
        self,
        fetch: Fetch,
        target: Target,
        memory: HistoryStore | None,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        waiting: Callable[[float, Problem], None],
        progress: Callable[[FetchProgress], None],
    ) -> None:
        self._fetch, self._target, self._history = fetch, target, ViewHistory(memory, target)
        self._clock, self._sleep = clock, sleep
        self._waiting, self._progress = waiting, progress
        self._done, self._ignored = FetchProgress(0, 0, 0), 0

    async def snapshot(self, view: View, capacity: Capacity) -> Snapshot:
        """Fetch what `view` and its comparison lack; return the snapshot.

        Never raises for a fault of the API: the snapshot holds it, and what was known. Raises
        QueryError where the filters cannot be sent.
        """
        data = await asyncio.to_thread(self._history.read_view, view, self._clock())
        totals, rows = self._queries(data, None), self._queries(data, SliceBy.VARIANT)
        self._done = FetchProgress(0, len(totals) + len(rows), 0)
        problem = await self._ask(totals)
        # Where the total cannot be had, rows cannot.
        rows_problem = problem or await self._ask(rows)
        asked = bool(totals or rows)
        return await asyncio.to_thread(self._build, view, capacity, problem, rows_problem, asked)

    def close(self) -> None:
        """Forget what is not kept."""
        self._history.close()

    def _queries(self, data: ViewData, slice_by: SliceBy | None) -> tuple[Query, ...]:
        """Requests of at most a week each for what is not final, oldest first."""
        ranges = (data.shown, *data.earlier)
        stored: list[StoredSeries | None] = [
            each.total if slice_by is None else each.sliced for each in ranges
        ]
        return tuple(
            piece
            for each in stored
            if each is not None
            for start, end in unfinal_runs(each.asked, across=MERGE_GAP)
            for piece in Query(self._target, data.view.filters, start, end, slice_by).pieces()[::-1]
        )

    async def _ask(self, queries: Sequence[Query]) -> Problem | None:
        stream = AnswerStream(
            self._fetch_and_keep, queries, sleep=self._sleep, waiting=self._waiting
        )
        try:
            async with aclosing(stream.in_order()) as answers:
                async for answer in answers:
                    self._ignored += answer.ignored
                    done, pieces, received = self._done
                    received += answer.cost.received
                    self._done = FetchProgress(done + 1, pieces, received)
                    self._progress(self._done)
        except ApiError as error:
            return error.problem
        return None

    async def _fetch_and_keep(self, query: Query) -> Answer | NotOffered:
        # Dated by the request, for the data are at least as old.
        at = self._clock()
        answer = await self._fetch(query)
        if isinstance(answer, Answer):
            stored = to_stored_answer(query, answer, at)
            await asyncio.to_thread(self._history.keep, (stored,))
        return answer

    def _build(
        self,
        view: View,
        capacity: Capacity,
        problem: Problem | None,
        rows_problem: Problem | None,
        asked: bool,
    ) -> Snapshot:
        now = self._clock()
        outcome = PollResult(ignored=self._ignored, breakdown_problem=rows_problem)
        fault = None if problem is None else Fault(problem, now)
        answered = now if asked and problem is None else None
        state = PollState(view, view, fault, answered_at=answered, polls=1, outcome=outcome)
        told = PollerStatus(
            history_problem=self._history.problem(now), clock_problem=clock_problem(self._clock)
        )
        return build_snapshot(state, self._history.read_view(view, now), now, capacity, told)


def with_week_before(snapshot: Snapshot, memory: HistoryStore, target: Target) -> Snapshot:
    """Return the snapshot beside the week before, as far as `memory` has it; nothing is asked for.

    No other value of it changes. Slow (milliseconds).
    """
    if snapshot.view.compare is Compare.WEEK:
        return snapshot
    view = replace(snapshot.view, compare=Compare.WEEK)
    # The same windows, wherever now is by the time.
    wanted = replace(view, span=snapshot.end - snapshot.start, end=snapshot.end)
    data = read_view(memory, target, wanted, snapshot.at)
    found = build_snapshot(
        PollState(wanted, wanted), data, snapshot.at, snapshot.capacity, PollerStatus()
    )
    earlier = {row.part: row.earlier for row in found.rows or ()}
    rows = snapshot.rows and tuple(
        row._replace(earlier=earlier.get(row.part, ())) for row in snapshot.rows
    )
    return replace(snapshot, view=view, rows=rows, earlier=found.earlier)
