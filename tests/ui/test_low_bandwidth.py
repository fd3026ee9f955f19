"""A slow link: what is left out of the picture, and what is said of it."""

import re

import pytest

from polytop.ui.app import Options


@pytest.mark.parametrize("low", [False, True])
async def test_a_slow_link_gets_no_seconds_and_no_sparklines(make, run, low):
    options = Options(utc=True, low_bandwidth=low)
    async with run(make(options=options)) as stage:
        for _ in range(3):
            text = stage.text()
            assert bool(re.search(r"\d\d:\d\d:\d\d UTC", text.splitlines()[0])) is not low
            assert bool(re.search(r"\d\d:\d\d UTC", text.splitlines()[0]))
            assert ("LAST 6 H" in text) is not low
            assert (" low bandwidth · " in text.splitlines()[-1]) is low
            stage.hand.seconds += 30
            await stage.polled()


async def test_the_traffic_is_told(make, run):
    async with run(make(), notifications=True) as stage:
        await stage.press("ctrl+b")
        await stage.until(stage.toasts)
        assert "to the terminal in the last minute" in stage.toasts()[0]
