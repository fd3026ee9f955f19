"""Everything has its place, over polls and states: only numbers change."""

import re

import pytest


def bar(stage) -> tuple[int, int]:
    """Where the bar of the share in use begins and ends."""
    found = re.search("[━─┃]+", stage.figures().split("\n")[0])
    assert found is not None
    return found.span()


def hints(stage) -> str:
    """The keys in the last line."""
    return stage.foot().split("\n")[-1].partition("← →")[2]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_over_a_launch_and_an_outage_nothing_moves(make, run, size):
    async with run(make(), size) as stage:
        stage.service.set_scenario("launch")
        bars, heads, states = set(), set(), []
        for _ in range(12):
            stage.hand.seconds += 120
            await stage.polled()
            bars.add(bar(stage))
            heads.add(stage.table().split("\n")[1])
            states.append(stage.header().split()[2])
            shares = [int(each) for each in re.findall(r" (\d+) % +[+−0–]", stage.table())]
            assert max(shares) <= 100
        assert {"OK", "WARNING", "CRITICAL"} <= set(states)
        await stage.pilot.press("left", "left")
        await stage.shows("◂ looking at ")
        bars.add(bar(stage))
        await stage.pilot.press("n")
        stage.service.set_scenario("drop")
        stage.hand.seconds += 400
        await stage.pilot.press("r")
        await stage.shows("LAST SEEN")
        bars.add(bar(stage))
        assert len(bars) == 1
        assert len(heads) == 1


async def test_a_state_that_is_not_ok_has_its_reason_at_every_poll(make, run):
    async with run(make()) as stage:
        stage.service.set_scenario("launch")
        seen = 0
        for _ in range(12):
            stage.hand.seconds += 120
            await stage.polled()
            state = stage.header().split()[2]
            if state != "OK":
                seen += 1
                rule = rf'{state} since \d\d:\d\d \(\d+ min\): \d+ of 120, rule "{state.lower()}"'
                assert re.search(rule, stage.header())
                assert f"{state} {state.lower()}: " not in stage.foot()
        assert seen > 3


async def test_no_hint_goes_when_a_counter_or_an_error_appears(make, run):
    async with run(make()) as stage:
        before = hints(stage)
        stage.service.set_scenario("500")
        await stage.pilot.press("r")
        await stage.until(lambda: stage.snapshot.fault is not None)
        seen = [hints(stage)]
        stage.service.set_scenario("nulls")
        await stage.polled()
        await stage.shows("last error")
        seen.append(hints(stage))
        await stage.pilot.press("right_square_bracket")
        await stage.until(lambda: stage.snapshot.view.span == 12 * 3_600)
        seen.append(hints(stage))
        assert before
        assert set(seen) == {before}


@pytest.mark.parametrize("size", [(40, 12), (36, 9)])
async def test_a_small_header_has_the_state_and_the_environment(make, run, size):
    async with run(make(), size) as stage:
        assert stage.header().split()[1:3] == ["LIVE", "OK"]
        stage.service.set_scenario("launch")
        stage.hand.seconds += 900
        await stage.polled()
        assert stage.header().split()[1:3] == ["LIVE", "CRITICAL"]
        alert = next(line for line in stage.foot().split("\n") if "since" in line)
        assert "120 of 120 since 15:50 (7 min)" in alert or size[0] < 40


async def test_a_small_screen_tells_an_outage_to_its_end(make, run):
    async with run(make(), (40, 12)) as stage:
        stage.service.set_scenario("launch")
        stage.hand.seconds += 900
        await stage.polled()
        stage.service.set_scenario("drop")
        for _ in range(4):
            stage.hand.seconds += 240
            await stage.pilot.press("r")
            await stage.until(lambda: stage.snapshot.at >= stage.hand.seconds)
            await stage.until(lambda: stage.snapshot.fault is not None)
            await stage.pilot.pause()
            foot = " ".join(stage.foot().split())
            assert " since 15:50 (" in foot
            assert ": the connection was dropped" in foot
            assert "LAST SEEN ≥" in stage.text()


async def test_the_only_row_of_a_selection_offers_the_next_breakdown(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("enter")
        await stage.shows("This variant is the whole selection: b breaks it down by language")
        for _ in range(3):
            assert "This selection" not in stage.table(), "its line says the same"
            assert len(stage.rows()) == 1
            stage.hand.seconds += 300
            await stage.polled()
        await stage.pilot.press("b")
        await stage.shows("By language")
        await stage.until(lambda: len(stage.rows()) > 1)
        assert "This selection" in stage.table()
