"""Alerts on the screen: acknowledge, snooze, and the log."""

from typing import TYPE_CHECKING

from polytop.model.problem import Kind, Problem
from polytop.ui.features.port import Port
from polytop.ui.time_format import Zone, day_and_time

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView

SNOOZE = 3_600
"""The length of a snooze by key, seconds."""

NO_ALERT = Problem(Kind.REFUSED, "There is no alert to silence", "Alerts come from the profile.")


def silence_words(alerts: "AlertView", now: float, zone: Zone) -> str:
    """Return what an acknowledgement or a snooze has come to, for a toast."""
    if alerts.snoozed_until is not None:
        return f"Alerts are silent until {day_and_time(alerts.snoozed_until, now, zone)}"
    if alerts.silence:
        return "Acknowledged: silent until it clears"
    return "Alerts are told again"


class Alerts:
    """Silences the alerts of the profile that is shown, and shows their log."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def acknowledge(self) -> None:
        """Silence what is raised until it clears."""
        self._report(self._port.session.acknowledge())

    def toggle_snooze(self) -> None:
        """Silence all alerts for an hour, or end a snooze that runs."""
        self._report(self._port.session.toggle_snooze(SNOOZE))

    def snooze(self, seconds: int) -> None:
        """Silence all alerts for `seconds`."""
        session = self._port.session
        self._report(session.snooze(session.profile.clock() + seconds))

    def _report(self, alerts: "AlertView | None") -> None:
        self._port.tell(NO_ALERT if alerts is None else None)
        if alerts is not None:
            context = self._port.context()
            self._port.toast(silence_words(alerts, context.now, context.zone))
        self._port.redraw()

    def show_log(self) -> None:
        """Show the state of every rule, and the log."""
        from polytop.ui.dialogs.alert_log import AlertLogScreen

        session = self._port.session
        dialog = AlertLogScreen(session.alerts, session.profile.alert_log, self._port.context())
        self._port.ask(dialog, lambda _: None)
