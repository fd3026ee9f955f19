"""A day with outages, late and revised values and five restarts, beside the simulator's truth.

``tests/soak/soak_incidents.py`` watches many such days, with a poll every 30 seconds.
"""

from pathlib import Path

from alert_tables import DAY
from watched_day import HOUR, LEVELS, WatchedDay

PLAN = [
    ("00:40", "html"),
    ("01:30", "restart"),
    ("02:10", "none"),
    ("02:30", "revised"),
    ("03:40", "none"),
    ("04:10", "gaps"),
    ("04:50", "none"),
    ("08:50", "drop"),  # the launch begins unseen
    ("09:15", "restart"),
    ("09:30", "none"),
    ("09:50", "flaky"),
    ("10:15", "none"),
    ("11:00", "restart"),
    ("12:35", "late"),  # the end of the launch comes late
    ("14:10", "none"),
    ("14:40", "500"),
    ("15:35", "restart"),
    ("17:20", "none"),
    ("18:00", "dupes"),
    ("18:30", "truncated"),
    ("18:45", "restart"),
    ("19:10", "none"),
]


async def test_every_incident_of_a_day_has_its_beginning_and_its_end_and_none_is_invented(
    tmp_path: Path,
) -> None:
    plan = [(DAY + int(at[:2]) * HOUR + int(at[3:]) * 60.0, what) for at, what in PLAN]
    day = WatchedDay(tmp_path, plan, interval=240.0, tick=120.0, hours=20)
    await day.watch()
    assert day.differences() == []
    told = day.told()
    assert all(told[name] for name in (*LEVELS, "stale"))
    assert len(told["stale"]) == 4
