"""The cost of answers, and the parts of one."""

from polytop.model.answer import Answer, Cost, Part


def test_costs_add_up_but_for_time_that_passed_side_by_side() -> None:
    assert Cost(1, 100, 0.5) + Cost(2, 10, 0.25) == Cost(3, 110, 0.5)


def test_a_part_is_its_id() -> None:
    assert Part().absent
    assert not Part("v1").absent
    assert Part("v1") == Part("v1") != Part("v2")
    assert Answer().cost == Cost()
