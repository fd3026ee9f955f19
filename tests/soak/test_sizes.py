"""500 sizes at random for each screen, live.

By hand: ``pytest tests/soak/test_sizes.py``. POLYTOP_SOAK_SEED changes them all.
"""

import os

import pytest
from random_sizes import resize_at_random

SEED = int(os.environ.get("POLYTOP_SOAK_SEED", "1000"))


@pytest.mark.parametrize("place", ["monitor", "wall", "launch"])
async def test_no_number_is_cut_at_any_size(place):
    await resize_at_random(place, SEED, 500)
