"""Fixtures that put the monitor on the simulator, see monitor_stage."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import pytest
from monitor_stage import Stage, build, running

from polytop.simulator import app
from polytop.simulator.traffic import Traffic


@pytest.fixture(autouse=True, scope="session")
def same_traffic() -> Iterator[None]:
    """The calls of one project are made once for all tests: they are the same each time."""
    make = lru_cache(maxsize=4)(Traffic)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "Traffic", lambda variants, *rest: make(tuple(variants), *rest))
        yield


@pytest.fixture
def make() -> Callable[..., Stage]:
    return build


@pytest.fixture
def run() -> Callable[..., object]:
    return running
