"""What ``polytop check`` says about one look: a state, a sentence and performance data."""

from dataclasses import dataclass
from enum import IntEnum

from polytop.cli.check.thresholds import Metric, Range, Threshold, share
from polytop.cli.runtime.one_shot import ProfileReading, words
from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity, hundredths
from polytop.model.text import printable
from polytop.model.timeparse import brief

_LONGEST = 400
"""Characters of the sentence."""


class Status(IntEnum):
    """The exit status of a plug-in."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A state with what is said about it; `details` are for people, on further lines."""

    status: Status
    text: str
    metrics: tuple[Metric, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The one line: the sentence holds neither a line's end nor the bar before perfdata."""
        text = printable(" ".join(self.text.split()).replace("|", "¦"), _LONGEST)
        perfdata = " ".join(map(str, self.metrics))
        said = f"POLYTOP {self.status.name} - {text}"
        return f"{said} | {perfdata}" if perfdata else said


def unknown(text: str, details: tuple[str, ...] = ()) -> CheckResult:
    """A verdict of UNKNOWN."""
    return CheckResult(Status.UNKNOWN, text, (), details)


@dataclass(frozen=True, slots=True)
class Ask:
    """What the caller wants to know; None is the band of the profile. `max_age` in seconds."""

    warning: Threshold | None = None
    critical: Threshold | None = None
    max_age: int = 600
    timeout: float = 10.0
    verbose: int = 0

    @property
    def relative(self) -> bool:
        """Whether a limit is needed to know what is asked."""
        given = (self.warning, self.critical)
        return any(each is not None and each.relative for each in given)


@dataclass(frozen=True, slots=True)
class Ranges:
    """The ranges of both states, in conversations."""

    warning: Range | None
    critical: Range | None

    def status(self, value: float, *, rising: bool = False) -> Status:
        """The state that `value` stands for; `rising` where it is a lower bound."""
        for held, status in ((self.critical, Status.CRITICAL), (self.warning, Status.WARNING)):
            if held is not None and (held.alerts_rising if rising else held.alerts)(value):
                return status
        return Status.OK


def ranges(ask: Ask, capacity: Capacity) -> Ranges:
    """What to hold the value against.

    Raises ValueError, which names the option, for a percentage of no limit and a range that
    starts at its upper end.
    """
    limit = capacity.limit
    return Ranges(
        _range("--warning", ask.warning, capacity.warning, limit),
        _range("--critical", ask.critical, capacity.critical, limit),
    )


def _range(option: str, given: Threshold | None, band: float, limit: int | None) -> Range | None:
    """What is `given`, else the profile's band, if there is a limit that it is a share of."""
    if given is None:
        return None if limit is None else share(band).within(limit)
    try:
        return given.within(limit)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


@dataclass(frozen=True, slots=True)
class Value:
    """The value that counts, its state, and the end of its window, epoch seconds."""

    value: int
    status: Status
    until: float


def judged(snapshot: Snapshot, held: Ranges, max_age: int) -> Value | None:
    """The value that the state is told by, or None where there is none that counts.

    That is the last complete window which ended at most `max_age` seconds ago. The running
    window is a lower bound that still rises: it can raise the state, and never clears it.
    """
    complete = _complete(snapshot, max_age)
    running = snapshot.total.at(snapshot.running)
    risen = Value(running, held.status(running, rising=True), snapshot.at)
    if complete is None:
        return risen if running >= 0 and risen.status is not Status.OK else None
    window, value = complete
    found = Value(value, held.status(value), window + grid.STEP)
    return risen if running > value and risen.status >= found.status else found


def _complete(snapshot: Snapshot, max_age: int) -> tuple[int, int] | None:
    """The last window that is over, recent enough and known, with its value."""
    oldest = snapshot.at - max_age
    for window, value in reversed(tuple(snapshot.total.known())):
        if window < snapshot.running:
            return (window, value) if window + grid.STEP >= oldest else None
    return None


def verdict(look: ProfileReading, held: Ranges, ask: Ask) -> CheckResult:
    """What to tell the monitoring system about `look`."""
    snapshot = look.snapshot
    if look.failed or snapshot is None:
        said = words(look.errors[0]) if look.errors else "the API was not asked"
        return unknown(said, _details(look, held, ask))
    value = judged(snapshot, held, ask.max_age)
    if value is None:
        return unknown(_missing(snapshot, ask), _details(look, held, ask))
    text = _sentence(value, held, snapshot.capacity.limit)
    if ask.verbose:
        text += f" [{_more(look, snapshot, value)}]"
    metrics = _metrics(snapshot, value, held, ask)
    return CheckResult(value.status, text, metrics, _details(look, held, ask))


def _missing(snapshot: Snapshot, ask: Ask) -> str:
    known = [window for window, _ in snapshot.total.known() if window < snapshot.running]
    span = brief(snapshot.end - snapshot.start)
    if not known:
        return f"no complete window of the last {span} has data"
    age = brief(snapshot.at - known[-1] - grid.STEP)
    return f"the last complete window with data ended {age} ago, more than {brief(ask.max_age)}"


def _sentence(value: Value, held: Ranges, limit: int | None) -> str:
    if limit is None:
        text = f"{value.value} concurrent"
    else:
        text = f"{value.value} of {limit} concurrent ({hundredths(value.value / limit)}%)"
    broken = {Status.WARNING: held.warning, Status.CRITICAL: held.critical}.get(value.status)
    return text if broken is None else f"{text}, alert range {broken}"


def _more(look: ProfileReading, snapshot: Snapshot, value: Value) -> str:
    env = look.plan.filters.client_env
    peak = snapshot.summary.peak
    parts = [f"{look.plan.name} {env}", *(text for _, text in look.plan.filters.active())]
    if peak is not None:
        span = brief(snapshot.end - snapshot.start)
        parts.append(f"peak {peak.value} at {grid.to_iso(peak.window)} in {span}")
    parts.append(f"data {brief(snapshot.at - value.until)} old")
    return ", ".join(parts)


def _metrics(snapshot: Snapshot, value: Value, held: Ranges, ask: Ask) -> tuple[Metric, ...]:
    limit, summary = snapshot.capacity.limit, snapshot.summary
    now = Metric("concurrent", value.value, "", held.warning, held.critical, 0, limit)
    found = [now]
    if summary.peak is not None:
        found.append(Metric("peak", summary.peak.value, least=0, most=limit))
    if summary.p95 is not None:
        found.append(Metric("p95", summary.p95, least=0, most=limit))
    if limit is not None:
        found.append(Metric("headroom", limit - value.value, most=limit))
    found.append(Metric("age", max(0, round(snapshot.at - value.until)), "s", least=0))
    time = Metric("time", round(snapshot.cost.seconds, 3), "s", least=0, most=ask.timeout)
    return (*found, time)


def _details(look: ProfileReading, held: Ranges, ask: Ask) -> tuple[str, ...]:
    """What ``-vv`` and ``-vvv`` add, for whoever looks into a plug-in that does not work."""
    profile = look.plan.profile
    if ask.verbose < 2 or profile is None:
        return ()
    target = profile.target()
    lines = [
        f"asked: {target.base_url} {target.account_id}/{target.project_id}",
        f"filters: {look.plan.filters.client_env} {dict(look.plan.filters.active())}",
        f"warning: {held.warning}, critical: {held.critical}, limit: {profile.limit}",
    ]
    snapshot = look.snapshot
    if ask.verbose > 2 and snapshot is not None:
        span = f"{grid.to_iso(snapshot.start)}/{grid.to_iso(snapshot.end)}"
        lines.append(f"windows {span} (-1 not returned, -2 unknown): {snapshot.total.values}")
        lines.append(f"cost: {snapshot.cost}")
    return tuple(printable(line) for line in lines)
