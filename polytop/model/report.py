"""What a report says of a range, computed from its snapshot; nothing is asked for or read here.

Numbers that the snapshot has are not computed again: the screen, the table and the export show
the same ones.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.baseline import Compare, build_baseline, counterparts
from polytop.model.breakdown import Breakdown
from polytop.model.coincidence import Coincidence, measure_coincidence
from polytop.model.frozen import frozen
from polytop.model.incident import Incident
from polytop.model.mark import Mark
from polytop.model.plan import Deviation, Plan, Side, deviations, largest_deviation
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import Reading, Summary, complete_value, summary
from polytop.model.target import Target


class Stretch(NamedTuple):
    """A run of windows, `[start, end)`."""

    start: int
    end: int

    @property
    def windows(self) -> int:
        """The number of its windows."""
        return grid.count(self.start, self.end)


class Level(NamedTuple):
    """A level in conversations, and how many windows reached it: at most 5 minutes each."""

    name: str
    at: float
    windows: int


class Revision(NamedTuple):
    """A window whose value changed after its end, from `first` to `value`; None is left out."""

    window: int
    first: int
    value: int | None


class WeekBefore(NamedTuple):
    """A series beside the same local time a week before.

    The means are over the `windows` that are complete in both; `peak` is the highest of all that
    are known of the week before, in its window of then; `series` is what is known of it, on the
    windows of the range.
    """

    windows: int
    mean: float | None
    mean_before: float | None
    peak: Reading | None
    series: Series

    @property
    def change(self) -> float | None:
        """The mean less that of the week before, as a share of it; None of nothing."""
        if self.mean is None or not self.mean_before:
            return None
        return (self.mean - self.mean_before) / self.mean_before


class PlanReport(NamedTuple):
    """The complete windows of the range beside the plan; `planned` windows have one."""

    plan: Plan
    planned: int
    compared: tuple[Deviation, ...]
    largest: Deviation | None

    def count(self, side: Side) -> int:
        """The number of windows on that side of the plan."""
        return sum(each.side is side for each in self.compared)


class RowReport(NamedTuple):
    """A row of the breakdown; `at_peak` is its value in the window of the total's peak."""

    part: Part
    name: str | None
    summary: Summary
    at_peak: int | None
    week: WeekBefore | None


class RequestFailure(NamedTuple):
    """Requests to the API that failed alike: how often, and when first and last (epoch seconds)."""

    summary: str
    status: str
    message: str
    times: int
    first: float
    last: float


class RequestLog(NamedTuple):
    """What the log on this machine has of failed requests; `problem` is why it was not read.

    It reaches back to `since` (epoch seconds), None where it is empty.
    """

    failures: tuple[RequestFailure, ...] = ()
    since: float | None = None
    problem: str | None = None


@frozen
class Report:
    """The story of the range of `snapshot`, as the profile `profile` of `target` has it.

    `incidents` is None where no rules were judged, and `requests` where no log was read. `zone` is
    the local time, None the machine's own. `written_at` is in epoch seconds.
    """

    profile: str
    target: Target
    snapshot: Snapshot
    zone: tzinfo | None
    written_at: float
    levels: tuple[Level, ...]
    gaps: tuple[Stretch, ...]
    not_fetched: tuple[Stretch, ...]
    provisional: tuple[int, ...]
    revisions: tuple[Revision, ...]
    marks: tuple[Mark, ...]
    rows: tuple[RowReport, ...]
    coincidence: Coincidence | None
    week: WeekBefore | None
    plan: PlanReport | None
    incidents: tuple[Incident, ...] | None
    requests: RequestLog | None
    notes: tuple[str, ...] = ()
    """What else is not known, in sentences."""

    @property
    def start(self) -> int:
        """The start of the range."""
        return self.snapshot.start

    @property
    def end(self) -> int:
        """The end of the range, the running window included if it is shown."""
        return self.snapshot.end

    @property
    def windows(self) -> int:
        """The number of windows of the range."""
        return grid.count(self.start, self.end)


def build_report(
    snapshot: Snapshot,
    profile: str,
    target: Target,
    *,
    zone: tzinfo | None,
    written_at: float,
    plan: Plan | None = None,
    incidents: Sequence[Incident] | None = None,
    requests: RequestLog | None = None,
    notes: tuple[str, ...] = (),
) -> Report:
    """The report on the range of `snapshot`; takes tens of milliseconds for months."""
    start, end, total = snapshot.start, snapshot.end, snapshot.total
    known = total.cut(start, end)
    return Report(
        profile,
        target,
        snapshot,
        zone,
        written_at,
        _levels(snapshot),
        tuple(_stretches(known, GAP)),
        tuple(_stretches(known, UNKNOWN)),
        tuple(sorted(at for at in snapshot.provisional if start <= at < end and known.at(at) >= 0)),
        tuple(
            Revision(at, first, value if (value := total.at(at)) >= 0 else None)
            for at, first in sorted(snapshot.revised)
            if start <= at < end
        ),
        tuple(mark for mark in snapshot.marks if start <= mark.at < end),
        tuple(_row(row, snapshot, zone) for row in snapshot.rows or ()),
        _coincidence(snapshot),
        _week_before(total, snapshot.earlier, snapshot, zone),
        None if plan is None else _plan(plan, snapshot),
        None if incidents is None else tuple(incidents),
        requests,
        notes,
    )


def _levels(snapshot: Snapshot) -> tuple[Level, ...]:
    capacity, figures = snapshot.capacity, snapshot.summary
    levels = (
        ("warning", capacity.warning_level, figures.touched_warning),
        ("critical", capacity.critical_level, figures.touched_critical),
        ("limit", capacity.limit, figures.touched_limit),
    )
    return tuple(Level(name, at, windows) for name, at, windows in levels if at is not None)


def _stretches(series: Series, mark: int) -> Iterator[Stretch]:
    return (Stretch(start, end) for value, start, end in series.runs() if value == mark)


def _row(row: RowView, snapshot: Snapshot, zone: tzinfo | None) -> RowReport:
    peak = snapshot.summary.peak
    value = UNKNOWN if peak is None else row.series.at(peak.window)
    return RowReport(
        row.part,
        row.name,
        row.summary,
        value if value >= 0 else None,
        _week_before(row.series, row.earlier, snapshot, zone),
    )


def _coincidence(snapshot: Snapshot) -> Coincidence | None:
    """The rows beside the total; None where some may be missing, as of all but variants."""
    if snapshot.view.breakdown is not Breakdown.VARIANT:
        return None
    return measure_coincidence(snapshot.total, [row.series for row in snapshot.rows or ()])


def _week_before(
    series: Series, earlier: Sequence[Series], snapshot: Snapshot, zone: tzinfo | None
) -> WeekBefore | None:
    if snapshot.view.compare is not Compare.WEEK:
        return None
    start, end = snapshot.start, snapshot.end
    found = build_baseline(earlier, Compare.WEEK, start, end, zone)
    if found is None:
        return None
    before = found.middle
    pairs = [
        (value, then)
        for window, then in before.known()
        if window < snapshot.running and (value := complete_value(series, window)) is not None
    ]
    now, then = (sum(each) / len(pairs) if pairs else None for each in _columns(pairs))
    peak = summary(before, snapshot.at).peak
    if peak is not None:
        [window] = counterparts(Compare.WEEK, peak.window, zone)
        peak = peak._replace(window=peak.window if window is None else window)
    return WeekBefore(len(pairs), now, then, peak, before)


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [now for now, _ in pairs], [then for _, then in pairs]


def _plan(plan: Plan, snapshot: Snapshot) -> PlanReport:
    series = snapshot.total.cut(snapshot.start, snapshot.end)
    compared = tuple(deviations(plan, series, snapshot.running))
    planned = grid.count(max(plan.first, snapshot.start), min(plan.end, snapshot.end))
    return PlanReport(plan, planned, compared, largest_deviation(compared))
