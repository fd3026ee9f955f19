"""Faults that come and go while the monitor runs: data stay, words say why, then it recovers."""

import re

import pytest
from simulator_service import Service
from terminal import Terminal
from terminal_text import FAULTS, SPOILT, drawn, full, rows, said


@pytest.fixture
def monitor(watched: Terminal, service: Service) -> Terminal:
    """The monitor with fresh data and nothing to complain about."""
    recover(watched, service)
    return watched


def recover(terminal: Terminal, service: Service) -> None:
    strike(terminal, service, "none")
    terminal.wait_until(healthy)


def healthy(seen: str) -> bool:
    return "● live" in seen and " ! " not in seen and full(seen)


def strike(terminal: Terminal, service: Service, scenario: str) -> None:
    """Play `scenario` and wait until a poll has met it."""
    service.play(scenario)
    answered = service.answered()
    terminal.send("r")
    if scenario not in ("slow", "hang", "drop"):
        terminal.wait_until(lambda _: service.answered() >= answered + 2)
        terminal.settle(0.1)


def unharmed(seen: str, before: str) -> None:
    """Check that earlier data are still on the screen."""
    assert "Traceback" not in seen
    kept = rows(seen)
    assert len(kept) > 5
    assert kept.items() <= rows(before).items()
    assert drawn(seen) > 50
    number = re.compile(r"(?:NOW|LAST SEEN) ≥ (\d+) ")
    assert number.findall(seen) == number.findall(before) != []


@pytest.mark.parametrize("scenario", FAULTS)
def test_a_fault_is_said_beside_the_data(
    monitor: Terminal, service: Service, scenario: str
) -> None:
    before = monitor.screen()
    strike(monitor, service, scenario)
    happened, advice = FAULTS[scenario]
    seen = monitor.wait_until(lambda seen: said(seen, happened))
    assert said(seen, advice)
    state = "✖ offline since" if scenario == "drop" else "▲ stale since"
    assert state in seen.splitlines()[0]
    unharmed(seen, before)
    recover(monitor, service)
    assert "recovered" in monitor.screen()


@pytest.mark.parametrize("scenario", ["500", "drop"])
def test_it_recovers_by_itself(monitor: Terminal, service: Service, scenario: str) -> None:
    strike(monitor, service, scenario)
    monitor.wait_for(" ! ")
    service.play("none")
    monitor.wait_until(healthy)


def test_without_a_breakdown_the_total_goes_on(monitor: Terminal, service: Service) -> None:
    before = monitor.screen()
    strike(monitor, service, "501")
    seen = monitor.wait_for(r"! The server does not offer this \(501")
    assert "Leave out the breakdown" in seen
    assert "● live" in seen
    unharmed(seen, before)


@pytest.mark.parametrize("scenario", [*SPOILT, "empty"])
def test_odd_data_are_data(monitor: Terminal, service: Service, scenario: str) -> None:
    before = monitor.screen()
    strike(monitor, service, scenario)
    seen = monitor.settle()
    assert "Traceback" not in seen
    assert "● live" in seen
    assert " ! " not in seen
    assert full(seen)
    if scenario in ("unordered", "dupes", "gaps", "late", "empty"):
        unharmed(seen, before)
    if scenario == "nulls":
        assert "rows ignored" in seen


def test_a_flaky_service_never_blanks_the_screen(monitor: Terminal, service: Service) -> None:
    before = monitor.screen()
    service.play("flaky")
    for _ in range(6):
        answered = service.answered()
        monitor.send("r")
        monitor.wait_until(lambda _, since=answered: service.answered() > since)
        unharmed(monitor.settle(0.2), before)


def test_a_slow_service_is_waited_for(monitor: Terminal, service: Service) -> None:
    before = monitor.screen()
    strike(monitor, service, "slow")
    monitor.send("?")
    monitor.wait_for("SPAN AND CURSOR")
    monitor.send("\x1b")
    seen = monitor.wait_for(r"· 3\d\d\d ms")
    assert "● live" in seen
    unharmed(seen, before)


def test_who_asks_again_need_not_wait_for_a_service_that_hangs(
    monitor: Terminal, service: Service
) -> None:
    before = monitor.screen()
    strike(monitor, service, "hang")
    monitor.send("?")
    monitor.wait_for("SPAN AND CURSOR")
    monitor.send("\x1b")
    monitor.wait_for(r"live · (?:[4-9]|\d\d) s ago")
    unharmed(monitor.screen(), before)
    service.play("none")
    monitor.send("r")
    seen = monitor.wait_for(r"live · [0-2] s ago", 5)
    unharmed(seen, before)


def test_another_filter_need_not_wait_for_a_service_that_hangs(
    monitor: Terminal, service: Service
) -> None:
    strike(monitor, service, "hang")
    monitor.send("\r")
    monitor.wait_for("waiting for variant")
    service.play("none")
    monitor.send("\x1b")
    monitor.wait_until(
        lambda seen: "● live" in seen and "waiting for" not in seen and full(seen), 5
    )


def test_it_ends_well_after_all_that(monitor: Terminal) -> None:
    monitor.send("q")
    assert monitor.wait_exit() == 0
    assert monitor.modes_left() == set()
    assert monitor.left_behind() == []
