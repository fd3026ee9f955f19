"""When to ask again: bounds that hold whatever chance says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.monitor.schedule import JITTER, LONGEST_WAIT, Backoff

INTERVALS = st.floats(5, 3_600)
CHANCES = st.floats(0, 1, exclude_max=True)


@given(INTERVALS, CHANCES)
def test_after_success_the_interval_more_or_less(interval: float, chance: float) -> None:
    delay = Backoff(interval, lambda: chance).after_success()
    assert interval * (1 - JITTER) <= delay <= interval * (1 + JITTER)


def test_the_jitter_goes_both_ways_and_is_nought_in_the_middle() -> None:
    chances = iter((0.0, 0.5, 0.999))
    pacing = Backoff(30, lambda: next(chances))
    least, middle, most = (pacing.after_success() for _ in range(3))
    assert (least, middle) == (27, 30)
    assert 32.9 < most < 33


def test_after_failures_it_doubles_up_to_the_bound() -> None:
    pacing = Backoff(30, lambda: 0.0)
    delays = [pacing.after_failure(failures) for failures in range(1, 7)]
    assert delays == [5, 10, 20, 30, 30, 30]


@pytest.mark.parametrize(("interval", "longest"), [(5, 33), (30, 33), (300, 330)])
def test_the_end_of_an_outage_is_seen_within_half_a_minute_or_the_interval(
    interval: float, longest: float
) -> None:
    pacing = Backoff(interval, lambda: 0.999)
    assert longest * 0.99 < max(pacing.after_failure(each) for each in range(1, 60)) <= longest


@given(INTERVALS, CHANCES, st.integers(1, 10**6))
def test_a_failure_is_tried_again_within_bounds(
    interval: float, chance: float, failures: int
) -> None:
    pacing = Backoff(interval, lambda: chance)
    delay = pacing.after_failure(failures)
    assert interval / 6 <= delay <= pacing.bound * (1 + JITTER)
    assert delay <= pacing.after_failure(failures + 1)


@given(INTERVALS, CHANCES, st.integers(1, 40), st.floats(0, 86_400))
def test_never_sooner_than_the_server_asked_but_for_an_hour_at_most(
    interval: float, chance: float, failures: int, wait: float
) -> None:
    pacing = Backoff(interval, lambda: chance)
    delay = pacing.after_failure(failures, wait)
    assert delay == max(pacing.after_failure(failures), min(wait, LONGEST_WAIT))
