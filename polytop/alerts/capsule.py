"""The capsule of an incident: what was known when its alert was raised, and when it was over.

The fields of these values are the keys of the JSON in a capsule's file, see
:mod:`polytop.alerts.capsule_store`. Nothing in it is a key. They are dataclasses of the standard
library, for msgspec makes them.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from typing import Any, Literal

from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import Event
from polytop.model import grid
from polytop.model.series import GAP, UNKNOWN, Series

_EVENTS = 200
"""Events that a capsule holds at most: the first, and the latest."""


class WindowState(StrEnum):
    """What the value of a window is worth."""

    FINAL = "final"
    COMPLETE = "complete"
    """Asked for after the window's end; it could still be revised."""
    PROVISIONAL = "provisional"
    """Asked for while the window ran: a lower bound."""
    GAP = "gap"
    """Left out by the API."""
    UNKNOWN = "unknown"
    """Never asked for, or in vain."""


@dataclass(frozen=True, slots=True)
class CapsuleSeries:
    """The total, or the row `id` of the breakdown, called `name`.

    A window without a value has None. `states` are runs: a state, and the number of its windows.
    """

    id: str | None
    name: str | None
    values: tuple[int | None, ...]
    states: tuple[tuple[WindowState, int], ...]


def pack_series(
    series: Series, final: Container[int], part: str | None = None, name: str | None = None
) -> CapsuleSeries:
    """`series` as a capsule holds it; `final` has the starts of the windows that are final."""

    def state(window: int, value: int) -> WindowState:
        if value == UNKNOWN:
            return WindowState.UNKNOWN
        if window in series.provisional:
            return WindowState.PROVISIONAL
        if value == GAP:
            return WindowState.GAP
        return WindowState.FINAL if window in final else WindowState.COMPLETE

    windows = grid.windows(series.start, series.end)
    states = map(state, windows, series.values)
    runs = tuple((each, sum(1 for _ in same)) for each, same in groupby(states))
    values = tuple(None if value < 0 else value for value in series.values)
    return CapsuleSeries(part, name, values, runs)


@dataclass(frozen=True, slots=True)
class CapsuleMark:
    """A mark on the graph."""

    time: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was known at the moment `at`: of all calls of the last hours, in windows from `start`.

    `rows` are of the breakdown `slice_by`; `rows_left_out` counts those that had no room.
    `forecast` is what was forecast then, `text` the figures and the graph as text, and `picture`
    the screen as SVG, None without one. `polytop` is the version that looked.
    """

    at: datetime
    polytop: str
    start: datetime
    step_seconds: int
    total: CapsuleSeries
    slice_by: str
    rows: tuple[CapsuleSeries, ...]
    rows_left_out: int
    marks: tuple[CapsuleMark, ...]
    forecast: dict[str, Any] | None
    text: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class CapsuleEvent:
    """A line of the alert's log; `told` as in the log: bell, desktop and command were told."""

    at: datetime
    event: str
    state: str
    text: str
    value: int | None
    told: bool


@dataclass(frozen=True, slots=True)
class Capsule:
    """One incident of the alert `rule` from `since` to `ended`, which is None until it is seen.

    `beginning` and `end` are None where nobody looked: no polytop ran, or data came later. `open`
    is the line that opens the monitor where it began.
    """

    id: str
    profile: str
    base_url: str
    region: str | None
    account_id: str
    project_id: str
    client_env: str
    rule: str
    severity: str
    limit: int | None
    since: datetime
    ended: datetime | None
    open: str
    events: tuple[CapsuleEvent, ...] = ()
    beginning: Look | None = None
    end: Look | None = None
    version: Literal[1] = 1

    def moments(self) -> Iterator[datetime]:
        """Yield every time in it."""
        yield self.since
        if self.ended is not None:
            yield self.ended
        yield from (each.at for each in self.events)
        for look in (self.beginning, self.end):
            if look is not None:
                yield from (look.at, look.start, *(mark.time for mark in look.marks))

    @property
    def last_known(self) -> datetime:
        """Its end; without one, the last that was seen of it."""
        looks = (each.at for each in (self.beginning, self.end) if each is not None)
        return self.ended or max((*looks, *(each.at for each in self.events)), default=self.since)


def moment(seconds: float) -> datetime:
    """Epoch seconds as a capsule's time: whole seconds, in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC)


def capsule_id(watched: WatchedCalls, rule: str, since: float) -> str:
    """The id of the incident of `rule` that began at `since` (epoch seconds).

    An incident has one beginning: whoever sees it, and after every restart, it is the same.
    """
    named = f"{watched.key} {rule} {since:.0f}".encode()
    return f"{moment(since):%Y%m%dT%H%MZ}-{sha256(named).hexdigest()[:6]}"


def new_capsule(watched: WatchedCalls, event: Event) -> Capsule:
    """The capsule of the incident that `event` is of."""
    target = watched.target
    return Capsule(
        id=capsule_id(watched, event.rule, event.since),
        profile=watched.profile,
        base_url=target.base_url,
        region=target.region,
        account_id=target.account_id,
        project_id=target.project_id,
        client_env=watched.client_env.value,
        rule=event.rule,
        severity=event.severity.name.lower(),
        limit=event.limit,
        since=moment(event.since),
        ended=None if event.ended is None else moment(event.ended),
        open=watched.open_line(event.since),
        # Another polytop keeps what is shared.
        events=()
        if event.shared
        else (
            CapsuleEvent(
                moment(event.at),
                event.change.value,
                event.state.name,
                event.text,
                event.value,
                event.notified,
            ),
        ),
    )


def join_capsules(old: Capsule, new: Capsule) -> Capsule:
    """`old` with what `new` knows besides; what was seen first of beginning and end stays."""
    events = (*old.events, *(each for each in new.events if each not in old.events))
    return replace(
        new,
        limit=old.limit if new.limit is None else new.limit,
        ended=old.ended or new.ended,
        events=(*events[:1], *events[1:][-(_EVENTS - 1) :]),
        beginning=_join_looks(old.beginning, new.beginning),
        end=_join_looks(old.end, new.end),
    )


def _join_looks(old: Look | None, new: Look | None) -> Look | None:
    """The first of two that has a picture: a polytop with a screen asks for the rows too."""
    if old is None or new is None:
        return old or new
    return old if old.picture is not None or new.picture is None else new
