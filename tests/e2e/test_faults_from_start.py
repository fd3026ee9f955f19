"""Faults that are there from the first request on: words instead of data, and every key works."""

from collections.abc import Callable
from pathlib import Path
from socket import create_server

import pytest
from simulator_service import Service
from terminal import Terminal
from terminal_text import FAULTS, drawn, full, rows, said

Run = Callable[..., Terminal]


def left_with_q(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert "Traceback" not in terminal.output.decode()
    assert terminal.modes_left() == set()


@pytest.mark.parametrize("scenario", FAULTS)
def test_a_fault_is_said(run: Run, profiled: Service, scenario: str) -> None:
    profiled.play(scenario)
    terminal = run()
    happened, advice = FAULTS[scenario]
    seen = terminal.wait_until(lambda seen: said(seen, happened))
    assert said(seen, advice)
    assert "No data yet" in seen
    state = "offline" if scenario == "drop" else "no data"
    assert f"✖ {state} since" in seen.splitlines()[0]
    assert not rows(seen)
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("scenario", ["401", "drop"])
def test_r_brings_the_data_once_there_are_any(run: Run, profiled: Service, scenario: str) -> None:
    profiled.play(scenario)
    terminal = run()
    terminal.wait_for(" ! ")
    profiled.play("none")
    terminal.send("r")
    terminal.wait_until(lambda seen: full(seen) and " ! " not in seen)
    left_with_q(terminal)


def test_what_comes_in_disorder_is_shown_as_it_is_meant(run: Run, profiled: Service) -> None:
    terminal = run("--interval", "5s")
    before = rows(terminal.wait_until(full))
    for scenario in ("unordered", "dupes"):
        profiled.play(scenario)
        terminal.send("]")
        terminal.wait_until(lambda seen: "last 12 h" in seen and full(seen))
        assert rows(terminal.settle()) == before
        profiled.play("none")
        terminal.send("[")
        terminal.wait_until(lambda seen: "last 6 h" in seen and full(seen))


@pytest.mark.parametrize("scenario", ["nulls", "gaps", "late", "revised", "flaky", "hostile-names"])
def test_odd_data_are_data(run: Run, profiled: Service, scenario: str) -> None:
    profiled.play(scenario)
    terminal = run("--interval", "5s")
    terminal.wait_until(full)
    seen = terminal.settle()
    assert "● live" in seen
    if scenario == "nulls":
        assert "rows ignored" in seen
    if scenario == "gaps":
        assert seen.count("·") > 20
    if scenario == "hostile-names":
        assert "␛[31mred␛[2J␛[H" in seen
        assert "(no variant)" in seen
        assert b"\x1b]52" not in terminal.output
        assert b"\x1b]0;title" not in terminal.output
    assert b"Traceback" not in terminal.output


def test_no_data_at_all_is_said(run: Run, profiled: Service) -> None:
    profiled.play("empty")
    terminal = run()
    seen = terminal.wait_for("No variant had a conversation in this window")
    assert "● live" in seen
    assert drawn(seen) == 0
    left_with_q(terminal)


def test_without_a_breakdown_there_is_the_total(run: Run, profiled: Service) -> None:
    profiled.play("501")
    terminal = run()
    seen = terminal.wait_until(lambda seen: drawn(seen) > 50)
    assert "● live" in seen
    assert "No breakdown yet. The server does not offer this (501" in seen
    left_with_q(terminal)


def test_keys_work_while_the_first_answer_is_waited_for(run: Run, profiled: Service) -> None:
    profiled.play("hang")
    terminal = run()
    terminal.wait_for("○ connecting")
    terminal.wait_for("Waiting for the first answer")
    terminal.send("?")
    terminal.wait_for("SPAN AND CURSOR")
    terminal.send("\x1b")
    terminal.wait_for("Waiting for the first answer")
    left_with_q(terminal)


def test_no_server_at_all_is_offline_in_words(
    run: Run, home: dict[str, str], profiled: Service
) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home["POLYTOP_API_KEY"] = "any"
    terminal = run("--base-url", f"http://127.0.0.1:{port}", "--interval", "5s")
    seen = terminal.wait_for("✖ offline since")
    assert "Cannot reach 127.0.0.1" in seen
    assert "Check the network" in seen
    assert "No data yet" in seen
    left_with_q(terminal)


def test_without_a_key_it_says_how_to_give_one(
    run: Run, home: dict[str, str], profiled: Service
) -> None:
    (Path(home["XDG_CONFIG_HOME"]) / "polytop" / "credentials.toml").unlink()
    terminal = run()
    seen = terminal.wait_for(" ! .*key")
    assert "connecting" not in seen
    assert "Waiting" not in seen
    left_with_q(terminal)
