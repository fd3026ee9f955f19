"""The words for a moment: revisions, gaps, unknown windows, clocks and days."""

import re
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from monitor_stage import utc

from polytop.model.series import GAP, UNKNOWN
from polytop.ui.app import Options

RUNNING = utc("2026-11-19 15:40")
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def make(make):
    """A stage with few rows."""
    return partial(make, variants=2)


async def test_young_values_say_that_they_may_change_and_old_ones_nothing(make, run):
    async with run(make()) as stage:
        await stage.press("left")
        assert re.search("still running: it may rise|provisional", stage.readout())
        await stage.press("left")
        assert "may still be revised" in stage.readout()
        await stage.go("14:30")
        assert stage.cursor == RUNNING - 14 * 300
        assert not re.search("revised|provisional|fetched|gap", stage.readout())


async def test_a_revised_value_says_what_it_was(make, run):
    async with run(make(scenario="revised")) as stage:
        window = RUNNING - 1_200
        first = stage.snapshot.total.at(window)
        stage.hand.seconds += 2_400
        await stage.polled()
        await stage.press("c", "c")
        await stage.go("15:20")
        value = stage.snapshot.total.at(window)
        assert value != first
        assert re.search(rf"15:20–15:25 +{value} · revised from {first}", stage.readout())
        stage.hand.seconds += 7_200
        await stage.polled()
        value = stage.snapshot.total.at(window)
        assert value == stage.truth(window, window + 300)[0]
        assert re.search(rf"15:20–15:25 +{value} · revised from {first} ", stage.readout())


async def test_a_gap_is_no_value(make, run):
    async with run(make(scenario="gaps")) as stage:
        await stage.go("12:15")
        assert stage.snapshot.total.at(stage.cursor) == GAP
        assert re.search(r"12:15–12:20 +– · gap: the API left it out", stage.readout())
        assert stage.first_figure() == "–"
        row = stage.table().split("\n")[2]
        assert re.search(r"\S +– +– ", row)


async def test_what_was_asked_for_in_vain_is_not_fetched_and_is_had_later(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("500")
        await stage.pilot.press("shift+left")
        await stage.answer("g", "09:00")
        await stage.shows("not fetched")
        assert stage.snapshot.total.at(stage.cursor) == UNKNOWN
        assert stage.first_figure() == "–"
        stage.service.set_scenario(None)
        for _ in range(3):
            await stage.polled()
        await stage.until(lambda: stage.snapshot.total.at(stage.cursor) >= 0)
        await stage.settled()
        assert "not fetched" not in stage.readout()
        assert stage.first_figure() == str(stage.truth(stage.cursor, stage.cursor + 300)[0])


async def test_what_is_on_its_way_says_so(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("hang")
        await stage.answer("g", "2026-11-10 09:00")
        await stage.shows("being fetched")
        await stage.shows("fetching history")
        live = stage.snapshot.live.now.value
        assert "looking at Tue 10 09:00" in stage.figures()
        assert f" NOW ≥ {live} of 120" in stage.figures()
        await stage.pilot.press("n")
        await stage.until(lambda: "looking at" not in stage.figures())
        assert stage.first_figure() == str(live)


async def test_u_turns_every_clock_and_nothing_else(make, run):
    stage = make(change=lambda watch: replace(watch, zone=ZoneInfo("Asia/Kolkata")))
    async with run(stage):
        await stage.go("12:00")
        at, value = stage.cursor, stage.first_figure()
        texts = {}
        for clock in ("UTC", "IST"):
            stage.home.session.profile.marks.add(at, f"in {clock}")
            await stage.pilot.press("M")
            await stage.until(lambda name=clock: f"times in {name}" in stage.dialog())
            listed = stage.dialog()
            await stage.pilot.press("escape", "m")
            await stage.until(lambda: "Mark at" in stage.dialog())
            asked = stage.dialog()
            await stage.pilot.press("escape", "e")
            await stage.until(lambda: "Export" in stage.dialog())
            exported = stage.dialog()
            await stage.pilot.press("escape")
            texts[clock] = (stage.text(), axis_labels(stage), listed, asked, exported)
            await stage.press("u")
        for clock, time, ticks in (("UTC", "12:00", "10:00"), ("IST", "17:30", "16:00")):
            text, labels, listed, asked, exported = texts[clock]
            assert f"looking at {time}" in text
            assert f"{time}–{time[:3]}{int(time[3:]) + 5:02}" in text
            assert f"sorted by value at {time}" in text
            assert ticks in labels
            assert f" {time}  in UTC" in listed
            assert f"Mark at {time}:" in asked
            assert clock in exported
        assert (stage.cursor, stage.first_figure()) == (at, value)


def axis_labels(stage):
    found = stage.graph().split("\n")
    return found[found.index(stage.axis()) + 1]


@pytest.fixture
def changed(make):
    """London at noon UTC of the Sunday on which its clocks went back."""
    return partial(
        make,
        change=lambda watch: replace(watch, zone=LONDON),
        options=Options(utc=False),
        moment=utc("2026-10-25 12:02") + 30,
    )


async def test_the_same_local_time_is_compared_across_a_change_of_clocks(changed, run):
    async with run(changed()) as stage:
        assert "12:02:30 GMT" in stage.text()
        await stage.go("10:00")
        at = stage.cursor
        assert at == utc("2026-10-25 10:00")
        value = stage.truth(at, at + 300)[0]
        # A week before, London was an hour ahead: its 10:00 was 9:00 UTC.
        then = utc("2026-10-18 09:00")
        assert said_versus(stage) == value - stage.truth(then, then + 300)[0]
        await stage.press("u")
        assert "12:02:30 UTC" in stage.text()
        then = utc("2026-10-18 10:00")
        assert said_versus(stage) == value - stage.truth(then, then + 300)[0]
        await stage.press("u")
        await stage.go("00:30")
        assert stage.cursor == utc("2026-10-24 23:30")
        assert "00:30–00:35" in stage.readout()


def said_versus(stage):
    """The difference that the readout tells."""
    found = re.search(r"–\d\d:\d\d +\d+ +([−+]?\d+) \(", stage.readout())
    assert found, stage.readout()
    return int(found[1].replace("−", "-"))


def readout_time(stage):
    return re.search(r"(\d\d:\d\d(?:\+\d)?)–\d\d:\d\d", stage.readout())[1]


async def test_an_hour_that_comes_twice_is_gone_through_twice(changed, run):
    async with run(changed()) as stage:
        stage.home.span.set_span(1_800)
        await stage.go("01:50")
        assert stage.cursor == utc("2026-10-25 00:50")
        times = []
        for _ in range(3):
            await stage.pilot.press("right")
            times.append(readout_time(stage))
        assert times == ["01:55+1", "01:00+0", "01:05+0"]
        await stage.pilot.press(*["right"] * 10)
        times = [readout_time(stage)]
        await stage.pilot.press("right")
        assert [*times, readout_time(stage)] == ["01:55+0", "02:00"]
        assert stage.cursor == utc("2026-10-25 02:00")
