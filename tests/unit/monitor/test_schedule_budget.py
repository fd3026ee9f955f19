"""A budget of requests: what a minute may hold, and of what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model.snapshot import RequestBudget as Used
from polytop.monitor.schedule import (
    LEAST_LIMIT,
    MINUTE,
    REQUESTS_PER_POLL,
    RateLimiter,
    Use,
    requests_to_reserve,
)

# -- the budget by itself


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


steps = st.lists(
    st.tuples(st.floats(0, 40), st.integers(1, 2), st.sampled_from(Use)), min_size=1, max_size=120
)


@given(st.integers(LEAST_LIMIT, 40), st.integers(0, 60), steps)
def test_no_minute_holds_more_than_the_limit_and_each_use_has_its_part(
    limit: int, reserve: int, asked: list[tuple[float, int, Use]]
) -> None:
    hand = Hand()
    budget = RateLimiter(limit, hand, reserve)
    free = min(reserve, limit * 2 // 3 - 2)
    taken: list[tuple[float, Use]] = []
    for pause, requests, use in asked:
        hand.now += pause
        last = [kind for at, kind in taken if at + MINUTE > hand.now] + [use] * requests
        polls, due = len(last) - last.count(Use.BESIDE), last.count(Use.POLL)
        fits = len(last) <= limit
        if use is not Use.BESIDE:
            fits = fits and polls <= limit * 2 // 3
        if use is not Use.POLL:
            fits = fits and len(last) - due <= limit - free
        if use is Use.ASKED_FOR:
            fits = fits and polls - due <= limit * 2 // 3 - free
        assert budget.used() == Used(len(last) - requests, limit)
        assert (budget.wait(requests, use) == 0) == fits
        assert budget.take(requests, use) == fits
        taken += [(hand.now, use)] * (requests if fits else 0)


@given(st.integers(LEAST_LIMIT, 30), steps)
def test_who_waits_as_long_as_is_said_may_take_and_not_before(
    limit: int, asked: list[tuple[float, int, Use]]
) -> None:
    hand = Hand()
    budget = RateLimiter(limit, hand, 4)
    for pause, requests, use in asked:
        hand.now += pause / 20
        wait = budget.wait(requests, use)
        assert 0 <= wait <= MINUTE
        if wait > 1e-3:
            hand.now += wait - 1e-3
            assert not budget.take(requests, use)
            hand.now += 1e-3 + 1e-9
        assert budget.take(requests, use)


@pytest.mark.parametrize(("use", "most"), [(Use.POLL, 6), (Use.ASKED_FOR, 2), (Use.BESIDE, 6)])
def test_more_than_ever_fits_is_refused_rather_than_let_through(use: Use, most: int) -> None:
    budget = RateLimiter(10, Hand(), 4)
    with pytest.raises(ValueError, match="never fit"):
        budget.take(most + 1, use)
    assert budget.take(most, use)
    assert not budget.take(1, use)
    other = Use.POLL if use is Use.BESIDE else Use.BESIDE
    assert budget.take(4, other)


@pytest.mark.parametrize("limit", [0, 1, LEAST_LIMIT - 1])
def test_a_budget_that_is_too_small_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"at least {LEAST_LIMIT}"):
        RateLimiter(limit, Hand())


@pytest.mark.parametrize("back", [0.5, 30, 59, 61, 3_600, 86_400 * 400])
def test_a_clock_that_is_set_back_frees_nothing_and_blocks_for_a_minute_at_most(
    back: float,
) -> None:
    hand = Hand()
    hand.now = 86_400 * 500
    budget = RateLimiter(12, hand, 4)
    for _ in range(8):
        assert budget.take()
        hand.now += 1
    hand.now -= back
    assert budget.used().used == 8
    assert not budget.take()
    wait = budget.wait()
    assert 0 < wait <= MINUTE
    hand.now += wait
    assert budget.take()


def test_a_clock_that_goes_back_again_and_again_lets_no_more_through() -> None:
    hand, let = Hand(), 0
    budget = RateLimiter(12, hand, 4)
    for step in range(200):
        let += budget.take()
        hand.now += 0.2 if step % 2 else -0.2
    assert let == 8


def test_what_was_not_sent_is_given_back_and_what_was_sent_besides_is_counted() -> None:
    hand = Hand()
    budget = RateLimiter(12, hand, 4)
    assert budget.take(2, Use.POLL)
    began = hand.now
    hand.now += 10
    assert budget.take(2, Use.POLL)
    budget.settle(2, 1, began, Use.POLL)
    assert budget.used().used == 3
    hand.now = began + MINUTE
    assert budget.used().used == 2
    budget.settle(2, 5, hand.now, Use.POLL)
    assert budget.used().used == 5
    budget.settle(1, 0, hand.now)
    assert budget.used().used == 5


@pytest.mark.parametrize("interval", [5, 6, 30, 60, 3_600])
def test_what_is_kept_free_is_enough_for_polls_that_come_early(interval: float) -> None:
    early, polls = interval * 0.9, 0
    while polls * early < MINUTE:
        polls += 1
    assert requests_to_reserve(interval) >= REQUESTS_PER_POLL * (polls + 1)
