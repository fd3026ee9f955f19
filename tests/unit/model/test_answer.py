"""The cost of answers, the parts of one, and the rows that were left out."""

import pytest

from polytop.model.answer import Answer, Cost, Part, RowLosses, losses_problem
from polytop.model.series import GAP, Series


def test_costs_add_up_but_for_time_that_passed_side_by_side() -> None:
    assert Cost(1, 100, 0.5) + Cost(2, 10, 0.25) == Cost(3, 110, 0.5)


def test_a_part_is_its_id() -> None:
    assert Part().absent
    assert not Part("v1").absent
    assert Part("v1") == Part("v1") != Part("v2")
    assert Answer().cost == Cost()


def test_losses_add_up_to_the_first_reason_and_the_newest_window() -> None:
    first, second = RowLosses(12, "", None), RowLosses(14, "time is no text", 900, 2)
    both = first + second + RowLosses(1, "another", 600, 1)
    assert (both.rows, both.reason, both.newest, both.undated) == (27, "time is no text", 900, 3)


@pytest.mark.parametrize(
    ("values", "losses", "current", "told"),
    [
        ((GAP, GAP, GAP), RowLosses(3, "why", 600), False, "1 of 3 rows could not be read: why"),
        ((1, 2, GAP), RowLosses(3, "why", 600), True, "read, the newest among them: why"),
        ((1, 2, GAP), RowLosses(3, "why", None, 1), True, "read, perhaps the newest: why"),
        ((1, 2, GAP), RowLosses(3, "why", 600), False, None),
        ((1, GAP, 3), RowLosses(3, "why", 300), True, None),
        ((1, 2, 3), RowLosses(4, "why", None, 1), True, None),
        ((1, 2, GAP), RowLosses(3, "why", None), True, None),
    ],
)
def test_losses_are_a_problem_where_the_rest_says_nothing_of_the_present(
    values: tuple[int, ...], losses: RowLosses, current: bool, told: str | None
) -> None:
    answer = Answer(Series(0, values), ignored=1, losses=losses)
    problem = losses_problem(answer, 900, current=current)
    assert (problem is None) == (told is None)
    assert problem is None or (told or "") in problem.summary
