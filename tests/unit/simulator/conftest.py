"""Fixtures for the tests of the simulator."""

from collections.abc import Callable
from typing import Any

import pytest
from simulator_client import Bench

from polytop.simulator.app import SimulatorConfig


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Makes a bench from the fields of a SimulatorConfig."""

    def make(**fields: Any) -> Bench:
        made = Bench()
        made.build(SimulatorConfig(**fields))
        return made

    return make
