"""The commands on a machine whose clock is wrong: they go by the server's, and say so."""

import pytest
from export_runs import PLACE, no_time
from glance_keys import keys_hold
from simulated_profiles import ENVIRON, HOUR, KEY, NOW, plan, simulated

from polytop.api.limits import Timeouts
from polytop.api.transport import inprocess
from polytop.cli.check.verdict import CheckOptions, build_ranges, build_result
from polytop.cli.export.command import command, run
from polytop.cli.glance.document import document
from polytop.cli.runtime import probe as probe_module
from polytop.cli.runtime.client import Connection
from polytop.cli.runtime.one_shot import read_profile
from polytop.cli.runtime.probe import probe
from polytop.model import grid
from polytop.model.secret import Secret
from polytop.model.stats import Capacity, Severity
from polytop.ui.time_format import Zone

WRONG = {"slow": -3 * HOUR, "fast": 3 * HOUR}


def connection(wrong: float) -> Connection:
    service = simulated()
    return Connection(lambda: NOW + wrong, Timeouts(total=5.0), lambda: inprocess(service))


async def check(wrong: float) -> tuple[Severity, str]:
    reading = await read_profile(plan(), HOUR, ENVIRON, connection(wrong), breakdown=False)
    ask = CheckOptions()
    result = build_result(reading, build_ranges(ask, Capacity(120)), ask)
    return result.severity, result.text


@pytest.mark.parametrize("name", WRONG)
async def test_check_says_the_same_with_a_wrong_clock_and_that_it_is_wrong(name: str) -> None:
    right = await check(0)
    assert await check(20) == right
    severity, text = await check(WRONG[name])
    assert severity is right[0]
    assert text == f"{right[1]}. The clock of this machine is 3 h {name}"


async def test_a_reading_has_the_same_values_with_any_clock() -> None:
    right = await read_profile(plan(), HOUR, ENVIRON, connection(0))
    for wrong in WRONG.values():
        found = await read_profile(plan(), HOUR, ENVIRON, connection(wrong))
        assert found.snapshot is not None
        assert right.snapshot is not None
        assert found.snapshot.total == right.snapshot.total
        assert found.snapshot.summary == right.snapshot.summary
        assert abs(found.at - NOW) < 2


@pytest.mark.parametrize("wrong", [0, 20, *WRONG.values()])
async def test_the_document_of_glance_tells_a_wrong_clock(wrong: float) -> None:
    found = document(await read_profile(plan(), HOUR, ENVIRON, connection(wrong)), Zone())
    keys_hold(found)
    told = [each for each in found["errors"] if "The clock of this machine is 3 h" in each]
    assert len(told) == (abs(wrong) > 60)
    assert found["at"].startswith(document_time(NOW))
    assert found["state"] == "OK"


def document_time(moment: float) -> str:
    return grid.to_iso(moment)[: len("2026-09-21T14:15")]


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("given", [("--start", "-2h"), ("--start", "-6h", "--end", "-1h")])
def test_an_export_is_of_the_range_by_the_servers_time(
    capsys: pytest.CaptureFixture[str], name: str, given: tuple[str, ...]
) -> None:
    written = []
    for wrong in (0, WRONG[name]):
        options = command.make_context("export", [*given, "--no-history"]).params
        assert run(options, PLACE, connection(wrong), no_time) == 0
        shown = capsys.readouterr()
        written.append(shown.out)
        assert (f"The clock of this machine is 3 h {name}" in shown.err) is bool(wrong)
    assert written[0] == written[1]
    assert written[0].count("\n") > 20


@pytest.mark.parametrize("wrong", [0, -3 * HOUR, 3 * HOUR])
async def test_the_test_of_a_profile_tells_of_the_clock(
    monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    monkeypatch.setattr(probe_module, "Connection", lambda: connection(0))
    found = await probe(plan().profile, Secret(KEY), NOW + wrong)  # type: ignore[arg-type]
    assert found.ok
    assert "12 windows, now " in found.lines[0]
    told = [line for line in found.lines if "The clock of this machine is 3 h" in line]
    assert len(told) == bool(wrong)
