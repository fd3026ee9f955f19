"""Keys of the user's own: bound, shown in footer, help and palette, on monitor and wall."""

from screen_text import screen_text
from wall_stage import build as build_wall
from wall_stage import running as running_wall

from polytop.ui.app import Options
from polytop.ui.keymap import apply_keys
from polytop.ui.screens.wall import WallScreen


def options(**keys):
    return Options(utc=True, commands=apply_keys({name: tuple(v) for name, v in keys.items()}))


async def test_the_monitor_obeys_and_shows_the_users_keys(make, run):
    stage = make(options=options(sidebar=["F5", "w"], wall=[], find=["f"], help=["f2"]))
    async with run(stage, (160, 45)) as stage:
        foot = stage.text().splitlines()[-1]
        assert " F5 filters" in foot
        assert " F2 help" in foot
        await stage.pilot.press("question_mark", "slash")
        assert stage.app.screen is stage.home
        assert stage.home.search.value is None
        await stage.pilot.press("f", "w", "f5")
        assert stage.home.search.value == "w"  # letters stay the line's
        await stage.pilot.press("escape", "f5")
        await stage.until(lambda: stage.home.filters.sidebar is not None)
        await stage.pilot.press("f5")
        await stage.until(lambda: stage.home.filters.sidebar is None)
        offered = {entry.title for entry in stage.app.get_system_commands(stage.home)}
        assert {"Filters (F5 w)", "Wall of profiles", "Help (F2)"} <= offered
        await stage.pilot.press("f2")
        await stage.pilot.pause()
        assert "F5 w" in stage.dialog()
        await stage.pilot.press("escape")


async def test_advice_names_the_users_keys(make, run):
    async with run(make(options=options(back=["F7"], find=["f"], sidebar=["F5"]))) as stage:
        await stage.pilot.press("f", *"no such row", "enter")
        await stage.shows("No variant matches. F7 clears the search.")
        await stage.pilot.press("f7")
        await stage.until(lambda: not stage.state.search)
        await stage.press("enter")
        await stage.shows("F7 goes back")
        await stage.press("enter")
        await stage.shows("shows this row alone already. F7 goes back")
        assert "Esc" not in stage.text()


async def test_a_key_that_was_taken_from_quit_leaves_no_more(make, run):
    async with run(make(options=options(quit=["Q"]))) as stage:
        await stage.pilot.press("q", "ctrl+q", "ctrl+c")
        await stage.pilot.pause()
        assert stage.app.return_value is None
        assert stage.app.is_running
        await stage.pilot.press("Q")
        await stage.pilot.pause()
    assert stage.app.return_value == 0


async def test_the_wall_obeys_and_shows_the_users_keys():
    keys = options(wall_find=["f"], wall_utc=["U"], theme=["F6"])
    stage = build_wall(dict.fromkeys(("alpha", "beta")), options=keys)
    async with running_wall(stage, (160, 45)) as stage:
        assert isinstance(stage.app.screen, WallScreen)
        foot = stage.app.screen.status.buffer.text()
        assert " f find" in foot
        assert " U UTC" in foot
        await stage.pilot.press("question_mark")
        await stage.pilot.pause()
        lines = [line.strip() for line in screen_text(stage.app).splitlines()]
        assert any(" f " in line and "find profiles by name" in line for line in lines)
        assert any(" U " in line and "UTC or local time" in line for line in lines)
        await stage.pilot.press("escape", "slash")
        assert stage.app.screen.search.value is None
        theme = stage.app.theme
        await stage.pilot.press("t")
        assert stage.app.theme == theme
        await stage.pilot.press("f6")
        assert stage.app.theme != theme
        await stage.pilot.press("f", "t")
        assert stage.app.screen.search.value == "t"
