"""A home of its own for every program that is started, and terminals to start them in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from program_home import new_home
from simulator_service import Service
from terminal import POLYTOP, Terminal


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the user's own is seen."""
    return new_home(tmp_path)


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
def profiled(home: dict[str, str], service: Service) -> Service:
    """The simulator, healthy, and in the home the profile that it printed."""
    service.play("none")
    service.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop")
    return service


@pytest.fixture(scope="module")
def watched(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One monitor of the simulator for many tests, polling every five seconds."""
    home = new_home(tmp_path_factory.mktemp("home"))
    # Tests ask for more polls than a person does.
    more = "requests_per_minute = 600\n"
    service.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop", more)
    with Terminal([*POLYTOP, "--interval", "5s"], home) as terminal:
        yield terminal
