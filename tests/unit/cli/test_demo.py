"""The demo begins just before something happens."""

import pytest
from monitor_stage import ManualClock

from polytop.cli.demo import LIMIT, build_simulator, first_demo_project, morning
from polytop.model import grid
from polytop.model.target import ClientEnv
from polytop.simulator.clock import FastClock
from polytop.simulator.traffic import Selection

NOW = 1_795_600_000.0


def maxima(speed: float, scenario: str | None, seed: int = 1) -> list[int]:
    """What the demo shows as its last window, every six seconds of its first two minutes."""
    hand = ManualClock()
    clock = FastClock(morning(NOW), speed, hand)
    service = build_simulator(clock, first_demo_project(clock, scenario), seed)
    traffic, found = service.traffic_of("PROJECT-simulator"), []
    for hand.seconds in range(0, 121, 6):
        now = clock()
        last = grid.floor(now)
        values = traffic.total(Selection(ClientEnv.LIVE, None), last - grid.STEP, last + 300, now)
        found.append(max(values))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("speed", [1, 20, 60, 200])
def test_calls_reach_the_limit_within_the_first_minute(speed: float, seed: int) -> None:
    shown = maxima(speed, None, seed)
    # At real speed the rise has begun before.
    assert shown[0] < LIMIT or speed == 1
    assert LIMIT in shown[:11]
    assert max(shown) == LIMIT


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_calm_is_an_ordinary_morning(seed: int) -> None:
    assert max(maxima(60, "none", seed)) < 0.9 * LIMIT
