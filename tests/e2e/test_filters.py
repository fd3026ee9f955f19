"""The sidebar's filters count the right conversations: the screen against a plain client."""

import re
from collections.abc import Callable
from pathlib import Path

from simulator_service import Service
from terminal import Terminal
from terminal_text import full, rows

Run = Callable[..., Terminal]
_CHOICE = re.compile(r"^ ([●○+→]) (\S.*?) *$")
_WIDTH = 34
LANGUAGES, NUMBERS = ["en-GB", "es-ES"], ["+442079460100", "+442079460120"]


def choices(screen: str) -> list[str]:
    """Labels in the sidebar, from the top."""
    lines = (_CHOICE.match(line[: _WIDTH - 2]) for line in screen.splitlines()[1:])
    return [found[2] for found in lines if found]


def choose(terminal: Terminal, label: str, at: int = 0) -> None:
    """Choose the `at`-th line with that `label`, with keys alone."""
    terminal.send("f")
    seen = terminal.wait_for("^ ENVIRONMENT")
    found = [place for place, name in enumerate(choices(seen)) if name == label]
    terminal.send("g" + "j" * found[at] + "\r")
    terminal.settle(0.2)
    terminal.send("f")
    terminal.wait_until(lambda seen: "ENVIRONMENT" not in seen)


def check(terminal: Terminal, service: Service, *filters: tuple[str, str]) -> int:
    """Total and rows are what the service says under `filters`."""
    total, parts = service.now(*filters), service.parts(*filters)
    narrowed = any(name != "client_env" for name, _ in filters)
    whole = "This selection" if narrowed else "All conversations"
    wanted = {name: str(value) for name, value in parts.items()}
    if len(parts) != 1:
        # An only row is the total, which is not shown twice.
        wanted[whole] = str(total)
    terminal.wait_until(lambda seen: rows(seen) == wanted)
    # At night all may be zero. Two of those who asked so are this client.
    asked = [query for query in service.queries() if dict(filters).items() <= query.items()]
    assert len(asked) > 2
    return total


def test_every_filter_counts_what_it_says(
    run: Run, home: dict[str, str], profiled: Service
) -> None:
    profiled.write_profile(
        Path(home["XDG_CONFIG_HOME"]) / "polytop",
        f"languages = {LANGUAGES}\nphone_numbers = {NUMBERS}\n",
    )
    terminal = run(rows=70)
    terminal.wait_until(full)
    everything = check(terminal, profiled)

    choose(terminal, "sandbox")
    assert " SANDBOX " in terminal.screen()
    assert check(terminal, profiled, ("client_env", "sandbox")) <= everything
    choose(terminal, "live")
    assert check(terminal, profiled) == everything

    choose(terminal, "Main line")
    variant = ("variant_id", "v-main")
    assert "· All › Main line" in terminal.screen()
    assert check(terminal, profiled, variant) <= everything
    choose(terminal, "en-GB")
    language = ("language", "en-GB")
    assert check(terminal, profiled, variant, language) <= everything
    choose(terminal, "all", 0)
    assert check(terminal, profiled, language) <= everything
    choose(terminal, "all", 1)
    choose(terminal, NUMBERS[0])
    assert f"· All › {NUMBERS[0]}" in terminal.screen()
    assert check(terminal, profiled, ("phone_number", NUMBERS[0])) <= everything
