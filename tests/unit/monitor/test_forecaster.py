"""The forecaster of a project: learned once, right after every change of what is known."""

import random
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from polytop.model import grid
from polytop.model.forecast import Absence, LimitCall, Outlook
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.monitor.forecaster import ProjectForecaster
from polytop.monitor.view_data import FORECAST_SPAN

LONDON, UTC = ZoneInfo("Europe/London"), ZoneInfo("UTC")
WEEKS = FORECAST_SPAN // 86_400 * 288
START = grid.floor(1_780_000_000)
"""In May 2026, without a change of the clocks for months."""


@cache
def traffic(start: int, size: int) -> Series:
    """Noise about a day's shape on the clock of UTC."""
    dice, values = random.Random(5), []
    for window in grid.windows(start, start + size * grid.STEP):
        hour = window % 86_400 / 3_600
        level = 20 + 80 * max(0.0, 1 - abs(hour - 14) / 7)
        values.append(round(level * (1 + 0.1 * dice.gauss(0, 1))))
    return Series(start, tuple(values))


def fresh(series: Series, limit: int | None = None, zone: ZoneInfo = UTC) -> Outlook:
    return ProjectForecaster(zone).forecast(series, series.end + 30.0, limit)


def test_poll_after_poll_it_says_what_one_that_learns_anew_says() -> None:
    whole = traffic(START, WEEKS + 40)
    forecaster = ProjectForecaster(UTC)
    for more in (0, 1, 7, 30):
        seen = whole.cut(START, START + (WEEKS + more) * grid.STEP)
        assert forecaster.forecast(seen, seen.end + 30.0, 110) == fresh(seen, 110)


@pytest.mark.parametrize(("back", "mark"), [(1, GAP), (12, GAP), (13, UNKNOWN), (5_000, GAP)])
def test_a_value_that_is_revised_or_comes_later_is_learned(back: int, mark: int) -> None:
    whole = traffic(START, WEEKS)
    values = list(whole.values)
    forecaster = ProjectForecaster(UTC)
    for changed in (mark, 300, values[-back]):
        values[-back] = changed
        series = Series(START, tuple(values))
        assert forecaster.forecast(series, series.end + 30.0) == fresh(series)


def test_windows_that_run_or_come_late_are_no_values() -> None:
    whole = traffic(START, WEEKS)
    running = Series(START, (*whole.values, 999), frozenset({whole.end}))
    late = Series(START, (*whole.values[:-2], GAP, GAP))
    forecaster = ProjectForecaster(UTC)
    plain = forecaster.forecast(whole, whole.end + 30.0)
    assert forecaster.forecast(running, whole.end + 30.0) == plain
    behind = forecaster.forecast(late, whole.end + 30.0)
    assert behind.newest == whole.end - 3 * grid.STEP
    assert behind.windows[0] == whole.end - 2 * grid.STEP
    old = forecaster.forecast(whole, whole.end + 3_600.0)
    assert old.forecast.absence is Absence.TOO_OLD
    assert old.forecast.points == ()


def test_nothing_known_is_too_little() -> None:
    empty = Series(START, (GAP,) * 600)
    assert ProjectForecaster(UTC).forecast(empty, empty.end).forecast.absence is Absence.TOO_LITTLE


def test_at_the_limit_nothing_is_to_come() -> None:
    whole = traffic(START, WEEKS)
    full = Series(START, (*whole.values[:-1], 150))
    outlook = ProjectForecaster(UTC).forecast(full, full.end + 30.0, 120)
    assert outlook.forecast.limit is not None
    assert outlook.forecast.limit.call is LimitCall.NOW


def test_while_an_hour_comes_twice_it_goes_on() -> None:
    # 25 October 2026, 01:00 UTC: the clock of London goes back from 02:00 to 01:00.
    change = 1_792_890_000
    whole = traffic(change - WEEKS * grid.STEP, WEEKS + 24)
    forecaster = ProjectForecaster(LONDON)
    for more in (-1, 3, 11, 14):
        seen = whole.cut(whole.start, change + more * grid.STEP)
        outlook = forecaster.forecast(seen, seen.end + 30.0)
        assert outlook == fresh(seen, zone=LONDON)
        assert outlook.windows
        assert outlook.windows[0] == seen.end
