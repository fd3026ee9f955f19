"""``polytop launch`` in a real terminal, beside what the service itself says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from simulator_service import Service
from terminal import Terminal

PLAN = (
    "\ufeffsep=;\r\nTime;Expected concurrency;Low;High;Label\r\n"
    "T-00:30;900;;;doors\r\nT+00:00;1000,5;;;\r\nT+02:00;1000,5;;;campaign\r\n"
)


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (40, 12)])
def test_plan_and_clock_are_on_the_screen(
    run: Callable[..., Terminal], profiled: Service, tmp_path: Path, columns: int, lines: int
) -> None:
    plan = tmp_path / "launch plan.csv"
    plan.write_bytes(PLAN.encode("utf-16-le" if lines > 20 else "utf-8"))
    terminal = run("launch", "--start", "-40m", "--plan", str(plan), columns=columns, rows=lines)
    seen = terminal.wait_for(r" plan since T-00:3\d")
    assert re.search(r"T\+00:(3\d|40)", seen.splitlines()[0])
    assert re.search(r"\d\d % under plan since T-00:3\d", seen)
    if lines > 20:
        known = {int(row["max_concurrent_conversations"]) for row in profiled.rows()}
        value, planned = re.search(r"T\+00:\d\d (\d+) of (\d+)", seen).groups()
        assert int(value) in known
        assert planned in ("1000", "1001")
        assert "doors" in terminal.wait_for("campaign")
    terminal.send("q")
    assert terminal.wait_exit() == 0
