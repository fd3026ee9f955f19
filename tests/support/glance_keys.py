"""The keys of the document that ``polytop glance --json`` prints."""

import json

from polytop.model.stats import Severity

KEYS = {
    *("profile", "account_id", "project_id", "client_env", "region", "at", "window", "now"),
    *("peak", "mean", "p95", "limit", "headroom", "utilization", "state", "stale_seconds"),
    *("rows", "errors", "last_complete"),
}


def keys_hold(found: dict[str, object]) -> None:
    """Exactly the keys that scripts rely on, at every level."""
    assert set(found) == KEYS
    assert set(found["window"]) == {"start", "end"}  # type: ignore[call-overload]
    assert set(found["now"]) == {"time", "value", "provisional"}  # type: ignore[call-overload]
    assert set(found["peak"]) == {"time", "value"}  # type: ignore[call-overload]
    last = {"time", "value", "change", "versus_week", "versus_week_share"}
    assert set(found["last_complete"]) == last  # type: ignore[call-overload]
    for row in found["rows"]:  # type: ignore[attr-defined]
        assert set(row) == {"variant_id", "variant_name", "now", "last_complete", "peak"}
    assert found["state"] in Severity.__members__
    json.dumps(found, allow_nan=False)
