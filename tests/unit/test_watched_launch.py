"""A launch of four hours on the simulator: plan, deviation and alerts are as calculated anew."""

import re
from pathlib import Path

from watched_launch import START, WatchedLaunch

RUN = re.compile(r"(over|under) plan since (\S+)")
FAULTS = [
    (START + 2_400.0, "drop"),
    (START + 3_900.0, "none"),
    (START + 7_000.0, "restart"),
    (START + 9_000.0, "late"),
    (START + 11_000.0, "none"),
]


def test_a_launch_is_told_as_it_was(tmp_path: Path) -> None:
    launch = WatchedLaunch(tmp_path, list(FAULTS), 240.0)
    launch.watch()
    assert launch.different == []
    assert launch.day.differences() == []
    assert "on plan" in launch.said
    # It was over and under, and neither beginning ever moved.
    runs = [match.groups() for said in launch.said if (match := RUN.search(said))]
    assert len(runs) > 8
    assert sorted(set(runs)) == [("over", "T-00:30"), ("under", "T+03:40")]
