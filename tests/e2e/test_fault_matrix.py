"""Every fault of the network is told in words; ``tests/soak`` plays all of them to all commands."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from fault_matrix import FAULTS, UNREADABLE
from fault_runs import COMMANDS, home_with_profiles, run_commands, screens, watch
from faulty_server import FaultyServer

from polytop.api.client import Client
from polytop.api.errors import ApiError
from polytop.api.limits import Timeouts
from polytop.api.query import Query
from polytop.model import grid
from polytop.model.answer import Answer
from polytop.model.secret import Secret
from polytop.model.target import Filters, Target

KEY = "k3y-of-the-matrix-0123456789"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    with FaultyServer(tmp_path_factory.mktemp("certificates")) as served:
        yield served


async def told_by(client: Client, query: Query) -> Answer | str:
    """The answer, or what is said instead of one."""
    try:
        found = await client.fetch(query)
    except ApiError as error:
        return str(error)
    assert isinstance(found, Answer)
    return found


@pytest.mark.parametrize("name", FAULTS)
async def test_the_client_tells_every_fault_and_works_again(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in server.environ.items():
        monkeypatch.setenv(variable, value)
    fault = FAULTS[name]
    patience = 0.5 if fault.endless else 20
    timeouts = Timeouts(connect=patience, read=patience, write=patience, total=patience)
    target = Target("ws-simulator", "PROJECT-simulator", server.url(fault.way))
    now = grid.floor(server.simulator.config.clock())
    query = Query(target, Filters(), now - 3_600, now)
    async with Client(target, Secret(KEY), timeouts=timeouts) as client:
        server.play(fault)
        try:
            # More often than it has connections: a fault uses up none.
            told = [await told_by(client, query) for _ in range(1 if fault.endless else 4)]
        finally:
            server.heal(fault.way)
        for _ in range(20):
            after = await told_by(client, query)
            if isinstance(after, Answer):
                break
    assert isinstance(after, Answer), after
    assert not after.ignored
    assert server.trapped == 0
    for each in told:
        assert KEY not in repr(each)
        if isinstance(each, Answer):
            # Rows of which none can be read are told where they are missed.
            assert fault.words in (None, UNREADABLE)
            assert bool(each.ignored) == (fault.words is not None)
        else:
            assert fault.words is not None, each
            assert fault.words in each


SAMPLE = ("401", "closed within the body", "UTF-16", "expired", "407")
"""A fault of each kind; ``tests/soak/soak_faults.py`` plays all of them."""


def test_commands_tell_a_fault_of_each_kind(server: FaultyServer, tmp_path: Path) -> None:
    home = home_with_profiles(server, tmp_path)
    for name, command in zip(SAMPLE, cycle(COMMANDS), strict=False):
        fault = FAULTS[name]
        server.play(fault)
        try:
            assert run_commands(fault, home, (command,)) == {command: ""}, name
        finally:
            server.heal(fault.way)


def test_monitor_and_wall_tell_a_fault_of_each_kind(server: FaultyServer, tmp_path: Path) -> None:
    with screens(server, home_with_profiles(server, tmp_path)) as found:
        for name in SAMPLE:
            assert watch(server, found, FAULTS[name]) == {"monitor": "", "wall": ""}, name
