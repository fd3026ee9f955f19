"""Random keys in a real terminal end nothing; ``tests/soak`` presses many more."""

import pytest
from key_fuzz import open_and_close, press_at_random
from program_home import new_home


@pytest.mark.parametrize("place", ["monitor", "wall", "set-up"])
def test_keys_end_nothing(tmp_path, place):
    press_at_random(place, new_home(tmp_path), seed=1, number=300)


def test_every_dialog_opens_and_closes_at_any_size(tmp_path):
    open_and_close(new_home(tmp_path), seed=1, times=1)
