"""A launch of four hours at a poll every 30 seconds, with faults of all kinds, calculated anew."""

from pathlib import Path

import pytest
from watched_launch import START, WatchedLaunch

FAULTS = [
    (START - 1_200.0, "late"),
    (START - 300.0, "none"),
    (START + 600.0, "restart"),
    (START + 1_500.0, "flaky"),
    (START + 2_400.0, "drop"),
    (START + 3_900.0, "none"),
    (START + 5_000.0, "dupes"),
    (START + 6_000.0, "500"),
    (START + 6_300.0, "restart"),
    (START + 7_900.0, "none"),
    (START + 9_000.0, "late"),
    (START + 11_000.0, "unordered"),
    (START + 12_000.0, "truncated"),
    (START + 12_400.0, "none"),
    (START + 12_900.0, "restart"),
]


@pytest.mark.parametrize("interval", [30.0, 45.0])
def test_a_launch_is_told_as_it_was(tmp_path: Path, interval: float) -> None:
    launch = WatchedLaunch(tmp_path, list(FAULTS), interval)
    launch.watch()
    assert launch.different == []
    assert launch.day.differences() == []
    assert "on plan" in launch.said
