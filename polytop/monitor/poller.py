"""The poller: one loop that asks, keeps what is answered, and yields frozen snapshots.

Never two polls at once, and none that starts before the last one has ended. What the history
lacks is filled in beside them. The clock and the sleep are passed in and count in seconds of the
same clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from typing import Any

from polytop.api.query import QueryError
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.background import TOGETHER, BackgroundRequests, alike
from polytop.monitor.cache import Keeping
from polytop.monitor.requests import (
    Fetch,
    PollResult,
    ask_all,
    given_up,
    lacking,
    newest,
    overdue,
    slept,
    turns,
    unsendable,
)
from polytop.monitor.schedule import (
    QUESTIONS,
    REQUESTS_PER_MINUTE,
    Backoff,
    RateLimiter,
    Use,
    reserved,
)
from polytop.monitor.snapshots import (
    PollerStatus,
    PollState,
    SnapshotBuilder,
    after_poll,
    filters_changed,
    with_view,
)
from polytop.monitor.view_data import Memory

PATIENCE = 3.0
"""Seconds of the clock for which a poll may last before who asks again gets another."""


class Poller:
    """Polls one target and yields snapshots for as long as it is iterated.

    What `memory` holds of the view is shown first. Every poll asks for what is not final of the
    last week that is shown, mostly the last hour; what else the view lacks is asked for once, a
    few questions at a time. `connect` is awaited before the first question. Several pollers of one
    project share a `budget`; without one it has its own.
    """

    def __init__(
        self,
        fetch: Fetch,
        target: Target,
        view: View,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        pacing: Backoff,
        capacity: Capacity = Capacity(),
        memory: Memory | None = None,
        connect: Callable[[], Awaitable[None]] | None = None,
        budget: RateLimiter | None = None,
    ) -> None:
        self._fetch, self._target = fetch, target
        self._clock, self._sleep, self._pacing = clock, sleep, pacing
        self._connect = connect
        self._pictures = SnapshotBuilder(Keeping(memory, target), clock, capacity)
        self._standing = PollState(view, view)
        self._next_at: float | None = None
        self._poll: asyncio.Task[PollResult] | None = None
        self._began = self._due_at = 0.0
        self._use = Use.POLL
        self._rest: asyncio.Future[None] | None = None
        usual = reserved(pacing.interval)
        self._budget = budget or RateLimiter(REQUESTS_PER_MINUTE, clock, usual)
        self._beside = BackgroundRequests(fetch, clock, self._budget)
        self._asked_for: View | None = None
        self._undrawn = False
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
        self._standing = with_view(self._standing, view)
        self._turn.set()

    def show_again(self) -> None:
        """Read anew what is remembered: somebody changed a mark."""
        self._again_shown = True
        self._turn.set()

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """A snapshot after every answer, and after every change of the range that is shown."""
        try:
            if (known := await self._drawn()).remembered:
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
            for delay in self._delays():
                waits.append(asyncio.create_task(slept(self._sleep, delay)))
            await asyncio.wait([*waits, *under_way, *besides], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await given_up(*waits)

    def _delays(self) -> Iterable[float]:
        """After how many seconds there is something to do besides, come what may."""
        if (wait := self._beside.wait) is not None:
            yield wait
        if self._undrawn:
            yield TOGETHER

    def _start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Poll, or rest until the next poll is due. Rows and what lacks beside it: their tasks."""
        if self._poll is None and self._rest is None:
            now = self._clock()
            self._use = Use.ASKED_FOR if now < self._due_at else Use.POLL
            held_up = self._budget.wait(QUESTIONS, self._use)
            if self._next_at is None and held_up == 0:
                self._budget.take(QUESTIONS, self._use)
                self._began, self._asked = now, self._standing.wanted.filters
                self._poll = asyncio.create_task(self._round())
            else:
                until = self._next_at or now + held_up
                # However often somebody asks, the poll that is due comes in time.
                asked_for = self._use is Use.ASKED_FOR
                self._rest = self._resting(min(until, self._due_at) if asked_for else until)
        return self._beside.start()

    def _resting(self, until: float) -> asyncio.Future[None]:
        self._wake.clear()
        # The clock may be set back meanwhile: that makes no delay longer.
        last = self._pictures.last.at if self._pictures.last else self._clock()
        delay = max(0.0, until - max(self._clock(), last))
        return asyncio.ensure_future(self._sleep(delay))

    async def _round(self) -> PollResult:
        """One round of questions, under the filters that are wanted."""
        now, view = self._clock(), self._standing.wanted
        picture = await self._pictures.before_asking(view)
        try:
            asked = newest(self._target, picture, now)
        except QueryError as error:
            return unsendable(error)
        return await ask_all(self._fetch, asked, self._clock)

    async def _end(self) -> None:
        await self._beside.call_off()
        await self._give_up_poll()
        await self._give_up_rest()
        await self._pictures.close()

    async def _give_up_poll(self) -> None:
        poll, self._poll = self._poll, None
        await given_up(*(poll,) if poll else ())

    async def _give_up_rest(self) -> None:
        rest, self._rest = self._rest, None
        await given_up(*(rest,) if rest else ())

    # -- what has happened

    async def _turned(self) -> Snapshot | None:
        """Another view is wanted: another range is shown at once, other filters are asked for."""
        self._turn.clear()
        answered: Sequence[PollResult] = ()
        if self._standing.wanted != self._asked_for:
            # Rows of the same kind are wanted whatever range is shown: those go on.
            same = alike(self._asked_for, self._standing.wanted)
            answered = await self._beside.call_off(rows=not same)
            await self._pictures.keep(answered)
        if self._standing.wanted.filters != self._asked:
            await self._give_up_poll()
            await self._give_up_rest()
            self._next_at, self._due_at = None, self._clock()
        pictures = self._pictures
        if filters_changed(self._standing) or pictures.picture is None:
            return None
        stale, self._again_shown = self._again_shown or bool(answered), False
        found = None
        if stale or pictures.picture.view != self._standing.shown:
            found = await self._drawn()
        now, sliced = self._clock(), self._standing.sliced
        if self._standing.well and overdue(self._target, pictures.picture, now, sliced=sliced):
            await self._give_up_rest()
            self._next_at, self._again = None, self._poll is not None
        self._plan_turns(now - PATIENCE)
        self._plan_filling()
        if found is None and pictures.says_otherwise(self._beneath()):
            found = pictures.last
        return None if found is None else pictures.planned(found, self._beneath())

    async def _polled(self, outcome: PollResult) -> Snapshot:
        """A round has come in."""
        self._poll = None
        now = self._clock()
        self._budget.settle(QUESTIONS, outcome.cost.requests, self._began, self._use)
        outcome = await self._pictures.without_refusal(outcome, self._standing.wanted.breakdown)
        self._standing = after_poll(self._standing, outcome, now)
        # At once: while the answer is kept, the user may want other filters.
        self._asked = self._standing.wanted.filters
        self._due_at = now + self._delay()
        self._next_at = None if self._again and self._standing.well else self._due_at
        self._again = False
        await self._pictures.keep([outcome])
        found = await self._drawn()
        if not self._standing.well:
            self._beside.hold()
        self._plan_turns(self._began)
        if self._beside.filling.due():
            self._plan_filling()
        return self._pictures.planned(found, self._beneath())

    async def _otherwise(self) -> Snapshot | None:
        """Rows or older weeks have come in, or it is time to poll, or somebody asks for it."""
        filled, rows = self._beside.filling.taken(), self._beside.turns.taken()
        await self._pictures.keep((*filled, *rows))
        self._undrawn = self._undrawn or bool(rows)
        # Rows that come in one after the other are shown together.
        soon = abs(self._clock() - self._pictures.drawn_at) < TOGETHER
        if filled or (self._undrawn and (self._beside.turns.idle or not soon)):
            return await self._drawn()
        if not rows:
            await self._time_passed()
        return None

    async def _time_passed(self) -> None:
        """Let the next poll begin where it is due or asked for."""
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

    def _plan_filling(self) -> None:
        """Ask for what the picture lacks, where nothing is asked for yet."""
        picture = self._pictures.picture
        free = self._beside.filling.progress is None
        if picture is None or not self._standing.may_ask or not free:
            return
        queries = lacking(self._target, picture, self._clock(), sliced=self._standing.sliced)
        self._beside.plan_filling(queries, picture.view.filters)
        self._asked_for = picture.view

    def _plan_turns(self, since: float) -> None:
        """Ask for each row that was not asked for `since` then."""
        picture = self._pictures.picture
        if picture is not None and self._standing.may_ask:
            self._beside.turns.plan(turns(self._target, picture, self._clock()), since)

    async def _drawn(self) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        self._undrawn = False
        return await self._pictures.drawn(self._standing, self._beneath())

    def _beneath(self) -> PollerStatus:
        filling, rows, used = self._beside.filling, self._beside.turns, self._budget.used()
        return PollerStatus(self._next_at, filling.progress, filling.problem, rows.problem, used)

    def _delay(self) -> float:
        fault = self._standing.fault
        if fault is None:
            return self._pacing.after_success()
        return self._pacing.after_failure(fault.failures, fault.problem.retry_after)
