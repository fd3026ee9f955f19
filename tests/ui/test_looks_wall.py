"""Pictures of the wall, compared with those that were looked at."""

import asyncio

import pytest
from patience import PATIENCE
from wall_stage import build

from polytop.ui.wall_model import all_answered

PROFILES = {
    "prod-uk": None,
    "prod-us": None,
    "a name with [markup]": None,
    "refused": "401",
    "dropped": "drop",
    "night": "quiet-night",
}
LIMITS = {"prod-uk": 90, "prod-us": 120, "a name with [markup]": 200, "night": None}


async def _answered(pilot):
    async with asyncio.timeout(PATIENCE):
        while not all_answered(pilot.app.screen.pool.tiles):
            await pilot.pause(0.02)
    await pilot.pause(0.1)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15), (20, 3)])
def test_wall(snap_compare, size):
    stage = build(PROFILES, broken=("mistyped",), limits=LIMITS)
    assert snap_compare(stage.app, terminal_size=size, run_before=_answered)


def test_wall_of_thirty(snap_compare):
    names = [f"site-{number:02}" for number in range(28)]
    profiles = {**dict.fromkeys(names), "refused": "401"}
    limits = {name: 60 + 8 * number for number, name in enumerate(names)}
    stage = build(profiles, broken=("mistyped",), limits=limits)
    assert snap_compare(stage.app, terminal_size=(120, 40), run_before=_answered)
