"""What a report has besides its snapshot: incidents, the log of requests; and writing one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

from polytop.cli.request_log import read_request_log
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.model.report import Report, build_report
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters, Target
from polytop.model.text import format_count
from polytop.monitor.range_source import with_week_before

if TYPE_CHECKING:
    from polytop.model.incident import Incident
    from polytop.model.plan import Plan
    from polytop.monitor.cache import HistoryCache
    from polytop.ui.ports import ExportWish
    from polytop.ui.render.context import Subject


class ReportSources(NamedTuple):
    """Where a report of what is shown has from what the snapshot has not.

    `alerts` is None where no rules are judged, `memory` where nothing is kept.
    """

    alerts: ProfileAlerts | None = None
    memory: "Callable[[], HistoryCache] | None" = None

    def report(self, snapshot: Snapshot, wish: "ExportWish", subject: "Subject") -> Report:
        """The report on the range that is shown, beside the week before as far as it is known."""
        if self.memory is not None:
            snapshot = with_week_before(snapshot, self.memory(), subject.target)
        launch = wish.launch
        ours = launch is not None and launch.filters == snapshot.view.filters
        return collect_report(
            snapshot,
            subject.profile,
            subject.target,
            self.alerts,
            zone=wish.zone,
            written_at=snapshot.at,
            plan=launch.plan if launch is not None and ours else None,
        )


def collect_report(
    snapshot: Snapshot,
    profile: str,
    target: Target,
    alerts: ProfileAlerts | None,
    *,
    zone: tzinfo | None,
    written_at: float,
    plan: "Plan | None" = None,
) -> Report:
    """The report on the range of `snapshot`; without `alerts` no rules are judged.

    Slow: long ranges take a second a week or more.
    """
    notes = []
    incidents, problem = None, None
    if alerts is not None and snapshot.view.filters == Filters(alerts.client_env):
        incidents, problem = _incidents(alerts, snapshot)
    if problem:
        notes.append(problem)
    if snapshot.ignored:
        rows = format_count(snapshot.ignored, "row")
        notes.append(f"{rows} of the API's answers could not be read: see the log.")
    notes += [
        f"{each.summary.rstrip('.')}."
        for each in (snapshot.clock_problem, snapshot.history_problem)
        if each is not None
    ]
    kept = alerts is not None and alerts.keep
    return build_report(
        snapshot,
        profile,
        target,
        zone=zone,
        written_at=written_at,
        plan=plan,
        incidents=incidents,
        requests=(read_request_log(target, snapshot.start, snapshot.end) if kept else None),
        notes=tuple(notes),
    )


def _incidents(
    alerts: ProfileAlerts, snapshot: Snapshot
) -> "tuple[tuple[Incident, ...], str | None]":
    """The incidents of the range, and why what is kept of alerts is not among them."""
    from polytop.alerts.capsule import capsule_id
    from polytop.alerts.incidents import find_incidents, join_incidents, logged_incidents
    from polytop.alerts.messages import WatchedCalls
    from polytop.cli.output import reason
    from polytop.cli.runtime.incidents import incident_store

    found = find_incidents(alerts.rules(), snapshot.total, snapshot.capacity.limit, alerts.zone)
    if not alerts.keep:
        return found, None
    watched = WatchedCalls(alerts.profile, alerts.target, alerts.client_env, alerts.options)
    problem = None
    try:
        logged = logged_incidents(alerts.log(), watched)
        found = join_incidents(found, logged, snapshot.start, snapshot.end)
        kept = set(incident_store().ids())
    except OSError as error:
        kept, problem = set(), f"What polytop keeps of alerts cannot be read: {reason(error)}."
    named = ((each, capsule_id(watched, each.rule, each.since)) for each in found)
    return tuple(
        replace(each, capsule=name) if name in kept else each for each, name in named
    ), problem
