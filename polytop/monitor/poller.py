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
from polytop.model.breakdown import Breakdown
from polytop.model.problem import Problem
from polytop.model.snapshot import Progress, Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.asking import (
    Fetch,
    Outcome,
    ask_all,
    lacking,
    newest,
    turns,
    unsendable,
)
from polytop.monitor.budget import Budget
from polytop.monitor.filling import Filling
from polytop.monitor.keeping import Keeping
from polytop.monitor.pacing import Pacing
from polytop.monitor.recall import Memory, Picture
from polytop.monitor.rows import TOGETHER, Turns
from polytop.monitor.verdict import Standing, judged, looked, snapshot, turned

REQUESTS_PER_MINUTE = 120
"""What one project may be asked for in any minute, unless the profile says otherwise."""

PATIENCE = 3.0
"""Seconds of the clock for which a poll may last before who asks again gets another."""


_QUESTIONS = 2
"""Requests of a poll: the total, and its slice."""


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
        requests_per_minute: int = REQUESTS_PER_MINUTE,
    ) -> None:
        self._fetch, self._target = fetch, target
        self._clock, self._sleep, self._pacing = clock, sleep, pacing
        self._capacity, self._connect = capacity, connect
        self._keeping = Keeping(memory, target)
        self._standing = Standing(view, view)
        self._picture: Picture | None = None
        self._last: Snapshot | None = None
        self._next_at: float | None = None
        self._poll: asyncio.Task[Outcome] | None = None
        self._began = 0.0
        self._rest: asyncio.Future[None] | None = None
        self._budget = Budget(requests_per_minute, clock)
        self._filling = Filling(fetch, clock, self._budget)
        self._turns = Turns(fetch, clock, self._budget)
        self._drawn_at = clock()
        self._filled_for: View | None = None
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
        return found if found.remembered else None

    # -- what is under way

    async def _something(self) -> None:
        """Start what is due, then wait until anything has happened."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.create_task(self._turn.wait()),
            asyncio.create_task(self._wake.wait()),
        ]
        try:
            besides = () if self._turn.is_set() else self._start()
            under_way = [task for task in (self._poll, self._rest) if task is not None]
            if self._filling.held_up or self._turns.held_up:
                waits.append(asyncio.create_task(_slept(self._sleep, self._budget.wait())))
            await asyncio.wait([*waits, *under_way, *besides], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _given_up(waits)

    def _start(self) -> Iterable[asyncio.Task[Outcome]]:
        """Poll, or rest until the next poll is due. Rows and what lacks beside it: their tasks."""
        if self._poll is None and self._rest is None:
            held_up = self._budget.wait(_QUESTIONS, urgent=True)
            if self._next_at is None and held_up == 0:
                self._budget.take(_QUESTIONS, urgent=True)
                self._began, self._asked = self._clock(), self._standing.wanted.filters
                self._poll = asyncio.create_task(self._round())
            else:
                self._rest = self._resting(self._next_at or self._clock() + held_up)
        return (*self._turns.start(), *self._filling.start())

    def _resting(self, until: float) -> asyncio.Future[None]:
        self._wake.clear()
        # The clock may be set back meanwhile: that makes no delay longer.
        last = self._last.at if self._last else self._clock()
        delay = max(0.0, until - max(self._clock(), last))
        return asyncio.ensure_future(self._sleep(delay))

    async def _round(self) -> Outcome:
        """One round of questions, under the filters that are wanted."""
        now, view = self._clock(), self._standing.wanted
        picture = await asyncio.to_thread(self._keeping.recalled, view, now)
        try:
            asked = newest(self._target, picture, now)
        except QueryError as error:
            return unsendable(error)
        return await ask_all(self._fetch, asked, self._clock)

    async def _end(self) -> None:
        await self._filling.call_off()
        await self._turns.call_off()
        await self._give_up_poll()
        await self._give_up_rest()
        await asyncio.to_thread(self._keeping.close)

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
        answered: Sequence[Outcome] = ()
        if self._standing.wanted != self._filled_for:
            answered = (*await self._filling.call_off(), *await self._turns.call_off())
            await self._kept(*answered)
        if self._standing.wanted.filters != self._asked:
            await self._give_up_poll()
            await self._give_up_rest()
            self._next_at = None
        if turned(self._standing) or self._picture is None:
            return None
        stale, self._again_shown = self._again_shown or bool(answered), False
        same = self._picture.view == self._standing.shown and not stale
        found = None if same else await self._drawn()
        if self._lacks_newest():
            await self._give_up_rest()
            self._next_at, self._again = None, self._poll is not None
        self._plan_turns(self._clock() - PATIENCE)
        self._plan_filling()
        return self._with_plans(found) if found is not None else None

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
        return any(one.start < usual for one in asked if self._sliced or one.slice_by is None)

    @property
    def _sliced(self) -> bool:
        """Whether the breakdown came with the last round."""
        return self._standing.outcome.breakdown_problem is None

    async def _polled(self, outcome: Outcome) -> Snapshot:
        """A round has come in."""
        self._poll = None
        now = self._clock()
        outcome = await self._without_refusal(outcome)
        self._standing = judged(self._standing, outcome, now)
        # At once: while the answer is kept, the user may want other filters.
        self._asked = self._standing.wanted.filters
        self._next_at = None if self._again and self._well else now + self._delay()
        self._again = False
        await self._kept(outcome)
        found = await self._drawn()
        self._plan_turns(self._began)
        if self._filling.due():
            self._plan_filling()
        return self._with_plans(found)

    async def _without_refusal(self, outcome: Outcome) -> Outcome:
        """A slice that is not offered is noted, and asked for value by value from now on."""
        by = self._standing.wanted.breakdown
        if outcome.not_offered is None or by is None or by is Breakdown.VARIANT:
            return outcome
        await asyncio.to_thread(self._keeping.refuse, outcome.not_offered, self._clock())
        return replace(outcome, breakdown_problem=None, not_offered=None)

    async def _otherwise(self) -> Snapshot | None:
        """Rows or older weeks have come in, or it is time to poll, or somebody asks for it."""
        filled, rows = self._filling.taken(), self._turns.taken()
        if filled or rows:
            await self._kept(*filled, *rows)
            # Rows that come in one after the other are shown together.
            at_once = abs(self._clock() - self._drawn_at) < TOGETHER
            return None if at_once and not filled and not self._turns.idle else await self._drawn()
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

    def _plan_filling(self) -> None:
        """Ask for what the picture lacks, where nothing is asked for yet."""
        ready = self._well and not turned(self._standing) and self._filling.progress is None
        if self._picture is None or not ready:
            return
        queries = lacking(self._target, self._picture, self._clock(), sliced=self._sliced)
        self._filling.plan(queries)
        self._filled_for = self._picture.view

    def _plan_turns(self, since: float) -> None:
        """Ask for each row that was not asked for `since` then."""
        if self._picture is not None and self._well and not turned(self._standing):
            self._turns.plan(turns(self._target, self._picture, self._clock(), since))

    def _with_plans(self, found: Snapshot) -> Snapshot:
        """`found` with what is to be asked next, which follows from it."""
        self._last = found = replace(found, filling=self._filling.progress, next_at=self._next_at)
        return found

    # -- keeping and drawing

    async def _kept(self, *outcomes: Outcome) -> None:
        if answers := tuple(kept for outcome in outcomes for kept in outcome.kept):
            await asyncio.to_thread(self._keeping.keep, answers)

    async def _drawn(self) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        self._drawn_at = self._clock()
        problem = self._filling.problem or self._turns.problem
        self._picture, found = await asyncio.to_thread(
            self._draw, self._standing, self._filling.progress, problem
        )
        self._last = found
        return found

    def _draw(
        self, standing: Standing, progress: Progress | None, problem: Problem | None
    ) -> tuple[Picture, Snapshot]:
        now = self._clock()
        picture = self._keeping.recalled(standing.shown, now, shown=True)
        return picture, snapshot(
            standing,
            picture,
            now=now,
            next_at=self._next_at,
            capacity=self._capacity,
            filling=progress,
            filling_problem=problem,
            history_problem=self._keeping.problem(now),
            budget=self._budget.used(),
        )

    def _delay(self) -> float:
        fault = self._standing.fault
        if fault is None:
            return self._pacing.after_success()
        return self._pacing.after_failure(fault.failures, fault.problem.retry_after)


async def _slept(sleep: Callable[[float], Awaitable[None]], seconds: float) -> None:
    await sleep(seconds)


async def _given_up(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
