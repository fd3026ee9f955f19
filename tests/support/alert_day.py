"""A day of truth for alerts: when the limit is reached, and when polls fail."""

from collections.abc import Iterable

from alert_tables import moment

BREACHES = (
    ("00:30", "01:10"),
    ("03:00", "03:05"),
    ("06:20", "06:45"),
    ("09:40", "12:00"),
    ("14:00", "14:20"),
    ("14:40", "15:30"),
    ("19:00", "22:05"),
)
"""The truth: in these times 120 of 120, else 50."""

OUTAGES = (
    ("00:40", "00:50"),
    ("05:00", "06:30"),  # an incident begins unseen
    ("11:00", "13:00"),  # one ends unseen
    ("14:10", "15:00"),  # one ends and another begins, unseen
    ("17:00", "18:30"),
    ("20:00", "21:00"),
)


def within(now: float, spans: Iterable[tuple[str, str]]) -> bool:
    return any(moment(start) <= now < moment(end) for start, end in spans)


def truth(window: int) -> int:
    return 120 if within(window, BREACHES) else 50
