"""A launch on the screen over several polls: its clock, its plan, and what takes them away."""

import re
from dataclasses import replace
from functools import partial

import pytest
from monitor_stage import HOUR, utc

from polytop.model.plan import Launch, Planned, PlanRow, build_plan
from polytop.model.target import Filters

START = utc("2026-11-19 15:20")
RUNNING = utc("2026-11-19 15:40")
ROWS = (
    PlanRow(START - 1_800, Planned(30), "doors"),
    PlanRow(START, Planned(30)),
    PlanRow(START + HOUR, Planned(300, 250, 400), "ramp-up"),
    PlanRow(START + 2 * HOUR, Planned(300, 250, 400)),
)
LAUNCH = Launch(START, START + 2 * HOUR, Filters(), build_plan(ROWS))


@pytest.fixture
def make(make):
    """A stage with few rows, on a launch."""
    return partial(make, variants=3, change=lambda watch: replace(watch, launch=LAUNCH))


def line(stage) -> str:
    """The line of the plan, below the other figures."""
    return stage.figures().split("\n")[-1].strip()


def planned(window: int) -> float:
    return 30 + 270 * max(0, window - START) / HOUR


async def test_several_polls_tell_what_the_service_counts(make, run):
    async with run(make()) as stage:
        beginnings = set()
        for polls in range(6):
            running = RUNNING + 300 * polls
            await stage.until(lambda at=running: stage.snapshot.running == at)
            (value,) = stage.truth(running - 300, running)
            last = planned(running - 300)
            minutes = (running - 300 - START) // 60
            assert f"T+00:{minutes:02} {value} of {last:.0f}" in line(stage)
            assert f"T+00:{minutes + 7:02}:30" in stage.header()
            share = round(abs(value - last) / last * 100)
            if "on plan" not in line(stage):
                side = "over" if value > last else "under"
                assert line(stage).startswith(f"{share} % {side} plan since T")
                beginnings.add(re.search(r"\S+ plan since \S+", line(stage))[0])
            stage.hand.seconds += 300
            await stage.polled()
        assert len(beginnings) <= 2


async def test_narrowed_the_plan_goes_and_comes_back(make, run):
    async with run(make()) as stage:
        assert "plan P" in stage.readout()
        assert "ramp-up" in stage.graph()
        await stage.press("enter")
        assert line(stage) == "the plan is of other calls than these"
        assert "plan P" not in stage.readout()
        assert "ramp-up" not in stage.graph()
        assert "T+00:22:30" in stage.header()
        await stage.press("escape")
        assert "plan P" in stage.readout()
        assert "planned" not in line(stage)


async def test_a_short_span_still_knows_the_whole_launch(make, run):
    async with run(make()) as stage:
        before = line(stage)
        await stage.press(*["left_square_bracket"] * 4)
        assert stage.snapshot.view.span == 1_800
        assert line(stage) == before


async def test_the_cursor_has_its_window_beside_the_plan(make, run):
    async with run(make()) as stage:
        await stage.press("left", "left")
        (value,) = stage.truth(RUNNING - 300, RUNNING)
        assert line(stage).startswith(f"◂ T+00:15 {value} of {planned(RUNNING - 300):.0f}, ")
        await stage.press("n")
        assert "◂" not in line(stage)


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (80, 24), (60, 15), (40, 12)])
async def test_it_fits(make, run, columns, lines):
    async with run(make(), size=(columns, lines)) as stage:
        assert "T+00:22" in stage.header()
        assert re.search(r"on plan|\d+ % (over|under) plan since T[+-]\d\d:\d\d", line(stage))
        rows = stage.text().split("\n")
        assert len(rows) == lines
        assert max(map(len, rows)) <= columns


async def test_where_one_figure_fits_it_is_that_of_now(make, run):
    async with run(make(), size=(40, 8)) as stage:
        assert stage.figures().startswith(" NOW")
        assert "plan" not in stage.figures()


async def test_in_an_outage_the_line_has_its_time(make, run):
    async with run(make()) as stage:
        said = line(stage)
        stage.service.set_scenario("500")
        stage.hand.seconds += 1_200
        await stage.pilot.press("r")
        await stage.until(lambda: stage.snapshot.fault is not None)
        await stage.shows("at T+00:15")
        assert line(stage).startswith("at T+00:15 " + said.split("   ")[0])
        assert "T+00:42:30" in stage.header()


async def test_a_launch_without_a_plan_is_its_clock_alone(make, run):
    change = lambda watch: replace(watch, launch=replace(LAUNCH, plan=None))  # noqa: E731
    async with run(make(change=change)) as stage:
        assert "T+00:22:30" in stage.header()
        assert "plan" not in stage.text().replace("plateau", "")
        assert " launch" in stage.graph()
        assert len(stage.figures().split("\n")) == 3


async def test_g_goes_to_a_time_of_the_launch(make, run):
    async with run(make()) as stage:
        await stage.go("T+00:10")
        assert stage.cursor == START + 600
        assert line(stage).startswith("◂ T+00:10 ")
        await stage.go(" t-5m ")
        assert stage.cursor == START - 300
        await stage.go("15:30")
        assert stage.cursor == START + 600
        await stage.answer("g", "T+01:00")
        await stage.until(lambda: "'T+01:00' is still to come" in stage.dialog())
