import math
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.model.erlang import (
    blocking_probability,
    carried_load,
    limit_for,
    load_for,
    offered_load,
)

# T. S. Rappaport, "Wireless Communications: Principles and Practice", table 3.4, "Capacity of an
# Erlang B System": erlangs of so many channels at a blocking of 1 %, 0.5 %, 0.2 % and 0.1 %.
# Printed with three digits, of which the last is not always rounded the usual way.
RAPPAPORT = {
    2: (0.153, 0.105, 0.065, 0.046),
    4: (0.869, 0.701, 0.535, 0.439),
    5: (1.36, 1.13, 0.900, 0.762),
    10: (4.46, 3.96, 3.43, 3.09),
    20: (12.0, 11.1, 10.1, 9.41),
    24: (15.3, 14.2, 13.0, 12.2),
    40: (29.0, 27.3, 25.7, 24.5),
    70: (56.1, 53.7, 51.0, 49.2),
    100: (84.1, 80.9, 77.4, 75.2),
}
# Lucent Technologies, "Erlang-B capacity table: voice channels needed to serve offered traffic
# load for 2% blocking" (garywagoner.tripod.com/traffic/ERLANG.HTML): channels and erlangs.
LUCENT = {
    1: 0.020, 3: 0.602, 5: 1.657, 7: 2.935, 9: 4.345, 11: 5.842, 13: 7.402, 15: 9.010,
    17: 10.656, 19: 12.333, 21: 14.036, 23: 15.761, 25: 17.505, 27: 19.265, 29: 21.039,
    31: 22.827, 35: 26.435, 39: 30.081, 43: 33.758, 49: 39.323, 59: 48.700, 71: 60.082,
    77: 65.814, 83: 71.568, 89: 77.342,
}  # fmt: skip


@pytest.mark.parametrize("channels", RAPPAPORT)
def test_rappaports_table(channels: int) -> None:
    for target, printed in zip((0.01, 0.005, 0.002, 0.001), RAPPAPORT[channels], strict=True):
        unit = 10.0 ** (math.floor(math.log10(printed)) - 2)
        assert load_for(channels, target) == pytest.approx(printed, abs=max(1.1 * unit, 0.0006))


def test_lucents_table() -> None:
    for channels, erlangs in LUCENT.items():
        assert load_for(channels, 0.02) == pytest.approx(erlangs, abs=0.0011)


def test_published_examples() -> None:
    # Westbay's calculator manual, erlang.com: 15 lines and 1 call in 100 carry 8.108 E.
    assert load_for(15, 0.01) == pytest.approx(8.108, abs=0.0005)
    # Wolfram Language, ErlangB: 30 lines and 25 E lose about 0.05.
    assert blocking_probability(25, 30) == pytest.approx(0.05, abs=0.005)
    # The Lucent table again, read the other way round: 66 channels for 55 E at 2 %.
    assert limit_for(55, 0.02) == 66


def exactly(load: Fraction, limit: int) -> Fraction:
    """The definition itself, in whole numbers: A^N/N! over the sum of A^k/k!."""
    term = total = Fraction(1)
    for places in range(1, limit + 1):
        term = term * load / places
        total += term
    return term / total


@given(st.fractions(min_value=Fraction(1, 50), max_value=200, max_denominator=50),
       st.integers(0, 120))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_it_is_the_definition(load: Fraction, limit: int) -> None:
    exact = float(exactly(load, limit))
    assert blocking_probability(float(load), limit) == pytest.approx(exact, rel=1e-11, abs=1e-300)


@given(st.floats(0.01, 500), st.floats(1e-6, 0.9))
@settings(max_examples=60, deadline=None)
def test_a_limit_is_the_smallest_that_will_do(load: float, target: float) -> None:
    limit = limit_for(load, target)
    assert blocking_probability(load, limit) <= target * (1 + 1e-12)
    assert limit == 1 or blocking_probability(load, limit - 1) > target * (1 - 1e-12)


@given(st.integers(1, 400), st.floats(1e-6, 0.95))
@settings(max_examples=60, deadline=None)
def test_a_load_is_the_one_that_is_blocked_so(limit: int, target: float) -> None:
    load = load_for(limit, target)
    assert blocking_probability(load, limit) == pytest.approx(target, rel=1e-8)
    assert limit_for(load * (1 - 1e-9), target) == limit


@given(st.floats(0, 300), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_more_places_block_less_and_carry_more(load: float, limit: int) -> None:
    assert 0 <= blocking_probability(load, limit + 1) <= blocking_probability(load, limit) <= 1
    assert carried_load(load, limit) <= carried_load(load, limit + 1) + 1e-9 <= load + 2e-9
    assert carried_load(load, limit) <= limit + 1e-9


def test_arrivals_and_length_make_a_load() -> None:
    assert offered_load(1_200, 240) == 80
    assert offered_load(0, 240) == 0


def test_extremes_are_quick_and_whole() -> None:
    began = time.process_time()
    assert limit_for(10_000.5, 0.01) == 9_970
    assert load_for(10_000, 0.01) == pytest.approx(10_031.26, abs=0.01)
    assert blocking_probability(1e6, 1_000) == pytest.approx(0.999, abs=1e-4)
    assert time.process_time() - began < 2
    assert blocking_probability(0.001, 5_000) == 0
    assert blocking_probability(0, 0) == 1
    assert blocking_probability(0, 3) == 0
    assert limit_for(0, 0.01) == 1
    assert load_for(1, 1e-12) == pytest.approx(1e-12, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: blocking_probability(-1, 3), "between 0 and"),
        (lambda: blocking_probability(math.nan, 3), "between 0 and"),
        (lambda: blocking_probability(math.inf, 3), "between 0 and"),
        (lambda: blocking_probability(1, -1), "not negative"),
        (lambda: offered_load(1e9, 1e9), "between 0 and"),
        (lambda: limit_for(1, 0), "above 0 and below 1"),
        (lambda: limit_for(1, 1), "above 0 and below 1"),
        (lambda: load_for(0, 0.1), "at least 1"),
        (lambda: load_for(5, math.nan), "above 0 and below 1"),
    ],
)
def test_what_cannot_be_is_refused(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        call()
