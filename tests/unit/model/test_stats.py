"""The summary of a series: the running window counts for now and for the peak alone."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model import grid
from polytop.model.coincidence import coincidence_factor
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import (
    CHANGE_SPAN,
    Capacity,
    Reading,
    Severity,
    Summary,
    change,
    latest,
    peak,
    percentile,
    summary,
    whole_percent,
)

START = 1_790_000_100
VALUES = st.lists(st.integers(UNKNOWN, 60), min_size=1, max_size=60)


def of(*values: int) -> tuple[Series, float]:
    """A series the last window of which is running, and the moment it is seen at."""
    series = Series(START, values)
    return series, series.end - grid.STEP + 120.5


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=200), st.sampled_from(["0.5", "0.95", "1"])
)
def test_percentile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[int], share: str
) -> None:
    enough = Fraction(share) * len(values)
    expected = min(one for one in values if sum(other <= one for other in values) >= enough)
    assert percentile(Counter(values), float(share)) == expected


@pytest.mark.parametrize("size", [20, 40, 100, 2_016, 8_640])
def test_percentile_at_an_exact_rank(size: int) -> None:
    assert percentile(Counter(range(1, size + 1)), 0.95) == -(-size * 95 // 100)


def test_percentile_of_nothing() -> None:
    assert percentile({}, 0.95) is None


@given(VALUES, st.integers(0, 500))
def test_the_running_window_is_no_part_of_mean_p95_and_change(
    values: list[int], value: int
) -> None:
    series, now = of(*values)
    other = replace(series, values=(*series.values[:-1], value))
    one, two = summary(series, now), summary(other, now)
    assert (one.mean, one.p95, one.change) == (two.mean, two.p95, two.change)


@given(VALUES, st.integers(0, 500))
def test_the_running_window_counts_for_now_and_can_only_raise_the_peak(
    values: list[int], value: int
) -> None:
    series, now = of(*values, value)
    found = summary(series, now)
    assert found.now == Reading(series.end - grid.STEP, value, provisional=True)
    assert found.peak is not None
    assert found.peak.value == max(*values, value)


@given(VALUES)
def test_marks_count_for_nothing(values: list[int]) -> None:
    series, now = of(*values)
    found = summary(series, now)
    complete = [value for value in values[:-1] if value >= 0]
    assert found.mean == (pytest.approx(sum(complete) / len(complete)) if complete else None)
    assert found.p95 == percentile(Counter(complete), 0.95)
    assert found.known == sum(value >= 0 for value in values)
    assert (found.peak is None) == (found.known == 0)


@given(VALUES)
def test_the_peak_is_the_first_of_the_highest(values: list[int]) -> None:
    series, now = of(*values)
    found = peak(series, now)
    highest = max(values)
    if highest < 0:
        assert found is None
    else:
        window = START + values.index(highest) * grid.STEP
        assert found == Reading(window, highest, provisional=window == grid.floor(now))


@pytest.mark.parametrize(
    ("before", "running", "value", "provisional"),
    [
        (7, 9, 9, True),
        (7, 0, 0, True),
        (7, GAP, 7, False),
        (7, UNKNOWN, 7, False),
        (GAP, UNKNOWN, None, None),
        (UNKNOWN, GAP, None, None),
    ],
)
def test_now_is_the_running_window_or_the_one_before(
    before: int, running: int, value: int | None, provisional: bool | None
) -> None:
    found = latest(*of(99, before, running))
    assert (found and found.value) == value
    assert (found and found.provisional) == provisional


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((10, 0, 0, 25, 99), 15),
        ((25, 0, 0, 10, 99), -15),
        ((0, 0, 0, 0, 99), 0),
        ((GAP, 0, 0, 25, 99), None),
        ((10, 0, 0, GAP, 99), None),
        ((10, 0, 0, UNKNOWN, 99), None),
        ((0, 25, 99), None),
    ],
)
def test_change_is_over_fifteen_minutes_of_complete_windows(
    values: tuple[int, ...], expected: int | None
) -> None:
    assert CHANGE_SPAN == 900
    assert change(*of(*values)) == expected


@pytest.mark.parametrize(("limit", "touched"), [(None, 0), (100, 3), (120, 1), (1_000, 0)])
def test_windows_that_reached_the_warning_level(limit: int | None, touched: int) -> None:
    series, now = of(80, 79, 85, GAP, UNKNOWN, 96)
    assert summary(series, now, Capacity(limit)).touched_warning == touched


def test_without_a_capacity_nothing_reaches_it() -> None:
    assert summary(*of(80)).touched_warning == 0


def test_of_nothing_nothing_is_said() -> None:
    assert summary(Series(START), START) == Summary()
    assert summary(*of(GAP, UNKNOWN)) == Summary()


def test_levels_are_shares_of_the_limit() -> None:
    capacity = Capacity(200, warning=0.5, critical=0.75)
    assert (capacity.warning_level, capacity.critical_level) == (100, 150)
    assert (Capacity().warning_level, Capacity().critical_level) == (None, None)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8), st.data())
def test_coincidence_of_a_possible_total_is_at_most_one(
    peaks: list[int], data: st.DataObject
) -> None:
    total = data.draw(st.integers(max(peaks), sum(peaks)))
    found = coincidence_factor(total, peaks)
    if sum(peaks) == 0:
        assert found is None
    else:
        assert found is not None
        assert 1 / len(peaks) <= found + 1e-12
        assert found <= 1


@pytest.mark.parametrize(("total", "peaks"), [(None, [1]), (3, []), (0, [0, 0])])
def test_coincidence_of_nothing(total: int | None, peaks: list[int]) -> None:
    assert coincidence_factor(total, peaks) is None


def test_the_worst_of_several_severities_is_their_maximum() -> None:
    ok, warning, critical, unknown = (
        Severity.OK,
        Severity.WARNING,
        Severity.CRITICAL,
        Severity.UNKNOWN,
    )
    assert max([ok, unknown]) is unknown
    assert max([unknown, warning, ok]) is warning
    assert max([warning, critical, unknown]) is critical


def test_a_severity_has_the_exit_status_and_the_word_of_the_guidelines() -> None:
    found = {each.name: each.exit_status for each in Severity}
    assert found == {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        (0, Severity.OK),
        (79, Severity.OK),
        (80, Severity.WARNING),
        (89.9, Severity.WARNING),
        (90, Severity.CRITICAL),
        (200, Severity.CRITICAL),
    ],
)
def test_a_band_begins_with_its_level(value: float, severity: Severity) -> None:
    assert Capacity(100).severity(value) is severity
    assert Capacity(None).severity(value) is Severity.OK


def test_a_level_is_free_of_the_rounding_of_binary_fractions() -> None:
    assert Capacity(100, warning=0.56, critical=0.57).severity(56) is Severity.WARNING
    assert Capacity(100, warning=0.28, critical=0.29).severity(29) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        (0.0, 0), (1.0, 100), (-1.0, -100), (0.5, 50), (0.296, 30), (29_999 / 30_000, 99),
        (1 / 30_000, 1), (-1 / 30_000, -1), (-29_999 / 30_000, -99), (1.0001, 101), (-1.0001, -101),
        (1 - 0.875, 12), (2.004, 200),
    ],
)  # fmt: skip
def test_nothing_the_whole_and_the_loss_of_all_stand_for_themselves(
    share: float, percent: int
) -> None:
    assert whole_percent(share) == percent
