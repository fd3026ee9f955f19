"""The values of the alert engine: all frozen, every moment in epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from polytop.model.alert_rules import Rule
from polytop.model.problem import Problem
from polytop.model.series import Series
from polytop.model.stats import Severity


class Change(StrEnum):
    """What happened to a rule."""

    RAISED = "raised"

    STILL = "still raised"
    """Told only now, because a cool-down or a snooze is over."""

    CLEARED = "cleared"

    UNKNOWN = "unknown"
    """It cannot be said any more; an alert that was raised is not over by that."""

    KNOWN = "known"
    """It can be said again, and is what it was."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the rule called `rule`, in words in `text`.

    `since` is when what it is about began; `value` is the conversations that were judged and
    `limit` the limit, None where there is none. `told` says whether it is to be told besides on
    the screen.
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
    told: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """From a raise to its clearing. `since` is the start of the first window that counted."""

    since: float
    raised_at: float
    told: bool = False
    """Whether it is told, and not to be told again."""
    was_told: bool = False
    """Whether anybody was ever told, and so is to be told of the end."""
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Snooze:
    """Nothing is told before `until`; it was set for `length` seconds."""

    until: float
    length: float


@dataclass(frozen=True, slots=True)
class RuleState:
    """Where one rule stands, and `since` when; `since` is None before it was first judged.

    `told_at` is when the rule was last told as raised.
    """

    state: Severity = Severity.UNKNOWN
    since: float | None = None
    text: str = ""
    episode: Episode | None = None
    told_at: float | None = None
    snooze: Snooze | None = None


def _no_rules() -> Mapping[str, RuleState]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EngineState:
    """Everything that the engine remembers.

    `held` are the latest windows of what is watched, known by the answer of `held_at`, and
    `limit` is the limit that they are held against.
    `answered_at` is the last good answer to anything, `awaited_since` since when the next one is
    waited for, `due` when it was to be asked for.
    """

    held: Series = field(default_factory=partial(Series, 0))
    held_at: float | None = None
    limit: int | None = None
    answered_at: float | None = None
    awaited_since: float | None = None
    due: float | None = None
    rules: Mapping[str, RuleState] = field(default_factory=_no_rules)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule as the screen shows it; `since` is None before it was first judged."""

    rule: Rule
    state: Severity
    since: float | None
    text: str
    raised: bool = False
    """Also in the state UNKNOWN: raised before, and not known to be over."""
    acknowledged: bool = False
    snoozed_until: float | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """All rules for the screen: the worst state (None without any rule), and the latest events.

    `events` come newest first; `problems` are the ways to tell that last failed.
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
    def silence(self) -> str:
        """``snoozed`` or ``acknowledged`` where nobody is notified any more, else empty."""
        if any(rule.snoozed_until is not None for rule in self.rules):
            return "snoozed"
        raised = self.raised
        return "acknowledged" if raised and all(rule.acknowledged for rule in raised) else ""
