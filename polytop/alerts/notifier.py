"""The alarm: takes every snapshot, tells who is to be told, and says how the rules stand."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from polytop.alerts import engine, terminal
from polytop.alerts.exec_hook import Commands
from polytop.alerts.log import AlertLog
from polytop.alerts.messages import Notice, Watched
from polytop.alerts.state import AlertView, EngineState, Event, RuleState, RuleView
from polytop.model.alert_rules import Channel, Rule
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters

log = logging.getLogger("polytop.monitor")

_EVENTS = 50
"""Events that the view holds; the log holds more."""


def _nowhere(_: str) -> None:
    return None


class AlertNotifier:
    """The rules of one profile over the snapshots of its poller.

    `clock` is the poller's, epoch seconds; `zone` the local time of hours and texts. `write`
    writes control sequences to the terminal, between two of its frames; `environ` is what the
    terminal is known by and what commands get, without API keys. `changed` is called where the
    view changes by itself. Where the rules have commands, it needs a running event loop.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        watched: Watched,
        *,
        clock: Callable[[], float],
        zone: tzinfo | None = None,
        write: Callable[[str], None] = _nowhere,
        environ: Mapping[str, str] | None = None,
        journal: AlertLog | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._rules, self._watched = tuple(rules), watched
        self._clock, self._zone, self._write = clock, zone, write
        self._environ = dict(os.environ if environ is None else environ)
        self._journal, self._changed = journal, changed
        self._commands = Commands(self._environ, self._ran)
        self._state = EngineState()
        self._sight: engine.Sight | None = None
        self._events: tuple[Event, ...] = ()
        self._failed_commands: dict[str, Problem] = {}
        self._unwritten: Problem | None = None

    @property
    def view(self) -> AlertView:
        """How the rules stand."""
        shown = tuple(_shown(rule, self._state) for rule in self._rules)
        state = max((rule.state for rule in shown), default=None)
        problems = [*self._failed_commands.values()]
        if self._unwritten is not None:
            problems.append(self._unwritten)
        return AlertView(state, shown, self._events, tuple(problems))

    def consume(self, snapshot: Snapshot) -> AlertView:
        """Judge the rules by `snapshot`; never waits for anybody who is told.

        The rules are about all conversations of the profile's environment: a snapshot under
        other filters says only whether data come.
        """
        ours = snapshot.view.filters == Filters(self._watched.client_env)
        # Whatever range is looked at, the rules look at the last hours.
        recent = snapshot.recent if snapshot.recent.values else snapshot.total
        sight = engine.Sight(
            now=snapshot.at,
            series=recent if ours else None,
            fetched_at=snapshot.fetched_at,
            limit=snapshot.capacity.limit,
            due=snapshot.next_at,
        )
        self._sight = replace(sight, due=None)
        return self._taken(engine.step(self._rules, self._state, sight, self._zone))

    def tick(self) -> AlertView:
        """Judge the rules by the time alone, between two polls; nothing before the first.

        Polls that fail are far apart: without this, data that do not come, and the end of a
        snooze, would be told only with the next of them. To be called at least once a minute:
        a longer silence of both is taken for the machine's sleep (see engine.SLEPT).
        """
        if self._sight is None:
            return self.view
        sight = replace(self._sight, now=self._clock())
        return self._taken(engine.step(self._rules, self._state, sight, self._zone))

    def acknowledge(self, names: Iterable[str] | None = None) -> AlertView:
        """Tell no more of what is raised until it has cleared; None is every rule."""
        return self._taken(
            engine.acknowledge(self._rules, self._state, self._named(names), self._clock())
        )

    def snooze(self, until: float, names: Iterable[str] | None = None) -> AlertView:
        """Tell nothing before `until` (epoch seconds); None is every rule.

        A moment that is over ends the snooze.
        """
        named, now = self._named(names), self._clock()
        return self._taken(engine.snooze(self._rules, self._state, named, now, until))

    async def aclose(self, patience: float = 2.0) -> None:
        """Let commands that run end; after `patience` seconds they are killed."""
        await self._commands.aclose(patience)

    def _named(self, names: Iterable[str] | None) -> set[str]:
        return {rule.name for rule in self._rules} if names is None else set(names)

    def _taken(self, step: engine.Step) -> AlertView:
        self._state = step.state
        self._events = (*reversed(step.events), *self._events)[:_EVENTS]
        for event in step.events:
            self._note(event)
        rules = {rule.name: rule for rule in self._rules}
        told = [event for event in step.events if event.told]
        self._tell([Notice(self._watched, rules[event.rule], event) for event in told])
        return self.view

    def _note(self, event: Event) -> None:
        if self._journal is None:
            return
        try:
            self._journal.append(self._watched, event)
        except OSError as error:
            summary = f"The log of alerts was not written: {error.strerror or 'not writable'}"
            if self._unwritten is None:
                log.warning("%s", summary)
            advice = "Check the data folder's permissions and the disk."
            self._unwritten = Problem(Kind.BROKEN, summary, advice)
        else:
            self._unwritten = None

    def _tell(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            if Channel.DESKTOP in notice.rule.tell:
                self._write(terminal.notification(notice.title, notice.body, self._environ))
            if notice.rule.exec:
                self._commands.tell(notice)
        if any(notice.calls and Channel.BELL in notice.rule.tell for notice in notices):
            self._write(terminal.BELL)

    def _ran(self, name: str, problem: Problem | None) -> None:
        """A command has ended; what went wrong stands until it goes well."""
        before = self._failed_commands.pop(name, None)
        if problem is not None:
            self._failed_commands[name] = problem
        if problem != before:
            self._changed()


def _shown(rule: Rule, state: EngineState) -> RuleView:
    found = state.rules.get(rule.name, RuleState())
    episode, snooze = found.episode, found.snooze
    return RuleView(
        rule=rule,
        state=found.state,
        since=found.since,
        text=found.text,
        raised=episode is not None,
        acknowledged=episode is not None and episode.acknowledged,
        snoozed_until=None if snooze is None else snooze.until,
    )
