"""The alert rules of a profile, for the screen. The engine is loaded at its first use."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from polytop.model.target import ClientEnv, Target

if TYPE_CHECKING:
    from polytop.alerts.log import AlertLog, LogEntry
    from polytop.alerts.messages import WatchedCalls
    from polytop.alerts.notifier import AlertNotifier
    from polytop.model.alert_rules import Rule
    from polytop.model.snapshot import Snapshot
    from polytop.model.stats import Capacity
    from polytop.monitor.cache import HistoryCache
    from polytop.monitor.capsule_recorder import CapsuleRecorder
    from polytop.ui.ports import Picture


class ProfileAlerts(NamedTuple):
    """The alert rules of one profile. With `keep` False, nothing is written to disk."""

    profile: str
    rules: "Callable[[], tuple[Rule, ...]]"
    target: Target
    client_env: ClientEnv = ClientEnv.LIVE
    zone: tzinfo | None = None
    clock: Callable[[], float] = time.time
    keep: bool = True
    options: tuple[str, ...] = ()
    """With these polytop opens on the profile; without any, with its name."""
    capacity: "Capacity | None" = None
    memory: "Callable[[], HistoryCache] | None" = None
    """The history that the capsules of incidents are made of; None makes none."""

    def notifier(
        self,
        write: Callable[[str], None],
        changed: Callable[[], None],
        picture: "Picture | None" = None,
    ) -> "AlertNotifier":
        """A notifier that rings by `write`; the commands it runs do not inherit the key.

        The capsules of its incidents hold the `picture` of the screen.
        """
        from polytop.alerts.messages import WatchedCalls
        from polytop.alerts.notifier import AlertNotifier
        from polytop.alerts.saved_state import AlertStateFile
        from polytop.config.credentials import KEY_VARIABLE
        from polytop.config.paths import data_dir

        state_file = AlertStateFile(data_dir() / "alert-state.json") if self.keep else None
        watched = WatchedCalls(self.profile, self.target, self.client_env, self.options)
        return AlertNotifier(
            self.rules(),
            watched,
            clock=self.clock,
            zone=self.zone,
            write=write,
            environ={name: value for name, value in os.environ.items() if name != KEY_VARIABLE},
            alert_log=_alert_log() if self.keep else None,
            state_file=state_file,
            recorder=self._recorder(watched, changed, picture),
            changed=changed,
        )

    def _recorder(
        self, watched: "WatchedCalls", changed: Callable[[], None], picture: "Picture | None"
    ) -> "CapsuleRecorder | None":
        if not self.keep or self.memory is None:
            return None
        from polytop.monitor.capsule_recorder import CapsuleRecorder
        from polytop.ui.ports import no_picture

        save = partial(self._save_incidents, watched, self.memory)
        return CapsuleRecorder(
            save, clock=self.clock, picture=picture or no_picture, changed=changed
        )

    def _save_incidents(
        self, watched: "WatchedCalls", memory: "Callable[[], HistoryCache]", *what: Any
    ) -> None:
        """See :meth:`CapsuleMaker.save`; loaded at the first incident."""
        from polytop.alerts.capsule_store import CapsuleStore
        from polytop.config.paths import incidents_dir
        from polytop.model.stats import Capacity
        from polytop.monitor.capsules import CapsuleMaker

        store, capacity = CapsuleStore(incidents_dir()), self.capacity or Capacity()
        draw = partial(_draw, self.zone)
        CapsuleMaker(store, watched, memory, capacity, draw, self.zone).save(*what)

    def log(self) -> "Iterable[LogEntry]":
        """The alert log, newest entry first. Raises OSError."""
        return _alert_log().newest()


def _alert_log() -> "AlertLog":
    from polytop.alerts.log import AlertLog
    from polytop.config.paths import data_dir

    return AlertLog(data_dir() / "alerts.jsonl")


def _draw(zone: tzinfo | None, snapshot: "Snapshot") -> str:
    """The graph of `snapshot`, as ``polytop glance`` draws it, and its forecast in words."""
    from polytop.cli.output import Pen
    from polytop.cli.text_graph import graph
    from polytop.ui.render.forecast import outlook_words
    from polytop.ui.time_format import Zone, day_and_time

    at, shown = snapshot.at, Zone(zone)
    ends = day_and_time(snapshot.start, at, shown), day_and_time(at, at, shown)
    lines = [*graph(snapshot, 80, 10, ends, Pen())]
    if snapshot.outlook is not None:
        lines.append(f"  {outlook_words(snapshot.outlook, shown)[0]}")
    return "\n".join(lines)
