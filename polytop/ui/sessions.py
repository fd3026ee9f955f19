"""The data side of the wall: a session for each profile, lent to whoever shows it alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from polytop.model.breakdown import Breakdown
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot, View
from polytop.ui.ports import Feed, FeedError, MonitoredProfile, Notifier, Profiles
from polytop.ui.wall_model import NO_ANSWER_AFTER, Tile
from polytop.ui.worker import Work

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView, RuleView


SNOOZE = 3_600
"""How long a snooze by key lasts, seconds."""

NO_ALERT = Problem(Kind.REFUSED, "There is no alert to silence", "Alerts come from the profile.")


_SEVERE = {"CRITICAL": 0, "WARNING": 1}


def raised(rules: "Iterable[RuleView]") -> "list[RuleView]":
    """What is raised: not acknowledged first, then the worst, then the latest."""
    return sorted(
        (rule for rule in rules if rule.raised),
        key=lambda rule: (
            rule.acknowledged,
            _SEVERE.get(rule.state.value, 2),
            -(rule.since or 0),
        ),
    )


def silence_word(rules: "Iterable[RuleView]") -> str:
    """``snoozed`` or ``acknowledged``, where nobody is told any more; else nothing."""
    known = tuple(rules)
    if any(rule.snoozed_until is not None for rule in known):
        return "snoozed"
    found = raised(known)
    return "acknowledged" if found and all(rule.acknowledged for rule in found) else ""


log = logging.getLogger("polytop.ui")

GUARDED = 3 * 3_600
"""How far back alert rules can look while something else is on the screen, seconds."""

STOPPED = Problem(
    Kind.BROKEN,
    "The poller stopped",
    "Press r to start it again; the log holds the details: please report them.",
)


class SessionListener(NamedTuple):
    """Where a session says what happens: a new snapshot, a problem, a changed alarm.

    `write` writes a control sequence to the terminal, between two frames; `painted` waits until
    what was taken is on the screen.
    """

    taken: Callable[[Snapshot], None]
    told: Callable[[Problem], None]
    alarmed: Callable[[], None]
    write: Callable[[str], None]
    painted: Callable[[], Awaitable[None]]


class ProfileSession:
    """Follows one profile until it is cancelled; holds what it last brought."""

    def __init__(self, watch: MonitoredProfile, outlets: SessionListener) -> None:
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
        self._alarm: Notifier | None = None
        self._turn = asyncio.Lock()
        self._hands = 0

    @property
    def running(self) -> bool:
        """Whether there is a poller."""
        return self._feed is not None

    def hand(self, watch: MonitoredProfile, outlets: SessionListener) -> None:
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


SPAN = 6 * 3_600
"""What a tile shows, seconds."""

APART = 0.05
"""Seconds between the starts of two profiles, so that keys are answered meanwhile."""


class Job(Protocol):
    """Work under way that can be ended."""

    def cancel(self) -> object:
        """End it."""
        ...


Run = Callable[[Work], Job]
"""Runs a coroutine function beside the screen for as long as the screen is there."""


class SessionLender(Protocol):
    """Lends sessions that go on under another screen, with their alerts as they stand.

    Whoever hands a session over cancels what followed it.
    """

    def take_in(self, session: ProfileSession) -> bool:
        """Follow a session that is not one of these; False where it counts something else."""
        ...

    def lend(self, watch: MonitoredProfile, outlets: SessionListener) -> ProfileSession | None:
        """The session of that project, no longer followed here; None where there is none."""
        ...

    def take_back(self, session: ProfileSession) -> bool:
        """Follow it here again; False where it is not one of these."""
        ...


def counts_the_same(one: MonitoredProfile, other: MonitoredProfile) -> bool:
    """Whether two watches count the same: another limit or other filters make another alarm."""
    return (one.subject.profile, one.subject.target, one.filters) == (
        other.subject.profile,
        other.subject.target,
        other.filters,
    )


def alert_changes(alerts: "AlertView | None") -> dict[str, str | None]:
    """What a tile says of its alert rules."""
    if alerts is None or alerts.state is None:
        return {"alert": None, "silenced": "", "alert_text": ""}
    rules = raised(alerts.rules)
    words = [f"{problem.summary}. {problem.advice}" for problem in alerts.problems[:1]]
    words += [f"{rule.rule.name}: {rule.text}" for rule in rules[:1]]
    return {
        "alert": alerts.state.value,
        "silenced": silence_word(alerts.rules),
        "alert_text": " · ".join(words),
    }


@dataclass(slots=True)
class _Member:
    """One profile; `session` is None where the profile is broken, `job` where it is not followed.

    `silent_since` is when the first answer was begun to be waited for, None once it has come.
    """

    tile: Tile
    watch: MonitoredProfile | None = None
    session: ProfileSession | None = None
    job: Job | None = None
    lent: bool = False
    silent_since: float | None = None


class SessionPool:
    """Follows every profile of `profiles` by itself: none waits for another.

    `changed` is told when a tile is another one; `stopwatch` counts seconds.
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
        self._all = {name: _Member(Tile(name)) for name in profiles.names}
        for name, each in self._all.items():
            self._prepare(name, each)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """One for each profile, in the order of the file."""
        return tuple(each.tile for each in self._all.values())

    def watch(self, name: str) -> MonitoredProfile | None:
        """How that profile is followed; None where it is broken."""
        return self._all[name].watch

    async def start(self) -> None:
        """Begin with all of them, one after the other.

        A key that is waited for, or a name that is looked up, takes a thread: there are enough.
        """
        threads = ThreadPoolExecutor(2 * len(self._all) + 4)
        asyncio.get_running_loop().set_default_executor(threads)
        for each in self._all.values():
            if each.job is None and not each.lent and each.session is not None:
                self._follow(each)
                await asyncio.sleep(APART)

    def take_in(self, session: ProfileSession) -> bool:
        """Follow `session` here from now on; False where it counts what no profile does."""
        each = self._all.get(session.watch.subject.profile)
        if (
            each is None
            or each.watch is None
            or each.job
            or not counts_the_same(each.watch, session.watch)
        ):
            return False
        session.hand(each.watch, self._outlets(each))
        each.session = session
        self._follow(each)
        return True

    def _prepare(self, name: str, each: _Member) -> None:
        try:
            watch = self._profiles.watch(name)
        except FeedError as error:
            each.tile = replace(each.tile, problem=error.problem)
            return
        each.watch = watch
        each.tile = replace(
            each.tile,
            client_env=watch.filters.client_env,
            target=watch.subject.target,
            recorded=watch.subject.recorded is not None,
        )
        each.session = ProfileSession(watch, self._outlets(each))

    def _outlets(self, each: _Member) -> SessionListener:
        return SessionListener(
            taken=partial(self._take, each),
            told=partial(self._tell, each),
            alarmed=partial(self._alarm, each),
            write=self._write,
            painted=partial(asyncio.sleep, 0),
        )

    def _follow(self, each: _Member) -> None:
        assert each.session is not None
        assert each.watch is not None
        self._end(each)
        each.lent = False
        each.silent_since = self._stopwatch()
        view = View(each.watch.filters, SPAN, breakdown=None)
        each.job = self._run(partial(each.session.follow, view))

    # What a session says

    def _take(self, each: _Member, snapshot: Snapshot) -> None:
        if not snapshot.remembered:
            each.silent_since = None
        assert each.session is not None
        waited = each.tile.waited if each.silent_since is not None else 0
        told = alert_changes(each.session.alerts)
        self._become(each, snapshot=snapshot, problem=None, waited=waited, **told)

    def _tell(self, each: _Member, problem: Problem) -> None:
        each.silent_since = None
        self._become(each, problem=problem, waited=0)

    def _alarm(self, each: _Member) -> None:
        assert each.session is not None
        self._become(each, **alert_changes(each.session.alerts))

    def _become(self, each: _Member, **changes: Any) -> None:
        tile = replace(each.tile, **changes)
        if tile != each.tile:
            each.tile = tile
            self._changed()

    # What the screen asks for

    def wake(self) -> None:
        """Ask every one now; start those again that have stopped."""
        for name, each in self._all.items():
            if each.lent:
                continue
            if each.session is None:
                self._prepare(name, each)
            if each.session is None:
                continue
            if each.session.running:
                each.session.wake()
            elif each.tile.problem is not None:
                self._follow(each)

    def tick(self) -> None:
        """Let time pass for the alert rules; at least once a minute."""
        for each in self._all.values():
            if each.session is not None and not each.lent and each.session.tick():
                self._alarm(each)

    def acknowledge(self, name: str) -> bool:
        """Tell no more of what is raised for that profile; whether anything was."""
        each = self._all[name]
        done = each.session is not None and each.session.acknowledge()
        if done:
            self._alarm(each)
        return done

    def snooze(self, name: str, seconds: float) -> bool:
        """Tell nothing of that profile for so long, or end that; whether there is anything."""
        each = self._all[name]
        done = each.session is not None and each.session.snooze_or_end(seconds)
        if done:
            self._alarm(each)
        return done

    def listen(self) -> None:
        """Let it be seen who has not answered yet."""
        now = self._stopwatch()
        for each in self._all.values():
            if each.silent_since is not None and not each.lent:
                waited = int(now - each.silent_since) // NO_ANSWER_AFTER * NO_ANSWER_AFTER
                self._become(each, waited=waited)

    def lend(self, watch: MonitoredProfile, outlets: SessionListener) -> ProfileSession | None:
        """See :class:`SessionLender`."""
        each = self._all.get(watch.subject.profile)
        if each is None or each.watch is None or each.session is None or each.lent:
            return None
        if not counts_the_same(each.watch, watch):
            return None
        self._end(each)
        each.lent = True
        each.session.hand(watch, outlets)
        return each.session

    def take_back(self, session: ProfileSession) -> bool:
        """See :class:`SessionLender`."""
        for each in self._all.values():
            if each.session is session and each.lent:
                assert each.watch is not None
                session.hand(each.watch, self._outlets(each))
                self._follow(each)
                return True
        return False

    def _end(self, each: _Member) -> None:
        job, each.job = each.job, None
        if job is not None:
            job.cancel()
