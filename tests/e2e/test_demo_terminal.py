"""``polytop demo`` in a real terminal: what is on the screen at each size, and how it leaves."""

import re
from collections.abc import Callable

import pytest
from terminal import Terminal
from terminal_modes import modes_used
from terminal_text import drawn, full, rows

Run = Callable[..., Terminal]


def restored(terminal: Terminal) -> None:
    assert {"alternate screen", "mouse", "bracketed paste"} <= modes_used(terminal.output)
    assert terminal.modes_left() == set()
    assert terminal.left_behind() == []


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (80, 24)])
def test_graph_and_rows_come_and_q_leaves(run: Run, columns: int, lines: int) -> None:
    with run("demo", columns=columns, rows=lines) as terminal:
        first = terminal.wait_until(full)
        assert "LIVE" in first
        assert "● live" in first
        assert re.search(r"\d\d:\d\d:\d\d UTC", first)
        assert " FREE " in first
        assert "limit 120" in first
        assert max(map(len, first.splitlines())) <= columns
        terminal.send("q")
        assert terminal.wait_exit() == 0
        restored(terminal)


def test_the_numbers_move_by_themselves(run: Run) -> None:
    terminal = run("demo")
    first = rows(terminal.wait_until(lambda seen: len(rows(seen)) > 5))
    terminal.wait_until(lambda seen: rows(seen) and rows(seen) != first, 10)


def test_a_small_terminal_keeps_header_and_graph(run: Run) -> None:
    terminal = run("demo", columns=60, rows=15)
    seen = terminal.wait_until(lambda seen: drawn(seen) > 20)
    assert "LIVE" in seen.splitlines()[0]
    assert "● live" in seen.splitlines()[0]
    assert re.search(r"^ NOW (≥ )?\d+ of 120 +FREE ", seen, re.MULTILINE)


def test_a_tiny_terminal_is_the_number_and_its_state(run: Run) -> None:
    terminal = run("demo", columns=20, rows=3)
    seen = terminal.wait_for(r"^ (≥ )?\d+.* OK")
    assert re.fullmatch(r" (≥ )?\d+ of 120 +OK *\n [━─┃]+ +\d+ %\n ● demo [▁-█ ]+", seen)


def test_the_window_may_change_its_size_while_it_runs(run: Run) -> None:
    terminal = run("demo")
    terminal.wait_until(full)
    terminal.resize(20, 3)
    terminal.wait_for(r"^ (≥ )?\d+.* OK")
    terminal.resize(120, 40)
    seen = terminal.wait_until(full)
    assert "Concurrent conversations" in seen
    assert not re.search(r"^ (≥ )?\d+ of 120", seen)
    terminal.send("q")
    assert terminal.wait_exit() == 0
    restored(terminal)


def test_a_toast_reaches_the_edge_and_leaves_nothing_behind(run: Run) -> None:
    terminal = run("demo", "--speed", "0.1", columns=100, rows=30)
    terminal.wait_until(full)
    before = terminal.settle(1.0).splitlines()[1:]
    for keys in ("y\x1b[B\x1b[B\r", "y\r"):
        terminal.send(keys)
        terminal.wait_for(r"Copied to clipboard: the \w+, \d lines?$")
    terminal.wait_until(lambda seen: "Copied" not in seen)
    terminal.wait_until(lambda seen: seen.splitlines()[1:] == before)


def test_at_opens_at_a_moment_as_people_write_it(run: Run) -> None:
    run("demo", "--utc", "--at", "yesterday 14:03").wait_for(r"looking at .*14:00")
    refused = run("demo", "--at", "2100-01-01")
    refused.wait_for("--at: '2100-01-01' is still to come")
    assert refused.wait_exit() == 2
    wall = run("demo", "--all", "--at", "-2h")
    assert wall.wait_exit() == 2
    assert "one profile" in wall.screen()


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_locale_without_unicode_draws_ascii_everywhere(
    run: Run, home: dict[str, str], locale: str
) -> None:
    home |= {"LC_ALL": locale}
    terminal = run("demo")
    screen = terminal.wait_until(lambda seen: "###" in seen and "All conversations" in seen)
    shown = [screen]
    for key, words, there in (
        *(("?", "ask the API now", True), ("\x1b", "ask the API now", False)),
        *(("f", "WINDOW", True), ("f", "WINDOW", False)),
        *(("e", "Export 20", True), ("\x1b", "Export 20", False), ("w", "Wall .", True)),
    ):
        terminal.send(key)
        shown.append(terminal.wait_until(lambda seen, w=words, there=there: (w in seen) == there))
    assert [text for text in shown if not text.isascii()] == []
    terminal.send("q")
