"""The export of what is shown: the dialog, its file, the picture."""

import csv
import json
import threading
from dataclasses import replace
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
from textual.widgets import Static

from polytop.cli.runtime.export import export_shown
from polytop.model import grid
from polytop.model.plan import Launch, Plan, Planned
from polytop.ui.dialogs.export import ExportScreen
from polytop.ui.svg import picture_title, screen_svg

NAME = "polytop-demo-20261119T0945Z-20261119T1540Z"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inside(folder):
    return sorted(each.name for each in folder.iterdir())


def words(stage):
    """Return the dialog's message."""
    said = stage.app.screen.query_one("#export-words", Static)
    return str(said.render()) if said.display else ""


async def opened(stage, exporter=export_shown, scene=MappingProxyType({}), **changes):
    """The dialog over the home screen; the list takes what it gives back."""
    given = []
    home = stage.home
    snapshot, scene = replace(home.snapshot, **changes), replace(home.context(), **scene)
    dialog = ExportScreen(
        snapshot, scene, exporter, lambda: screen_svg(home, picture_title(snapshot, scene))
    )
    stage.app.push_screen(dialog, given.append)
    await stage.pilot.pause()
    return given


async def typed(stage, path):
    """`path` in place of the one that is offered."""
    stage.app.screen.query_one("#export-path").focus()
    await stage.pilot.press("ctrl+u", "ctrl+k", *path)


def values(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [
            (int(grid.from_iso(row["time"])), int(row["max_concurrent_conversations"]))
            for row in csv.DictReader(file)
        ]


async def test_enter_writes_the_total_of_what_is_shown(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))
        snapshot = stage.snapshot
        assert given == [
            f"71 intervals written to {folder / NAME}.csv; the window that runs now is left out"
        ]
        expected = [each for each in snapshot.total.known() if each[0] < snapshot.running]
        assert values(folder / f"{NAME}.csv") == expected
        assert stage.app.screen is stage.home


async def test_title_name_and_file_are_of_one_range_poll_after_poll(make, run, folder):
    async with run(make(variants=1)) as stage:
        for _ in range(3):
            await opened(stage)
            title = str(stage.app.screen.query_one("#export-range", Static).render())
            name = stage.app.screen.query_one("#export-path").value
            await stage.pilot.press("enter")
            await stage.until(lambda name=name: name in inside(folder))
            found = values(folder / name)
            first, last = found[0][0], found[-1][0] + grid.STEP
            written = [f"{grid.to_iso(moment)[11:16]}" for moment in (first, last)]
            assert title.endswith(f" {written[0]} – {written[1]} UTC, {len(found)} windows")
            assert [each[9:13] for each in name.split("-")[2:]] == [
                each.replace(":", "") for each in written
            ]
            stage.hand.seconds += 300
            await stage.polled()


async def test_every_row_where_that_is_chosen(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("right", "down", "right", "down", "enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == [f"{NAME}.json"]
        text = (folder / f"{NAME}.json").read_text()
        assert text.count('"variant_name": "Main line"') == 71
        assert '"account_id": "ws-simulator"' in text


@pytest.mark.parametrize(
    ("steps", "ending"), [(0, ".csv"), (1, ".json"), (2, ".jsonl"), (3, ".om"), (4, ".svg")]
)
async def test_each_form_has_its_ending(make, run, folder, steps, ending):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press(*["right"] * steps, "enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == [NAME + ending]


async def test_a_name_that_was_typed_stays_as_it_was_typed(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await typed(stage, "launch.txt")
        await stage.pilot.press("up", "up", "right", "enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == ["launch.txt"]
        assert (folder / "launch.txt").read_text().startswith("{")


async def test_escape_writes_nothing(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("escape")
        await stage.until(lambda: bool(given))
        assert given == [None]
        assert inside(folder) == []


async def test_a_file_that_is_there_needs_a_second_enter(make, run, folder):
    (folder / "x").write_text("precious")
    async with run(make()) as stage:
        given = await opened(stage)
        await typed(stage, "x")
        await stage.pilot.press("enter")
        await stage.until(lambda: "there already" in words(stage))
        assert words(stage) == "! x is there already: Enter again replaces it"
        assert (folder / "x").read_text() == "precious"
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))
        assert len(values(folder / "x")) == 71


async def test_another_name_takes_the_leave_to_replace_back(make, run, folder):
    for name in ("x", "xy"):
        (folder / name).write_text("precious")
    async with run(make()) as stage:
        await opened(stage)
        await typed(stage, "x")
        await stage.pilot.press("enter")
        await stage.until(lambda: "x is there already" in words(stage))
        await stage.pilot.press("y")
        await stage.until(lambda: words(stage) == "")
        await stage.pilot.press("enter")
        await stage.until(lambda: "xy is there already" in words(stage))
        await stage.pilot.press("backspace", "enter")
        await stage.until(lambda: "x is there already" in words(stage))
        assert {(folder / name).read_text() for name in ("x", "xy")} == {"precious"}


async def test_what_goes_wrong_is_said_and_can_be_put_right(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await typed(stage, "missing/x")
        await stage.pilot.press("enter")
        await stage.until(lambda: "cannot be written: no such file" in words(stage))
        assert stage.app.screen.query_one("#export-words").has_class("wrong")
        await typed(stage, "x")
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == ["x"]


async def test_a_fault_of_our_own_is_a_clear_word(make, run, folder, caplog):
    def broken(*_):
        raise KeyError("[/b] x")

    async with run(make()) as stage:
        given = await opened(stage, broken)
        await stage.pilot.press("enter")
        await stage.until(lambda: "the log holds the details" in words(stage))
        assert "the export failed" in caplog.text
        await stage.pilot.press("escape")
        await stage.until(lambda: given == [None])


async def test_while_it_is_written_the_screen_lives_and_nothing_is_written_twice(make, run, folder):
    go_on, calls = threading.Event(), []

    def slow(snapshot, wish, subject, picture=None):
        calls.append(wish)
        assert go_on.wait(20)
        return export_shown(snapshot, wish, subject, screen_svg)

    async with run(make()) as stage:
        given = await opened(stage, slow)
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(calls))
        assert words(stage) == "writing …"
        await stage.pilot.press("enter", "escape")
        assert isinstance(stage.app.screen, ExportScreen)
        go_on.set()
        await stage.until(lambda: bool(given))
        assert len(calls) == 1
        assert inside(folder) == [f"{NAME}.csv"]


async def test_without_a_breakdown_there_is_no_choice_of_series(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage, rows=None)
        assert stage.app.screen.query_one("#export-form").region
        assert not stage.app.screen.query_one("#export-scope").region
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_it_fits(make, run, folder, size):
    async with run(make(), size) as stage:
        (folder / f"{NAME}.csv").touch()
        await opened(stage)
        await stage.pilot.press("enter")
        await stage.until(lambda: "Enter again" in words(stage))
        await stage.pilot.pause()
        whole = stage.app.screen.query_one("#export-keys").region
        assert whole.bottom <= size[1]
        assert whole.right <= size[0]


async def test_the_picture_is_of_the_screen_beneath_and_nothing_else(make, run, folder):
    async with run(make(scenario="hostile-names")) as stage:
        given = await opened(stage)
        await stage.pilot.press("left", "enter")
        await stage.until(lambda: bool(given))
        text = (folder / f"{NAME}.svg").read_text("utf-8")
        root = ElementTree.fromstring(text)
        shown = "".join(root.itertext()).replace("\xa0", " ")
        assert "polytop · demo · 2026-11-19 15:42 UTC" in shown
        assert " NOW ≥ " in shown
        assert "Enter writes" not in shown
        assert "\x1b" not in text
        # Nothing is loaded from elsewhere by whoever looks at it.
        assert "url(" not in text.replace("url(#", "")


REPORT = NAME.replace("1540Z", "1545Z")
"""A report is about all windows that are shown, the running one too."""


@pytest.mark.parametrize(
    ("steps", "ending", "begins"),
    [(0, ".html", "<!DOCTYPE html>"), (1, ".md", "# Conv"), (2, ".json", '{"schema"')],
)
async def test_a_report_of_the_span_that_is_shown(make, run, folder, steps, ending, begins):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("up", "right", "down", *["right"] * steps)
        title = str(stage.app.screen.query_one("#export-range", Static).render())
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == [REPORT + ending]
        assert given == [f"report written to {folder / REPORT}{ending}"]
        assert title == "Export 2026-11-19 09:45 – 15:45 UTC, 72 windows"
        assert (folder / (REPORT + ending)).read_text().startswith(begins)


async def test_a_report_says_what_the_screen_says_poll_after_poll(make, run, folder):
    async with run(make(variants=2)) as stage:
        for number in range(3):
            await stage.until(
                lambda: f"peak {stage.snapshot.summary.peak.value} at " in stage.text()
            )
            snapshot = stage.snapshot
            given = await opened(stage)
            await stage.pilot.press("up", "right", "down", "left")
            await typed(stage, f"{number}.json")
            await stage.pilot.press("enter")
            await stage.until(lambda given=given: bool(given))
            told = json.loads((folder / f"{number}.json").read_text())
            peak = snapshot.summary.peak
            assert told["peak"]["value"] == peak.value
            assert told["peak"]["time"] == grid.to_iso(peak.window)
            assert told["p95"] == snapshot.summary.p95
            assert told["end"] == grid.to_iso(snapshot.end)
            stage.hand.seconds += 300
            await stage.polled()


async def test_a_report_of_a_launch_has_its_plan(make, run, folder):
    async with run(make()) as stage:
        start = grid.floor(stage.snapshot.start)
        for plan in (Plan(start, (Planned(5.0),) * 12), None):
            launch = Launch(start, start + 3_600, stage.snapshot.view.filters, plan)
            given = await opened(stage, scene={"launch": launch})
            await stage.pilot.press("up", "right", "down", "left")
            await typed(stage, f"{plan is None}.json")
            await stage.pilot.press("enter")
            await stage.until(lambda given=given: bool(given))
        told = json.loads((folder / "False.json").read_text())["plan"]
        assert (told["windows"], told["compared"]) == (12, 12)
        assert json.loads((folder / "True.json").read_text())["plan"] is None


async def test_data_are_offered_again_after_a_report_was_looked_at(make, run, folder):
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("up", "right", "right", "down", "enter")
        await stage.until(lambda: bool(given))
        assert inside(folder) == [f"{NAME}.csv"]


async def test_a_report_that_is_there_is_replaced_by_a_second_enter(make, run, folder):
    (folder / f"{REPORT}.html").write_text("mine")
    async with run(make()) as stage:
        given = await opened(stage)
        await stage.pilot.press("up", "right", "enter")
        await stage.until(lambda: "Enter again replaces it" in words(stage))
        assert (folder / f"{REPORT}.html").read_text() == "mine"
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(given))
        assert (folder / f"{REPORT}.html").read_text().startswith("<!DOCTYPE html>")


async def test_a_title_is_data(make, run):
    async with run(make()) as stage:
        text = screen_svg(stage.home, '</text><script>x</script>\x1b[31m & "')
        root = ElementTree.fromstring(text)
        assert not [each for each in root.iter() if each.tag.endswith("script")]
        assert "<script>x</script>␛[31m" in "".join(root.itertext()).replace("\xa0", " ")
