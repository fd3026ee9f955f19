"""The values of the alert engine: all frozen, all times in epoch seconds."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from polytop.model.alert_rules import Rule
from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.series import Series
from polytop.model.stats import Severity


class Change(StrEnum):
    """A change of a rule."""

    RAISED = "raised"

    STILL = "still raised"
    """Notified only now, because a cool-down or a snooze is over."""

    CLEARED = "cleared"

    UNKNOWN = "unknown"
    """The data are missing. A raised alert stays raised."""

    KNOWN = "known"
    """The data are back, and the rule is as it was before."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"


@frozen
class Event:
    """One change of the rule named `rule`, described in `text`.

    `since` is when its cause began: for all events of an incident its one beginning. `value` is
    the number of conversations that decided and `limit` the limit, None without one. If
    `notified`, it goes to the bell, the desktop and the command of the rule, not to the screen
    alone. If `shared`, another polytop has logged it and run the command. `ended` is the end of an
    incident, which CLEARED alone has.
    """

    at: float
    rule: str
    change: Change
    state: Severity
    severity: Severity
    text: str
    since: float
    value: int | None = None
    limit: int | None = None
    notified: bool = False
    shared: bool = False
    ended: float | None = None

    @property
    def turning(self) -> bool:
        """True for the beginning and the end of an incident."""
        return self.change in {Change.RAISED, Change.CLEARED}


@frozen
class Episode:
    """A raised alert until it clears. `since` is its beginning, fixed when it is raised.

    That is the start of the first window of the unbroken breach.
    """

    since: float
    raised_at: float
    notified: bool = False
    """True if the user was notified and needs no further notification."""
    ever_notified: bool = False
    """True if the user was ever notified, and so must hear of the end too."""
    acknowledged: bool = False


@frozen
class Snooze:
    """No notification before `until`; it was set for `length` seconds."""

    until: float
    length: float


@frozen
class RuleState:
    """The state of one rule, and `since` when; `since` is None before the first evaluation.

    `text` is the reason without times of the incident, which grow: see `RuleView.since`.
    `notified_at` is the time of the last notification, `ended` the end of the last incident.
    """

    state: Severity = Severity.UNKNOWN
    since: float | None = None
    text: str = ""
    episode: Episode | None = None
    notified_at: float | None = None
    ended: float | None = None
    snooze: Snooze | None = None


def _no_rules() -> Mapping[str, RuleState]:
    return MappingProxyType({})


@frozen
class EngineState:
    """Everything that the engine remembers.

    `series` has the latest windows of all calls, from the answer of `series_at`; `limit` is the
    limit at that time. `answered_at` is the time of the last good answer under any filters.
    `awaited_since` is since when the next answer is awaited, `due` when its poll was due. `judged`
    is the newest settled window that the rules have seen, `started` the time of the first step.
    """

    series: Series = field(default_factory=partial(Series, 0))
    series_at: float | None = None
    limit: int | None = None
    answered_at: float | None = None
    awaited_since: float | None = None
    due: float | None = None
    judged: int | None = None
    started: float | None = None
    rules: Mapping[str, RuleState] = field(default_factory=_no_rules)


@frozen
class RuleView:
    """One rule as the screen shows it.

    `since` is the beginning of a raised alert, else that of the state; None before the first
    evaluation. `text` does not repeat it.
    """

    rule: Rule
    state: Severity
    since: float | None
    text: str
    raised: bool = False
    """True also in the state UNKNOWN if it was raised before."""
    acknowledged: bool = False
    snoozed_until: float | None = None


@frozen
class AlertView:
    """All rules for the screen: the worst state (None without any rule), and the latest events.

    `events` come newest first; `problems` are the errors of the last notifications.
    """

    state: Severity | None = None
    rules: tuple[RuleView, ...] = ()
    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def raised(self) -> list[RuleView]:
        """The raised rules: not acknowledged first, then the worst, then the latest."""
        return sorted(
            (rule for rule in self.rules if rule.raised),
            key=lambda rule: (
                rule.acknowledged,
                -rule.state,
                -(rule.since or 0),
            ),
        )

    @property
    def snoozed_until(self) -> float | None:
        """When the last snooze ends; None if none runs."""
        return max((each.snoozed_until for each in self.rules if each.snoozed_until), default=None)

    @property
    def silence(self) -> str:
        """``snoozed`` or ``acknowledged`` where nobody is notified any more, else empty."""
        if self.snoozed_until is not None:
            return "snoozed"
        raised = self.raised
        return "acknowledged" if raised and all(rule.acknowledged for rule in raised) else ""
