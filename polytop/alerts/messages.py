"""The texts and fields of an event, the same for every channel of notification."""

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

from polytop.alerts.evidence import Evidence, reference_value
from polytop.alerts.state import Change, Event
from polytop.model import grid, timeparse
from polytop.model.alert_rules import Fall, Rise, Rule, Silent
from polytop.model.frozen import frozen
from polytop.model.series import GAP
from polytop.model.stats import whole_percent
from polytop.model.target import ClientEnv, Target

if TYPE_CHECKING:
    from polytop.model.forecast import Outlook, TimeToLimit

NO_LIMIT = "the limit is not known"
_DAY = 86_400


def clock_text(moment: float, now: float, zone: tzinfo | None) -> str:
    """`moment` as hours and minutes, with the date if it is a day or more from `now`."""
    local = datetime.fromtimestamp(moment, zone)
    clock = local.strftime("%H:%M" if abs(now - moment) < _DAY else "%Y-%m-%d %H:%M")
    return clock + timeparse.offset_mark(moment, zone)


def reading_text(value: int, limit: int | None) -> str:
    """``108 of 120 (90 %)``, ``108`` without a limit, or why there is no value."""
    if value < 0:
        return "left out of the answer" if value == GAP else "not fetched"
    if limit is None:
        return str(value)
    return f"{value} of {limit} ({whole_percent(value / limit)} %)"


def raised_text(rule: Rule, evidence: Evidence, bad: Sequence[int]) -> str:
    """The reason of a raised alert; `bad` are its windows, oldest first."""
    reason = _reason(rule, evidence, bad[-1])
    return reason + (f" in {len(bad)} of {rule.windows} windows" if rule.windows > 1 else "")


def lasting_text(text: str, since: float, now: float, zone: tzinfo | None) -> str:
    """``120 of 120 since 09:40 (55 min)``: a reason, the beginning, and the time up to `now`."""
    return f"{text} {timeparse.since_text(clock_text(since, now, zone), now - since)}"


def _reason(rule: Rule, evidence: Evidence, window: int) -> str:
    value, condition = evidence.series.at(window), rule.condition
    if value < 0:
        return reading_text(value, evidence.limit)
    if isinstance(condition, Silent):
        return f"silence: {value} conversations" if value != 1 else "silence: 1 conversation"
    if not isinstance(condition, Rise | Fall):
        return str(value) if evidence.limit is None else f"{value} of {evidence.limit}"
    before = reference_value(rule, evidence, window)
    assert before is not None
    direction = "up" if isinstance(condition, Rise) else "down"
    within = timeparse.exact_duration(condition.within * grid.STEP)
    return f"{direction} {abs(value - before)} within {within} ({before} → {value})"


def unknown_text(rule: Rule, evidence: Evidence, window: int) -> str:
    """The reason why `rule` is unknown; `window` is the first window without data."""
    if evidence.limit is None and any(level.percent for level in rule.levels()):
        return NO_LIMIT
    since = clock_text(window, evidence.now, evidence.zone)
    if not evidence.watched:
        return f"not watched since {since}: the screen shows a selection"
    what = "left out of the answer" if evidence.series.at(window) == GAP else "no data"
    return f"{what} since {since}"


def no_forecast_text(outlook: "Outlook | None") -> str:
    """``no forecast: too little history``; short, as it may be the reason of the header."""
    why = outlook.forecast.absence if outlook is not None else None
    return f"no forecast: {why.partition(':')[0]}" if why is not None else "no forecast yet"


def limit_ahead_text(evidence: Evidence, window: int, record: "TimeToLimit") -> str:
    """``limit 120 forecast for 14:20``, with how often such forecasts came true."""
    at = clock_text(window, evidence.now, evidence.zone)
    held = f" (such calls held {record.held} of {record.calls} times)" if record.calls else ""
    return f"limit {evidence.limit} forecast for {at}{held}"


def fresh_text(evidence: Evidence) -> str:
    """``last answer 30 s ago``."""
    if evidence.answered_at is None:
        return "no answer yet"
    return f"last answer {timeparse.brief_duration(evidence.now - evidence.answered_at)} ago"


def cleared_text(text: str, seconds: float | None) -> str:
    """``over after 20 min: …``: the length of the incident in `seconds`, and the present text.

    It is None if nobody saw the end.
    """
    if seconds is None:
        return f"over, its end was not seen: {text}"
    return f"over after {timeparse.lasting(seconds)}: {text}"


@frozen
class WatchedCalls:
    """The calls that the rules count: all of one environment of the profile's target.

    `options` are those with which polytop opens on them; without any, it is the profile's name.
    """

    profile: str
    target: Target
    client_env: ClientEnv = ClientEnv.LIVE
    options: tuple[str, ...] = ()

    FIELDS: ClassVar = ("profile", "account_id", "project_id", "client_env")
    """The fields of an event that name the calls."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values of :data:`FIELDS`."""
        target = self.target
        return self.profile, target.account_id, target.project_id, self.client_env.value

    @property
    def key(self) -> str:
        """Names the calls among those of all profiles."""
        target = self.target
        calls = f"{target.account_id}/{target.project_id} {self.client_env.value}"
        return f"{self.profile} {target.base_url} {calls}"

    def open_line(self, moment: float) -> str:
        """``polytop -p prod --at 2026-11-20T14:10Z``: opens the monitor at `moment`, in a shell."""
        at = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%MZ")
        return shlex.join(["polytop", *(self.options or ("-p", self.profile)), "--at", at])


@frozen
class Notice:
    """An event with its rule and the calls that the rule counts."""

    watched: WatchedCalls
    rule: Rule
    event: Event

    @property
    def urgent(self) -> bool:
        """True if it needs attention; the end of an alert does not."""
        return self.event.change is not Change.CLEARED

    @property
    def title(self) -> str:
        """``polytop prod: CRITICAL``, ``polytop prod: cleared``."""
        what = self.event.state.name if self.urgent else self.event.change.value
        return f"polytop {self.watched.profile}: {what}"

    @property
    def body(self) -> str:
        """The rule's name and the event in words."""
        return f"{self.rule.name}: {self.event.text}"

    @property
    def open_line(self) -> str:
        """Opens the monitor where the incident began."""
        return self.watched.open_line(self.event.since)


def event_fields(watched: WatchedCalls, event: Event) -> dict[str, Any]:
    """The event as JSON; times are ISO 8601 in UTC, an unknown value is None.

    ``ended`` is there only where an incident ends.
    """
    ended = {} if event.ended is None else {"ended": grid.to_iso(event.ended)}
    return {
        "at": grid.to_iso(event.at),
        "event": event.change.value,
        "alert": event.rule,
        "state": event.state.name,
        "severity": event.severity.name.lower(),
        "text": event.text,
        "since": grid.to_iso(event.since),
        **ended,
        "value": event.value,
        "limit": event.limit,
        "told": event.notified,
        "profile": watched.profile,
        "account_id": watched.target.account_id,
        "project_id": watched.target.project_id,
        "region": watched.target.region,
        "client_env": watched.client_env.value,
        "open": watched.open_line(event.since),
    }
