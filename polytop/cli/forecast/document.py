"""``polytop forecast --json``: a document with stable keys, for scripts."""

from typing import Any

from polytop.cli.problems import problem_line
from polytop.cli.runtime.one_shot import ProfileReading
from polytop.model import grid
from polytop.model.forecast import Outlook
from polytop.model.snapshot import Snapshot
from polytop.monitor.forecast_fields import forecast_fields, rounded


def document(reading: ProfileReading, outlook: Outlook | None) -> dict[str, Any]:
    """The document of a forecast. Every key is always present; unknown values are null.

    Times are ISO 8601 in UTC, values and errors in conversations. `points` are empty where
    nothing is forecast, and `reason` says why. Of `scores`, `relative` is the error relative to
    that of last week's value; `coverage` is the share of values that was in the band, which should
    be `band`. The final value of `now` is likely from `low` to `high`; `held` is how often that was
    right, and should be 0.8. `time_to_limit` is null without a limit or a forecast.
    """
    profile, snapshot = reading.query.profile, reading.snapshot
    newest = outlook.newest if outlook else None
    return {
        "profile": reading.query.name,
        "account_id": profile.account_id if profile else None,
        "project_id": profile.project_id if profile else None,
        "client_env": reading.query.filters.client_env.value,
        "region": profile.region if profile else None,
        "at": grid.to_iso(reading.at),
        "last_complete": {
            "time": None if newest is None else grid.to_iso(newest),
            "value": None if newest is None or snapshot is None else snapshot.total.at(newest),
        },
        "now": _now(snapshot),
        "final_after_seconds": snapshot.final_after if snapshot else None,
        "limit": snapshot.capacity.limit if snapshot else None,
        **forecast_fields(outlook),
        "errors": [problem_line(problem) for problem in reading.errors],
    }


def _now(snapshot: Snapshot | None) -> dict[str, Any]:
    now = snapshot.summary.now if snapshot else None
    likely = snapshot.nowcast_of(now.window) if snapshot and now else None
    return {
        "time": grid.to_iso(now.window) if now else None,
        "value": now.value if now else None,
        "low": likely.low if likely else None,
        "high": likely.high if likely else None,
        "held": rounded(likely.held) if likely else None,
    }
