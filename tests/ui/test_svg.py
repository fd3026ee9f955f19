"""Pictures and dialogs show every character as it is, and no example in part."""

import importlib.util
import re
from pathlib import Path

import pytest

from polytop.ui.svg import screen_svg

DRAWN = Path(__file__).parents[2] / "screenshots"
UNJOINED = re.compile(r"-matrix \{\s*font-variant-ligatures: none;")


async def test_a_picture_joins_no_characters_to_others(make, run):
    async with run(make()) as stage:
        assert UNJOINED.search(screen_svg(stage.home, "polytop"))


def test_the_pictures_of_the_manual_join_none_either():
    found = sorted(DRAWN.glob("*.svg"))
    assert len(found) >= 10
    for path in found:
        assert UNJOINED.search(path.read_text("utf-8")), path.name


def test_every_picture_of_the_manual_has_a_scene_that_draws_it():
    spec = importlib.util.spec_from_file_location("drawing", DRAWN / "make.py")
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert set(drawing.PICTURES) == {path.stem for path in DRAWN.glob("*.svg")}


@pytest.mark.parametrize("width", [40, 60, 66, 80, 120])
async def test_the_dialog_for_a_time_shows_whole_examples(make, run, width):
    async with run(make(), size=(width, 24)) as stage:
        await stage.pilot.press("g")
        await stage.until(lambda: "Go to:" in stage.dialog())
        field = stage.app.screen.query_one("Input")
        shown = field.placeholder
        assert shown.startswith("14:30")
        assert len(shown) <= field.content_size.width
        assert set(shown.split(", ")) <= {
            "14:30", "yesterday 09:00", "mon 14:00", "2026-11-20 08:15", "20 Nov 08:15", "-2h",
        }  # fmt: skip


async def test_the_help_says_of_which_window_changes_are(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("question_mark")
        await stage.until(lambda: "FIGURES" in stage.dialog())
        found = [line for line in stage.dialog().splitlines() if "15 MIN" in line]
        assert any("last complete window" in line for line in found)
        assert max(map(len, found)) <= 73
