"""The wall in a real terminal: three profiles over a socket, one of which has a wrong key."""

import re
from pathlib import Path

from simulator_service import Service, write_files
from terminal import Terminal


def profiles(service: Service, home: dict[str, str]) -> None:
    """Three profiles of the same project: two environments, and one whose key is refused.

    No hour of the day comes near their limits.
    """
    place = (
        f'base_url = "{service.url}"\naccount_id = "ws-simulator"\n'
        'project_id = "PROJECT-simulator"\n'
    )
    write_files(
        Path(home["XDG_CONFIG_HOME"]) / "polytop",
        f"[profiles.prod]\n{place}limit = 1000\n"
        f'[profiles.try]\n{place}client_env = "sandbox"\n'
        f"[profiles.other]\n{place}limit = 500\n",
        '[profiles.prod]\napi_key = "simulator"\n'
        '[profiles.try]\napi_key = "simulator"\n'
        '[profiles.other]\napi_key = "not-the-key"\n',
    )


def whole(seen: str) -> bool:
    return seen.count("● live") == 2 and "1 failing" in seen


def test_all_profiles_side_by_side_one_opened_and_back(run, home, service: Service) -> None:
    service.play("none")
    profiles(service, home)
    terminal: Terminal = run("--all")
    seen = terminal.wait_until(whole)
    assert "Wall · 3 profiles" in seen
    assert "The API key was not accepted (401" in " ".join(seen.split())
    assert "not-the-key" not in seen
    assert re.search(rf"NOW (≥ )?{service.now()} of \d+ +FREE ", seen)
    assert re.search(r"▸ other +LIVE", seen)
    assert re.search(r"─ try +SANDBOX", seen)

    terminal.send("l\r")
    seen = terminal.wait_for("All conversations +\\d+")
    assert " prod " in seen.splitlines()[0]
    terminal.send("\x1b")
    terminal.wait_until(whole)

    service.play("drop")
    terminal.send("r")
    seen = terminal.wait_until(lambda seen: "3 failing" in seen)
    assert "offline" in seen
    service.play("none")
    terminal.send("r")
    terminal.wait_until(whole)

    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert terminal.modes_left() == set()
    assert terminal.left_behind() == []


def test_two_named_profiles_are_a_wall_and_w_makes_one_of_all(run, home, service: Service) -> None:
    service.play("none")
    profiles(service, home)
    terminal: Terminal = run("-p", "try", "-p", "prod")
    terminal.wait_until(lambda seen: seen.count("● live") == 2)
    assert "Wall · 2 profiles" in terminal.screen()
    terminal.send("q")
    assert terminal.wait_exit() == 0

    terminal = run("-p", "prod", columns=80, rows=24)
    terminal.wait_for("live ·")
    terminal.send("w")
    seen = terminal.wait_until(whole)
    assert "Wall · 3 profiles" in seen
    terminal.send("\x1b")
    terminal.wait_for("live · ")
    assert " prod " in terminal.screen().splitlines()[0]


def test_the_demo_has_a_wall_of_its_own(run) -> None:
    terminal: Terminal = run("demo", "--all")
    seen = terminal.wait_until(lambda seen: seen.count("● live") == 5 and "1 failing" in seen)
    assert "Wall · 6 profiles" in seen
    assert "no limit stated" in seen
    terminal.send("q")
    assert terminal.wait_exit() == 0
