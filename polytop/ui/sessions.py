"""Sessions: one profile's feed and alerts, without widgets; and the pool that the wall follows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from polytop.model.breakdown import Breakdown
from polytop.model.memory import give_back
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import RunningPoll, Snapshot, View
from polytop.ui.drawn_cache import POLLS, forget_drawn
from polytop.ui.ports import (
    Feed,
    FeedError,
    MonitoredProfile,
    Notifier,
    Picture,
    Profiles,
    no_picture,
)
from polytop.ui.wall_model import NO_ANSWER_AFTER, Tile
from polytop.ui.worker import Work

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView


log = logging.getLogger("polytop.ui")

GUARDED = 3 * 3_600
"""The span that alert rules see while the screen shows a selection, seconds."""

STOPPED = Problem(
    Kind.BROKEN,
    "The poller stopped",
    "Press r to start it again; the log holds the details: please report them.",
)


class SessionListener(NamedTuple):
    """Who is told of a new snapshot, a problem, and changed alerts.

    `write` writes a control sequence to the terminal, between two frames; `wait_for_paint` waits
    until the last snapshot is on the screen, and `picture` draws it.
    """

    on_snapshot: Callable[[Snapshot], None]
    on_problem: Callable[[Problem], None]
    on_alerts: Callable[[], None]
    write: Callable[[str], None]
    wait_for_paint: Callable[[], Awaitable[None]]
    picture: Picture = no_picture


class ProfileSession:
    """Follows one profile until it is cancelled; holds its last snapshot and its alerts."""

    def __init__(self, profile: MonitoredProfile, listener: SessionListener) -> None:
        self.profile, self._listener = profile, listener
        self.latest: Snapshot | None = None
        self.names: dict[str, str] = {}
        """Name of every variant that was ever seen, by its id."""
        self.alerts: AlertView | None = None
        self.asking = False
        """True while an answer is awaited that the user asked for."""
        self._feed: Feed | None = None
        self._guard: asyncio.Task[None] | None = None
        self._guard_feed: Feed | None = None
        self._notifier: Notifier | None = None
        self._turn = asyncio.Lock()
        self._handovers = 0

    @property
    def running(self) -> bool:
        """True while there is a poller."""
        return self._feed is not None

    @property
    def guarded(self) -> bool:
        """True while a second feed asks for all conversations, for the alert rules."""
        return self._guard is not None

    def hand_over(self, profile: MonitoredProfile, listener: SessionListener) -> None:
        """Go on for another listener, with the alerts as they stand.

        The caller cancels the present :meth:`follow`; the next one waits for its end.
        """
        self.profile, self._listener = profile, listener
        self.latest, self.asking = None, False
        self._handovers += 1

    async def follow(self, view: View) -> None:
        """Receive snapshots, of `view` first, for as long as the feed gives them."""
        handovers = self._handovers
        try:
            async with self._turn:
                await self._follow_feed(view)
        finally:
            if self._notifier is not None and handovers == self._handovers:
                await self._notifier.aclose()

    async def _follow_feed(self, view: View) -> None:
        try:
            feed = await self.profile.open(view)
        except FeedError as error:
            self._listener.on_problem(error.problem)
            return
        self._feed = feed
        try:
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    self._receive(snapshot)
                    if snapshot.remembered:
                        # The next step loads large modules: the screen comes first.
                        await self._listener.wait_for_paint()
        except FeedError as error:
            self._listener.on_problem(error.problem)
        except Exception:
            log.exception("the poller stopped")
            self._listener.on_problem(STOPPED)
        finally:
            self._feed = None
            await self._end_guard()

    def _open_notifier(self) -> None:
        if self._notifier is None and self.profile.make_notifier is not None:
            self._notifier = self.profile.make_notifier(
                self._write, self._notifier_changed, self._picture
            )

    def _write(self, sequence: str) -> None:
        self._listener.write(sequence)

    async def _picture(self) -> str | None:
        return await self._listener.picture()

    def _notifier_changed(self) -> None:
        if self._notifier is not None:
            self.alerts = self._notifier.view
            self._listener.on_alerts()

    def _receive(self, snapshot: Snapshot) -> None:
        before, self.latest = self.latest, snapshot
        self.asking = False
        variants = snapshot.view.breakdown is Breakdown.VARIANT
        for row in (snapshot.rows or ()) if variants else ():
            if row.part.id is not None:
                self.names[row.part.id] = row.name or row.part.id
        if snapshot.remembered:
            # Alerts are about now: data from the history alone are shown, and not judged.
            self._listener.on_snapshot(snapshot)
            return
        self._open_notifier()
        self._keep_guard(snapshot.view)
        if self._notifier is not None and self._guard is None:
            self.alerts = self._notifier.consume(snapshot)
        self._listener.on_snapshot(snapshot)
        if before is not None and before.polls < snapshot.polls:
            if snapshot.polls % POLLS == 0:
                forget_drawn()
            give_back()

    def tick(self) -> bool:
        """Judge the rules by the time that has passed; return True if their view has changed.

        Call it once a minute or more often.
        """
        before = self.alerts
        if self._notifier is not None and before is not None:
            self.alerts = self._notifier.tick()
        return self.alerts != before

    # Alert rules are about all conversations. While the screen shows a selection, or no forecast
    # where a rule is about it, a second feed keeps asking for all of them.

    def _keep_guard(self, view: View) -> None:
        forecasts = self._notifier is not None and self._notifier.forecasts
        selection = view.filters != self.profile.all_calls
        needed = self._notifier is not None and (selection or (forecasts and not view.forecast))
        if needed and self._guard is None:
            self._guard = asyncio.create_task(self._guarding(forecasts))
        elif not needed and self._guard is not None:
            self._guard.cancel()
            self._guard = None

    async def _end_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.cancel()
            await asyncio.wait([guard])

    async def _guarding(self, forecasts: bool) -> None:
        try:
            # Rules are about the total: a slice would double the requests.
            view = View(self.profile.all_calls, GUARDED, breakdown=None, forecast=forecasts)
            feed = await self.profile.open(view)
            self._guard_feed = feed
            async with aclosing(feed), aclosing(feed.snapshots()) as snapshots:
                async for snapshot in snapshots:
                    if self._notifier is not None and not snapshot.remembered:
                        self.alerts = self._notifier.consume(snapshot)
                        self._listener.on_alerts()
        except FeedError as error:
            self._listener.on_problem(error.problem)
        except Exception:
            log.exception("the poller of the alerts stopped")
            self._listener.on_problem(STOPPED)
        finally:
            self._guard_feed = None

    def poll_now(self) -> RunningPoll | None:
        """Poll now; return the poll under way, if there is one."""
        self.asking = True
        if self._guard_feed is not None:
            self._guard_feed.wake()
        return None if self._feed is None else self._feed.wake()

    def show(self, view: View) -> None:
        """Show another view."""
        if self._feed is not None:
            self.asking = True
            self._feed.look(view)

    def keep_listed(self, languages: tuple[str, ...], phone_numbers: tuple[str, ...]) -> None:
        """Note that the profile now lists these."""
        self.profile = replace(self.profile, languages=languages, phone_numbers=phone_numbers)

    def show_again(self) -> None:
        """Read the history anew."""
        if self._feed is not None:
            self._feed.show_again()

    def acknowledge(self) -> "AlertView | None":
        """Silence raised alerts until they clear; return the rules, None if nothing is raised."""
        raised = self.alerts.raised if self.alerts else []
        if self._notifier is None or all(rule.acknowledged for rule in raised):
            return None
        self.alerts = self._notifier.acknowledge()
        return self.alerts

    def snooze(self, until: float) -> "AlertView | None":
        """Silence all rules until `until` (epoch seconds); return them, None if there are none."""
        if self._notifier is None or not (self.alerts and self.alerts.rules):
            return None
        self.alerts = self._notifier.snooze(until)
        return self.alerts

    def toggle_snooze(self, seconds: float) -> "AlertView | None":
        """Silence all rules for `seconds`, or end a snooze; return them, None without any."""
        runs = self.alerts is not None and self.alerts.snoozed_until is not None
        return self.snooze(self.profile.clock() + (0 if runs else seconds))


SPAN = 6 * 3_600
"""The span of a tile, seconds."""

APART = 0.05
"""Seconds between the starts of two profiles, so that keys are answered meanwhile."""


class Job(Protocol):
    """Work under way that can be ended."""

    def cancel(self) -> object:
        """End it."""
        ...


Run = Callable[[Work], Job]
"""Runs a coroutine function beside the screen for as long as the screen is there."""


def counts_the_same(one: MonitoredProfile, other: MonitoredProfile) -> bool:
    """Return True if both count the same calls: their alerts are then the same too."""
    return (one.subject.profile, one.subject.target, one.filters) == (
        other.subject.profile,
        other.subject.target,
        other.filters,
    )


def alert_changes(alerts: "AlertView | None") -> dict[str, Any]:
    """Return the fields of a tile that tell of its alerts."""
    if alerts is None or alerts.state is None:
        return {
            "alert": None,
            "silenced": "",
            "snoozed_until": None,
            "alert_text": "",
            "alert_since": None,
        }
    words = [f"{problem.summary}. {problem.advice}" for problem in alerts.problems[:1]]
    raised = alerts.raised[:1]
    words += [f"{rule.rule.name}: {rule.text}" for rule in raised]
    return {
        "alert": alerts.state,
        "silenced": alerts.silence,
        "snoozed_until": alerts.snoozed_until,
        "alert_text": " · ".join(words),
        "alert_since": raised[0].since if raised else None,
    }


@dataclass(slots=True)
class _Member:
    """One profile; `session` is None if the profile is broken, `job` if nobody follows it here.

    `silent_since` is when the wait for the first answer began, None once it has come.
    """

    tile: Tile
    profile: MonitoredProfile | None = None
    session: ProfileSession | None = None
    job: Job | None = None
    lent: bool = False
    silent_since: float | None = None


class SessionPool:
    """Follows every profile by itself: none waits for another.

    A session can be lent to a screen that shows its profile alone, and is taken back with its
    alerts as they stand; whoever hands a session over cancels its own following of it. `changed`
    is called when a tile has changed; `stopwatch` counts seconds.
    """

    def __init__(
        self,
        profiles: Profiles,
        run: Run,
        changed: Callable[[], None],
        write: Callable[[str], None],
        stopwatch: Callable[[], float],
    ) -> None:
        self._profiles, self._run = profiles, run
        self._changed, self._write, self._stopwatch = changed, write, stopwatch
        self._members = {name: _Member(Tile(name)) for name in profiles.names}
        for name, member in self._members.items():
            self._prepare(name, member)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """One for each profile, in the order of the file."""
        return tuple(member.tile for member in self._members.values())

    @property
    def clock(self) -> Callable[[], float] | None:
        """The clock of the first profile that is not broken."""
        members = self._members.values()
        return next((each.profile.clock for each in members if each.profile is not None), None)

    async def start(self) -> None:
        """Follow all of them, one after the other.

        A key command or a name look-up takes a thread, so there are enough threads for all.
        """
        threads = ThreadPoolExecutor(2 * len(self._members) + 4)
        asyncio.get_running_loop().set_default_executor(threads)
        for member in self._members.values():
            if member.job is None and not member.lent and member.session is not None:
                self._follow(member)
                await asyncio.sleep(APART)

    def adopt(self, session: ProfileSession) -> bool:
        """Follow the session of another screen; return False if no profile counts the same."""
        member = self._members.get(session.profile.subject.profile)
        if member is None or member.profile is None or member.job:
            return False
        if not counts_the_same(member.profile, session.profile):
            return False
        session.hand_over(member.profile, self._listener(member))
        member.session = session
        self._follow(member)
        return True

    def lend(self, profile: MonitoredProfile, listener: SessionListener) -> ProfileSession | None:
        """Return the session of `profile`, no longer followed here; None if there is none."""
        member = self._members.get(profile.subject.profile)
        if member is None or member.profile is None or member.session is None or member.lent:
            return None
        if not counts_the_same(member.profile, profile):
            return None
        self._end(member)
        member.lent = True
        member.session.hand_over(profile, listener)
        return member.session

    def take_back(self, session: ProfileSession) -> bool:
        """Follow a lent session here again; return False if it is not one of these."""
        for member in self._members.values():
            if member.session is session and member.lent:
                assert member.profile is not None
                session.hand_over(member.profile, self._listener(member))
                self._follow(member)
                return True
        return False

    def _prepare(self, name: str, member: _Member) -> None:
        try:
            profile = self._profiles.get(name)
        except FeedError as error:
            member.tile = replace(member.tile, problem=error.problem)
            return
        member.profile = profile
        member.tile = replace(
            member.tile,
            client_env=profile.filters.client_env,
            target=profile.subject.target,
            recorded=profile.subject.recorded is not None,
            speed=profile.subject.speed,
        )
        member.session = ProfileSession(profile, self._listener(member))

    def _listener(self, member: _Member) -> SessionListener:
        return SessionListener(
            on_snapshot=partial(self._receive, member),
            on_problem=partial(self._report, member),
            on_alerts=partial(self._update_alerts, member),
            write=self._write,
            wait_for_paint=partial(asyncio.sleep, 0),
        )

    def _follow(self, member: _Member) -> None:
        assert member.session is not None
        assert member.profile is not None
        self._end(member)
        member.lent = False
        member.silent_since = self._stopwatch()
        view = View(member.profile.filters, SPAN, breakdown=None)
        member.job = self._run(partial(member.session.follow, view))

    # What a session reports

    def _receive(self, member: _Member, snapshot: Snapshot) -> None:
        if not snapshot.remembered:
            member.silent_since = None
        assert member.session is not None
        waited = member.tile.waited if member.silent_since is not None else 0
        alerts = alert_changes(member.session.alerts)
        self._change(member, snapshot=snapshot, problem=None, waited=waited, **alerts)

    def _report(self, member: _Member, problem: Problem) -> None:
        member.silent_since = None
        self._change(member, problem=problem, waited=0)

    def _update_alerts(self, member: _Member) -> None:
        assert member.session is not None
        self._change(member, **alert_changes(member.session.alerts))

    def _change(self, member: _Member, **changes: Any) -> None:
        tile = replace(member.tile, **changes)
        if tile != member.tile:
            member.tile = tile
            self._changed()

    # What the screen asks for

    def poll_now(self) -> tuple[RunningPoll, ...]:
        """Poll every profile; start those again that have stopped. Return the polls under way."""
        running = []
        for name, member in self._members.items():
            if member.lent:
                continue
            if member.session is None:
                self._prepare(name, member)
            if member.session is None:
                continue
            if member.session.running:
                running.append(member.session.poll_now())
            elif member.tile.problem is not None:
                self._follow(member)
        return tuple(filter(None, running))

    def tick(self) -> None:
        """Judge the alert rules by the time that has passed. Call it once a minute or more."""
        for member in self._members.values():
            if member.session is not None and not member.lent and member.session.tick():
                self._update_alerts(member)

    def acknowledge(self, name: str) -> "AlertView | None":
        """Do what :meth:`ProfileSession.acknowledge` does, for the profile `name`."""
        member = self._members[name]
        return self._silence(member, member.session.acknowledge() if member.session else None)

    def toggle_snooze(self, name: str, seconds: float) -> "AlertView | None":
        """Do what :meth:`ProfileSession.toggle_snooze` does, for the profile `name`."""
        member = self._members[name]
        done = member.session.toggle_snooze(seconds) if member.session else None
        return self._silence(member, done)

    def _silence(self, member: _Member, done: "AlertView | None") -> "AlertView | None":
        if done is not None:
            self._update_alerts(member)
        return done

    def note_silence(self) -> None:
        """Let the tiles show who has not answered yet."""
        now = self._stopwatch()
        for member in self._members.values():
            if member.silent_since is not None and not member.lent:
                waited = int(now - member.silent_since) // NO_ANSWER_AFTER * NO_ANSWER_AFTER
                self._change(member, waited=waited)

    def _end(self, member: _Member) -> None:
        job, member.job = member.job, None
        if job is not None:
            job.cancel()
