"""Exports of a service replay as the service was seen, when it is gone."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from program_home import new_home
from simulator_service import Service
from terminal import POLYTOP, Terminal
from terminal_text import drawn, rows, said

START, END = "2026-02-03T08:00:00Z", "2026-02-03T14:00:00Z"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exports of six hours of a service that has ended since."""
    folder = tmp_path_factory.mktemp("exports")
    home = new_home(tmp_path_factory.mktemp("home"))
    with Service("--speed", "0.001") as served:
        served.write_profile(Path(home["XDG_CONFIG_HOME"]) / "polytop")
        for name, more in (("total.json", ()), ("variants.csv", ("--slice-by", "variant"))):
            command = [*POLYTOP, "export", "--start", START, "--end", END, "-o", name, *more]
            subprocess.run(command, env=home, cwd=folder, check=True, timeout=60)
    return folder


def _total(exports: Path) -> list[tuple[int, str]]:
    found = json.loads((exports / "total.json").read_text())["intervals"]
    return [(row["max_concurrent_conversations"], row["time"]) for row in found]


def test_the_same_peak_is_on_the_screen(run: Callable[..., Terminal], exports: Path) -> None:
    terminal = run("replay", str(exports / "total.json"), str(exports / "variants.csv"))
    screen = terminal.wait_until(lambda seen: drawn(seen) > 50 and len(rows(seen)) > 5)
    total = _total(exports)
    peak, at = max(total, key=lambda pair: pair[0])
    assert said(screen, f"peak {peak} at {at[11:16]}")
    assert str(peak) in screen
    assert rows(screen)["All conversations"] == str(total[-1][0])
    assert "14:00:00 UTC replay" in screen
    assert "‖ recorded · until 14:00" in screen
    assert "live" not in screen.splitlines()[0].replace("LIVE", "")
    # Exactly what was exported: it begins and ends with the file.
    assert "· 08:00 – 14:00 ·" in screen
    assert "PROJECT-simulator" in screen
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_it_plays_from_where_it_is_told(run: Callable[..., Terminal], exports: Path) -> None:
    start = "2026-02-03T13:00:00Z"
    total = {at: value for value, at in _total(exports)}
    file = str(exports / "total.json")
    terminal = run("replay", file, "--speed", "600", "--from", start)
    terminal.wait_for(r"▶ recorded · until 14:00 .*13:[0-5]\d:\d\d UTC replay ×600")
    screen = terminal.wait_until(
        lambda seen: "14:00:00 UTC" in seen and f" {total['2026-02-03T13:55:00Z']} " in seen
    )
    assert said(screen, "No variants are in the file")
    terminal.send("q")
    assert terminal.wait_exit() == 0


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_variants_alone_have_no_total(
    run: Callable[..., Terminal], exports: Path, size: tuple[int, int]
) -> None:
    columns, lines = size
    terminal = run("replay", str(exports / "variants.csv"), columns=columns, rows=lines)
    screen = terminal.wait_until(lambda seen: len(rows(seen)) > 5)
    assert "no total: variants.csv" in screen
    assert re.search(r"^ +(All conversations|Total) +– ", screen, re.MULTILINE)
    shown = rows(screen)
    assert said(terminal.output.decode(errors="replace"), "variants do not add up to it")
    terminal.send("\r")
    screen = terminal.wait_until(lambda seen: len(rows(seen)) == 1)
    assert set(rows(screen).values()) < set(shown.values())
    terminal.send("q")
    assert terminal.wait_exit() == 0


def test_what_is_no_recording_is_one_line(
    run: Callable[..., Terminal], home: dict[str, str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("time,max_concurrent_conversations\n2026-02-03T08:01:00Z,4\n")
    command = [*POLYTOP, "replay", str(bad)]
    done = subprocess.run(
        command, env=home, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "polytop: bad.csv, line 2: time is not the start" in done.stderr
    bad.write_text("time,max_concurrent_conversations\n2026-02-03T08:05:00Z,4\n")
    done = subprocess.run(
        command, env=home, capture_output=True, text=True, timeout=30, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
