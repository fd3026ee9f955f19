"""Marks on the screen: put, shown, listed, gone to, edited, removed; and the export of a past."""

import csv
from dataclasses import replace
from functools import partial

import pytest
from monitor_stage import HOUR, utc
from screen_text import screen_text

from polytop.model import grid
from polytop.model.problem import Kind, Problem
from polytop.ui.ports import FeedError

RUNNING = utc("2026-11-19 15:40")
HOSTILE = "[red]v[/] [/b] \x1b[31m\u202e" + "界" * 8


@pytest.fixture
def make(make):
    """A stage with few rows."""
    return partial(make, variants=1)


def marks(stage):
    return stage.home.session.profile.marks.listed()


async def put(stage, text):
    """Put a mark where one is, and wait until it is shown."""
    before = len(marks(stage))
    await stage.answer("m", text)
    await stage.until(lambda: len(marks(stage)) == before + 1)
    await stage.until(lambda: set(marks(stage)) >= set(stage.snapshot.marks))
    await stage.until(lambda: len(stage.snapshot.marks) > 0 or before > 0)
    await stage.settled()


async def test_a_mark_at_the_cursor_is_a_line_at_once(make, run):
    async with run(make()) as stage:
        await stage.go("12:40")
        asked = stage.service.count
        await put(stage, "deployed 4.2")
        (mark,) = marks(stage)
        assert (mark.at, mark.text) == (stage.cursor, "deployed 4.2")
        assert "deployed 4.2" in stage.readout()
        await stage.press("n")
        graph = stage.graph().split("\n")
        column = stage.column_of(mark.at)
        assert any(line[column + 2 :].startswith("deployed 4.2") for line in graph[1:4])
        assert sum(line[column] in "┊" for line in graph if len(line) > column) >= 3
        assert stage.service.count == asked


async def test_without_a_cursor_the_mark_is_at_now(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("m")
        await stage.pilot.pause()
        assert "Mark now:" in stage.dialog()
        await stage.pilot.press("escape")
        await put(stage, "campaign")
        assert [mark.at for mark in marks(stage)] == [RUNNING + 150]
        await stage.shows("campaign")


async def test_the_question_names_the_moment_and_says_what_is_no_mark(make, run):
    async with run(make()) as stage:
        await stage.press("left", "left")
        await stage.answer("m", "x" * 81)
        assert "Mark at 15:35:" in stage.dialog()
        assert "at most 80 characters" in stage.dialog()
        await stage.pilot.press("escape")
        assert marks(stage) == ()


async def test_marks_are_listed_newest_first_and_gone_to(make, run):
    async with run(make()) as stage:
        marking = stage.home.session.profile.marks
        marking.add(utc("2026-11-01 08:17"), "long ago")
        marking.add(RUNNING - 2 * HOUR, "today")
        await stage.pilot.press("M")
        await stage.until(lambda: "Marks · times in UTC" in stage.dialog())
        said = stage.dialog()
        assert "Sun 2026-11-01 08:17  long ago" in said
        assert said.index("today") < said.index("long ago")
        await stage.pilot.press("j", "enter")
        await stage.settled()
        assert stage.cursor == utc("2026-11-01 08:15")
        assert stage.snapshot.start <= stage.cursor < stage.snapshot.end
        assert "long ago" in stage.readout()
        assert "looking at Sun 1 08:15" in stage.figures()


async def test_a_mark_is_edited_and_removed_from_the_list(make, run):
    async with run(make()) as stage:
        await stage.go("12:40")
        await put(stage, "deployed 4.2")
        await stage.pilot.press("M")
        await stage.until(lambda: "deployed 4.2" in stage.dialog())
        await stage.pilot.press("e")
        await stage.until(lambda: "Mark:" in stage.dialog())
        assert "deployed 4.2" in stage.dialog()
        await stage.answer("", "rolled back")
        await stage.until(lambda: [mark.text for mark in stage.snapshot.marks] == ["rolled back"])
        await stage.shows("rolled back")
        await stage.pilot.press("M")
        await stage.until(lambda: "rolled back" in stage.dialog())
        await stage.pilot.press("d")
        await stage.until(lambda: stage.snapshot.marks == ())
        await stage.settled()
        assert "rolled back" not in stage.text()
        assert marks(stage) == ()


async def test_an_empty_list_says_how_to_put_one(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("M")
        await stage.until(lambda: "None yet: m puts one" in stage.dialog())
        await stage.pilot.press("e", "d", "j", "k", "M")
        assert stage.app.screen is stage.home


async def test_hostile_texts_are_shown_and_harm_nothing(make, run):
    async with run(make()) as stage:
        stage.home.session.profile.marks.add(RUNNING - 3 * HOUR, HOSTILE)
        await stage.polled()
        await stage.shows("[red]v[/] [/b]")
        await stage.pilot.press("M")
        await stage.until(lambda: "[red]v[/] [/b] ␛[31m" in stage.dialog())
        await stage.pilot.press("e")
        await stage.until(lambda: "Mark:" in stage.dialog())
        shown = screen_text(stage.app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.home
        assert all(len(line) <= 120 for line in stage.text().split("\n"))


async def test_what_another_program_marks_is_there_with_the_next_poll(make, run):
    async with run(make()) as stage:
        stage.home.session.profile.marks.add(RUNNING - 4 * HOUR, "from a pipeline")
        assert "from a pipeline" not in stage.text()
        await stage.polled()
        await stage.shows("from a pipeline")


class Broken:
    """Marks of a history that cannot be written."""

    def listed(self):
        raise FeedError(Problem(Kind.REFUSED, "The history cannot be read", "Free some space."))

    add = change = remove = lambda self, *_: self.listed()


async def test_marks_that_cannot_be_kept_are_told(make, run):
    stage = make(change=lambda watch: replace(watch, marks=Broken()))
    async with run(stage):
        await stage.answer("m", "deployed")
        await stage.shows("The history cannot be read. Free some space.")
        await stage.press("u")
        assert "cannot be read" not in stage.text()
        await stage.pilot.press("M")
        await stage.shows("The history cannot be read")
        assert stage.app.screen is stage.home


@pytest.mark.parametrize("key", ["m", "M"])
async def test_without_a_place_for_marks_that_is_said(make, run, key):
    async with run(make(change=lambda watch: replace(watch, marks=None))) as stage:
        await stage.pilot.press(key)
        await stage.shows("Marks cannot be kept here")


async def test_e_writes_the_range_that_is_looked_at(make, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with run(make()) as stage:
        await stage.press("shift+left", "shift+left")
        shown = stage.snapshot
        await stage.pilot.press("e")
        await stage.until(lambda: "Export 2026-11-19 06:45 – 12:45 UTC" in stage.dialog())
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.app.screen is stage.home)
        (file,) = tmp_path.iterdir()
        assert file.name == "polytop-demo-20261119T0645Z-20261119T1245Z.csv"
        with file.open(newline="", encoding="utf-8") as text:
            rows = list(csv.DictReader(text))
        assert [int(row["max_concurrent_conversations"]) for row in rows] == list(
            stage.truth(shown.start, shown.end)
        )
        assert [grid.from_iso(row["time"]) for row in rows] == list(
            grid.windows(shown.start, shown.end)
        )


async def test_the_picture_that_is_exported_has_the_cursor_in_it(make, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with run(make()) as stage:
        await stage.press("home")
        await stage.pilot.press("e")
        await stage.until(lambda: "Export" in stage.dialog())
        await stage.pilot.press("left", "enter")
        await stage.until(lambda: stage.app.screen is stage.home)
        (file,) = tmp_path.iterdir()
        assert file.suffix == ".svg"
        assert "09:45–09:50" in file.read_text(encoding="utf-8").replace("&#160;", " ")


async def test_before_there_are_data_there_is_nothing_to_export_and_keys_do_no_harm(make, run):
    stage = make(scenario="hang")
    async with run(stage, data=False):
        keys = ["left", "right", "home", "end", "p", "n", "shift+left", "plus", "minus", "c", "n"]
        await stage.pilot.press(*keys)
        await stage.pilot.press("e")
        await stage.shows("There is nothing to export yet")
        assert "connecting" in stage.header()
