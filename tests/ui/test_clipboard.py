"""Copying by OSC 52."""

import pytest


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (
            "r",
            [
                "Main line: now 26 so far, last 5 min 29 (34 % of the total), ",
                "demo (live)",
                "last 6 h",
                "2026-11-19 15:42:30 UTC",
            ],
        ),
        ("m", ["2026-11-19T15:40:00Z demo (live): 82 so far", "\n  Billing & refunds: 21"]),
        ("s", ["limit 120: headroom 38 (32 %)", "peak 105 at 11:10", "demo (live), last 6 h"]),
    ],
)
async def test_y_copies_and_says_so(make, run, key, words):
    async with run(make(), notifications=True) as stage:
        await stage.pilot.press("y", key)
        await stage.until(lambda: bool(stage.app.clipboard))
        assert [word for word in words if word not in stage.app.clipboard] == []
        await stage.until(stage.toasts)
        said = stage.toasts()
        assert len(said) == 1
        assert said[0].startswith("Copied to clipboard: the ")


async def test_hostile_names_are_copied_as_data(make, run):
    async with run(make(scenario="hostile-names")) as stage:
        await stage.pilot.press("y", "m")
        await stage.until(lambda: bool(stage.app.clipboard))
        assert "\x1b" not in stage.app.clipboard
        assert "␛[31mred" in stage.app.clipboard


async def test_escape_copies_nothing(make, run):
    async with run(make()) as stage:
        await stage.pilot.press("y", "escape")
        assert stage.app.clipboard == ""
        assert stage.app.screen is stage.home


async def test_over_an_outage_nothing_that_is_copied_is_of_now(make, run):
    async with run(make()) as stage:
        number = stage.first_figure()
        stage.service.set_scenario("drop")
        for minutes in (1, 6, 21):
            stage.hand.seconds = 60 * minutes
            await stage.pilot.press("r")
            await stage.until(lambda: stage.snapshot.fault is not None)
            await stage.until(lambda seconds=stage.hand.seconds: stage.snapshot.at >= seconds)
            for key in "rs":
                before = stage.app.clipboard
                await stage.pilot.press("y", key)
                await stage.until(lambda before=before: stage.app.clipboard != before)
                assert "seen at 15:42 " in stage.app.clipboard
                assert "now" not in stage.app.clipboard.replace("unknown", "")
                assert "headroom" not in stage.app.clipboard
            assert f"seen at 15:42 {number} so far" in stage.app.clipboard
