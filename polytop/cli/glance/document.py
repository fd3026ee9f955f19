"""``polytop glance --json``: a document with stable keys, for scripts."""

from typing import Any

from polytop.cli.problems import problem_line
from polytop.cli.runtime.one_shot import ProfileReading, busiest_rows, headroom, severity_of
from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Reading, complete_value
from polytop.ui.time_format import Zone


def document(reading: ProfileReading, zone: Zone) -> dict[str, Any]:
    """The document of `reading`. Every key is always present; unknown values are null.

    Times are ISO 8601 in UTC. `value`, `mean`, `p95`, `limit` and `headroom` are in
    conversations, `utilization` is a share of the limit, `stale_seconds` the age of the data.
    `now` is a lower bound while it is provisional. `last_complete` is the last complete window,
    with its changes: in 15 minutes, and from the same time in `zone` a week before. `state` counts
    both. A wrong clock of this machine is among the `errors`. Of a
    moment in the past `at` is that moment, and `now` the window that ran then.
    """
    profile, snapshot = reading.query.profile, reading.snapshot
    clock = snapshot.clock_problem if snapshot else None
    return {
        "profile": reading.query.name,
        "account_id": profile.account_id if profile else None,
        "project_id": profile.project_id if profile else None,
        "client_env": reading.query.filters.client_env.value if profile else None,
        "region": profile.region if profile else None,
        "at": grid.to_iso(reading.at),
        **_figures(reading, snapshot),
        "last_complete": _last_complete(snapshot, zone),
        "rows": _rows(snapshot),
        "errors": [problem_line(each) for each in (*reading.errors, *([clock] if clock else []))],
    }


def _figures(reading: ProfileReading, snapshot: Snapshot | None) -> dict[str, Any]:
    summary = snapshot.summary if snapshot else None
    now, peak = (summary.now, summary.peak) if summary else (None, None)
    mean = summary.mean if summary else None
    limit = _limit(reading)
    left = headroom(reading)
    used = None if left is None or limit is None else _utilization(limit - left, limit)
    return {
        "window": {
            "start": grid.to_iso(snapshot.start) if snapshot else None,
            "end": grid.to_iso(snapshot.end) if snapshot else None,
        },
        "now": {**_point(now), "provisional": now.provisional if now else None},
        "peak": _point(peak),
        "mean": round(mean, 2) or mean if mean else mean,
        "p95": summary.p95 if summary else None,
        "limit": limit,
        "headroom": left,
        "utilization": used,
        "state": severity_of(reading).name,
        "stale_seconds": None if reading.past else _stale(snapshot),
    }


def _last_complete(snapshot: Snapshot | None, zone: Zone) -> dict[str, Any]:
    last = snapshot.last_complete(zone.info) if snapshot else None
    complete = snapshot is not None and last is not None and snapshot.is_complete(last.window)
    versus = last.versus if last else None
    share = versus.share if versus else None
    return {
        "time": grid.to_iso(last.window) if last and complete else None,
        "value": last.value if last else None,
        "change": last.change if last else None,
        "versus_week": versus.difference if versus else None,
        "versus_week_share": None if share is None else round(share, 4),
    }


def _limit(reading: ProfileReading) -> int | None:
    if reading.snapshot is not None:
        return reading.snapshot.capacity.limit
    return reading.query.profile.limit if reading.query.profile else None


def _stale(snapshot: Snapshot | None) -> float | None:
    if snapshot is None or snapshot.fetched_at is None:
        return None
    return round(max(0.0, snapshot.at - snapshot.fetched_at), 3)


def _point(point: Reading | None) -> dict[str, Any]:
    if point is None:
        return {"time": None, "value": None}
    return {"time": grid.to_iso(point.window), "value": point.value}


def _rows(snapshot: Snapshot | None) -> list[dict[str, Any]]:
    if snapshot is None:
        return []
    return [
        {
            "variant_id": row.part.id,
            "variant_name": row.name,
            "now": row.summary.now.value if row.summary.now else None,
            "last_complete": complete_value(row.series, snapshot.last_window(row.series)),
            "peak": row.summary.peak.value if row.summary.peak else None,
        }
        for row in busiest_rows(snapshot)
    ]


def _utilization(value: int, limit: int) -> float:
    """The share of the limit, rounded down: below the limit it is not 1, and of a call not 0."""
    return value * 10_000 // limit / 10_000 or value / limit
