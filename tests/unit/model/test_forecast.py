"""The forecast: by the method that did best, with a band that holds, or not at all."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.model.forecast import (
    Absence,
    Forecaster,
    LimitCall,
    Method,
    call_limit,
)

STEP = 1_800
DAY, WEEK = 48, 336


def _day_and_night(slots: int, noise: float, daily: float = 0.0, seed: int = 7) -> list[int]:
    """Values with a daily shape, quieter at weekends; `noise` and `daily` are shares of them.

    The first is drawn for each value, the second for each day.
    """
    dice = random.Random(seed)
    values, today = [], 1.0
    for slot in range(slots):
        hour, day = slot % DAY / 2, slot // DAY % 7
        if hour == 0:
            today = 1 + daily * dice.uniform(-1, 1)
        level = 20 + 80 * max(0.0, 1 - abs(hour - 14) / 7) * (1 if day < 5 else 0.4)
        values.append(max(0, round(level * today * (1 + noise * dice.gauss(0, 1)))))
    return values


def _learn(values: list[int]) -> Forecaster:
    forecaster = Forecaster(0, STEP)
    forecaster.learn(values)
    return forecaster


def test_a_noisy_week_that_repeats_is_forecast_better_than_by_last_weeks_value() -> None:
    values = _day_and_night(6 * WEEK + 3, 0.2)
    forecast = _learn(values[: 6 * WEEK]).forecast()
    assert len(forecast.points) == 3
    assert all(score.relative < 0.95 for score in forecast.scores)
    assert all(
        low <= point <= high
        for low, point, high in zip(forecast.low, forecast.points, forecast.high, strict=True)
    )


def test_the_band_holds_nine_of_ten_of_the_values_that_come() -> None:
    values = _day_and_night(12 * WEEK, 0.2)
    forecaster = _learn(values[: 6 * WEEK])
    inside = total = 0
    for at in range(6 * WEEK, 12 * WEEK - 3, 17):
        forecast = forecaster.forecast()
        for steps, (low, high) in enumerate(zip(forecast.low, forecast.high, strict=True)):
            inside += low <= values[at + steps] <= high
            total += 1
        forecaster.learn(values[at : at + 17])
    assert 0.86 <= inside / total <= 0.95
    assert total > 300


def test_with_too_little_history_nothing_is_forecast() -> None:
    forecast = _learn(_day_and_night(2 * WEEK + DAY, 0.2)).forecast(limit=100)
    assert forecast.points == ()
    assert forecast.limit is None
    assert forecast.absence is Absence.TOO_LITTLE


def test_where_last_week_repeats_to_the_call_no_method_beats_it() -> None:
    dice = random.Random(3)
    week = [dice.randint(0, 100) for _ in range(WEEK)]
    drifting = [value + 60 * (at % 2) for at in range(6) for value in week]
    forecast = _learn(week * 6).forecast()
    assert forecast.points == ()
    assert forecast.absence is Absence.NOT_BETTER
    assert _learn(drifting).forecast().method is not Method.LAST_WEEK


def test_a_rise_of_the_last_hour_lifts_the_forecast() -> None:
    values = _day_and_night(6 * WEEK + 26, 0.05, daily=0.6)
    usual = _learn(values).forecast().points
    lifted = _learn(values[:-2] + [value * 2 for value in values[-2:]]).forecast().points
    assert lifted[0] > usual[0] * 1.2


@pytest.mark.parametrize("unknown", [-1, -2])
def test_slots_without_a_value_are_passed_over(unknown: int) -> None:
    values = _day_and_night(6 * WEEK, 0.2)
    dice = random.Random(5)
    holes = [unknown if dice.random() < 0.05 else value for value in values]
    forecast = _learn(holes).forecast()
    assert forecast.points
    assert all(point >= 0 for point in forecast.points)


@given(st.lists(st.integers(-2, 500), min_size=1, max_size=60), st.integers(0, 2_000))
@settings(max_examples=8)
def test_no_series_makes_it_fail(pattern: list[int], first: int) -> None:
    forecaster = Forecaster(first, STEP)
    forecaster.learn(pattern * (4 * WEEK // len(pattern)))
    forecast = forecaster.forecast(limit=50)
    assert len(forecast.points) == len(forecast.low) == len(forecast.high)


@pytest.mark.parametrize("cut", [1, WEEK - 1, 3 * WEEK + 5, 6 * WEEK - 1])
def test_one_by_one_or_all_at_once_it_forecasts_alike(cut: int) -> None:
    values = _day_and_night(6 * WEEK, 0.2)
    parts = _learn(values[:cut])
    parts.learn(values[cut:])
    assert parts.forecast(limit=90) == _learn(values).forecast(limit=90)


def test_a_copy_learns_by_itself() -> None:
    values = _day_and_night(6 * WEEK + 26, 0.2)
    first = _learn(values[:-4])
    before = first.forecast(limit=90)
    second = first.copy()
    second.learn([value * 3 for value in values[-4:]])
    assert first.forecast(limit=90) == before
    first.learn(values[-4:])
    assert first.forecast(limit=90) == _learn(values).forecast(limit=90)


def test_a_shorter_horizon_is_the_beginning_of_a_longer_one() -> None:
    forecaster = _learn(_day_and_night(6 * WEEK + 20, 0.05))
    long, short = forecaster.forecast(limit=80), forecaster.forecast(limit=80, horizon=3_600)
    assert short.points == long.points[:2]
    assert short.high == long.high[:2]
    assert short.limit is not None
    assert short.limit.last <= 2


def test_the_time_to_the_limit_has_its_record() -> None:
    values = _day_and_night(6 * WEEK + 24, 0.05)
    forecast = _learn(values).forecast(limit=80)
    assert forecast.limit is not None
    assert forecast.limit.call is LimitCall.REACHED
    assert 0 < forecast.limit.held <= forecast.limit.calls
    quiet = _learn(values).forecast(limit=1_000).limit
    assert quiet is not None
    assert quiet.call is LimitCall.NOT_WITHIN
    assert quiet.held == quiet.calls > 0


@pytest.mark.parametrize(
    ("points", "low", "high", "call", "first", "last"),
    [
        ((5, 6, 7), (4, 5, 6), (6, 7, 8), LimitCall.NOT_WITHIN, 1, 3),
        ((8, 9, 10), (6, 7, 8), (9, 10, 12), LimitCall.REACHED, 2, 3),
        ((9, 10, 12), (8, 10, 11), (10, 12, 13), LimitCall.REACHED, 1, 2),
        ((5, 6, 9), (4, 5, 6), (6, 7, 10), LimitCall.POSSIBLE, 3, 3),
    ],
)
def test_the_limit_is_reached_between_the_bands_first_and_last_slot(
    points: tuple[float, ...],
    low: tuple[float, ...],
    high: tuple[float, ...],
    call: LimitCall,
    first: int,
    last: int,
) -> None:
    found = call_limit(10, points, low, high)
    assert (found.call, found.first, found.last) == (call, first, last)
