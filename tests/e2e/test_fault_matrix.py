"""Every fault of the network is told in words; ``tests/soak`` plays all of them to all commands."""

from collections.abc import Iterator

import pytest
from fault_matrix import FAULTS, UNREADABLE
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


@pytest.mark.parametrize("name", FAULTS)
async def test_the_client_tells_every_fault(
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
    server.play(fault)
    try:
        async with Client(target, Secret(KEY), timeouts=timeouts) as client:
            try:
                found = await client.fetch(query)
                told = repr(found)
            except ApiError as error:
                found, told = None, str(error)
    finally:
        server.heal(fault.way)
    assert server.trapped == 0
    assert KEY not in told
    if found is None:
        assert fault.words is not None, told
        assert fault.words in told
    else:
        assert isinstance(found, Answer)
        # Rows of which none can be read are told where they are missed.
        assert fault.words in (None, UNREADABLE)
        assert bool(found.ignored) == (fault.words is not None)
