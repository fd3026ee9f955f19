"""Counting: everything agrees with a counter that knows nothing of the simulator's tricks."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.target import ClientEnv
from polytop.simulator.demand import Incident, launch, outage, quiet_night
from polytop.simulator.traffic import LruCache, Selection, Traffic
from polytop.simulator.variants import build_directory

NOON = 1_763_640_000
DAY = 86_400
FOREVER = 10.0**11

VARIANTS = build_directory(8)


def traffic(incident: Incident | None = None, seed: str = "1/p", limit: int = 120) -> Traffic:
    return Traffic(VARIANTS, seed, limit, incident or Incident())


def naive(calls: Iterable[tuple[int, int]], start: int, end: int) -> list[int]:
    """The maximum overlap in each window, by looking at every call at every start of a call."""
    every = list(calls)
    values = []
    for window in range(start * 1000, end * 1000, 300_000):
        near = [(a, b) for a, b in every if a < window + 300_000 and b > window]
        moments = [window] + [a for a, _ in near if a >= window]
        values.append(max(sum(a <= moment < b for a, b in near) for moment in moments))
    return values


selections = st.builds(
    Selection,
    env=st.sampled_from(ClientEnv),
    variant_id=st.sampled_from([None, None, "v-main", "v-billing", "v-unknown"]),
    language=st.sampled_from([None, None, "en-GB", "es-ES"]),
    phone_number=st.sampled_from([None, None, None, "+442079460100"]),
) | st.builds(Selection, variant_name=st.sampled_from(["Main line", "München", "nobody"]))

incidents = st.sampled_from([Incident(), launch(NOON), outage(NOON), quiet_night(NOON)])


@given(
    chosen=selections,
    incident=incidents,
    window=st.integers(-30, 40),
    size=st.integers(1, 8),
    back=st.floats(0, 900),
)
@settings(max_examples=60, deadline=None)
def test_counts_are_those_of_the_naive_counter(
    chosen: Selection, incident: Incident, window: int, size: int, back: float
) -> None:
    made = traffic(incident)
    start = NOON + window * grid.STEP
    end = start + size * grid.STEP
    now = end - back
    calls = [
        (a, b)
        for a, b, cell in made.calls(chosen.env, start, end)
        if made.admits(chosen, cell) and a <= int(now * 1000)
    ]
    begun = min(end, grid.floor(now) + grid.STEP)
    assert made.total(chosen, start, end, now) == naive(calls, start, begun)


@given(chosen=selections, incident=incidents, window=st.integers(-40, 40))
@settings(max_examples=40, deadline=None)
def test_parts_and_total_agree(chosen: Selection, incident: Incident, window: int) -> None:
    made = traffic(incident)
    start = NOON + window * grid.STEP
    end = start + 30 * grid.STEP
    now = end - 400.0
    total = made.total(chosen, start, end, now)
    parts = made.by_variant(chosen, start, end, now)
    assert all(len(values) == len(total) and any(values) for values in parts.values())
    for index, whole in enumerate(total):
        column = [values[index] for values in parts.values()]
        assert max(column, default=0) <= whole <= sum(column)


def test_each_part_is_what_its_own_filter_answers() -> None:
    made = traffic()
    span = (NOON - 6 * 3600, NOON + 300, NOON + 100.5)
    parts = made.by_variant(Selection(), *span)
    assert len(parts) == 8
    for index, values in parts.items():
        variant = VARIANTS[index]
        assert made.total(Selection(variant_id=variant.id), *span) == values
        assert made.total(Selection(variant_name=variant.name), *span) == values
    narrowed = made.by_variant(Selection(language="de-DE"), *span)
    assert narrowed == {6: made.total(Selection(language="de-DE"), *span)}


@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(1, 40)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_the_order_of_questions_does_not_matter(asked: list[tuple[int, int]]) -> None:
    asked = asked[:6]
    one, other = traffic(launch(NOON)), traffic(launch(NOON))

    def answers(made: Traffic, order: list[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
        return {
            (first, size): made.total(
                Selection(), NOON + first * 300, NOON + (first + size) * 300, FOREVER
            )
            for first, size in order
        }

    assert answers(one, asked) == answers(other, asked[::-1])


def test_seeds_and_environments_differ() -> None:
    span = (NOON - 3600, NOON, FOREVER)
    assert traffic().total(Selection(), *span) == traffic().total(Selection(), *span)
    assert traffic(seed="2/p").total(Selection(), *span) != traffic().total(Selection(), *span)
    mean = {
        env: sum(traffic().total(Selection(env), NOON - DAY, NOON, FOREVER)) / 288
        for env in ClientEnv
    }
    assert mean[ClientEnv.LIVE] > 5 * mean[ClientEnv.PRE_RELEASE]
    assert mean[ClientEnv.PRE_RELEASE] > mean[ClientEnv.SANDBOX] > 0


def test_the_running_window_only_rises_and_then_stays() -> None:
    made = traffic()
    last = [0]
    for second in range(0, 300, 7):
        values = made.total(Selection(), NOON - 600, NOON + 3600, NOON + second)
        assert len(values) == 3
        assert values[-1] >= last[-1]
        last = values
    closed = made.total(Selection(), NOON - 600, NOON + 3600, NOON + 300.0)
    assert closed[2] >= last[-1]
    assert made.total(Selection(), NOON - 600, NOON + 300, FOREVER) == closed[:3]


def test_nothing_is_told_of_the_future() -> None:
    assert traffic().total(Selection(), NOON, NOON + 3600, NOON - 1.0) == []
    assert traffic().by_variant(Selection(), NOON, NOON + 3600, NOON - 1.0) == {}


def test_a_week_looks_like_one() -> None:
    start = NOON - NOON % DAY - 3 * DAY  # Monday
    values = traffic().total(Selection(), start, start + 7 * DAY, FOREVER)
    days = [values[at : at + 288] for at in range(0, len(values), 288)]
    weekdays = [value for day in days[:5] for value in day]
    assert 35 < sum(weekdays) / len(weekdays) < 55
    assert all(85 < max(day) <= 120 for day in days[:5])
    assert all(sum(day[24:48]) / 24 < 12 for day in days)
    assert max(sum(day) for day in days[5:]) < min(sum(day) for day in days[:5])


def test_demand_is_in_proportion_to_the_limit() -> None:
    span = (NOON - 3600, NOON, FOREVER)
    small = traffic(limit=24).total(Selection(), *span)
    large = traffic(limit=1200).total(Selection(), *span)
    assert max(small) < 40
    assert 500 < max(large) < 1200


@pytest.mark.parametrize("at", [NOON, NOON + 1999, NOON - 12 * 3600, NOON + 9 * 3600 + 3599])
def test_a_launch_reaches_the_limit_and_never_exceeds_it(at: int) -> None:
    start = grid.floor(at) - 3600
    values = traffic(launch(at)).total(Selection(), start, start + 9 * 3600, FOREVER)
    assert max(values) == 120
    assert max(values[:12]) < 120
    assert values[24:36] == [120] * 12
    assert values[-1] < 120


def test_a_launch_does_not_change_what_was() -> None:
    span = (NOON - DAY, NOON, FOREVER)
    assert traffic(launch(NOON)).total(Selection(), *span) == traffic().total(Selection(), *span)
    sandbox = Selection(ClientEnv.SANDBOX)
    later = (NOON, NOON + 7200, FOREVER)
    assert traffic(launch(NOON)).total(sandbox, *later) == traffic().total(sandbox, *later)


def test_after_a_launch_traffic_is_ordinary_again() -> None:
    late = (NOON + 14 * 3600, NOON + 20 * 3600, FOREVER)
    assert traffic(launch(NOON)).total(Selection(), *late) == traffic().total(Selection(), *late)


def test_an_outage_is_a_hole_of_20_minutes() -> None:
    at = NOON + 120
    values = traffic(outage(at)).total(Selection(), NOON - 3600, NOON + 3600, FOREVER)
    assert all(value > 40 for value in values[:13])
    assert values[13:17] == [0, 0, 0, 0]
    assert 0 < values[17] < 60
    assert values[23] > 40


def test_a_quiet_night_is_almost_nothing() -> None:
    values = traffic(quiet_night(NOON)).total(Selection(), NOON - 6 * 3600, NOON, FOREVER)
    assert max(values[:12]) > 5
    assert values[-48:-40] == [0] * 8
    assert max(values[-36:]) <= 3
    assert values[-48:].count(0) > 30


def test_what_is_kept_is_bounded() -> None:
    made: list[int] = []

    def square(number: int) -> int:
        made.append(number)
        return number * number

    recent = LruCache(square, 20, lambda value: value)
    assert [recent.get_or_make(n) for n in (2, 3, 2, 3)] == [4, 9, 4, 9]
    assert made == [2, 3]
    recent.get_or_make(2)
    recent.get_or_make(3)
    assert recent.get_or_make(1) == 1
    assert recent.get_or_make(4) == 16
    assert list(recent) == [1, 4]
    assert recent.get_or_make(9) == 81
    assert list(recent) == [9]
