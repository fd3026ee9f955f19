"""The likely end of a window: four of five end in it, or nothing is said."""

import math
import random
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.nowcast import AGES, Growth, Rises, age_place, final_after
from polytop.model.series import GAP, UNKNOWN
from polytop.simulator.scenarios import FAULTS, VALUE

START = 1_790_000_100 // 86_400 * 86_400
LEARNED, ALL = 10 * 288, 24 * 288
TESTED = (15, 75, 135, 285, 465, 1_530)
"""Ages in seconds at which predictions are judged."""


class Path(NamedTuple):
    """A window: the highest number of calls after each half minute."""

    window: int
    highest: tuple[int, ...]


@cache
def day_and_night() -> tuple[Path, ...]:
    """Numbers of calls that follow the hour and wander about it, every half minute."""
    dice, level, paths = random.Random(11), 10.0, []
    for window in range(START, START + ALL * grid.STEP, grid.STEP):
        highest: list[int] = []
        for half in range(10):
            hour = (window + 30 * half) % 86_400 / 3_600
            usual = 10 + 70 * max(0.0, math.sin((hour - 6) / 14 * math.pi) if hour > 6 else 0.0)
            level += 0.2 * (usual - level) + math.sqrt(0.3 * usual) * dice.gauss(0, 1) * 0.5
            highest.append(max(0, round(level), *highest[-1:]))
        paths.append(Path(window, tuple(highest)))
    return tuple(paths)


def seen_at(path: Path, age: float, scenario: str) -> int:
    """The value that the simulator would tell under the scenario; GAP if it leaves it out."""
    so_far = path.highest[min(9, int(age) // 30)]
    rows = [(path.window, {VALUE: so_far})]
    if scenario != "none":
        rows = FAULTS[scenario][1].alter(rows, path.window + age)
    return rows[0][1][VALUE] if rows else GAP


def growth_of(path: Path, ages: tuple[int, ...], scenario: str) -> Growth:
    seen, changed, before = [UNKNOWN] * AGES, 0, UNKNOWN
    for age in ages:
        place = age_place(age)
        assert place is not None
        seen[place] = seen_at(path, age, scenario)
        if before not in (UNKNOWN, seen[place]):
            changed = age
        before = seen[place]
    return Growth(path.window, seen, changed)


@cache
def world(scenario: str) -> tuple[dict[int, Growth], dict[int, int]]:
    ages = tuple(sorted({*TESTED, *(age + grid.STEP for age in TESTED)}))
    growth = {each.window: growth_of(each, ages, scenario) for each in day_and_night()}
    return growth, {each.window: each.highest[-1] for each in day_and_night()}


@cache
def learned(scenario: str) -> Rises:
    growth, finals = world(scenario)
    first = [each.window for each in day_and_night()[:LEARNED]]
    return Rises([growth[each] for each in first], {each: finals[each] for each in first})


def rising(window: int) -> bool:
    return 7 * 3_600 <= window % 86_400 < 12 * 3_600


@pytest.mark.parametrize("among", [lambda _: True, rising], ids=["all", "rising"])
@pytest.mark.parametrize("scenario", ["none", "late", "revised"])
def test_four_of_five_windows_end_where_it_says(
    scenario: str, among: Callable[[int], bool]
) -> None:
    growth, finals = world(scenario)
    seen = {window: each.seen for window, each in growth.items()}
    held: list[bool] = []
    for age in TESTED:
        for path in day_and_night()[LEARNED:]:
            if not among(path.window):
                continue
            found = learned(scenario).predict(seen, path.window, age)
            if found is not None:
                held.append(found.low <= finals[path.window] <= found.high)
                assert 0.75 <= found.held <= 0.88
    if scenario == "late":
        # What is late is whole once it comes: there is no rise to tell.
        assert held == []
    else:
        assert len(held) > 1_000
        assert 0.75 <= sum(held) / len(held) <= 0.88


def test_once_no_rise_is_as_good_nothing_is_said() -> None:
    growth, _ = world("none")
    seen = {window: each.seen for window, each in growth.items()}
    for path in day_and_night()[LEARNED : LEARNED + 300]:
        assert learned("none").predict(seen, path.window, 465) is None


def test_with_too_little_history_nothing_is_said() -> None:
    growth, finals = world("none")
    few = [each.window for each in day_and_night()[:500]]
    rises = Rises([growth[each] for each in few], {each: finals[each] for each in few})
    seen = {window: each.seen for window, each in growth.items()}
    assert rises.predict(seen, few[-1], 15) is None


@pytest.mark.parametrize(
    ("scenario", "least", "most"), [("none", 0, 30), ("late", 750, 780), ("revised", 3_300, 3_330)]
)
def test_when_windows_are_final_is_right_to_one_poll(scenario: str, least: int, most: int) -> None:
    polls = tuple(range(10, grid.STEP + grid.RECENT, 30))
    growth = [growth_of(each, polls, scenario) for each in day_and_night()[:200]]
    found = final_after(growth, START + ALL * grid.STEP)
    assert found is not None
    assert least <= found <= most


def test_windows_that_were_not_watched_do_not_tell_when_they_were_final() -> None:
    polls = (10, 40, 3_500)
    growth = [growth_of(each, polls, "late") for each in day_and_night()[:200]]
    assert final_after(growth, START + ALL * grid.STEP) is None


@given(
    st.lists(st.tuples(st.integers(-2, 300), st.integers(0, 300)), min_size=1, max_size=9),
    st.integers(0, 300),
)
@settings(max_examples=20)
def test_any_past_makes_a_range_or_none(past: list[tuple[int, int]], value: int) -> None:
    past = past * (650 // len(past))
    windows = range(START, START + len(past) * grid.STEP, grid.STEP)
    growth = [
        Growth(window, (seen, *[UNKNOWN] * (AGES - 1)))
        for window, (seen, _) in zip(windows, past, strict=True)
    ]
    finals = {window: final for window, (_, final) in zip(windows, past, strict=True)}
    seen = {windows.stop: (value, *[UNKNOWN] * (AGES - 1))}
    found = Rises(growth, finals).predict(seen, windows.stop, 5)
    if found is not None:
        assert 0 <= found.low <= found.high
        assert found.value == value
