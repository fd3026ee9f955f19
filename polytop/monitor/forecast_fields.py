"""A forecast as JSON: the same in ``polytop forecast --json`` and in the capsule of an incident."""

import math
from typing import Any

from polytop.model import grid
from polytop.model.forecast import COVERAGE, Outlook


def forecast_fields(outlook: Outlook | None) -> dict[str, Any]:
    """The fields of a forecast. Every key is always present; unknown values are null."""
    found = outlook.forecast if outlook else None
    return {
        "method": str(found.method) if found and found.scores else None,
        "reason": str(found.absence) if found and found.absence else None,
        "points": _points(outlook) if outlook else [],
        "band": COVERAGE,
        "coverage": rounded(found.coverage if found else None),
        "scores": [
            {
                "ahead_seconds": score.ahead,
                "error": rounded(score.error),
                "last_week_error": rounded(score.naive),
                "relative": rounded(score.relative),
            }
            for score in (found.scores if found else ())
        ],
        "time_to_limit": _time_to_limit(outlook) if outlook else None,
    }


def _points(outlook: Outlook) -> list[dict[str, Any]]:
    found = outlook.forecast
    return [
        {
            "time": grid.to_iso(window),
            "value": rounded(point),
            "low": rounded(low),
            "high": rounded(high),
        }
        for window, point, low, high in zip(
            outlook.windows, found.points, found.low, found.high, strict=True
        )
        if window is not None
    ]


def _time_to_limit(outlook: Outlook) -> dict[str, Any] | None:
    found = outlook.forecast.limit
    if found is None:
        return None
    start, end = outlook.limit_range() or (None, None)
    return {
        "call": str(found.call),
        "start": None if start is None else grid.to_iso(start),
        "end": None if end is None else grid.to_iso(end),
        "held": found.held,
        "calls": found.calls,
    }


def rounded(value: float | None) -> float | None:
    """`value` with four decimals; None where it is not known, or infinite."""
    return None if value is None or math.isinf(value) else round(value, 4)
