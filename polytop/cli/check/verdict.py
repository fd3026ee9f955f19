"""What ``polytop check`` says about one look: a state, a sentence and performance data."""

from dataclasses import dataclass

from polytop.cli.check.thresholds import Metric, Range, Threshold, share
from polytop.cli.problems import problem_line
from polytop.cli.runtime.one_shot import ProfileReading
from polytop.model import grid
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity, Severity, whole_percent
from polytop.model.text import printable
from polytop.model.timeparse import brief_duration

_LONGEST = 400
"""Characters of the sentence."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A state with what is said about it; `details` are for people, on further lines."""

    severity: Severity
    text: str
    metrics: tuple[Metric, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The one line: the sentence holds neither a line's end nor the bar before perfdata."""
        text = printable(" ".join(self.text.split()).replace("|", "¦"), _LONGEST)
        perfdata = " ".join(map(str, self.metrics))
        said = f"POLYTOP {self.severity.name} - {text}"
        return f"{said} | {perfdata}" if perfdata else said


def unknown_result(text: str, details: tuple[str, ...] = ()) -> CheckResult:
    """A verdict of UNKNOWN."""
    return CheckResult(Severity.UNKNOWN, text, (), details)


@dataclass(frozen=True, slots=True)
class CheckOptions:
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

    def severity(self, value: float, *, rising: bool = False) -> Severity:
        """The state that `value` stands for; `rising` where it is a lower bound."""
        for held, severity in (
            (self.critical, Severity.CRITICAL),
            (self.warning, Severity.WARNING),
        ):
            if held is not None and (held.alerts_rising if rising else held.alerts)(value):
                return severity
        return Severity.OK


def build_ranges(ask: CheckOptions, capacity: Capacity) -> Ranges:
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
class JudgedValue:
    """The value that counts, its state, and the end of its window, epoch seconds."""

    value: int
    severity: Severity
    until: float


def judge(snapshot: Snapshot, ranges: Ranges, max_age: int) -> JudgedValue | None:
    """The value that the state is told by, or None where there is none that counts.

    That is the last complete window which ended at most `max_age` seconds ago. The running
    window is a lower bound that still rises: it can raise the state, and never clears it.
    """
    complete = _complete(snapshot, max_age)
    running = snapshot.total.at(snapshot.running)
    risen = JudgedValue(running, ranges.severity(running, rising=True), snapshot.at)
    if complete is None:
        return risen if running >= 0 and risen.severity is not Severity.OK else None
    window, value = complete
    found = JudgedValue(value, ranges.severity(value), window + grid.STEP)
    return risen if running > value and risen.severity >= found.severity else found


def _complete(snapshot: Snapshot, max_age: int) -> tuple[int, int] | None:
    """The last window that is over, recent enough and known, with its value."""
    oldest = snapshot.at - max_age
    for window, value in reversed(tuple(snapshot.total.known())):
        if window < snapshot.running:
            return (window, value) if window + grid.STEP >= oldest else None
    return None


def build_result(reading: ProfileReading, ranges: Ranges, ask: CheckOptions) -> CheckResult:
    """What to tell the monitoring system about `reading`."""
    snapshot = reading.snapshot
    if reading.failed or snapshot is None:
        said = problem_line(reading.errors[0]) if reading.errors else "the API was not asked"
        return unknown_result(said, _details(reading, ranges, ask))
    value = judge(snapshot, ranges, ask.max_age)
    if value is None:
        return unknown_result(_missing(snapshot, ask), _details(reading, ranges, ask))
    text = _sentence(value, ranges, snapshot.capacity.limit)
    if ask.verbose:
        text += f" [{_more(reading, snapshot, value)}]"
    metrics = _metrics(snapshot, value, ranges, ask)
    return CheckResult(value.severity, text, metrics, _details(reading, ranges, ask))


def _missing(snapshot: Snapshot, ask: CheckOptions) -> str:
    known = [window for window, _ in snapshot.total.known() if window < snapshot.running]
    span = brief_duration(snapshot.end - snapshot.start)
    if not known:
        return f"no complete window of the last {span} has data"
    age = brief_duration(snapshot.at - known[-1] - grid.STEP)
    most = brief_duration(ask.max_age)
    return f"the last complete window with data ended {age} ago, more than {most}"


def _sentence(value: JudgedValue, ranges: Ranges, limit: int | None) -> str:
    if limit is None:
        text = f"{value.value} concurrent"
    else:
        text = f"{value.value} of {limit} concurrent ({whole_percent(value.value / limit)}%)"
    alerting = {Severity.WARNING: ranges.warning, Severity.CRITICAL: ranges.critical}
    broken = alerting.get(value.severity)
    return text if broken is None else f"{text}, alert range {broken}"


def _more(reading: ProfileReading, snapshot: Snapshot, value: JudgedValue) -> str:
    env = reading.query.filters.client_env
    peak = snapshot.summary.peak
    parts = [f"{reading.query.name} {env}", *(text for _, text in reading.query.filters.active())]
    if peak is not None:
        span = brief_duration(snapshot.end - snapshot.start)
        parts.append(f"peak {peak.value} at {grid.to_iso(peak.window)} in {span}")
    parts.append(f"data {brief_duration(snapshot.at - value.until)} old")
    return ", ".join(parts)


def _metrics(
    snapshot: Snapshot, value: JudgedValue, ranges: Ranges, ask: CheckOptions
) -> tuple[Metric, ...]:
    limit, summary = snapshot.capacity.limit, snapshot.summary
    now = Metric("concurrent", value.value, "", ranges.warning, ranges.critical, 0, limit)
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


def _details(reading: ProfileReading, ranges: Ranges, ask: CheckOptions) -> tuple[str, ...]:
    """What ``-vv`` and ``-vvv`` add, for whoever looks into a plug-in that does not work."""
    profile = reading.query.profile
    if ask.verbose < 2 or profile is None:
        return ()
    target = profile.target()
    lines = [
        f"asked: {target.base_url} {target.account_id}/{target.project_id}",
        f"filters: {reading.query.filters.client_env} {dict(reading.query.filters.active())}",
        f"warning: {ranges.warning}, critical: {ranges.critical}, limit: {profile.limit}",
    ]
    snapshot = reading.snapshot
    if ask.verbose > 2 and snapshot is not None:
        span = f"{grid.to_iso(snapshot.start)}/{grid.to_iso(snapshot.end)}"
        lines.append(f"windows {span} (-1 not returned, -2 unknown): {snapshot.total.values}")
        lines.append(f"cost: {snapshot.cost}")
    return tuple(printable(line) for line in lines)
