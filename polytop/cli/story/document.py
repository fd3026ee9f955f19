"""A report as one JSON document with stable keys, for scripts."""

import json
from typing import Any

from polytop import __version__
from polytop.cli.story.blocks import plain
from polytop.cli.story.tell import summary_of, unknowns_of
from polytop.model import grid
from polytop.model.incident import Incident
from polytop.model.plan import Deviation, Side
from polytop.model.report import PlanReport, Report, RequestLog, Stretch, WeekBefore
from polytop.model.stats import Reading, Summary
from polytop.ui.time_format import Zone, zone_name

SCHEMA = "polytop-report/1"
"""The form of the document: another number is another form, a further key is none."""


def write(report: Report) -> str:
    """`report` as one line of JSON, in ASCII alone."""
    return json.dumps(document(report)) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The document of `report`. Every key is always present; what is not known is null.

    Times are ISO 8601 in UTC, values in conversations, shares of 1. `windows` are of 5 minutes,
    and `at_most_minutes` counts each that touched a level whole. `complete` windows were fetched
    after their end.
    """
    snapshot = report.snapshot
    target, view, figures = report.target, snapshot.view, snapshot.summary
    return {
        "schema": SCHEMA,
        "polytop": __version__,
        "written_at": grid.to_iso(report.written_at),
        "profile": report.profile,
        "account_id": target.account_id,
        "project_id": target.project_id,
        "region": target.region,
        "base_url": target.base_url,
        "client_env": view.filters.client_env.value,
        "filters": dict(view.filters.active()),
        "zone": zone_name(report.start, Zone(report.zone)),
        "start": grid.to_iso(report.start),
        "end": grid.to_iso(report.end),
        "summary": [plain(each) for each in summary_of(report)],
        "windows": {
            "total": report.windows,
            "known": figures.known,
            "complete": figures.complete,
            "left_out": sum(each.windows for each in report.gaps),
            "not_fetched": sum(each.windows for each in report.not_fetched),
            "provisional": len(report.provisional),
            "revised": len(report.revisions),
        },
        "limit": snapshot.capacity.limit,
        **_figures(figures),
        "levels": [
            {
                "name": each.name,
                "from": each.at,
                "windows": each.windows,
                "at_most_minutes": 5 * each.windows,
            }
            for each in report.levels
        ],
        "at_the_limit": None if figures.plateau is None else _stretch(Stretch(*figures.plateau)),
        "incidents": None if report.incidents is None else list(map(_incident, report.incidents)),
        "plan": None if report.plan is None else _plan(report.plan),
        "week_before": _week(report.week),
        "breakdown": None if view.breakdown is None else view.breakdown.value,
        "rows": [
            {
                "id": row.part.id,
                "name": row.name,
                **_figures(row.summary),
                "at_peak_of_all": row.at_peak,
                "complete_windows": row.summary.complete,
                "week_before": _week(row.week),
            }
            for row in report.rows
        ],
        "sum_of_row_peaks": report.coincidence.bound if report.coincidence else None,
        "marks": [{"time": grid.to_iso(each.at), "text": each.text} for each in report.marks],
        "request_failures": _requests(report.requests),
        "left_out": list(map(_stretch, report.gaps)),
        "not_fetched": list(map(_stretch, report.not_fetched)),
        "provisional": list(map(grid.to_iso, report.provisional)),
        "revisions": [
            {"time": grid.to_iso(each.window), "first": each.first, "value": each.value}
            for each in report.revisions
        ],
        "not_known": [plain(each) for each in unknowns_of(report)],
    }


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        "peak": _reading(summary.peak),
        "mean": _rounded(summary.mean),
        "p95": summary.p95,
        "p99": summary.p99,
    }


def _reading(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "time": grid.to_iso(reading.window),
        "value": reading.value,
        "provisional": reading.provisional,
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "start": grid.to_iso(stretch.start),
        "end": grid.to_iso(stretch.end),
        "windows": stretch.windows,
    }


def _incident(incident: Incident) -> dict[str, Any]:
    lasted = None if incident.ended is None else round(incident.ended - incident.since)
    return {
        "alert": incident.rule,
        "severity": incident.severity.name.lower(),
        "start": grid.to_iso(incident.since),
        "began_before": incident.earlier,
        "end": None if incident.ended is None else grid.to_iso(incident.ended),
        "seconds": lasted,
        "highest": None if incident.few else incident.extreme,
        "lowest": incident.extreme if incident.few else None,
        "told": incident.told,
        "log_alone": incident.by_log,
        "incident": incident.capsule,
    }


def _plan(plan: PlanReport) -> dict[str, Any]:
    return {
        "windows": plan.planned,
        "compared": len(plan.compared),
        **{side.name.lower(): plan.count(side) for side in Side},
        "largest": None if plan.largest is None else _deviation(plan.largest),
    }


def _deviation(deviation: Deviation) -> dict[str, Any]:
    return {
        "time": grid.to_iso(deviation.window),
        "value": deviation.value,
        "expected": _rounded(deviation.planned.expected),
        "difference": _rounded(deviation.difference),
        "share": _rounded(deviation.share),
    }


def _week(week: WeekBefore | None) -> dict[str, Any] | None:
    if week is None:
        return None
    return {
        "windows": week.windows,
        "mean": _rounded(week.mean),
        "mean_before": _rounded(week.mean_before),
        "share": _rounded(week.change),
        "peak_before": _reading(week.peak),
    }


def _requests(log: RequestLog | None) -> dict[str, Any] | None:
    if log is None or log.problem is not None:
        return None
    return {
        "log_since": None if log.since is None else grid.to_iso(log.since),
        "failures": [
            {
                "error": each.summary,
                "status": each.status,
                "error_message": each.message,
                "times": each.times,
                "first": grid.to_iso(each.first),
                "last": grid.to_iso(each.last),
            }
            for each in log.failures
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
