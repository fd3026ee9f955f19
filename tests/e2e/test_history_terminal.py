"""The history in a real terminal: between runs, between programs, after damage."""

import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from simulator_service import Service
from terminal import POLYTOP, Terminal
from terminal_text import drawn, full, rows, said

from polytop.model import grid

Run = Callable[..., Terminal]
Home = dict[str, str]
PEAK = re.compile(r"peak \d+ at (?:\w{3} \d+ )?(\d\d:\d\d)")


@pytest.fixture(scope="module")
def few() -> Iterator[Service]:
    """A simulator with few variants, whose clock hardly moves."""
    with Service("--speed", "0.001", "--variants", "2") as served:
        yield served


@pytest.fixture
def file(home: Home) -> Path:
    """Where the history of the home is."""
    return Path(home["XDG_DATA_HOME"]) / "polytop" / "history.sqlite3"


def configured(home: Home, service: Service) -> None:
    service.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop")


def left(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert terminal.modes_left() == set()


def test_the_picture_is_there_at_once_though_the_service_is_gone(run: Run, home: Home) -> None:
    with Service("--speed", "0.001") as service:
        configured(home, service)
        first = run()
        before = first.wait_until(lambda seen: full(seen) and "⠒ a week before" in seen)
        before = first.settle()
        left(first)
    again = run()
    again.wait_until(lambda seen: len(rows(seen)) > 5)
    seen = again.wait_until(lambda seen: "✖ offline since" in seen and drawn(seen) > 50)
    assert rows(seen) == rows(before)
    assert PEAK.search(seen), seen
    assert PEAK.findall(seen) == PEAK.findall(before)
    assert said(seen, "Cannot reach 127.0.0.1")
    told = again.output.decode()
    assert "from history" in told
    assert told.index("from history") < told.index("offline since")
    left(again)


def test_two_monitors_and_a_pipeline_share_one_history(run: Run, home: Home, few: Service) -> None:
    configured(home, few)
    monitors = [run(columns=100, rows=30) for _ in range(2)]
    for each in monitors:
        each.wait_until(lambda seen: drawn(seen) > 50 and len(rows(seen)) == 3)
    done = subprocess.run(
        [*POLYTOP, "mark", "add", "--at", "-4h", "deployed 4.2"],
        env=home, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for each in monitors:
        assert "deployed 4.2" not in each.screen()
        each.send("r")
        each.wait_for("deployed 4.2", 5)
    monitors[0].send("m")
    monitors[0].wait_for("Mark now:")
    monitors[0].send("rolled back\r")
    monitors[0].wait_for("rolled back")
    monitors[1].send("r")
    monitors[1].wait_for("rolled back", 5)
    for each in monitors:
        assert " ! " not in each.screen()
        left(each)


def test_a_damaged_history_is_set_aside_in_words(
    run: Run, home: Home, few: Service, file: Path
) -> None:
    configured(home, few)
    file.parent.mkdir(parents=True)
    file.write_bytes(os.urandom(20_000))
    terminal = run()
    seen = terminal.wait_until(
        lambda seen: "● live" in seen and drawn(seen) > 50 and said(seen, "was damaged")
    )
    assert len(rows(seen)) == 3
    assert len(list(file.parent.glob("history.sqlite3.damaged-*"))) == 1
    left(terminal)
    terminal = run()
    seen = terminal.wait_until(lambda seen: "● live" in seen and drawn(seen) > 50)
    assert not said(seen, "damaged")
    left(terminal)


def test_three_months_are_taken_up_where_they_were_left(run: Run, home: Home, few: Service) -> None:
    configured(home, few)
    before = len(few.queries())
    terminal = run("--window", "90d")
    terminal.wait_for(r"fetching history ▓+░* +\d+ of \d+")
    left(terminal)
    begun = len(few.queries()) - before
    assert begun > 2
    terminal = run("--window", "90d")
    terminal.wait_until(
        lambda seen: "● live" in seen and "?" not in plot(seen) and "fetching" not in seen
    )
    left(terminal)
    asked: dict[str, Counter[int]] = {"total": Counter(), "variant": Counter()}
    for query in few.queries()[before:]:
        start, end = (int(grid.from_iso(query[f"{name}_time"])) for name in ("start", "end"))
        assert end - start <= grid.WEEK
        asked[query.get("slice_by", "total")].update(grid.windows(start, end))
    newest = grid.floor(time.time()) - 7_200
    for windows in asked.values():
        assert len(windows) >= 90 * 288
        twice = sum(count - 1 for window, count in windows.items() if window < newest)
        # Only what was under way when it was left.
        assert twice <= 2 * grid.count(0, grid.WEEK)


def plot(screen: str) -> str:
    """The last row of the graph, in which what was not fetched stands."""
    return next((line for line in screen.splitlines() if line.startswith("    0 ")), "?")
