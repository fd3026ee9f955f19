"""The server's time, from the dates of its answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polytop.model.server_clock import ServerClock, clock_offset, clock_problem, is_known

START = 1_790_000_000.25
HOUR = 3_600.0


class Machine:
    """A machine whose clock is `wrong` seconds ahead of the true time `now`."""

    def __init__(self, wrong: float = 0.0) -> None:
        self.now, self.wrong = START, wrong

    def __call__(self) -> float:
        return self.now + self.wrong

    def hear(self, clock: ServerClock, travel: float = 0.2, at: float = 0.5) -> None:
        """An answer that is dated at the share `at` of its `travel` in seconds."""
        date = float(int(self.now + at * travel))
        self.now += travel
        clock.note(date, travel, 0.0)


def test_until_an_answer_comes_it_is_the_machines() -> None:
    machine = Machine(HOUR)
    clock = ServerClock(machine)
    assert clock() == START + HOUR
    assert not clock.known
    assert clock.problem() is None


@given(
    st.floats(-1e8, 1e8),
    st.lists(st.tuples(st.floats(0.001, 30), st.floats(0, 1), st.floats(0, 600)), min_size=1),
)
def test_the_time_is_right_within_the_travel_and_a_second(
    wrong: float, answers: list[tuple[float, float, float]]
) -> None:
    machine = Machine(wrong)
    clock = ServerClock(machine)
    for travel, share, pause in answers:
        machine.hear(clock, travel, share)
        # Half of the travel and of the second, and what is not worth a correction.
        bound = min(each[0] for each in answers[: answers.index((travel, share, pause)) + 1])
        assert abs(clock() - machine.now) <= bound + 3.01
        machine.now += pause


def test_a_right_clock_is_left_alone() -> None:
    machine = Machine(0.7)
    clock = ServerClock(machine)
    for _ in range(20):
        machine.hear(clock)
        machine.now += 17.3
        assert clock.offset == 0.0
    assert clock.known


@pytest.mark.parametrize("wrong", [-3 * HOUR, 3 * HOUR])
def test_a_clock_that_is_set_is_noticed_with_the_next_answer(wrong: float) -> None:
    machine = Machine()
    clock = ServerClock(machine)
    machine.hear(clock)
    machine.wrong = wrong
    machine.hear(clock)
    assert clock.offset == pytest.approx(-wrong, abs=1.2)
    machine.wrong = 0.0
    machine.hear(clock)
    assert clock() == machine.now


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (-3 * HOUR, "3 h slow"),
        (-(2 * HOUR + 45 * 60), "2 h 45 min slow"),
        (600.0, "10 min fast"),
        (110.0, None),
        (365 * 86_400.0, "365 d fast"),
        (30.0, None),
        (-290.0, None),
    ],
)
def test_the_error_is_told_in_words(wrong: float, words: str | None) -> None:
    machine = Machine(wrong + (2.0 if wrong > 0 else -2.0))
    clock = ServerClock(machine)
    machine.hear(clock)
    problem = clock.problem()
    assert (problem is None) is (words is None)
    if problem is not None:
        assert problem.summary == f"The clock of this machine is {words}"
        assert "Set the clock" in problem.advice
    assert clock_problem(clock) == problem


def test_another_clock_is_trusted() -> None:
    assert clock_offset(lambda: 1.0) == 0.0
    assert clock_problem(lambda: 1.0) is None
    assert is_known(lambda: 1.0)
