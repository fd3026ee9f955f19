"""The result of ``polytop check``: a state, a sentence and performance data."""

from polytop.cli.check.thresholds import Metric, Range, Threshold, up_to
from polytop.cli.problems import problem_line
from polytop.cli.runtime.one_shot import ProfileReading
from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.snapshot import Snapshot
from polytop.model.stats import Capacity, Severity, whole_percent
from polytop.model.text import printable
from polytop.model.timeparse import brief_duration

_LONGEST = 400
"""Characters of the sentence."""


@frozen
class CheckResult:
    """A state, its sentence and perfdata; `details` are further lines for people."""

    severity: Severity
    text: str
    metrics: tuple[Metric, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of the plug-in. The sentence holds no line break and no ``|``."""
        text = printable(" ".join(self.text.split()).replace("|", "¦"), _LONGEST)
        perfdata = " ".join(map(str, self.metrics))
        line = f"POLYTOP {self.severity.name} - {text}"
        return f"{line} | {perfdata}" if perfdata else line


def unknown_result(text: str, details: tuple[str, ...] = ()) -> CheckResult:
    """A result that is UNKNOWN."""
    return CheckResult(Severity.UNKNOWN, text, (), details)


@frozen
class CheckOptions:
    """The options of a check. A threshold of None is the profile's band; times in seconds."""

    warning: Threshold | None = None
    critical: Threshold | None = None
    max_age: int = 600
    timeout: float = 10.0
    verbose: int = 0

    @property
    def relative(self) -> bool:
        """True if a threshold is a percentage, so that a limit is needed."""
        given = (self.warning, self.critical)
        return any(each is not None and each.relative for each in given)


@frozen
class Ranges:
    """The ranges that were given, in conversations; where one is None, the band of `bands` counts.

    A given range includes its ends; a band begins with its level.
    """

    warning: Range | None
    critical: Range | None
    bands: Capacity = Capacity()

    def severity(self, value: float, *, rising: bool = False) -> Severity:
        """The state of `value`; `rising` if it is a lower bound that may still rise."""
        band = self.bands.severity(value)
        for severity, given in (
            (Severity.CRITICAL, self.critical),
            (Severity.WARNING, self.warning),
        ):
            if given is None:
                alerts = band >= severity
            else:
                alerts = given.alerts_rising(value) if rising else given.alerts(value)
            if alerts:
                return severity
        return Severity.OK

    def alert_range(self, severity: Severity) -> Range | None:
        """The range of `severity` in the guidelines' notation; None without one."""
        given, level = {
            Severity.WARNING: (self.warning, self.bands.warning_level),
            Severity.CRITICAL: (self.critical, self.bands.critical_level),
        }.get(severity, (None, None))
        return given if given is not None or level is None else up_to(level)


def build_ranges(ask: CheckOptions, capacity: Capacity) -> Ranges:
    """The ranges that the options give, and the bands of `capacity`.

    Raises ValueError, which names the option, for a percentage without a limit and for a range
    that starts at its upper end.
    """
    return Ranges(
        _range("--warning", ask.warning, capacity.limit),
        _range("--critical", ask.critical, capacity.limit),
        capacity,
    )


def _range(option: str, given: Threshold | None, limit: int | None) -> Range | None:
    try:
        return None if given is None else given.within(limit)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


@frozen
class JudgedValue:
    """The value that counts, its state, and the end of its window in epoch seconds."""

    value: int
    severity: Severity
    until: float


def judge(snapshot: Snapshot, ranges: Ranges, max_age: int) -> JudgedValue | None:
    """The value that decides the state, or None if there is none.

    It is that of the last complete window, if it ended at most `max_age` seconds ago. The
    provisional window is a lower bound: it can raise the state and never clears it.
    """
    complete, now = snapshot.newest_complete(max_age), snapshot.summary.now
    risen = final = None
    if now is not None and now.provisional:
        risen = JudgedValue(now.value, ranges.severity(now.value, rising=True), snapshot.at)
    if complete is not None:
        severity = ranges.severity(complete.value)
        final = JudgedValue(complete.value, severity, complete.window + grid.STEP)
    if risen is None or final is None:
        return final or (risen if risen and risen.severity is not Severity.OK else None)
    return risen if risen.value > final.value and risen.severity >= final.severity else final


def build_result(reading: ProfileReading, ranges: Ranges, ask: CheckOptions) -> CheckResult:
    """The result of a check for `reading`."""
    snapshot = reading.snapshot
    if reading.failed or snapshot is None:
        text = problem_line(reading.errors[0]) if reading.errors else "the API was not asked"
        return unknown_result(text, _details(reading, ranges, ask))
    value = judge(snapshot, ranges, ask.max_age)
    clock = snapshot.clock_problem
    wrong = f". {clock.summary}" if clock else ""
    if value is None:
        return unknown_result(_missing(snapshot, ask) + wrong, _details(reading, ranges, ask))
    text = _sentence(value, ranges, snapshot.capacity.limit) + wrong
    if ask.verbose:
        text += f" [{_more(reading, snapshot, value)}]"
    metrics = _metrics(snapshot, value, ranges, ask)
    return CheckResult(value.severity, text, metrics, _details(reading, ranges, ask))


def _missing(snapshot: Snapshot, ask: CheckOptions) -> str:
    known = [window for window, _ in snapshot.total.known() if snapshot.is_complete(window)]
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
    broken = ranges.alert_range(value.severity)
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
    warning, critical = map(ranges.alert_range, (Severity.WARNING, Severity.CRITICAL))
    now = Metric("concurrent", value.value, "", warning, critical, 0, limit)
    metrics = [now]
    if summary.peak is not None:
        metrics.append(Metric("peak", summary.peak.value, least=0, most=limit))
    if summary.p95 is not None:
        metrics.append(Metric("p95", summary.p95, least=0, most=limit))
    if limit is not None:
        metrics.append(Metric("headroom", limit - value.value, most=limit))
    metrics.append(Metric("age", max(0, round(snapshot.at - value.until)), "s", least=0))
    time = Metric("time", round(snapshot.cost.seconds, 3), "s", least=0, most=ask.timeout)
    return (*metrics, time)


def _details(reading: ProfileReading, ranges: Ranges, ask: CheckOptions) -> tuple[str, ...]:
    """The lines of ``-vv`` and ``-vvv``, to find out why a plug-in does not work."""
    profile = reading.query.profile
    if ask.verbose < 2 or profile is None:
        return ()
    target = profile.target()
    warning, critical = map(ranges.alert_range, (Severity.WARNING, Severity.CRITICAL))
    lines = [
        f"asked: {target.base_url} {target.account_id}/{target.project_id}",
        f"filters: {reading.query.filters.client_env} {dict(reading.query.filters.active())}",
        f"warning: {warning}, critical: {critical}, limit: {profile.limit}",
    ]
    snapshot = reading.snapshot
    if ask.verbose > 2 and snapshot is not None:
        span = f"{grid.to_iso(snapshot.start)}/{grid.to_iso(snapshot.end)}"
        lines.append(f"windows {span} (-1 not returned, -2 unknown): {snapshot.total.values}")
        lines.append(f"cost: {snapshot.cost}")
    return tuple(printable(line) for line in lines)
