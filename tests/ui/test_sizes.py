"""The terminal is resized live, from 20×3 to 400×100: nothing fails, and no number is cut."""

import pytest
from random_sizes import cut_numbers, resize_at_random


@pytest.mark.parametrize("place", ["monitor", "wall", "launch"])
async def test_no_number_is_cut_at_any_size(place):
    await resize_at_random(place, 7, 20)


def test_a_number_that_is_cut_is_found():
    whole = {"120", "0.63", "09:35", "12:00:30"}
    assert not cut_numbers("120 of 120 · 0.63 at 09:35, 12:00:30, axis 10:05", whole)
    for cut in ("12", "12…", "120…", "0.6", "0.6…", "09:3", "12:00:3"):
        assert cut_numbers(f"now {cut}", whole), cut
