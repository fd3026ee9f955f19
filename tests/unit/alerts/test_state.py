"""What the screen shows of all rules together: their order, and whether somebody is told."""

from typing import Any

import pytest
from alert_tables import rule

from polytop.alerts.state import AlertView, RuleView
from polytop.model.stats import Severity

RULE = rule("above = 1")


def seen(name: str, severity: Severity, since: float | None, **changes: Any) -> RuleView:
    """A raised rule; its text is its name."""
    return RuleView(RULE, severity, since, name, **{"raised": True, **changes})


def test_the_raised_rules_are_those_not_acknowledged_the_worst_and_the_latest_first() -> None:
    view = AlertView(
        Severity.CRITICAL,
        (
            seen("calm", Severity.OK, 9.0, raised=False),
            seen("known", Severity.CRITICAL, 9.0, acknowledged=True),
            seen("warns", Severity.WARNING, 8.0),
            seen("older", Severity.CRITICAL, 5.0),
            seen("newer", Severity.CRITICAL, 6.0),
            seen("never", Severity.CRITICAL, None),
        ),
    )
    told = [each.text for each in view.raised]
    assert told == ["newer", "older", "never", "warns", "known"]


@pytest.mark.parametrize(
    ("rules", "until", "silence"),
    [
        ((), None, ""),
        ((seen("a", Severity.OK, 1.0, raised=False),), None, ""),
        ((seen("a", Severity.CRITICAL, 1.0),), None, ""),
        ((seen("a", Severity.CRITICAL, 1.0, acknowledged=True),), None, "acknowledged"),
        (
            (
                seen("a", Severity.CRITICAL, 1.0, acknowledged=True),
                seen("b", Severity.WARNING, 1.0),
            ),
            None,
            "",
        ),
        (
            (
                seen("a", Severity.CRITICAL, 1.0, snoozed_until=90.0),
                seen("b", Severity.OK, 1.0, raised=False, snoozed_until=70.0),
            ),
            90.0,
            "snoozed",
        ),
    ],
)
def test_whether_anybody_is_told(
    rules: tuple[RuleView, ...], until: float | None, silence: str
) -> None:
    view = AlertView(Severity.OK, rules)
    assert (view.snoozed_until, view.silence) == (until, silence)
