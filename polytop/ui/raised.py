"""Which of the alert rules that are raised matters most."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from polytop.monitor.alerts.state import RuleView

_SEVERE = {"CRITICAL": 0, "WARNING": 1}


def raised(rules: "Iterable[RuleView]") -> "list[RuleView]":
    """What is raised: not acknowledged first, then the worst, then the latest."""
    return sorted(
        (rule for rule in rules if rule.raised),
        key=lambda rule: (
            rule.acknowledged,
            _SEVERE.get(rule.state.value, 2),
            -(rule.since or 0),
        ),
    )
