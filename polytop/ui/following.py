"""The data side of the wall: a session for each profile, lent to whoever shows it alone."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, View
from polytop.ui.feed import FeedError, Profiles, Watch
from polytop.ui.raised import raised, silenced
from polytop.ui.session import Outlets, Session
from polytop.ui.wall import SILENCE, Tile
from polytop.ui.working import Work

if TYPE_CHECKING:
    from polytop.monitor.alerts.state import AlertView

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


class Lender(Protocol):
    """Lends sessions that go on under another screen, with their alerts as they stand.

    Whoever hands a session over cancels what followed it.
    """

    def take_in(self, session: Session) -> bool:
        """Follow a session that is not one of these; False where it counts something else."""
        ...

    def lend(self, watch: Watch, outlets: Outlets) -> Session | None:
        """The session of that project, no longer followed here; None where there is none."""
        ...

    def take_back(self, session: Session) -> bool:
        """Follow it here again; False where it is not one of these."""
        ...


def same(one: Watch, other: Watch) -> bool:
    """Whether two watches count the same: another limit or other filters make another alarm."""
    return (one.subject.profile, one.subject.target, one.filters) == (
        other.subject.profile,
        other.subject.target,
        other.filters,
    )


def alarmed(alerts: "AlertView | None") -> dict[str, str | None]:
    """What a tile says of its alert rules."""
    if alerts is None or alerts.state is None:
        return {"alert": None, "silenced": "", "alarm": ""}
    rules = raised(alerts.rules)
    words = [f"{problem.summary}. {problem.advice}" for problem in alerts.problems[:1]]
    words += [f"{rule.rule.name}: {rule.text}" for rule in rules[:1]]
    return {
        "alert": alerts.state.value,
        "silenced": silenced(alerts.rules),
        "alarm": " · ".join(words),
    }


@dataclass(slots=True)
class _Follower:
    """One profile; `session` is None where the profile is broken, `job` where it is not followed.

    `silent_since` is when the first answer was begun to be waited for, None once it has come.
    """

    tile: Tile
    watch: Watch | None = None
    session: Session | None = None
    job: Job | None = None
    lent: bool = False
    silent_since: float | None = None


class Followers:
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
        self._all = {name: _Follower(Tile(name)) for name in profiles.names}
        for name, each in self._all.items():
            self._prepare(name, each)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """One for each profile, in the order of the file."""
        return tuple(each.tile for each in self._all.values())

    def watch(self, name: str) -> Watch | None:
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

    def take_in(self, session: Session) -> bool:
        """Follow `session` here from now on; False where it counts what no profile does."""
        each = self._all.get(session.watch.subject.profile)
        if each is None or each.watch is None or each.job or not same(each.watch, session.watch):
            return False
        session.hand(each.watch, self._outlets(each))
        each.session = session
        self._follow(each)
        return True

    def _prepare(self, name: str, each: _Follower) -> None:
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
        each.session = Session(watch, self._outlets(each))

    def _outlets(self, each: _Follower) -> Outlets:
        return Outlets(
            taken=partial(self._take, each),
            told=partial(self._tell, each),
            alarmed=partial(self._alarm, each),
            write=self._write,
            painted=partial(asyncio.sleep, 0),
        )

    def _follow(self, each: _Follower) -> None:
        assert each.session is not None
        assert each.watch is not None
        self._end(each)
        each.lent = False
        each.silent_since = self._stopwatch()
        view = View(each.watch.filters, SPAN, breakdown=None)
        each.job = self._run(partial(each.session.follow, view))

    # What a session says

    def _take(self, each: _Follower, snapshot: Snapshot) -> None:
        if not snapshot.remembered:
            each.silent_since = None
        assert each.session is not None
        waited = each.tile.waited if each.silent_since is not None else 0
        told = alarmed(each.session.alerts)
        self._become(each, snapshot=snapshot, problem=None, waited=waited, **told)

    def _tell(self, each: _Follower, problem: Problem) -> None:
        each.silent_since = None
        self._become(each, problem=problem, waited=0)

    def _alarm(self, each: _Follower) -> None:
        assert each.session is not None
        self._become(each, **alarmed(each.session.alerts))

    def _become(self, each: _Follower, **changes: Any) -> None:
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
                waited = int(now - each.silent_since) // SILENCE * SILENCE
                self._become(each, waited=waited)

    def lend(self, watch: Watch, outlets: Outlets) -> Session | None:
        """See :class:`Lender`."""
        each = self._all.get(watch.subject.profile)
        if each is None or each.watch is None or each.session is None or each.lent:
            return None
        if not same(each.watch, watch):
            return None
        self._end(each)
        each.lent = True
        each.session.hand(watch, outlets)
        return each.session

    def take_back(self, session: Session) -> bool:
        """See :class:`Lender`."""
        for each in self._all.values():
            if each.session is session and each.lent:
                assert each.watch is not None
                session.hand(each.watch, self._outlets(each))
                self._follow(each)
                return True
        return False

    def _end(self, each: _Follower) -> None:
        job, each.job = each.job, None
        if job is not None:
            job.cancel()
