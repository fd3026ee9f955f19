"""The fast clock."""

import pytest

from polytop.simulator.clock import FastClock


def test_a_fast_clock_runs_at_its_speed_from_its_start() -> None:
    moments = iter([50.0, 50.0, 51.5, 60.0])
    clock = FastClock(1000.0, 60.0, lambda: next(moments))
    assert [clock(), clock(), clock()] == [1000.0, 1090.0, 1600.0]


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_clock_runs_forwards(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        FastClock(0.0, speed)
