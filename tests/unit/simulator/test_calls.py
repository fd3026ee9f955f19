"""Chance: lengths, arrivals, cells."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.simulator.calls import (
    HOUR_MS,
    LONGEST_MS,
    Cells,
    draw_poisson,
    length_quantiles,
    make_calls,
)
from polytop.simulator.variants import HOSTILE, build_directory, build_hostile_directory


def test_lengths_rise_and_have_a_long_tail() -> None:
    quantiles = length_quantiles()
    assert list(quantiles) == sorted(quantiles)
    assert 120_000 < quantiles[512] < 180_000
    assert quantiles[int(1024 * 0.99)] > 15 * 60_000
    assert 60 * 60_000 < quantiles[-1] <= LONGEST_MS
    assert sum(quantiles) / 1024 > 1.3 * quantiles[512]


@pytest.mark.parametrize("mean", [0.0, 0.02, 0.7, 5.0, 15.9, 16.0, 90.0])
def test_poisson_has_the_mean_and_variance_asked_for(mean: float) -> None:
    chance = Random(7)
    drawn = [draw_poisson(chance, mean) for _ in range(4000)]
    found = sum(drawn) / len(drawn)
    spread = sum((number - found) ** 2 for number in drawn) / len(drawn)
    assert found == pytest.approx(mean, abs=4 * (mean / 4000) ** 0.5 + 0.05)
    assert spread == pytest.approx(mean, rel=0.12, abs=0.03)


@given(st.integers(1, 500), st.integers(0, 23))
@settings(max_examples=15, deadline=None)
def test_every_variant_is_called(count: int, hour: int) -> None:
    cells = Cells(build_directory(count))
    table = cells.table(hour)
    assert len(table) == 1 << cells.bits
    assert {cells.variant_of[cell] for cell in table} == set(range(count))


def test_shares_fall_with_the_rank_and_shift_with_the_hour() -> None:
    cells = Cells(build_directory(8))

    def share(variant: int, hour: int) -> float:
        table = cells.table(hour)
        return sum(cells.variant_of[cell] == variant for cell in table) / len(table)

    assert share(0, 12) > 2 * share(3, 12)
    assert share(7, 22) > 1.3 * share(7, 10)


def test_calls_start_in_their_window() -> None:
    table = Cells(build_directory(8)).table(9)
    means = [0.0] * 12
    means[3] = 50.0
    calls = make_calls(Random(1), [(means, table)], length_quantiles())
    assert 20 < len(calls) < 90
    assert all(900_000 <= start < 1_200_000 for start, _, _ in calls)
    assert all(start < end <= start + LONGEST_MS for start, end, _ in calls)


def test_what_is_drawn_first_does_not_depend_on_what_follows() -> None:
    table = Cells(build_directory(3)).table(9)
    ordinary = ([30.0] * 12, table)
    alone = make_calls(Random(5), [ordinary], length_quantiles())
    more = make_calls(Random(5), [ordinary, ([9.0] * 12, table)], length_quantiles())
    assert more[: len(alone)] == alone
    assert len(more) > len(alone)
    assert all(0 <= start < HOUR_MS for start, _, _ in more)


@pytest.mark.parametrize("count", [0, 501])
def test_a_directory_has_bounds(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 500 variants"):
        build_directory(count)


def test_hostile_names_keep_ids_apart_and_twins_together() -> None:
    names = build_hostile_directory(2)
    assert len(names) == len(HOSTILE)
    assert len({variant.id for variant in names}) == len(names)
    assert [variant.name for variant in names].count("Twins") == 2
    assert len(build_hostile_directory(20)) == 20
