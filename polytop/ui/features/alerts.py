"""Alerts on the screen: acknowledge, snooze, and the log."""

from polytop.model.problem import Kind, Problem
from polytop.ui.features.port import Port

SNOOZE = 3_600
"""The length of a snooze by key, seconds."""

NO_ALERT = Problem(Kind.REFUSED, "There is no alert to silence", "Alerts come from the profile.")


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

    def _report(self, done: bool) -> None:
        self._port.tell(None if done else NO_ALERT)
        self._port.redraw()

    def show_log(self) -> None:
        """Show the state of every rule, and the log."""
        from polytop.ui.dialogs.alert_log import AlertLogScreen

        session = self._port.session
        dialog = AlertLogScreen(session.alerts, session.profile.alert_log, self._port.context())
        self._port.ask(dialog, lambda _: None)
