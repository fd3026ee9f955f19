"""The data side of the home screen: one profile, its feed, its alarm. No widgets."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot, View
from polytop.ui.feed import Alarm, Feed, FeedError, Watch

if TYPE_CHECKING:
    from polytop.monitor.alerts.state import AlertView

log = logging.getLogger("polytop.ui")

GUARDED = 3 * 3_600
"""How far back alert rules can look while something else is on the screen, seconds."""

STOPPED = Problem(
    Kind.BROKEN,
    "The poller stopped",
    "Press r to start it again; the log holds the details: please report them.",
)


class Outlets(NamedTuple):
    """Where a session says what happens: a new snapshot, a problem, a changed alarm.

    `write` writes a control sequence to the terminal, between two frames; `painted` waits until
    what was taken is on the screen.
    """

    taken: Callable[[Snapshot], None]
    told: Callable[[Problem], None]
    alarmed: Callable[[], None]
    write: Callable[[str], None]
    painted: Callable[[], Awaitable[None]]


class Session:
    """Follows one profile until it is cancelled; holds what it last brought."""

    def __init__(self, watch: Watch, outlets: Outlets) -> None:
        self.watch, self._outlets = watch, outlets
        self.latest: Snapshot | None = None
        self.names: dict[str, str] = {}
        """Name of every variant that was ever seen, by its id."""
        self.alerts: AlertView | None = None
        self.asking = False
        """Whether an answer is waited for that the user asked for."""
        self._feed: Feed | None = None
        self._guard: asyncio.Task[None] | None = None
        self._guard_feed: Feed | None = None
        self._alarm: Alarm | None = None
        self._turn = asyncio.Lock()
        self._hands = 0

    @property
    def running(self) -> bool:
        """Whether there is a poller."""
        return self._feed is not None

    def hand(self, watch: Watch, outlets: Outlets) -> None:
        """Belong to somebody else, with the alerts as they stand.

        What follows it now is to be cancelled; the next to follow it waits for the end of that.
        """
        self.watch, self._outlets = watch, outlets
        self.latest, self.asking = None, False
        self._hands += 1

    async def follow(self, view: View) -> None:
        """Take snapshots in, beginning with `view`, for as long as the feed gives them."""
        hands = self._hands
        try:
            async with self._turn:
                await self._followed(view)
        finally:
            if self._alarm is not None and hands == self._hands:
                await self._alarm.aclose()

    async def _followed(self, view: View) -> None:
        try:
            feed = await self.watch.open(view)
        except FeedError as error:
            self._outlets.told(error.problem)
            return
        self._feed = feed
        try:
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    self._take(snapshot)
                    if snapshot.remembered:
                        # What comes next loads much: that would be in the way of the screen.
                        await self._outlets.painted()
        except FeedError as error:
            self._outlets.told(error.problem)
        except Exception:
            log.exception("the poller stopped")
            self._outlets.told(STOPPED)
        finally:
            self._feed = None
            await self._end_guard()

    def _open_alarm(self) -> None:
        if self._alarm is None and self.watch.alarm is not None:
            self._alarm = self.watch.alarm(self._write, self._alarm_changed)

    def _write(self, sequence: str) -> None:
        self._outlets.write(sequence)

    def _alarm_changed(self) -> None:
        if self._alarm is not None:
            self.alerts = self._alarm.view
            self._outlets.alarmed()

    def _take(self, snapshot: Snapshot) -> None:
        self.latest = snapshot
        self.asking = False
        variants = snapshot.view.breakdown is Breakdown.VARIANT
        for row in (snapshot.rows or ()) if variants else ():
            if row.part.id is not None:
                self.names[row.part.id] = row.name or row.part.id
        if snapshot.remembered:
            # Alerts are about now: what is only remembered is shown at once and judged by nobody.
            self._outlets.taken(snapshot)
            return
        self._open_alarm()
        self._keep_guard(snapshot.view)
        if self._alarm is not None and self._guard is None:
            self.alerts = self._alarm.consume(snapshot)
        self._outlets.taken(snapshot)

    def tick(self) -> bool:
        """Let time pass for the rules; whether what they say has changed. Once a minute or more."""
        before = self.alerts
        if self._alarm is not None and before is not None:
            self.alerts = self._alarm.tick()
        return self.alerts != before

    # Alert rules are about all conversations. While something else is looked at, a second
    # feed keeps asking for these.

    def _keep_guard(self, view: View) -> None:
        needed = self._alarm is not None and view.filters != self.watch.whole
        if needed and self._guard is None:
            self._guard = asyncio.create_task(self._guarding())
        elif not needed and self._guard is not None:
            self._guard.cancel()
            self._guard = None

    async def _end_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.cancel()
            await asyncio.wait([guard])

    async def _guarding(self) -> None:
        try:
            # Rules are about the total: a slice would double the requests.
            feed = await self.watch.open(View(self.watch.whole, GUARDED, breakdown=None))
            self._guard_feed = feed
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    if self._alarm is not None and not snapshot.remembered:
                        self.alerts = self._alarm.consume(snapshot)
                        self._outlets.alarmed()
        except FeedError as error:
            self._outlets.told(error.problem)
        except Exception:
            log.exception("the poller of the alerts stopped")
            self._outlets.told(STOPPED)
        finally:
            self._guard_feed = None

    def wake(self) -> None:
        """Poll now."""
        self.asking = True
        for feed in (self._feed, self._guard_feed):
            if feed is not None:
                feed.wake()

    def look(self, view: View) -> None:
        """Show another view."""
        if self._feed is not None:
            self.asking = True
            self._feed.look(view)

    def keep_listed(self, languages: tuple[str, ...], phone_numbers: tuple[str, ...]) -> None:
        """These are the profile's from now on."""
        self.watch = replace(self.watch, languages=languages, phone_numbers=phone_numbers)

    def show_again(self) -> None:
        """Read anew what is remembered."""
        if self._feed is not None:
            self._feed.show_again()

    def acknowledge(self) -> bool:
        """Tell no more of what is raised; whether anything was."""
        raised = [rule for rule in self.alerts.rules if rule.raised] if self.alerts else []
        if self._alarm is None or not any(not rule.acknowledged for rule in raised):
            return False
        self.alerts = self._alarm.acknowledge()
        return True

    def snooze(self, until: float) -> bool:
        """Tell nothing before `until` (epoch seconds); whether there is anything to tell of."""
        if self._alarm is None or not (self.alerts and self.alerts.rules):
            return False
        self.alerts = self._alarm.snooze(until)
        return True

    def snooze_or_end(self, seconds: float) -> bool:
        """Tell nothing for so long, or again where a snooze runs; whether there is anything."""
        rules = self.alerts.rules if self.alerts else ()
        runs = any(rule.snoozed_until is not None for rule in rules)
        return self.snooze(self.watch.clock() + (0 if runs else seconds))
