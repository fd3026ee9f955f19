"""One table of commands: bindings, footer, help, palette and README say the same."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from polytop.ui.commands import (
    APP,
    FOOTER,
    MONITOR,
    SEARCH,
    SECTIONS,
    SIDEBAR,
    WALL,
    Context,
    find_command,
    help_lines,
    readme_table,
)
from polytop.ui.screens.wall import WallScreen
from polytop.ui.widgets.search_input import ENDS

TABLES = {"app": APP, "monitor": MONITOR, "wall": WALL}


def bound(screen):
    """The keys of the commands on a screen, by their ids.

    ctrl+c is left out: it is the screen's first, for a text that is selected.
    """
    found = {}
    for key, (_, binding, *_) in screen.active_bindings.items():
        if binding.action.startswith("command('"):
            found.setdefault(binding.action[9:-2], set()).add(key)
    return found


def keys_of(*tables):
    every = [command for table in tables for command in table]
    return {each.id: set(each.keys.split(",")) - {"ctrl+c"} for each in every}


async def test_every_entry_is_bound_with_its_keys(make, run):
    async with run(make()) as stage:
        assert bound(stage.home) == keys_of(APP, MONITOR)
        await stage.pilot.press("w")
        await stage.until(lambda: isinstance(stage.app.screen, WallScreen))
        assert bound(stage.app.screen) == keys_of(APP, WALL)


@pytest.mark.parametrize("name", TABLES)
def test_no_key_is_bound_twice(name):
    # The app's keys work on every screen: one that is there too would hide one of them.
    tables = (APP,) if name == "app" else (APP, TABLES[name])
    keys = [key for table in tables for command in table for key in command.keys.split(",")]
    assert [key for key in keys if keys.count(key) > 1] == []


def test_no_id_stands_for_two_commands():
    every = [command for table in (APP, MONITOR, SIDEBAR, SEARCH, WALL) for command in table]
    assert [command for command in every if find_command(command.id) is not command] == []


@pytest.mark.parametrize("table", [MONITOR, WALL])
def test_every_entry_is_in_the_help_with_its_keys(table):
    lines = list(help_lines((*APP, *table)))
    for command in (*APP, *table):
        assert [line for line in lines if command.label in line[1]], command.id
        assert command.section in SECTIONS
    for _, keys, meaning in lines:
        assert cell_len(keys) <= 15
        assert cell_len(meaning) <= 55


def test_the_readme_has_the_table():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert readme_table() in readme
    for command in (*APP, *MONITOR):
        for key in command.label.split():
            assert f"`{key}`" in readme_table()


@pytest.mark.parametrize("context", Context)
def test_every_hint_of_the_footer_is_a_key_of_its_command(context):
    for hint in FOOTER[context]:
        for command_id, key in hint.keys:
            assert key in find_command(command_id).label.split()


def test_the_search_line_ends_by_the_keys_of_its_table():
    assert {command.keys: command.id.startswith("keep") for command in SEARCH} == ENDS


async def test_the_palette_offers_every_command_with_its_key_and_each_calls_a_method(make, run):
    async with run(make()) as stage:
        offered = {entry.title: entry for entry in stage.app.get_system_commands(stage.home)}
        for command in (*APP, *MONITOR):
            assert f"{command.title} ({command.label})" in offered
        for command in (*MONITOR, *SIDEBAR, *SEARCH):
            assert callable(find_call(stage.home, command.call)), command.id
        for command in APP:
            assert callable(find_call(stage.app, command.call)), command.id
        await stage.pilot.press("w")
        await stage.until(lambda: isinstance(stage.app.screen, WallScreen))
        for command in WALL:
            assert callable(find_call(stage.app.screen, command.call)), command.id
        offered = {entry.title for entry in stage.app.get_system_commands(stage.app.screen)}
        assert {f"{command.title} ({command.label})" for command in (*APP, *WALL)} <= offered


def find_call(target, path):
    for name in path.split("."):
        target = getattr(target, name)
    return target


async def test_a_click_on_a_hint_runs_its_command(make, run):
    async with run(make(), (150, 40)) as stage:
        await click_word(stage, "filters")
        await stage.until(lambda: stage.home.filters.sidebar is not None)
        await stage.until(lambda: " close" in stage.text().splitlines()[-1])
        await click_word(stage, "close")
        await stage.until(lambda: stage.home.filters.sidebar is None)
        await stage.pilot.press("slash")
        await stage.until(lambda: " drop" in stage.text().splitlines()[-1])
        await click_word(stage, "drop")
        await stage.until(lambda: stage.home.search.value is None)
        await click_word(stage, "help")
        await stage.until(lambda: type(stage.app.screen).__name__ == "HelpScreen")


async def click_word(stage, word):
    status = stage.home.board.status
    line = status.buffer.text().splitlines()[-1]
    at = cell_len(line[: line.index(f" {word}") + 1])
    await stage.pilot.click(status, offset=(at, status.size.height - 1))
    await stage.pilot.pause()


async def test_the_footer_follows_the_focus(make, run):
    async with run(make()) as stage:
        assert " look back" in stage.text().splitlines()[-1]
        await stage.pilot.press("f")
        await stage.until(lambda: "Enter choose" in stage.text().splitlines()[-1])
        await stage.pilot.press("f")
        await stage.until(lambda: "look back" in stage.text().splitlines()[-1])
        await stage.pilot.press("slash", "x")
        await stage.until(lambda: "Enter keep" in stage.text().splitlines()[-1])
        await stage.pilot.press("escape", "space")
        await stage.until(lambda: "space go on" in stage.text().splitlines()[-1])


async def test_digits_choose_a_span(make, run):
    async with run(make(variants=2)) as stage:
        for key, span in (("1", 3_600), ("3", 86_400), ("2", 6 * 3_600)):
            await stage.press(key)
            assert stage.state.span == span


async def test_sorting_and_breakdowns_go_back_too(make, run):
    async with run(make()) as stage:
        await stage.press(">", ">")
        there = stage.state.sort
        await stage.press(">", "<")
        assert stage.state.sort == there
        await stage.press("b")
        second = stage.state.breakdown
        await stage.press("b", "B")
        assert stage.state.breakdown is second
        first = stage.state.compare
        await stage.press("c", "c", "V", "V")
        assert stage.state.compare is first


async def test_f1_opens_the_help_and_a_colon_the_palette(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("f1")
        assert type(stage.app.screen).__name__ == "HelpScreen"
        await stage.pilot.press("f1")
        assert stage.app.screen is stage.home
        await stage.pilot.press("colon")
        await stage.until(lambda: type(stage.app.screen).__name__ == "CommandPalette")


READER = {"j": 1, "k": -1, "space": 20, "b": -20, "G": 1_000, "g": -1_000, "down": 1, "up": -1}
"""Keys of what is read, and about the lines that each moves by."""


@pytest.mark.parametrize(("opens", "pane"), [("question_mark", "#help"), ("L", "#alert-log")])
async def test_what_is_read_moves_by_the_keys_of_less(make, run, opens, pane):
    async with run(make(), (80, 10)) as stage:
        for _ in range(9):
            await stage.pilot.press("A")
        await stage.pilot.press(opens)
        text = stage.app.screen.query_one(pane)
        for key, lines in READER.items():
            if lines < 0:
                await stage.pilot.press("G" if key != "g" else "j")
            before = text.scroll_offset.y
            await stage.pilot.press(key)
            moved = text.scroll_offset.y - before
            assert moved * lines > 0, key
            assert abs(moved) == abs(lines) or abs(lines) > 1, key
            await stage.pilot.press("g")
            assert text.scroll_offset.y == 0
