"""Evaluate the rules on every snapshot, notify the user, and keep the state of the rules."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from functools import partial
from typing import Protocol

from polytop.alerts import engine, terminal
from polytop.alerts.exec_hook import CommandRunner
from polytop.alerts.log import AlertLog
from polytop.alerts.messages import Notice, WatchedCalls
from polytop.alerts.saved_state import AlertStateFile, BrokenStateError, lasting_part, merge
from polytop.alerts.state import AlertView, EngineState, Event, RuleState, RuleView
from polytop.model.alert_rules import Channel, LimitWithin, Rule
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters

log = logging.getLogger("polytop.monitor")

_EVENTS = 50
"""Events in the view; the log has more."""


class IncidentRecorder(Protocol):
    """Keeps what is known of incidents, beside the poller."""

    @property
    def problem(self) -> Problem | None:
        """Why the last of it was not kept."""
        ...

    def record(self, events: Sequence[Event], view: View | None) -> None:
        """Keep what is known at the `events` of incidents; `view` is what the screen shows."""
        ...

    async def aclose(self, patience: float) -> None:
        """Wait for what is being kept, at most `patience` seconds."""
        ...


def _write_nothing(_: str) -> None:
    return None


class AlertNotifier:
    """Applies the rules of one profile to the snapshots of its poller.

    `clock` is the poller's, in epoch seconds; `zone` is the local time of schedules and texts.
    `write` writes control sequences to the terminal between two frames. `environ` identifies the
    terminal and is passed to commands, without API keys. `changed` is called if the view changes
    between two snapshots. With `state_file`, raised alerts, acknowledgements and snoozes outlast
    a restart. `recorder` keeps incidents. It, and rules with commands, need a running event loop.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        watched: WatchedCalls,
        *,
        clock: Callable[[], float],
        zone: tzinfo | None = None,
        write: Callable[[str], None] = _write_nothing,
        environ: Mapping[str, str] | None = None,
        alert_log: AlertLog | None = None,
        state_file: AlertStateFile | None = None,
        recorder: IncidentRecorder | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._recorder = recorder
        self._rules, self._watched = tuple(rules), watched
        self._clock, self._zone, self._write = clock, zone, write
        self._environ = dict(os.environ if environ is None else environ)
        self._alert_log, self._changed = alert_log, changed
        self._commands = CommandRunner(self._environ, self._command_ended)
        self._state_file = state_file
        self._unsaved: Problem | None = None
        self._state = EngineState()
        self._saved: Mapping[str, RuleState] = {}
        self._shared: Mapping[str, RuleState] = {}
        self._load_state(first=True)
        self._observation: engine.Observation | None = None
        self._events: tuple[Event, ...] = ()
        self._failed_commands: dict[str, Problem] = {}
        self._unwritten: Problem | None = None
        self._view: View | None = None

    @property
    def view(self) -> AlertView:
        """The state of the rules."""
        shown = tuple(_build_view(rule, self._state) for rule in self._rules)
        state = max((rule.state for rule in shown), default=None)
        unkept = self._recorder.problem if self._recorder else None
        problems = (*self._failed_commands.values(), self._unwritten, self._unsaved, unkept)
        return AlertView(state, shown, self._events, tuple(filter(None, problems)))

    @property
    def forecasts(self) -> bool:
        """True if a rule is about the forecast: snapshots are then to have one."""
        return any(isinstance(rule.condition, LimitWithin) for rule in self._rules)

    def consume(self, snapshot: Snapshot) -> AlertView:
        """Evaluate the rules by `snapshot`; never waits for a notification.

        The rules count all conversations of the profile's environment: a snapshot under other
        filters says only that answers come.
        """
        ours = snapshot.view.filters == Filters(self._watched.client_env)
        # The rules look at the last hours, whatever span the screen shows.
        recent = snapshot.recent if snapshot.recent.values else snapshot.total
        observation = engine.Observation(
            now=snapshot.at,
            series=recent if ours else None,
            fetched_at=snapshot.fetched_at,
            limit=snapshot.capacity.limit,
            due=snapshot.next_at,
            outlook=snapshot.outlook if ours else None,
        )
        self._observation, self._view = replace(observation, due=None), snapshot.view
        return self._apply(partial(self._step, observation))

    def _step(self, observation: engine.Observation) -> engine.Step:
        return engine.step(self._rules, self._state, observation, self._zone, self._shared)

    def tick(self) -> AlertView:
        """Evaluate the rules by the time alone, between two polls; does nothing before the first.

        Polls that fail are far apart: without this, missing data and the end of a snooze would be
        noticed only at the next of them. Call it at least once a minute: a longer pause counts as
        sleep of the machine (see engine.SLEPT).
        """
        if self._observation is None:
            return self.view
        return self._apply(partial(self._step, replace(self._observation, now=self._clock())))

    def acknowledge(self, names: Iterable[str] | None = None) -> AlertView:
        """Stop notifications of raised rules until they have cleared; None means every rule."""
        named, now = self._named(names), self._clock()
        return self._apply(
            lambda: engine.acknowledge(self._rules, self._state, named, now, self._zone)
        )

    def snooze(self, until: float, names: Iterable[str] | None = None) -> AlertView:
        """Stop notifications before `until` (epoch seconds); None means every rule.

        An `until` in the past ends the snooze.
        """
        named, now = self._named(names), self._clock()
        return self._apply(
            lambda: engine.snooze(self._rules, self._state, named, now, until, self._zone)
        )

    async def aclose(self, patience: float = 2.0) -> None:
        """Wait for running commands; kill them after `patience` seconds."""
        await self._commands.aclose(patience)
        if self._recorder is not None:
            await self._recorder.aclose(patience)

    def _named(self, names: Iterable[str] | None) -> set[str]:
        return {rule.name for rule in self._rules} if names is None else set(names)

    def _apply(self, act: Callable[[], engine.Step]) -> AlertView:
        step = self._act_and_save(act)
        self._state = step.state
        self._events = (*reversed(step.events), *self._events)[:_EVENTS]
        for event in step.events:
            if not event.shared:
                self._append_to_log(event)
        self._record([event for event in step.events if self._is_of_incident(event)])
        rules = {rule.name: rule for rule in self._rules}
        notified = [event for event in step.events if event.notified]
        self._notify([Notice(self._watched, rules[event.rule], event) for event in notified])
        return self.view

    def _is_of_incident(self, event: Event) -> bool:
        """True if `event` is of an incident, and there is something to keep.

        What another polytop keeps may lack a picture.
        """
        raised = self._state.rules[event.rule].episode is not None
        return event.turning or (raised and not event.shared)

    def _record(self, events: Sequence[Event]) -> None:
        if events and self._recorder is not None:
            self._recorder.record(events, self._view)

    def _act_and_save(self, act: Callable[[], engine.Step]) -> engine.Step:
        """Return the step of `act`; save what must outlast a restart, before anybody is notified.

        While it is saved no other polytop writes: of two that see the same change one is first,
        and the other one's step is taken anew with what the first has saved.
        """
        file = self._state_file
        if file is None:
            return act()
        self._load_state()
        step = act()
        if lasting_part(step.state) == self._saved:
            return step
        merged = merge(step.state.rules, self._saved, self._shared)
        try:
            with file.lock():
                if self._load_state():
                    step = act()
                    merged = merge(step.state.rules, self._saved, self._shared)
                state = replace(step.state, rules=merged)
                file.save(self._watched, self._rules, state, self._clock())
        except OSError as error:
            self._unsaved = _not_writable("The state of alerts was not saved", error, self._unsaved)
        else:
            self._saved, self._unsaved = lasting_part(step.state), None
        self._shared = merged
        return step

    def _load_state(self, *, first: bool = False) -> bool:
        """Take over what other polytops have saved since; return True if there is anything."""
        file = self._state_file
        if file is None or not self._rules:
            return False
        try:
            if not file.changed:
                return False
            loaded = file.load(self._watched, self._rules, self._clock())
        except BrokenStateError as aside:
            summary = f"The saved state of alerts was damaged: it is set aside as {aside}"
            advice = "Alerts may be announced again; acknowledge or snooze them anew."
        except OSError as error:
            summary = f"The saved state of alerts was not read: {error.strerror or 'not readable'}"
            advice = "Check the data folder's permissions."
        else:
            saved = lasting_part(self._state) == self._saved
            adopted = engine.adopt(self._state, self._shared, loaded.rules)
            self._state, self._shared = (loaded if first else adopted), loaded.rules
            self._saved = lasting_part(self._state) if saved else self._saved
            return True
        log.warning("%s", summary)
        self._unsaved = Problem(Kind.BROKEN, summary, advice)
        return False

    def _append_to_log(self, event: Event) -> None:
        if self._alert_log is None:
            return
        try:
            self._alert_log.append(self._watched, event)
        except OSError as error:
            what = "The log of alerts was not written"
            self._unwritten = _not_writable(what, error, self._unwritten)
        else:
            self._unwritten = None

    def _notify(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            if Channel.DESKTOP in notice.rule.tell:
                body, line = notice.body, notice.open_line
                self._write(terminal.desktop_notification(notice.title, body, self._environ, line))
        for rule in self._rules:
            mine = [each for each in notices if each.rule is rule and not each.event.shared]
            if rule.exec and mine:
                self._commands.start(*mine)
        if any(notice.urgent and Channel.BELL in notice.rule.tell for notice in notices):
            self._write(terminal.BELL)

    def _command_ended(self, name: str, problem: Problem | None) -> None:
        """Keep the problem of a command that ended, until it succeeds."""
        before = self._failed_commands.pop(name, None)
        if problem is not None:
            self._failed_commands[name] = problem
        if problem != before:
            self._changed()


def _not_writable(what: str, error: OSError, before: Problem | None) -> Problem:
    """The problem of a file that cannot be written; logged unless there was one `before`."""
    summary = f"{what}: {error.strerror or 'not writable'}"
    if before is None:
        log.warning("%s", summary)
    return Problem(Kind.BROKEN, summary, "Check the data folder's permissions and the disk.")


def _build_view(rule: Rule, state: EngineState) -> RuleView:
    known = state.rules.get(rule.name, RuleState())
    episode, snooze = known.episode, known.snooze
    return RuleView(
        rule=rule,
        state=known.state,
        since=known.since if episode is None else episode.since,
        text=known.text,
        raised=episode is not None,
        acknowledged=episode is not None and episode.acknowledged,
        snoozed_until=None if snooze is None else snooze.until,
    )
