"""A minute of what ``tests/soak`` does for days: faults, keys and kills lose no window."""

import random
import subprocess
import time

import pytest
from long_watch import disturb, figures, history_file, kill_storm, values
from simulator_service import Service
from terminal import POLYTOP, Terminal

from polytop.model import grid


@pytest.mark.parametrize("options", [(), ("--all",)], ids=["monitor", "wall"])
def test_faults_and_keys_lose_no_window(home, profiled: Service, options) -> None:
    chance = random.Random(3)
    with Terminal([*POLYTOP, "--interval", "5s", *options], home, draws=False) as terminal:
        terminal.pump_for(2)
        before = figures(terminal.pid)
        for _ in range(4):
            disturb(terminal, profiled.play, chance, 0.4, 0.8)
        after = figures(terminal.pid)
    assert after.descriptors < before.descriptors + 20
    assert_complete(home, profiled)


def test_kills_lose_no_window_and_break_no_file(home, profiled: Service) -> None:
    end = grid.floor(time.time()) - grid.STEP
    found = kill_storm(home, profiled.url, 4, 1, end - 86_400, end)
    assert found.missing == 0
    assert_complete(home, profiled)


def assert_complete(home: dict[str, str], service: Service) -> None:
    """Check that one more look leaves no gap in the last hours."""
    subprocess.run(
        [*POLYTOP, "glance", "--window", "24h"], env=home, check=True, stdout=subprocess.DEVNULL
    )
    end = grid.floor(time.time()) - 2 * grid.STEP
    found = values(history_file(home), service.url, end - 80_000 // 300 * 300, end)
    assert min(found) >= 0
