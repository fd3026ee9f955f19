"""The data side of the home screen: one profile, its feed, its alarm. No widgets."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a session says what happens: a new snapshot, a problem, a changed alarm.

    `write` writes a control sequence to the terminal, between two frames.
    """

    taken: Callable[[Snapshot], None]
    told: Callable[[Problem], None]
    alarmed: Callable[[], None]
    write: Callable[[str], None]


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

    @property
    def running(self) -> bool:
        """Whether there is a poller."""
        return self._feed is not None

    async def follow(self, view: View) -> None:
        """Take snapshots in, beginning with `view`, for as long as the feed gives them."""
        try:
            feed = await self.watch.open(view)
        except FeedError as error:
            self._outlets.told(error.problem)
            return
        self._feed = feed
        self._open_alarm()
        try:
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    self._take(snapshot)
        except FeedError as error:
            self._outlets.told(error.problem)
        except Exception:
            log.exception("the poller stopped")
            self._outlets.told(STOPPED)
        finally:
            self._feed = None
            await self._end_guard()
            if self._alarm is not None:
                await self._alarm.aclose()

    def _open_alarm(self) -> None:
        if self._alarm is None and self.watch.alarm is not None:
            self._alarm = self.watch.alarm(self._outlets.write, self._alarm_changed)

    def _alarm_changed(self) -> None:
        if self._alarm is not None:
            self.alerts = self._alarm.view
            self._outlets.alarmed()

    def _take(self, snapshot: Snapshot) -> None:
        self.latest = snapshot
        self.asking = False
        self._keep_guard(snapshot.view)
        for row in snapshot.rows or ():
            if row.part.id is not None:
                self.names[row.part.id] = row.name or row.part.id
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
            feed = await self.watch.open(View(self.watch.whole, GUARDED))
            self._guard_feed = feed
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    if self._alarm is not None:
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
