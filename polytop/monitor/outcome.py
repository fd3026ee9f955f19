"""What a round of questions has brought."""

from dataclasses import dataclass

from polytop.model.answer import Cost
from polytop.model.problem import Problem
from polytop.model.target import SliceBy
from polytop.monitor.history.held import Kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round brought, and what failed.

    `problem` is the total's, `breakdown_problem` the breakdown's alone; `not_offered` is a slice
    that the server does not have.
    """

    kept: tuple[Kept, ...] = ()
    cost: Cost = Cost()
    ignored: int = 0
    problem: Problem | None = None
    breakdown_problem: Problem | None = None
    not_offered: SliceBy | None = None
