"""A home of its own for every program that is started, and terminals to start them in."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from served import Service
from terminal import Terminal

import polytop

POLYTOP = [sys.executable, "-m", "polytop"]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the user's own is seen."""
    (tmp_path / "config" / "polytop").mkdir(parents=True)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(polytop.__file__).parents[1]),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TZ": "UTC",
    }


@pytest.fixture
def run(home: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Starts ``polytop`` with arguments in a terminal of `columns` by `rows`."""
    with ExitStack() as stack:

        def start(*arguments: str, columns: int = 120, rows: int = 40) -> Terminal:
            command = [*POLYTOP, *arguments]
            return stack.enter_context(Terminal(command, home, columns=columns, rows=rows))

        yield start


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A simulator whose clock hardly moves, so that what it says stays what it is."""
    with Service("--speed", "0.001") as served:
        yield served


@pytest.fixture
def healthy(service: Service) -> Service:
    """The simulator without a fault."""
    service.play("none")
    return service


@pytest.fixture
def profiled(home: dict[str, str], service: Service) -> dict[str, str]:
    """A home with the profile that the simulator printed."""
    service.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop")
    return home
