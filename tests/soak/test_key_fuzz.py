"""100,000 random keys, pastes, mouse events and resizes in real terminals.

By hand: ``pytest tests/soak/test_key_fuzz.py``. POLYTOP_SOAK_SEED changes them all.
"""

import os

import pytest
from key_fuzz import open_and_close, press_at_random
from program_home import new_home

FIRST = int(os.environ.get("POLYTOP_SOAK_SEED", "1000"))


@pytest.mark.parametrize("run", range(10))
def test_keys_end_nothing(tmp_path, run):
    place = ("monitor", "wall", "monitor", "wall", "set-up")[run % 5]
    press_at_random(place, new_home(tmp_path), FIRST + run, 10_000)


def test_every_dialog_opens_and_closes_at_any_size(tmp_path):
    open_and_close(new_home(tmp_path), FIRST, 200)
