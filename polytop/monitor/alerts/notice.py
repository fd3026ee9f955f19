"""What is told and written down about one event: plain values, the same in every way of telling."""

from dataclasses import dataclass
from typing import Any

from polytop.model import grid
from polytop.model.alert_rules import Rule
from polytop.model.target import ClientEnv, Target
from polytop.monitor.alerts.state import Change, Event


@dataclass(frozen=True, slots=True)
class Watched:
    """What the rules are about: all conversations of one environment of the profile's target."""

    profile: str
    target: Target
    client_env: ClientEnv = ClientEnv.LIVE


@dataclass(frozen=True, slots=True)
class Notice:
    """An event with the rule that it is about, and what is watched."""

    watched: Watched
    rule: Rule
    event: Event

    @property
    def calls(self) -> bool:
        """Whether it asks for attention: the end of an alert does not."""
        return self.event.change is not Change.CLEARED

    @property
    def title(self) -> str:
        """``polytop prod: CRITICAL``, ``polytop prod: cleared``."""
        what = self.event.state.value if self.calls else self.event.change.value
        return f"polytop {self.watched.profile}: {what}"

    @property
    def body(self) -> str:
        """The rule's name and the event in words."""
        return f"{self.rule.name}: {self.event.text}"


def fields(watched: Watched, event: Event) -> dict[str, Any]:
    """The event as JSON carries it; times are ISO 8601 in UTC, what is not known is None."""
    return {
        "at": grid.to_iso(event.at),
        "event": event.change.value,
        "alert": event.rule,
        "state": event.state.value,
        "severity": event.severity.value,
        "text": event.text,
        "since": grid.to_iso(event.since),
        "value": event.value,
        "limit": event.limit,
        "told": event.told,
        "profile": watched.profile,
        "account_id": watched.target.account_id,
        "project_id": watched.target.project_id,
        "region": watched.target.region,
        "client_env": watched.client_env.value,
    }
