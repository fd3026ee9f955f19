"""Sizes of a terminal at random, and the numbers on a screen: none is cut at any size."""

import random
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import monitor_stage
import wall_stage
from monitor_stage import HOUR, utc

from polytop.model.plan import Launch, Planned, PlanRow, build_plan
from polytop.model.target import Filters

SMALLEST, LARGEST = (20, 3), (400, 100)

GENEROUS = (LARGEST, (240, 70), (160, 50), (120, 40), (100, 30), (80, 24))
"""Sizes at which no number needs to be cut: what they show is every number that there is."""

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CUT = re.compile(r"\d…")
_TIME = re.compile(r"\d\d:\d[05]")
"""The axis has other times at other widths."""

_START = utc("2026-11-19 15:20")
_PLAN = (PlanRow(_START, Planned(30)), PlanRow(_START + HOUR, Planned(300, 250, 400), "ramp-up"))
_LAUNCH = Launch(_START, _START + 2 * HOUR, Filters(), build_plan(_PLAN))
_PROFILES = {
    "refused": "401",
    "dropped": "drop",
    **dict.fromkeys(map("site-{:02}".format, range(9))),
}


def random_sizes(seed: int, number: int) -> Iterator[tuple[int, int]]:
    """Yield so many sizes, the corners among them; small ones oftener than large ones."""
    chance = random.Random(seed)
    yield from (SMALLEST, LARGEST, (SMALLEST[0], LARGEST[1]), (LARGEST[0], SMALLEST[1]))
    for _ in range(number - 4):
        wide, high = chance.choice(((60, 15), (130, 45), LARGEST))
        yield chance.randint(SMALLEST[0], wide), chance.randint(SMALLEST[1], high)


def cut_numbers(text: str, whole: set[str]) -> set[str]:
    """Return the numbers in `text` that are none of `whole`, and those that an ellipsis cuts."""
    foreign = {each for each in set(_NUMBER.findall(text)) - whole if not _TIME.fullmatch(each)}
    return foreign | set(_CUT.findall(text))


def _stage(place: str) -> AbstractAsyncContextManager[Any]:
    if place == "wall":
        stage = wall_stage.build(_PROFILES, broken=("mistyped",))
        return wall_stage.running(stage, LARGEST)
    launch = _LAUNCH if place == "launch" else None
    home = monitor_stage.build(change=lambda watch: replace(watch, launch=launch))
    return monitor_stage.running(home, LARGEST)


async def resize_at_random(place: str, seed: int, number: int) -> None:
    """Resize the monitor, the wall or a launch so often. Each number is whole at every size."""
    async with _stage(place) as stage:

        async def shown(size: tuple[int, int]) -> str:
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            if place != "wall":
                await stage.until(lambda: stage.home.settled)
            await stage.until(lambda: stage.text().count("\n") < size[1])
            await stage.pilot.pause()
            return stage.text()

        whole = {each for size in GENEROUS for each in _NUMBER.findall(await shown(size))}
        assert len(whole) > 30
        for size in random_sizes(seed, number):
            text = await shown(size)
            lines = text.split("\n")
            cut = {line.strip(): found for line in lines if (found := cut_numbers(line, whole))}
            assert not cut, size
