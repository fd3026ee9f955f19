"""What is raised of the alert rules, and whether anybody is told of it."""

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


def silenced(rules: "Iterable[RuleView]") -> str:
    """``snoozed`` or ``acknowledged``, where nobody is told any more; else nothing."""
    known = tuple(rules)
    if any(rule.snoozed_until is not None for rule in known):
        return "snoozed"
    found = raised(known)
    return "acknowledged" if found and all(rule.acknowledged for rule in found) else ""
