"""An incident in real terminals: its capsule, a restart within it, and the line to paste."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import PATIENCE
from simulator_service import Service
from terminal import POLYTOP, Terminal
from terminal_text import drawn, full

from polytop.model import grid

Run = Callable[..., Terminal]
Home = dict[str, str]

ALERT = """\
timezone = "UTC"
[[profiles.simulator.alerts]]
name = "always; $(touch x)"
below = 1000000
"""
"""A rule that is raised at any hour of any day."""


@pytest.fixture
def alarmed(home: Home, service: Service) -> Service:
    service.play("none")
    service.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop", ALERT)
    return service


def printed(home: Home, *arguments: str) -> str:
    found = subprocess.run(
        [*POLYTOP, *arguments],
        check=False,
        env=home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def incidents(home: Home) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(printed(home, "incident", "list", "--json"))
    return found


def left(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_from_the_alert_to_the_moment_of_its_beginning(
    run: Run, home: Home, alarmed: Service
) -> None:
    first = run()
    first.wait_until(full)
    folder = Path(home["XDG_DATA_HOME"]) / "polytop" / "incidents"
    first.wait_until(lambda _: any(folder.glob("*.json.gz")))
    left(first)
    (capsule,) = incidents(home)
    assert capsule["alert"] == "always; $(touch x)"
    line = str(capsule["open"])
    assert line == f"polytop -p simulator --at {str(capsule['since'])[:16]}Z"
    truth = {
        grid.to_iso(grid.from_iso(row["time"])): row["max_concurrent_conversations"]
        for row in alarmed.rows(hours=24)
    }
    since = str(capsule["since"])
    there = re.compile(rf"─ {since[11:16]}–\S+ +{truth[since]} ")

    # The line as it was pasted, in a small terminal, over several polls.
    again = run(*shlex.split(line)[1:], columns=80, rows=24)
    for _ in range(3):
        again.wait_until(lambda seen: "looking at" in seen and there.search(seen))
        again.send("r")
        again.settle()
    assert [each["id"] for each in incidents(home)] == [capsule["id"]]
    left(again)

    document = json.loads(printed(home, "glance", "--at", since, "--json"))
    assert document["now"] == {"time": since, "value": truth[since], "provisional": False}
    lines = printed(home, "export", "--around", "last").splitlines()[1:]
    exported = {each.split(",")[0]: int(each.split(",")[1]) for each in lines}
    shared = exported.keys() & truth.keys()
    assert len(shared) >= 12
    assert {each: exported[each] for each in shared} == {each: truth[each] for each in shared}
    shown = printed(home, "incident", "show", "last")
    assert line in shown
    out = Path(home["HOME"]) / "incident.svg"
    printed(home, "incident", "export", "last", "-o", str(out))
    assert "Main" in out.read_text()
    printed(home, "incident", "remove", "last")
    assert incidents(home) == []


def test_a_moment_that_the_history_lacks_is_fetched(
    run: Run, home: Home, profiled: Service
) -> None:
    terminal = run("--utc", "--at", "-3d")
    screen = terminal.wait_until(
        lambda seen: "looking at" in seen and drawn(seen) > 50 and "fetched" not in seen
    )
    assert "6 h to" in screen
    document = json.loads(printed(home, "glance", "--at", "-3d", "--json"))
    assert re.search(rf"looking at .* {document['now']['value']} ", screen)
    terminal.send("n")
    terminal.wait_until(lambda seen: "looking at" not in seen)
    left(terminal)
