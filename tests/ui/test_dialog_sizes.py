"""The dialogs where there is little room: columns stay columns, and what is chosen is seen."""

import pytest
from screen_text import screen_lines

from polytop.ui.dialogs.export import ExportScreen
from polytop.ui.ports import FORMS


@pytest.mark.parametrize(("key", "size"), [("?", (60, 20)), ("?", (40, 12)), ("L", (40, 7))])
async def test_what_is_wrapped_does_not_stand_beneath_the_heads(make, run, key, size):
    async with run(make(), size) as stage:
        await stage.pilot.press(key)
        await stage.until(lambda: stage.app.screen is not stage.home)
        await stage.pilot.pause()
        seen = set()
        for _ in range(12):
            lines = [line for line in screen_lines(stage.app) if line.startswith("  ")]
            seen.update(line.strip(" \n▁▂▃▄▅▆▇█") for line in lines if line[2:3].strip())
            await stage.pilot.press("pagedown")
            await stage.pilot.pause()
        heads = {line for line in seen if line.isupper() or line == "Esc closes"}
        assert len(heads) > 1
        assert seen == heads


async def test_the_columns_meanings_stand_in_one_column(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("C")
        await stage.until(lambda: "Columns, from" in stage.dialog())
        lines = [line for line in stage.dialog().split("\n") if line[:1] in "●○"]
        assert len(lines) == 10
        meanings = {len(line) - len(line[2:].partition("  ")[2].lstrip()) for line in lines}
        assert len(meanings) == 1


@pytest.mark.parametrize("width", [40, 60, 120])
async def test_the_form_that_is_chosen_is_whole_in_a_narrow_terminal(make, run, width):
    async with run(make(), (width, 20)) as stage:
        await stage.pilot.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, ExportScreen))
        for form in (*list(FORMS)[1:], next(iter(FORMS))):
            await stage.pilot.press("right")
            await stage.pilot.pause()
            assert any(
                f"● {form}" in line and "format" in line for line in screen_lines(stage.app)
            ), form


async def test_the_smallest_terminal_says_that_there_is_no_room(make, run):
    async with run(make(), (30, 8)) as stage:
        await stage.pilot.press("f")
        await stage.until(lambda: "No room for the filters" in stage.foot())
