"""Keys that come faster than screens open and close: they go where they were meant, or nowhere."""

import pytest
from rich.style import Style
from textual import events
from textual.command import CommandList, CommandPalette
from textual.widgets import Input

from polytop.model.breakdown import Breakdown
from polytop.ui.dialogs.export import ExportScreen
from polytop.ui.dialogs.help import HelpScreen
from polytop.ui.screens.monitor import MonitorScreen
from polytop.ui.widgets.table_pane import TablePane

NAMES = {" ": "space", "\r": "enter", "\x1b": "escape", ":": "colon", "-": "minus"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Keys may come to an export, which writes a file."""
    monkeypatch.chdir(tmp_path)


def type_at_once(stage, text):
    """Send the keys of `text` in one go, as a terminal does that gives them in one read."""
    for char in text:
        if char == "\x10":
            stage.app.post_message(events.Key("ctrl+p", None))
        else:
            printable = char if char.isprintable() else None
            stage.app.post_message(events.Key(NAMES.get(char, char), printable))


async def calm(stage):
    """Wait until every key has been handled and the monitor is alone again."""
    for _ in range(5):
        await stage.pilot.pause()
    assert stage.app.is_running
    assert stage.app.screen_stack[0] is stage.home


BURSTS = (
    "mx\r\r", "g-2h\r\r\r", "C\r\r", "\x10\r\r", "y\r\r", "yrr", "ymm", "M\r\r", "L\r\r",
    "?\r\r", "?\x1b\x1b", "C\x1b\x1b", "mx\r\x1b", "e\x1b\x1b", "L\x1b\x1b\x1b",
    "w\x1b\x1b\x1b", "ww\r\r\x1b\x1b", "mx\r" * 5, "C\r" * 5, "w\r\x1b" * 5,
)  # fmt: skip


async def alone(stage):
    """Leave what is open, so that the next keys come to the monitor."""
    await calm(stage)
    while stage.app.screen is not stage.home:
        open_now = stage.app.screen
        await stage.pilot.press("escape")
        await stage.until(lambda open_now=open_now: stage.app.screen is not open_now)


@pytest.mark.parametrize("part", range(4))
async def test_keys_in_one_burst_do_no_harm(make, run, part):
    async with run(make()) as stage:
        for text in BURSTS[part::4]:
            for _ in range(3):
                type_at_once(stage, text)
                await calm(stage)
            await alone(stage)


@pytest.mark.parametrize("key", ["m", "g", "slash", "C", "ctrl+p"])
async def test_a_paste_that_ends_in_line_breaks_does_no_harm(make, run, key):
    async with run(make()) as stage:
        for text in ("x\n\n\n", "\r\r\r", "\n", "x\r\ny\r\n"):
            stage.app.post_message(events.Key(key, None))
            stage.app.post_message(events.Paste(text))
            type_at_once(stage, "\r\r")
            await alone(stage)


async def test_what_is_typed_while_a_dialog_opens_is_its_text(make, run):
    async with run(make()) as stage:
        type_at_once(stage, "mrelease: 4.2")
        await stage.until(lambda: bool(stage.app.screen.query(Input)))
        await calm(stage)
        assert stage.app.screen.query_one(Input).value == "release: 4.2"
        type_at_once(stage, "\x1b")
        await stage.until(lambda: stage.app.screen is stage.home)
        type_at_once(stage, "g-2h\r")
        await stage.until(lambda: stage.cursor is not None)
        assert stage.app.screen is stage.home


async def test_a_command_of_the_palette_runs_once(make, run):
    async with run(make()) as stage:
        before = stage.app.theme
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
        await stage.pilot.press(*"next theme")
        await stage.until(lambda: stage.dialog().count("Next theme") == 1)
        type_at_once(stage, "\r\r\r")
        await stage.until(lambda: stage.app.screen is stage.home)
        await calm(stage)
        await stage.until(lambda: stage.app.theme != before)
        await calm(stage)
        assert stage.app.theme != before


async def test_the_palette_opens_while_the_last_one_closes(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
        first = stage.app.screen
        stage.app.pop_screen()
        stage.app.action_command_palette()
        await stage.until(lambda: "refresh" in stage.dialog().lower())
        assert stage.app.screen is not first


@pytest.mark.parametrize("typed", ["", "u", "t", "it", "ui", "export", " "])
async def test_enter_in_the_palette_never_quits_without_a_q(make, run, typed):
    async with run(make()) as stage:
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: "refresh" in stage.dialog().lower())
        assert "Quit" not in stage.dialog()
        await stage.pilot.press(*(NAMES.get(char, char) for char in typed))
        await stage.pilot.pause(0.5)
        assert "Quit" not in stage.dialog()
        await stage.pilot.press("up", "enter", "enter")
        await calm(stage)


async def test_the_palette_quits_where_it_is_asked_to(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("ctrl+p")
        await stage.pilot.press(*"quit")
        await stage.until(lambda: "Quit" in stage.dialog())
        await stage.pilot.press("enter")
        await stage.until(lambda: not stage.app.is_running)


async def test_a_fault_of_the_palette_ends_nothing(make, run, caplog):
    async with run(make()) as stage:
        for _ in range(2):
            await stage.pilot.press("ctrl+p")
            await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
            palette = stage.app.screen
            where = {"x": 500, "y": 500, "screen_x": 500, "screen_y": 500}
            palette.post_message(
                events.Click(
                    palette, delta_x=0, delta_y=0, button=1, shift=False, meta=False, ctrl=False,
                    **where,
                )
            )  # fmt: skip
            await stage.until(lambda: "the palette failed" in caplog.text)
            caplog.clear()
            await stage.pilot.press("escape")
            await stage.until(lambda: stage.app.screen is stage.home)
        await stage.press("b")
        assert stage.app.is_running


async def test_a_fault_of_the_palettes_list_ends_nothing(make, run, caplog):
    async with run(make()) as stage:
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: "refresh" in stage.dialog().lower())
        commands = stage.app.screen.query_one(CommandList)
        gone = Style(meta={"option": 9_999})
        commands.post_message(
            events.Click(commands, 0, 0, 0, 0, 1, False, False, False, style=gone)
        )
        await stage.until(lambda: "the palette failed" in caplog.text)
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.app.screen is stage.home)
        await stage.press("b")
        assert stage.app.is_running


async def test_a_dialog_that_ends_beneath_another_takes_only_itself_away(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, ExportScreen))
        export = stage.app.screen
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
        export.dismiss("done")
        await calm(stage)
        assert isinstance(stage.app.screen, CommandPalette)
        await stage.pilot.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, MonitorScreen))
        assert stage.app.screen_stack == [stage.home]


@pytest.mark.parametrize("key", ["m", "g", "C", "e", "M", "L", "y", "question_mark"])
async def test_the_palette_piles_up_no_dialogs(make, run, key):
    async with run(make()) as stage:
        await stage.pilot.press(key)
        await stage.until(lambda: stage.app.screen is not stage.home)
        for _ in range(2):
            await stage.pilot.press("ctrl+p")
            await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
            await stage.pilot.press(*"help")
            await stage.until(lambda: "Help" in stage.dialog())
            await stage.pilot.press("enter")
            await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        kinds = [type(screen) for screen in stage.app.screen_stack]
        assert kinds.count(HelpScreen) == 1
        while stage.app.screen is not stage.home:
            before = len(stage.app.screen_stack)
            await stage.pilot.press("escape")
            await stage.until(lambda before=before: len(stage.app.screen_stack) < before)
        await stage.press("b")
        assert stage.app.is_running


@pytest.mark.parametrize("does", ["\r", "x"])
@pytest.mark.parametrize("steps", range(1, 5))
async def test_a_row_of_the_breakdown_before_does_nothing_to_the_next(make, run, does, steps):
    async with run(make()) as stage:
        await stage.until(lambda: stage.snapshot is not None and stage.snapshot.rows)
        filters, table = stage.state.filters, stage.home.board.table
        row = table.row
        assert row is not None
        type_at_once(stage, "b" * steps + does)
        table.post_message(TablePane.Chosen(row))
        await calm(stage)
        by = stage.state.breakdown
        if by is not Breakdown.VARIANT:
            assert row.id not in {stage.state.filters.language, stage.state.filters.phone_number}
            assert row.id not in stage.state.chosen
            assert stage.state.filters == filters
