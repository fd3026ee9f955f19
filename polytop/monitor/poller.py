"""The poller: one loop that fetches, yields a frozen snapshot, then sleeps.

Never two polls at once, and none that starts before the last one has ended. The clock and the
sleep are passed in and count in seconds of the same clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from polytop.api.query import QueryError
from polytop.model import grid
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.asking import RECENT, Fetch, Outcome, ask_all, questions, unsendable
from polytop.monitor.pacing import Pacing
from polytop.monitor.picture import Picture
from polytop.monitor.verdict import Standing, judged, snapshot, view_range

PATIENCE = 3.0
"""Seconds of the clock for which a poll may last before who asks again gets another."""

_THREAD_FROM = 10_000
"""Values from which a snapshot is worked out beside the event loop."""


class Poller:
    """Polls one target and yields snapshots for as long as it is iterated.

    The first round asks for the whole window, the newest week first and then what is older;
    every later one for the last hour, or for as much as was missed.
    """

    def __init__(
        self,
        fetch: Fetch,
        target: Target,
        view: View,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        pacing: Pacing,
        capacity: Capacity = Capacity(),
    ) -> None:
        self._fetch, self._target = fetch, target
        self._clock, self._sleep, self._pacing = clock, sleep, pacing
        self._capacity = capacity
        self._standing = Standing(Picture.blank(view.filters, clock()), view, view)
        self._last: Snapshot | None = None
        self._wake, self._turn = asyncio.Event(), asyncio.Event()

    def wake(self) -> None:
        """Poll now rather than when the sleep is over.

        A poll under way is left to go on, unless it has lasted for :data:`PATIENCE`: then it is
        given up and asked again.
        """
        self._wake.set()

    def look(self, view: View) -> None:
        """Show another view, at once: a poll for the old one is given up."""
        self._standing = replace(self._standing, wanted=view)
        self._turn.set()

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """A snapshot after every round of questions, and after every change of the window."""
        while True:
            self._turn.clear()
            if self._last is not None and self._only_window_changed():
                yield await self._rewindowed(self._last)
            async with aclosing(self._poll()) as polled:
                async for found in polled:
                    yield found
            await self._rest()

    def _only_window_changed(self) -> bool:
        shown, wanted = self._standing.shown, self._standing.wanted
        return wanted != shown and wanted.filters == shown.filters

    async def _rewindowed(self, last: Snapshot) -> Snapshot:
        """What is held, in the new window, before anything is asked."""
        self._standing = replace(self._standing, shown=self._standing.wanted)
        outcome = Outcome(
            self._standing.held,
            last.cost,
            last.ignored,
            breakdown_problem=last.breakdown_problem,
        )
        found = await self._drawn(outcome)
        self._last = replace(found, fetched_at=last.fetched_at, polls=last.polls, next_at=None)
        return self._last

    async def _rest(self) -> None:
        if self._last is None or self._last.next_at is None or self._turn.is_set():
            return
        self._wake.clear()
        # The clock may be set back meanwhile: that makes no delay longer.
        delay = max(0.0, self._last.next_at - max(self._clock(), self._last.at))
        await _first_of(_awaited(self._sleep(delay)), self._wake.wait(), self._turn.wait())

    async def _poll(self) -> AsyncGenerator[Snapshot, None]:
        """The newest range, then what the window still lacks, a week at a time."""
        backfill = False
        while True:
            outcome = await self._round(backfill=backfill)
            if outcome is None:
                return
            answered = self._last is not None and self._last.fetched_at is not None
            self._standing = judged(self._standing, outcome, self._clock(), answered=answered)
            self._last = await self._drawn(outcome)
            yield self._last
            backfill = self._lacking(outcome)
            if not backfill or self._turn.is_set():
                return

    async def _round(self, *, backfill: bool) -> Outcome | None:
        """One round of questions; None where another view was asked for meanwhile."""
        while True:
            view, picture = self._standing.wanted, self._standing.held
            if picture.filters != view.filters:
                picture = Picture.blank(view.filters, self._clock())
            span = view_range(view, self._clock())
            try:
                asked = questions(self._target, picture, *span, backfill=backfill)
            except QueryError as error:
                return unsendable(picture, error)
            outcome = await self._unless_called_off(ask_all(self._fetch, asked, picture))
            # An answer that came just as the filters changed is no answer for the new ones.
            if outcome is not None and view.filters == self._standing.wanted.filters:
                return outcome
            if self._turn.is_set():
                return None

    async def _unless_called_off(self, asking: Coroutine[Any, Any, Outcome]) -> Outcome | None:
        """What `asking` comes to, or None where it was given up for another view or poll."""
        task = asyncio.create_task(asking)
        try:
            await _first_of(_done(task), self._turn.wait(), self._asked_again(self._clock()))
        finally:
            await _given_up(task)
        return None if task.cancelled() else task.result()

    async def _asked_again(self, began: float) -> None:
        """Wait until a poll is wanted though the present one, `began` then, has had its time."""
        while True:
            self._wake.clear()
            await self._wake.wait()
            if self._clock() - began >= PATIENCE:
                return

    def _lacking(self, outcome: Outcome) -> bool:
        """Whether a part of the window, older than every poll asks for, is still unknown.

        A breakdown that has just failed is left for the next poll.
        """
        standing = self._standing
        if standing.fault or standing.refusal:
            return False
        start, end = view_range(standing.shown, self._clock())
        held = [standing.held.total]
        if outcome.breakdown_problem is None:
            held.append(standing.held.sliced)
        polled = max(start, end - grid.STEP - RECENT)
        older = (series.cut(start, polled) for series in held)
        return any(series.first_unknown() is not None for series in older)

    async def _drawn(self, outcome: Outcome) -> Snapshot:
        standing, now = self._standing, self._clock()

        def draw() -> Snapshot:
            return snapshot(
                standing,
                outcome,
                self._last,
                now=now,
                next_at=now + self._delay(),
                capacity=self._capacity,
            )

        values = len(standing.held.total) * (1 + len(standing.held.rows))
        return await asyncio.to_thread(draw) if values > _THREAD_FROM else draw()

    def _delay(self) -> float:
        fault = self._standing.fault
        if fault is None:
            return self._pacing.after_success()
        return self._pacing.after_failure(fault.failures, fault.problem.retry_after)


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


async def _done(task: asyncio.Task[Outcome]) -> None:
    await asyncio.wait([task])


async def _given_up(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _first_of(*waits: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of `waits` is over; the others are cancelled, whatever happens."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _given_up(*tasks)
