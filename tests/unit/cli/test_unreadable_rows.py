"""Answers whose rows cannot be read: nobody tells them as no traffic, or as OK."""

import asyncio
import os
import re
from pathlib import Path
from types import MappingProxyType

import pytest
from scripted_api import Server, reply
from simulated_profiles import ENVIRON, HOUR, KEY, NOW, plan, profile, simulated, way
from spoilt_answers import SPOILT, Spoiler
from terminal import POLYTOP

from polytop.cli.check.command import run_check
from polytop.cli.check.verdict import CheckOptions, CheckResult
from polytop.cli.glance.document import document
from polytop.cli.glance.text import block, line
from polytop.cli.output import Pen
from polytop.cli.runtime.one_shot import ProfileReading, read_profile, severity_of
from polytop.cli.runtime.probe import ProbeResult, probe
from polytop.config.profiles import Config
from polytop.config.resolve import Overrides
from polytop.model import grid
from polytop.model.secret import Secret
from polytop.model.stats import Severity
from polytop.ui.time_format import Zone

MANNERS = pytest.mark.parametrize("manner", SPOILT)


def spoiler(manner: str, windows: int | None = None) -> Spoiler:
    found = Spoiler(simulated(), manner)
    found.windows = windows
    return found


def checked(service: Spoiler) -> CheckResult:
    profiles = MappingProxyType({"prod": profile()})
    config = Config(Path("config.toml"), "prod", ("prod",), profiles)
    return run_check(Overrides(), ENVIRON, HOUR, CheckOptions(), way(service), lambda: config)


async def seen(service: Spoiler, *, breakdown: bool = True) -> ProfileReading:
    return await read_profile(plan(), HOUR, ENVIRON, way(service), breakdown=breakdown)


# -- every row


@MANNERS
def test_a_check_is_unknown_and_gives_the_reason(manner: str) -> None:
    found = checked(spoiler(manner))
    assert found.severity is Severity.UNKNOWN
    assert re.match(r"(\d+) of \1 rows could not be read: ", found.text)
    assert SPOILT[manner][1] in found.text


@MANNERS
async def test_a_glance_gives_the_reason(manner: str) -> None:
    reading = await seen(spoiler(manner))
    reason = SPOILT[manner][1]
    assert reading.failed
    text = "\n".join(block(reading, 200, Zone(), Pen()))
    assert re.search(r"(\d+) of \1 rows could not be read: ", text)
    assert reason in text
    assert "no window of this span" not in text
    assert re.match(r"UNKNOWN prod (\d+) of \1 rows could not", line(reading, Pen()))
    found = document(reading, Zone())
    assert (found["state"], found["now"]["value"]) == ("UNKNOWN", None)
    assert reason in found["errors"][0]
    assert found["errors"][1].startswith("Breakdown: ")


# -- the newest rows only


@MANNERS
@pytest.mark.parametrize("windows", [1, 2, 4])
async def test_nobody_says_ok_from_older_windows(manner: str, windows: int) -> None:
    found = await asyncio.to_thread(checked, spoiler(manner, windows))
    assert found.severity is Severity.UNKNOWN
    assert f"{windows} of " in found.text
    assert "the newest" in found.text
    reading = await seen(spoiler(manner, windows), breakdown=False)
    assert severity_of(reading) is not Severity.OK
    assert reading.failed
    assert document(reading, Zone())["errors"]
    assert reading.snapshot is not None
    assert reading.snapshot.summary.peak is not None


@MANNERS
def test_readable_rows_are_ok(manner: str) -> None:
    assert checked(spoiler(manner, 0)).severity is Severity.OK


# -- profile test, over a socket


async def probed(*rows: object) -> ProbeResult:
    account = {"account_id": "ws-simulator", "project_id": "PROJECT-simulator"}
    server = Server([reply({**account, "intervals": list(rows)})])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        return await probe(profile(base_url=server.url), Secret(KEY), NOW)
    finally:
        listening.close()


def rows() -> list[dict[str, object]]:
    end = grid.floor(NOW) + grid.STEP
    return [
        {"time": grid.to_iso(window), "max_concurrent_conversations": 20}
        for window in range(end - HOUR, end, grid.STEP)
    ]


@MANNERS
async def test_a_profile_test_fails_and_gives_the_reason(manner: str) -> None:
    spoil, reason = SPOILT[manner]
    found = await probed(*map(spoil, rows()))
    assert not found.ok
    assert found.lines[0].startswith("failed: prod: 12 of 12 rows could not be read: ")
    assert reason in found.lines[0]
    found = await probed(*rows()[:-1], spoil(rows()[-1]))
    assert not found.ok
    assert "1 of 12 rows could not be read, " in found.lines[0]


@MANNERS
async def test_an_old_row_that_cannot_be_read_fails_no_profile_test(manner: str) -> None:
    spoil, _ = SPOILT[manner]
    assert (await probed(spoil(rows()[0]), *rows()[1:])).ok


async def test_rows_outside_the_range_are_no_news_of_the_present() -> None:
    after = {"time": grid.to_iso(grid.floor(NOW) + grid.STEP), "max_concurrent_conversations": 3}
    assert (await probed(*rows(), after)).ok
    found = await probed(after)
    assert not found.ok
    assert "1 of 1 rows could not be read: time is outside the range" in found.lines[0]


# -- the commands as processes, over a socket


@pytest.mark.parametrize("arguments", [("glance",), ("glance", "--line"), ("glance", "--json")])
async def test_the_exit_status_of_a_glance_follows(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    bad = [{"time": 1_790_000_100, "max_concurrent_conversations": 3}] * 26
    account = {"account_id": "ws-simulator", "project_id": "PROJECT-simulator"}
    server = Server([reply({**account, "intervals": bad})])
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    where = ("--base-url", server.url, "--account-id", "ws-simulator")
    process = await asyncio.create_subprocess_exec(
        *(*POLYTOP, *arguments, *where, "--project-id", "PROJECT-simulator"),
        env={**os.environ, **ENVIRON, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    listening.close()
    assert process.returncode == 1
    assert b"26 of 26 rows could not be read" in output
