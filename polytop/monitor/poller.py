"""The poller: one loop that asks, keeps what is answered, and yields frozen snapshots.

Never two polls at once, and none that starts before the last one has ended. What the history
lacks is filled in beside them. The clock and the sleep are passed in and count in seconds of the
same clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from polytop.api.query import QueryError
from polytop.model import grid
from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.asking import Fetch, Outcome, ask_all, lacking, newest, unsendable
from polytop.monitor.filling import Filling
from polytop.monitor.pacing import Pacing
from polytop.monitor.recall import Memory, Picture, recall, spoken_for
from polytop.monitor.safe import SafeMemory
from polytop.monitor.verdict import Standing, judged, looked, snapshot, turned

PATIENCE = 3.0
"""Seconds of the clock for which a poll may last before who asks again gets another."""

_RETRIES = (1, 2, 4, 8)
"""Polls that pass before a filling that failed is tried again: after the first time, and so on."""


class Poller:
    """Polls one target and yields snapshots for as long as it is iterated.

    What `memory` holds of the view is shown first. Every poll asks for what is not final of the
    last week that is shown, mostly the last hour; what else the view lacks is asked for once, a
    few questions at a time. `connect` is awaited before the first question.
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
        memory: Memory | None = None,
        connect: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._fetch, self._target = fetch, target
        self._clock, self._sleep, self._pacing = clock, sleep, pacing
        self._capacity, self._connect = capacity, connect
        self._memory = memory or SafeMemory()
        self._standing = Standing(view, view)
        self._picture: Picture | None = None
        self._last: Snapshot | None = None
        self._next_at: float | None = None
        self._poll: asyncio.Task[Outcome] | None = None
        self._began = 0.0
        self._rest: asyncio.Task[None] | None = None
        self._filling = Filling(fetch)
        self._failures, self._spared = 0, 0
        self._broken_off: Problem | None = None
        self._wake, self._turn = asyncio.Event(), asyncio.Event()
        self._asked = view.filters
        self._again = self._again_shown = False

    def wake(self) -> None:
        """Poll now rather than when the sleep is over.

        A poll under way is left to go on, unless it has lasted for :data:`PATIENCE`: then it is
        given up and asked again.
        """
        self._wake.set()

    def look(self, view: View) -> None:
        """Show another view, at once: what was asked for the old one is given up."""
        self._standing = looked(self._standing, view)
        self._turn.set()

    def show_again(self) -> None:
        """Read anew what is remembered: somebody changed a mark."""
        self._again_shown = True
        self._turn.set()

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """A snapshot after every answer, and after every change of the range that is shown."""
        try:
            if (known := await self._remembered()) is not None:
                yield known
            if self._connect is not None:
                await self._connect()
            while True:
                await self._something()
                if self._turn.is_set():
                    found = await self._turned()
                elif self._poll is not None and self._poll.done():
                    found = await self._polled(self._poll.result())
                else:
                    found = await self._otherwise()
                if found is not None:
                    yield found
        finally:
            await self._end()

    async def _remembered(self) -> Snapshot | None:
        """What the history says of the view; None where that is nothing."""
        found = await self._drawn()
        assert self._picture is not None
        return found if spoken_for(self._picture.shown.total) else None

    # -- what is under way

    async def _something(self) -> None:
        """Start what is due, then wait until anything has happened."""
        waits: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._turn.wait()),
            asyncio.create_task(self._wake.wait()),
        ]
        try:
            filling = () if self._turn.is_set() else self._start()
            under_way = [task for task in (self._poll, self._rest) if task is not None]
            await asyncio.wait([*waits, *under_way, *filling], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _given_up(waits)

    def _start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Poll, or rest until the next poll is due; fill beside it. The filling's tasks."""
        if self._poll is None and self._rest is None:
            if self._next_at is None:
                self._began, self._asked = self._clock(), self._standing.wanted.filters
                self._poll = asyncio.create_task(self._round())
            else:
                self._rest = self._resting(self._next_at)
        return self._filling.start()

    def _resting(self, until: float) -> asyncio.Task[None]:
        self._wake.clear()
        # The clock may be set back meanwhile: that makes no delay longer.
        last = self._last.at if self._last else self._clock()
        delay = max(0.0, until - max(self._clock(), last))
        return asyncio.create_task(_awaited(self._sleep(delay)))

    async def _round(self) -> Outcome:
        """One round of questions, under the filters that are wanted."""
        now, view = self._clock(), self._standing.wanted
        picture = await asyncio.to_thread(recall, self._memory, self._target, view, now)
        try:
            asked = newest(self._target, picture, now)
        except QueryError as error:
            return unsendable(error)
        return await ask_all(self._fetch, asked, self._clock)

    async def _end(self) -> None:
        await self._filling.call_off()
        await self._give_up_poll()
        await self._give_up_rest()

    async def _give_up_poll(self) -> None:
        poll, self._poll = self._poll, None
        await _given_up([poll] if poll else [])

    async def _give_up_rest(self) -> None:
        rest, self._rest = self._rest, None
        await _given_up([rest] if rest else [])

    # -- what has happened

    async def _turned(self) -> Snapshot | None:
        """Another view is wanted: another range is shown at once, other filters are asked for."""
        self._turn.clear()
        await self._filling.call_off()
        self._failures, self._spared, self._broken_off = 0, 0, None
        if self._standing.wanted.filters != self._asked:
            await self._give_up_poll()
            await self._give_up_rest()
            self._next_at = None
        standing, picture = self._standing, self._picture
        if turned(standing) or self._last is None or picture is None:
            return None
        stale, self._again_shown = self._again_shown, False
        if picture.view == standing.shown and not stale:
            self._plan_filling()
            return None
        found = await self._drawn()
        if self._lacks_newest():
            await self._give_up_rest()
            self._next_at, self._again = None, self._poll is not None
        self._plan_filling()
        return self._with_progress(found)

    @property
    def _well(self) -> bool:
        """Whether the last round was answered: more is asked for only then."""
        return self._standing.fault is None and self._standing.answered_at is not None

    def _lacks_newest(self) -> bool:
        """Whether the next poll would ask for more than polls do, and so is due at once."""
        if self._picture is None or not self._well:
            return False
        now = self._clock()
        usual = grid.floor(now) - grid.RECENT - grid.STEP
        asked = newest(self._target, self._picture, now)
        return any(query.start < usual for query in asked)

    async def _polled(self, outcome: Outcome) -> Snapshot:
        """A round has come in."""
        self._poll = None
        now = self._clock()
        self._standing = judged(self._standing, outcome, now)
        await self._kept(outcome)
        self._asked = self._standing.wanted.filters
        self._next_at = None if self._again and self._well else now + self._delay()
        self._again = False
        found = await self._drawn()
        if self._filling.progress is None:
            self._spared = max(0, self._spared - 1)
            if not self._spared:
                self._plan_filling()
        return self._with_progress(found)

    async def _otherwise(self) -> Snapshot | None:
        """A part of the filling has come in, or it is time to poll, or somebody asks for it."""
        outcomes = self._filling.taken()
        if outcomes:
            return await self._filled(outcomes)
        if self._wake.is_set():
            self._wake.clear()
            if self._poll is not None and self._clock() - self._began >= PATIENCE:
                await self._give_up_poll()
            if self._poll is None:
                await self._give_up_rest()
                self._next_at = None
        elif self._rest is not None and self._rest.done():
            self._rest.result()
            self._rest, self._next_at = None, None
        return None

    # -- filling

    def _plan_filling(self) -> None:
        if self._picture is None or not self._well or turned(self._standing):
            return
        sliced = self._standing.outcome.breakdown_problem is None
        queries = lacking(self._target, self._picture, self._clock(), sliced=sliced)
        self._filling = Filling(self._fetch, queries, self._clock)

    def _with_progress(self, found: Snapshot) -> Snapshot:
        """`found` with what is being filled in by now."""
        self._last = replace(found, filling=self._filling.progress)
        return self._last

    async def _filled(self, outcomes: Sequence[Outcome]) -> Snapshot:
        for outcome in outcomes:
            await self._kept(outcome)
        problems = [outcome.problem or outcome.breakdown_problem for outcome in outcomes]
        self._broken_off = next(filter(None, problems), None)
        if self._broken_off is not None:
            self._spared = _RETRIES[min(self._failures, len(_RETRIES) - 1)]
            self._failures += 1
        return await self._drawn()

    # -- keeping and drawing

    async def _kept(self, outcome: Outcome) -> None:
        if outcome.kept:
            await asyncio.to_thread(self._memory.keep_all, outcome.kept)

    async def _drawn(self) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        standing, now = self._standing, self._clock()

        def draw() -> tuple[Picture, Snapshot]:
            picture = recall(self._memory, self._target, standing.shown, now)
            return picture, snapshot(
                standing,
                picture,
                now=now,
                next_at=self._next_at,
                capacity=self._capacity,
                filling=self._filling.progress,
                filling_problem=self._broken_off,
                history_problem=self._memory.problem,
            )

        self._picture, found = await asyncio.to_thread(draw)
        self._last = found
        return found

    def _delay(self) -> float:
        fault = self._standing.fault
        if fault is None:
            return self._pacing.after_success()
        return self._pacing.after_failure(fault.failures, fault.problem.retry_after)


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


async def _given_up(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
