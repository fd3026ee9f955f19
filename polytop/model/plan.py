"""The plan of a launch: expected conversations by time, and how far a series is from them.

A plan says nothing but what was expected: no figure, alert, history or export has it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import NamedTuple

from polytop.model import grid
from polytop.model.csv_table import CsvError, CsvRow, line_at, read_csv, to_utf8
from polytop.model.frozen import frozen
from polytop.model.mark import clean_mark_text
from polytop.model.series import UNKNOWN, Series
from polytop.model.stats import complete_value
from polytop.model.target import Filters
from polytop.model.text import printable
from polytop.model.timeparse import parse_duration, parse_time

SHARE, LEAST = 0.1, 2.0
"""Without a band, a value is on plan within this share of it, or within so many conversations."""

OLDEST = 1_800
"""Seconds after the end of the newest value from which on nothing is said about now."""

FARTHEST = 30 * 86_400
"""The farthest that a time of a plan may be from the start of the launch, seconds."""

_MOST_ROWS = 20_000
_LARGEST = 10**9
_LONGEST = 40
_HOW = "write a head such as time,expected,low,high,label"


class PlanError(ValueError):
    """The plan cannot be used. Its text says where, what is wrong, and what to do."""


# -- the plan


class Planned(NamedTuple):
    """What is expected in a window. `low` and `high` bound what is on plan; None is not given."""

    expected: float
    low: float | None = None
    high: float | None = None

    @property
    def band(self) -> tuple[float, float]:
        """The least and the most that is on plan."""
        about = max(SHARE * self.expected, LEAST)
        low = self.expected - about if self.low is None else self.low
        return low, self.expected + about if self.high is None else self.high


class PlanRow(NamedTuple):
    """A row of a plan: what is expected at the moment `at` (epoch seconds), or a label alone."""

    at: float
    planned: Planned | None
    label: str = ""


@frozen
class Plan:
    """What is expected in consecutive windows, the first of which starts at `first`.

    `labels` are the moments of phases and marks with their texts, by time.
    """

    first: int
    windows: tuple[Planned, ...]
    labels: tuple[tuple[int, str], ...] = ()

    @property
    def end(self) -> int:
        """The end of the last window, exclusive."""
        return self.first + len(self.windows) * grid.STEP

    @property
    def has_band(self) -> bool:
        """True if any window has a low or a high."""
        return any(each.low is not None or each.high is not None for each in self.windows)

    def at(self, window: int) -> Planned | None:
        """What is expected in `window`; None outside the plan."""
        index = (window - self.first) // grid.STEP
        return self.windows[index] if 0 <= index < len(self.windows) else None

    def scale(self, factor: float) -> "Plan":
        """The plan times `factor`."""

        def times(value: float | None) -> float | None:
            return None if value is None else value * factor

        windows = tuple(
            Planned(each.expected * factor, times(each.low), times(each.high))
            for each in self.windows
        )
        return Plan(self.first, windows, self.labels)

    def series(self) -> tuple[Series, Series, Series]:
        """Expected, low and high in whole conversations, for a graph.

        Low and high are UNKNOWN where neither is given; one that is missing is as expected.
        """
        bands = [
            (UNKNOWN, UNKNOWN)
            if each.low is None and each.high is None
            else (
                round(each.expected if each.low is None else each.low),
                round(each.expected if each.high is None else each.high),
            )
            for each in self.windows
        ]
        low, high = (tuple(edges) for edges in zip(*bands, strict=True))
        expected = tuple(round(each.expected) for each in self.windows)
        return Series(self.first, expected), Series(self.first, low), Series(self.first, high)


@frozen
class Launch:
    """A launch from `start` to `end` (epoch seconds), all calls under `filters`, and its plan."""

    start: int
    end: int
    filters: Filters
    plan: Plan | None = None

    @property
    def since(self) -> int:
        """The start of the first window that the launch is about."""
        first = grid.floor(self.start)
        return first if self.plan is None else min(first, self.plan.first)

    @property
    def until(self) -> int:
        """The end of the last window that the launch is about, that of its end included."""
        last = grid.floor(self.end) + grid.STEP
        return last if self.plan is None else max(last, self.plan.end)


def build_plan(rows: Iterable[PlanRow]) -> Plan:
    """The plan that `rows` describe, in any order of time.

    Between two rows the plan is a straight line; a window is expected to have what the line has at
    its start, or the highest row within it if that is more, so that no peak is lost. A bound is
    known between two rows that both have it. Raises PlanError if no row has a number.
    """
    given = sorted(rows, key=lambda row: row.at)
    known = [(row.at, row.planned) for row in given if row.planned is not None]
    if not known:
        raise PlanError("no row has an expected number: a plan has at least one")
    times = [at for at, _ in known]
    first, last = grid.floor(times[0]), grid.floor(times[-1])
    windows = []
    for window in grid.windows(first, last + grid.STEP):
        inside = known[
            bisect_right(times, window - 1) : bisect_right(times, window + grid.STEP - 1)
        ]
        values = [each for _, each in inside]
        if window >= times[0] and (not inside or inside[0][0] > window):
            values.insert(0, _between(known, times, window))
        windows.append(_join(values))
    labels = tuple((int(row.at), row.label) for row in given if row.label)
    return Plan(first, tuple(windows), labels)


def _between(known: Sequence[tuple[float, Planned]], times: Sequence[float], at: float) -> Planned:
    """The straight line between the rows before and after `at`."""
    place = bisect_right(times, at)
    (start, one), (end, two) = known[place - 1], known[place]
    share = (at - start) / (end - start)

    def mix(low: float | None, high: float | None) -> float | None:
        return None if low is None or high is None else low + (high - low) * share

    expected = one.expected + (two.expected - one.expected) * share
    return Planned(expected, mix(one.low, two.low), mix(one.high, two.high))


def _join(values: Sequence[Planned]) -> Planned:
    """Several moments of one window: the highest, with all that is on plan in it."""
    top = max(values, key=lambda each: each.expected)
    lows = [each.low for each in values if each.low is not None]
    highs = [each.high for each in values if each.high is not None]
    return Planned(
        top.expected,
        None if top.low is None else min(lows),
        None if top.high is None else max(highs),
    )


def plan_from_series(
    series: Series, shift: int, labels: Sequence[tuple[int, str]] = ()
) -> tuple[Plan, int]:
    """A former launch as the plan, `shift` seconds later; and how many windows are not known.

    Those are a straight line. Raises PlanError if nothing is known.
    """
    rows = [
        PlanRow(window + shift, Planned(float(value)))
        for window, value in series.known()
        if window not in series.provisional
    ]
    if not rows:
        raise PlanError("nothing is known of the former launch: give another time, or a file")
    plan = build_plan(rows + [PlanRow(at + shift, None, text) for at, text in labels])
    return plan, len(series) - len(rows)


# -- reading it

_COLUMNS = {
    "time": "time",
    "expected": "expected",
    "expected concurrency": "expected",
    "concurrency": "expected",
    "low": "low",
    "high": "high",
    "label": "label",
}
"""Heads of columns as they may be written, in small letters with single blanks."""

_ORDER = ("time", "expected", "low", "high", "label")
"""The columns of a table without a head."""

_FROM_START = re.compile(
    r"t\s*(?:(?P<sign>[+\-\u2212])\s*(?:(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d))?|(?P<duration>\d[^:]*)))?",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})\b")


def parse_launch_offset(text: str) -> int | None:
    """The seconds from the start of a launch in ``T+00:30``, ``T-15m`` or ``T``; None of another.

    Raises ValueError for a bad duration.
    """
    match = _FROM_START.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    seconds = 0
    if match["duration"]:
        seconds = parse_duration(match["duration"])
    elif match["hours"]:
        clock = (int(match[each] or 0) for each in ("hours", "minutes", "seconds"))
        seconds = sum(size * part for size, part in zip((3_600, 60, 1), clock, strict=True))
    return seconds if match["sign"] == "+" else -seconds


def parse_plan_time(text: str, start: float, zone: tzinfo | None) -> float:
    """A time of a plan in epoch seconds: ``T+00:30``, ``T-15m``, a date and time, or a time.

    A time without a day is the one nearest to `start`; without an offset it is in `zone`, None for
    the machine's own. Raises ValueError, which says how to write a time.
    """
    words = " ".join(text.split())
    offset = parse_launch_offset(words)
    if offset is not None:
        moment = start + offset
    else:
        try:
            given = parse_time(_GERMAN.sub(r"\3-\2-\1", words))
            if given.back is not None:
                raise ValueError("a plan does not move")
        except ValueError:
            shown = repr(printable(words, _LONGEST))
            how = "write T+00:30, 2026-11-20 08:30 or 08:30"
            raise ValueError(f"{shown} is not a time: {how}") from None
        moment = given.nearest(start, zone)
    if abs(moment - start) > FARTHEST:
        shown = repr(printable(words, _LONGEST))
        raise ValueError(f"{shown} is more than 30 days from the start of the launch")
    return moment


def read_plan(data: bytes, start: float, zone: tzinfo | None = None) -> Plan:
    """Read the plan of a launch at `start` (epoch seconds) from `data`, which is CSV.

    `zone` is that of times without an offset. Raises PlanError, which names line and column.
    """
    try:
        data = to_utf8(data)
        text = data.decode()
    except UnicodeDecodeError as error:
        line = line_at(data, error.start)
        raise PlanError(f"line {line}: not CSV in UTF-8; save it as CSV UTF-8") from None
    rows: dict[float, tuple[int, PlanRow]] = {}
    try:
        for line, row in _rows(text, start, zone):
            if row.at in rows:
                problem = f"the same time as in line {rows[row.at][0]}: give each time once"
                raise PlanError(f"line {line}, column time: {problem}")
            rows[row.at] = line, row
            if len(rows) > _MOST_ROWS:
                raise PlanError(f"line {line}: more than {_MOST_ROWS} rows are no plan")
    except CsvError as error:
        raise PlanError(f"{error}; {_HOW}") from None
    return build_plan(row for _, row in rows.values())


def _rows(text: str, start: float, zone: tzinfo | None) -> Iterator[tuple[int, PlanRow]]:
    columns: dict[str, int] | None = None
    for row in read_csv(text, pad=True):
        if columns is None:
            columns = _columns(row)
            if columns is not None:
                continue
            columns = {name: at for at, name in enumerate(_ORDER) if at < len(row.cells)}
        yield row.line, _row(row, columns, start, zone)


def _columns(row: CsvRow) -> dict[str, int] | None:
    """The columns by the head of the table; None if the first row is no head."""
    heads = [" ".join(cell.lower().split()) for cell in row.cells]
    if not any(head in _COLUMNS for head in heads) and re.fullmatch(r"t|.*\d.*", heads[0]):
        return None
    columns: dict[str, int] = {}
    for at, head in enumerate(heads):
        name = _COLUMNS.get(head)
        if name in columns:
            raise PlanError(f"line {row.line}, column {at + 1}: a second column {name}; {_HOW}")
        if name is not None:
            columns[name] = at
        elif head:
            shown = repr(printable(row.cells[at].strip(), _LONGEST))
            problem = f"{shown} is no column of a plan"
            raise PlanError(f"line {row.line}, column {at + 1}: {problem}; {_HOW}")
    for name in ("time", "expected"):
        if name not in columns:
            raise PlanError(f"line {row.line}: no column {name}; {_HOW}")
    return columns


def _row(row: CsvRow, columns: dict[str, int], start: float, zone: tzinfo | None) -> PlanRow:
    try:
        at = parse_plan_time(row.time(columns["time"]), start, zone)
    except ValueError as error:
        raise _wrong(row, "time", str(error)) from None
    label = _label(row, columns)
    expected, low, high = (_number(row, columns, each) for each in ("expected", "low", "high"))
    if expected is None:
        if not label or low is not None or high is not None:
            raise _wrong(row, "expected", "empty: give a number, or a time and a label alone")
        return PlanRow(at, None, label)
    if low is not None and low > expected:
        raise _wrong(row, "low", f"{low:g} is over what is expected, {expected:g}")
    if high is not None and high < expected:
        raise _wrong(row, "high", f"{high:g} is under what is expected, {expected:g}")
    return PlanRow(at, Planned(expected, low, high), label)


def _wrong(row: CsvRow, column: str, problem: str) -> PlanError:
    return PlanError(f"line {row.line}, column {column}: {problem}")


def _number(row: CsvRow, columns: dict[str, int], column: str) -> float | None:
    at = columns.get(column)
    if at is None or not row.cells[at].strip():
        return None
    value = row.number(at)
    if value is None or value > _LARGEST:
        shown = repr(printable(row.cells[at].strip(), _LONGEST))
        raise _wrong(row, column, f"{shown} is not a number of conversations: write 120 or 37.5")
    return value


def _label(row: CsvRow, columns: dict[str, int]) -> str:
    text = row.cells[columns["label"]].strip() if "label" in columns else ""
    try:
        return clean_mark_text(text) if text else ""
    except ValueError as error:
        raise _wrong(row, "label", str(error)) from None


# -- plan against actual


class Side(StrEnum):
    """Where a value is beside the plan."""

    ON = "on plan"
    OVER = "over plan"
    UNDER = "under plan"


class Deviation(NamedTuple):
    """The value of a complete window beside what was planned for it."""

    window: int
    value: int
    planned: Planned

    @property
    def difference(self) -> float:
        """The value less what was expected."""
        return self.value - self.planned.expected

    @property
    def whole(self) -> tuple[int, int]:
        """What was expected, and the difference from it, in whole conversations that add up."""
        expected = round(self.planned.expected)
        return expected, self.value - expected

    @property
    def share(self) -> float | None:
        """The difference as a share of what was expected; None where that was nothing."""
        return self.difference / self.planned.expected if self.planned.expected else None

    @property
    def side(self) -> Side:
        """Whether it is within the band of the plan, over or under it."""
        low, high = self.planned.band
        if self.value > high:
            return Side.OVER
        return Side.UNDER if self.value < low else Side.ON


class PlanStatement(NamedTuple):
    """How far a series is from the plan at the end of its last complete window.

    `now` is of the newest window of the plan with a value; None where that is too old. `largest`
    is the first of the largest differences so far; None if no window of the plan is known. `since`
    is the start of the first window of the unbroken run on the side of `now`; None on plan. A
    window without a value breaks no run.
    """

    now: Deviation | None
    largest: Deviation | None
    since: int | None


def deviations(plan: Plan, series: Series, until: float) -> list[Deviation]:
    """The complete windows of `series` that end by `until` (epoch seconds) beside `plan`."""
    return [
        Deviation(window, value, planned)
        for index, planned in enumerate(plan.windows)
        for window in (plan.first + index * grid.STEP,)
        if window + grid.STEP <= until and (value := complete_value(series, window)) is not None
    ]


def largest_deviation(found: Sequence[Deviation]) -> Deviation | None:
    """The first of those that are the farthest from the plan; None of nothing."""
    return max(found, key=lambda each: (abs(each.difference), -each.window), default=None)


def deviation(plan: Plan, series: Series, until: float) -> PlanStatement:
    """Compare the complete windows of `series` that end by `until` (epoch seconds) with `plan`."""
    found = deviations(plan, series, until)
    largest = largest_deviation(found)
    if largest is None:
        return PlanStatement(None, None, None)
    now = found[-1]
    if until - (now.window + grid.STEP) > OLDEST:
        return PlanStatement(None, largest, None)
    since = None
    if now.side is not Side.ON:
        for each in reversed(found):
            if each.side is not now.side:
                break
            since = each.window
    return PlanStatement(now, largest, since)


class PlannedExcess(NamedTuple):
    """Where a plan is over a limit: the first and the last such window, and the highest, `peak`."""

    first: int
    last: int
    peak: int
    expected: float


def planned_over(plan: Plan, limit: int) -> PlannedExcess | None:
    """Where `plan` is over `limit`; None if it never is."""
    over = [
        (plan.first + index * grid.STEP, each.expected)
        for index, each in enumerate(plan.windows)
        if each.expected > limit
    ]
    if not over:
        return None
    peak, expected = max(over, key=lambda each: (each[1], -each[0]))
    return PlannedExcess(over[0][0], over[-1][0], peak, expected)
