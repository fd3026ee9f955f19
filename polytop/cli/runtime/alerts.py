"""The alert rules of a profile, for the screen. The engine is loaded at its first use."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from polytop.model.target import ClientEnv, Target

if TYPE_CHECKING:
    from polytop.alerts.log import AlertLog, LogEntry
    from polytop.alerts.notifier import AlertNotifier
    from polytop.model.alert_rules import Rule


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

    def notifier(
        self, write: Callable[[str], None], changed: Callable[[], None]
    ) -> "AlertNotifier":
        """A notifier that rings by `write`; the commands it runs do not inherit the key."""
        from polytop.alerts.messages import WatchedCalls
        from polytop.alerts.notifier import AlertNotifier
        from polytop.alerts.saved_state import AlertStateFile
        from polytop.config.credentials import KEY_VARIABLE
        from polytop.config.paths import data_dir

        state_file = AlertStateFile(data_dir() / "alert-state.json") if self.keep else None

        return AlertNotifier(
            self.rules(),
            WatchedCalls(self.profile, self.target, self.client_env, self.options),
            clock=self.clock,
            zone=self.zone,
            write=write,
            environ={name: value for name, value in os.environ.items() if name != KEY_VARIABLE},
            alert_log=_alert_log() if self.keep else None,
            state_file=state_file,
            changed=changed,
        )

    def log(self) -> "Iterable[LogEntry]":
        """The alert log, newest entry first. Raises OSError."""
        return _alert_log().newest()


def _alert_log() -> "AlertLog":
    from polytop.alerts.log import AlertLog
    from polytop.config.paths import data_dir

    return AlertLog(data_dir() / "alerts.jsonl")
