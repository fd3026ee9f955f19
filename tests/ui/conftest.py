"""Fixtures that put the monitor on the simulator, see monitor_stage."""

from collections.abc import Callable

import pytest
from monitor_stage import Stage, build, running


@pytest.fixture
def make() -> Callable[..., Stage]:
    return build


@pytest.fixture
def run() -> Callable[..., object]:
    return running
