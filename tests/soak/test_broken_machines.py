"""Every command on every broken machine. By hand: ``pytest tests/soak/test_broken_machines.py``."""

import pytest
from broken_machines import CALLS, TRIES
from program_home import new_home


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("attempt", "case"), TRIES)
def test_a_command_on_a_broken_machine(tmp_path, attempt, case, name):
    attempt(new_home(tmp_path), name, case)
