"""The poller: one loop that asks, keeps what is answered, and yields frozen snapshots.

Never two polls at once, and none that starts before the last one has ended. What the history
lacks is filled in beside them. The clock and the sleep are passed in and count in seconds of the
same clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from polytop.api.query import QueryError
from polytop.model.server_clock import WORTH_TELLING, clock_offset
from polytop.model.snapshot import RunningPoll, Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import Target
from polytop.monitor.background import TOGETHER, BackgroundRequests, has_same_rows
from polytop.monitor.cache import ViewHistory
from polytop.monitor.requests import (
    Fetch,
    PollResult,
    ask_all,
    await_sleep,
    cancel_all,
    missing_queries,
    needs_poll_now,
    poll_queries,
    row_requests,
    unsendable_result,
)
from polytop.monitor.schedule import (
    REQUESTS_PER_MINUTE,
    REQUESTS_PER_POLL,
    Backoff,
    RateLimiter,
    Use,
    requests_to_reserve,
)
from polytop.monitor.snapshots import (
    PollerStatus,
    PollState,
    SnapshotBuilder,
    after_poll,
    filters_changed,
    with_view,
)
from polytop.monitor.view_data import HistoryStore

PATIENCE = 3.0
"""Seconds that a poll may last before a new request starts another."""


class Poller:
    """Polls one target and yields snapshots for as long as it is iterated.

    What `memory` holds of the view is shown first. Every poll asks for what is not final of the
    last week that is shown, mostly the last hour; what else the view lacks is asked for once, a
    few questions at a time. `connect` is awaited before the first question. Several pollers of one
    project share a `budget`; without one it has its own. `zone` is that of the people who call.
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
        memory: HistoryStore | None = None,
        connect: Callable[[], Awaitable[None]] | None = None,
        budget: RateLimiter | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._fetch, self._target = fetch, target
        self._clock, self._sleep, self._pacing = clock, sleep, pacing
        self._connect = connect
        self._builder = SnapshotBuilder(ViewHistory(memory, target, zone), clock, capacity)
        self._state = PollState(view, view)
        self._next_at: float | None = None
        self._poll: asyncio.Task[PollResult] | None = None
        self._poll_began = self._due_at = 0.0
        self._use = Use.POLL
        self._pause: asyncio.Future[None] | None = None
        usual = requests_to_reserve(pacing.interval)
        self._budget = budget or RateLimiter(REQUESTS_PER_MINUTE, clock, usual)
        self._background = BackgroundRequests(fetch, clock, self._budget)
        self._backfilled_view: View | None = None
        self._rows_unshown = False
        self._poll_wanted, self._view_wanted = asyncio.Event(), asyncio.Event()
        self._polled_filters = view.filters
        self._poll_again = self._reread = False

    def wake(self) -> RunningPoll | None:
        """Poll now and not when the pause is over; return the poll under way, if there is one.

        It is left to go on, unless it has lasted for :data:`PATIENCE`: then it is given up and
        asked again.
        """
        self._poll_wanted.set()
        if self._poll is None or self._poll.done():
            return None
        lasted = self._clock() - self._poll_began
        return RunningPoll(lasted, lasted >= PATIENCE)

    def look(self, view: View) -> None:
        """Show another view at once; requests for the old one are cancelled."""
        self._state = with_view(self._state, view)
        self._view_wanted.set()

    def show_again(self) -> None:
        """Read the history again: somebody changed a mark."""
        self._reread = True
        self._view_wanted.set()

    async def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Yield a snapshot after every answer, and after every change of the span."""
        try:
            if (known := await self._build()).remembered:
                yield known
            if self._connect is not None:
                await self._connect()
            while True:
                await self._wait_for_event()
                if self._view_wanted.is_set():
                    found = await self._handle_view()
                elif self._poll is not None and self._poll.done():
                    found = await self._handle_poll(self._poll.result())
                else:
                    found = await self._handle_rest()
                if found is not None:
                    yield found
        finally:
            await self._end()

    # -- what is under way

    async def _wait_for_event(self) -> None:
        """Start what is due, then wait for the next event."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.create_task(self._view_wanted.wait()),
            asyncio.create_task(self._poll_wanted.wait()),
        ]
        try:
            besides = () if self._view_wanted.is_set() else self._start()
            under_way = [task for task in (self._poll, self._pause) if task is not None]
            for delay in self._delays():
                waits.append(asyncio.create_task(await_sleep(self._sleep, delay)))
            await asyncio.wait([*waits, *under_way, *besides], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel_all(*waits)

    def _delays(self) -> Iterable[float]:
        """Yield the seconds after which there is something to do anyway."""
        if (wait := self._background.wait) is not None:
            yield wait
        if self._rows_unshown:
            yield TOGETHER

    def _start(self) -> Iterable[asyncio.Task[PollResult]]:
        """Start the poll, or the pause before it; return the tasks of the background requests."""
        if self._poll is None and self._pause is None:
            now = self._clock()
            self._use = Use.ASKED_FOR if now < self._due_at else Use.POLL
            held_up = self._budget.wait(REQUESTS_PER_POLL, self._use)
            if self._next_at is None and held_up == 0:
                self._budget.take(REQUESTS_PER_POLL, self._use)
                self._poll_began, self._polled_filters = now, self._state.wanted.filters
                self._poll = asyncio.create_task(self._run_poll())
            else:
                until = self._next_at or now + held_up
                # However often somebody asks, the poll that is due comes in time.
                asked_for = self._use is Use.ASKED_FOR
                self._pause = self._start_pause(min(until, self._due_at) if asked_for else until)
        return self._background.start()

    def _start_pause(self, until: float) -> asyncio.Future[None]:
        self._poll_wanted.clear()
        # The clock may be set back meanwhile: that makes no delay longer.
        last = self._builder.last.at if self._builder.last else self._clock()
        delay = max(0.0, until - max(self._clock(), last))
        return asyncio.ensure_future(self._sleep(delay))

    async def _run_poll(self) -> PollResult:
        """Run one poll under the wanted filters; again, if its answers correct the clock."""
        offset = clock_offset(self._clock)
        found = await self._ask_once()
        if abs(clock_offset(self._clock) - offset) < WORTH_TELLING:
            return found
        await self._builder.keep([found])
        more = await self._ask_once()
        return replace(more, cost=found.cost + more.cost)

    async def _ask_once(self) -> PollResult:
        now, view = self._clock(), self._state.wanted
        data = await self._builder.data_for_poll(view)
        try:
            asked = poll_queries(self._target, data, now)
        except QueryError as error:
            return unsendable_result(error)
        return await ask_all(self._fetch, asked, self._clock)

    async def _end(self) -> None:
        await self._background.cancel()
        await self._cancel_poll()
        await self._cancel_pause()
        await self._builder.close()

    async def _cancel_poll(self) -> None:
        poll, self._poll = self._poll, None
        await cancel_all(*(poll,) if poll else ())

    async def _cancel_pause(self) -> None:
        rest, self._pause = self._pause, None
        await cancel_all(*(rest,) if rest else ())

    # -- what has happened

    async def _handle_view(self) -> Snapshot | None:
        """Handle a change of the view: another span is shown at once, other filters are fetched."""
        self._view_wanted.clear()
        answered: Sequence[PollResult] = ()
        if self._state.wanted != self._backfilled_view:
            # Rows of the same kind are wanted whatever range is shown: those go on.
            same = has_same_rows(self._backfilled_view, self._state.wanted)
            answered = await self._background.cancel(rows=not same)
            await self._builder.keep(answered)
        if self._state.wanted.filters != self._polled_filters:
            await self._cancel_poll()
            await self._cancel_pause()
            self._next_at, self._due_at = None, self._clock()
        builder = self._builder
        if filters_changed(self._state) or builder.data is None:
            return None
        stale, self._reread = self._reread or bool(answered), False
        found = None
        if stale or builder.data.view != self._state.shown:
            found = await self._build()
        now, sliced = self._clock(), self._state.sliced
        if self._state.well and needs_poll_now(self._target, builder.data, now, sliced=sliced):
            await self._cancel_pause()
            self._next_at, self._poll_again = None, self._poll is not None
        self._plan_rows(now - PATIENCE)
        self._plan_backfill()
        if found is None and builder.backfill_changed(self._status()):
            found = builder.last
        return None if found is None else builder.with_plan(found, self._status())

    async def _handle_poll(self, outcome: PollResult) -> Snapshot:
        """Handle the result of a poll."""
        self._poll = None
        now = self._clock()
        self._budget.settle(REQUESTS_PER_POLL, outcome.cost.requests, self._poll_began, self._use)
        outcome = await self._builder.note_refusal(outcome, self._state.wanted.breakdown)
        self._state = after_poll(self._state, outcome, now)
        # At once: while the answer is kept, the user may want other filters.
        self._polled_filters = self._state.wanted.filters
        self._due_at = now + self._delay()
        self._next_at = None if self._poll_again and self._state.well else self._due_at
        self._poll_again = False
        await self._builder.keep([outcome])
        found = await self._build()
        if not self._state.well:
            self._background.hold()
        self._plan_rows(self._poll_began)
        if self._background.backfill.due():
            self._plan_backfill()
        return self._builder.with_plan(found, self._status())

    async def _handle_rest(self) -> Snapshot | None:
        """Handle background results, the end of a pause, and requests to poll now."""
        filled, rows = self._background.backfill.collect(), self._background.rows.collect()
        await self._builder.keep((*filled, *rows))
        self._rows_unshown = self._rows_unshown or bool(rows)
        # Rows that come in one after the other are shown together.
        soon = abs(self._clock() - self._builder.built_at) < TOGETHER
        if filled or (self._rows_unshown and (self._background.rows.idle or not soon)):
            return await self._build()
        if not rows:
            await self._check_pause()
        return None

    async def _check_pause(self) -> None:
        """Let the next poll start if it is due or asked for."""
        if self._poll_wanted.is_set():
            self._poll_wanted.clear()
            if self._poll is not None and self._clock() - self._poll_began >= PATIENCE:
                await self._cancel_poll()
            if self._poll is None:
                await self._cancel_pause()
                self._next_at = None
        elif self._pause is not None and self._pause.done():
            self._pause.result()
            self._pause, self._next_at = None, None

    def _plan_backfill(self) -> None:
        """Plan requests for missing windows, if none are planned yet."""
        data = self._builder.data
        free = self._background.backfill.progress is None
        if data is None or not self._state.may_ask or not free:
            return
        queries = missing_queries(self._target, data, self._clock(), sliced=self._state.sliced)
        self._background.plan_backfill(queries, data.view.filters)
        self._backfilled_view = data.view

    def _plan_rows(self, since: float) -> None:
        """Plan requests for the rows that were not requested after `since`."""
        data = self._builder.data
        if data is not None and self._state.may_ask:
            self._background.rows.plan(row_requests(self._target, data, self._clock()), since)

    async def _build(self) -> Snapshot:
        """Build the snapshot of the view from the history."""
        self._rows_unshown = False
        return await self._builder.build(self._state, self._status())

    def _status(self) -> PollerStatus:
        filling, rows, used = self._background.backfill, self._background.rows, self._budget.used()
        return PollerStatus(self._next_at, filling.progress, filling.problem, rows.problem, used)

    def _delay(self) -> float:
        fault = self._state.fault
        if fault is None:
            return self._pacing.after_success()
        return self._pacing.after_failure(fault.failures, fault.problem.retry_after)
