"""The breakdown as data: its rows, their order, and the row filter."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import NamedTuple

from polytop.model.answer import Part
from polytop.model.baseline import Versus, counterparts
from polytop.model.breakdown import Breakdown, RestBounds, rest_bounds
from polytop.model.frozen import frozen
from polytop.model.series import GAP
from polytop.model.snapshot import RowView, Snapshot, window_figures
from polytop.model.stats import Reading, Summary, complete_value, whole_percent
from polytop.model.text import fold, printable
from polytop.ui.readings import comparison_window, figures_at
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

_ALIKE = 34
"""Characters of a name that are shown if there is room; beyond them, names look alike."""


def disambiguate(names: Iterable[tuple[str | None, str]]) -> dict[str | None, str]:
    """A suffix for each name that looks like another one, by id; `names` are pairs (id, name).

    A name without an id gets no suffix.
    """
    looks = [(id_, printable(name, _ALIKE)) for id_, name in names]
    times = Counter(look for _, look in looks)
    return {id_: f" · {id_}" for id_, look in looks if id_ and times[look] > 1}


COLUMNS = {
    "now": "now",
    "last": "last",
    "share": "share",
    "change": "change",
    "15min": "change",
    "peak": "peak",
    "p95": "p95",
    "mean": "mean",
    "versus": "versus",
    "vs": "versus",
    "age": "age",
}
"""The names of columns in conditions, with the columns."""

VERSUS_SHARE = "versus %"
"""The difference from the comparison in percent; ``versus`` is in conversations."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "≠": operator.ne,
    ">=": operator.ge,
    "≥": operator.ge,
    ">": operator.gt,
}
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}

_ITEM = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r'|(?P<name>[^\s"<>=!≤≥≠]*)\s*(?P<sign><=|>=|!=|==|[<>=≤≥≠])\s*'
    r'(?P<value>[^\s"<>=!≤≥≠]*(?:\s*%)?)'
    r'|(?P<word>[^\s"]+)'
)
_LONGEST = 500
"""Characters of a search that are read: the time grows with their square."""

_NUMBER = re.compile(r"([+\-−]?)([0-9]+\.?[0-9]*|\.[0-9]+)\s*([a-z%]?)")


@frozen
class Condition:
    """A condition like ``now>20`` on a column of :data:`COLUMNS`, or on :data:`VERSUS_SHARE`."""

    column: str
    sign: str
    number: float

    def holds(self, value: float | None) -> bool:
        """Return True if `value` meets the condition; None never does."""
        return value is not None and _SIGNS[self.sign](value, self.number)


@frozen
class RowFilter:
    """The words (folded) and conditions that a row must meet.

    `problem` says what is wrong with the search; that part filters nothing.
    """

    words: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    problem: str | None = None

    def keeps(self, texts: tuple[str, ...], value: Callable[[str], float | None]) -> bool:
        """Return True if a row matches: its folded `texts`, and the `value` of its columns."""
        return all(any(word in text for text in texts) for word in self.words) and all(
            each.holds(value(each.column)) for each in self.conditions
        )


@lru_cache(maxsize=64)
def parse_filter(text: str) -> RowFilter:
    """Parse a search; never raises."""
    words: list[str] = []
    conditions: list[Condition] = []
    problem = None
    for match in _ITEM.finditer(text[:_LONGEST]):
        if match["sign"] is None:
            words.append(fold((match["quoted"] or match["word"] or "").strip()))
            continue
        condition = _condition(match["name"].casefold(), match["sign"], match["value"].casefold())
        if isinstance(condition, Condition):
            conditions.append(condition)
        else:
            problem = problem or condition
    return RowFilter(tuple(filter(None, words)), tuple(conditions), problem)


def _condition(name: str, sign: str, value: str) -> Condition | str:
    """The condition, or what is wrong with it."""
    column, match = COLUMNS.get(name), _NUMBER.fullmatch(value)
    if name == "at":
        return "times of the peak can be sorted, not searched"
    if column is None:
        return f"there is no column “{name}”" if name else f"a column is needed before {sign}"
    if match is None:
        return f"“{value}” is no number" if value else f"a number is needed after {name}{sign}"
    number, unit = float(match[2]) * (-1 if match[1] in {"-", "−"} else 1), match[3]
    if unit == "%" and column in {"share", "versus"}:
        column = "share" if column == "share" else VERSUS_SHARE
    elif column == "age" and unit in _UNITS:
        number *= _UNITS[unit]
    elif unit:
        return f"{name} is not counted in “{unit}”"
    return Condition(column, sign, number)


UTC_CLOCK = Zone()

NAMELESS = {
    Breakdown.VARIANT: "(no variant)",
    Breakdown.LANGUAGE: "(no language)",
    Breakdown.PHONE_NUMBER: "(no number)",
    Breakdown.CLIENT_ENV: "(no environment)",
}
"""Names of the rows of calls that have no such value."""


class TableRow(NamedTuple):
    """One row of the table; `id` is None for calls that have no such value.

    `now` is the value at the viewed window, or of the running one. `last` is the value of the last
    complete window, or that of the viewed one; `share` (of the total), `change` (in 15 minutes)
    and `versus` (the difference from the comparison) are of the same window. `suffix` is the end
    of `label` that tells it from another row of the same name. `age` is in seconds, None if one
    request brings all rows. `mean_of` is the number of windows of the mean of a row that comes and
    goes.
    """

    id: str | None
    label: str
    share: float | None
    view: RowView
    now: int | None = None
    last: int | None = None
    change: int | None = None
    versus: Versus | None = None
    suffix: str = ""
    age: float | None = None
    mean_of: int | None = None

    @property
    def summary(self) -> Summary:
        """The figures of the row's span."""
        return self.view.summary


def build_rows(
    snapshot: Snapshot, at: int | None = None, zone: Zone = UTC_CLOCK, speed: float = 1.0
) -> tuple[TableRow, ...]:
    """The rows of `snapshot` with distinct names and their values in the window `at`.

    None is now: the running window, or the last complete one if that is unknown. The comparison is
    at `at`, or at the last complete window, in the local time of `zone`. `speed` is how many
    seconds of the snapshot's clock pass in one of the user's, in which ages are.
    """
    rows = snapshot.rows or ()
    nameless = NAMELESS[snapshot.view.breakdown or Breakdown.VARIANT]
    names = [row.name or row.part.id or nameless for row in rows]
    known = [(row.part.id, name) for row, name in zip(rows, names, strict=True)]
    suffixes, make_row = disambiguate(known), _row_maker(snapshot, at, zone, speed)
    return tuple(
        make_row(row, name, suffixes.get(id_, ""))
        for row, (id_, name) in zip(rows, known, strict=True)
    )


def add_disambiguation(
    rows: Sequence[TableRow], snapshot: Snapshot, names: Mapping[str, str]
) -> Sequence[TableRow]:
    """Add suffixes to rows whose name looks like that of a known variant that is not shown.

    `names` has the names of all known variants by id.
    """
    if snapshot.view.breakdown is not Breakdown.VARIANT or len(names) <= len(rows):
        return rows
    suffixes = disambiguate(names.items())
    return [
        row._replace(label=row.label + suffixes[row.id], suffix=suffixes[row.id])
        if row.id in suffixes and not row.suffix
        else row
        for row in rows
    ]


def total_row(
    snapshot: Snapshot, label: str, at: int | None = None, zone: Zone = UTC_CLOCK
) -> TableRow:
    """The total as a row; see :func:`build_rows`. It has the figures that stand above the graph."""
    total = RowView(Part(None), label, snapshot.total, snapshot.summary, snapshot.earlier)
    figures = figures_at(snapshot, at, zone)
    return _row_maker(snapshot, at, zone)(total, label, "")._replace(
        last=figures.value, change=figures.change, versus=figures.versus
    )


def _row_maker(
    snapshot: Snapshot, at: int | None, zone: Zone, speed: float = 1.0
) -> Callable[[RowView, str, str], TableRow]:
    """Return a function that makes a row; what all rows share is computed once."""
    compare = snapshot.view.compare
    then = cache(lambda window: counterparts(compare, window, zone.info))
    total = None if lacks_total(snapshot) else snapshot.total

    def make_row(row: RowView, name: str, suffix: str) -> TableRow:
        part = _reading(row.series.at, row.summary, at)
        window = snapshot.last_window(row.series) if at is None else at
        last = window_figures(row.series, window, row.earlier, compare, then(window))
        whole, share = complete_value(total, window) if total else None, None
        if whole and last.value is not None and last.value <= whole:
            # More than the whole is no share: the foot of the table says that they contradict.
            share = last.value / whole
        return TableRow(
            row.part.id,
            name + suffix,
            share,
            row,
            part.value if part else None,
            last.value,
            last.change,
            last.versus,
            suffix,
            None if row.asked_at is None else max(0.0, snapshot.at - row.asked_at) / speed,
            row.summary.complete if comes_and_goes(row, snapshot) else None,
        )

    return make_row


def comes_and_goes(row: RowView, snapshot: Snapshot) -> bool:
    """True if the API left `row` out of windows that it has a total for."""
    return row.series.values.count(GAP) > snapshot.total.values.count(GAP)


def _reading(value_at: Callable[[float], int], summary: Summary, at: int | None) -> Reading | None:
    if at is None:
        return summary.now
    value = value_at(at)
    return Reading(at, value) if value >= 0 else None


def lacks_total(snapshot: Snapshot) -> bool:
    """True for environments, which are counted apart: the total is that of one of them."""
    return snapshot.view.breakdown is Breakdown.CLIENT_ENV


def has_rows_to_come(snapshot: Snapshot) -> bool:
    """True while some of the rows that are fetched one by one are still to come."""
    return len(snapshot.rows or ()) < len(snapshot.view.values)


def has_ages(snapshot: Snapshot) -> bool:
    """True if the rows are asked for one by one, so that each has an age of its own."""
    return bool(snapshot.view.values)


def other_calls(snapshot: Snapshot, at: int | None = None) -> tuple[int, RestBounds] | None:
    """The window (`at`, or the last complete one) and the bounds of the calls in no row.

    None if there are no bounds: a row that is not complete may be too low, for example.
    """
    if snapshot.view.breakdown not in {Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER}:
        return None
    window, rows = comparison_window(snapshot, at), snapshot.rows or ()
    parts = [row.series for row in rows]
    if has_rows_to_come(snapshot) or not snapshot.is_complete(window):
        return None
    if not all(part.is_complete(window) for part in parts):
        return None
    bounds = rest_bounds(snapshot.total, parts, window)
    return None if bounds is None else (window, bounds)


_Key = Callable[[TableRow], float | int | None]
_KEYS: dict[str, _Key] = {
    "now": lambda row: row.now,
    "last": lambda row: row.last,
    "share": lambda row: row.share,
    "change": lambda row: row.change,
    "peak": lambda row: row.summary.peak.value if row.summary.peak else None,
    "at": lambda row: row.summary.peak.window if row.summary.peak else None,
    "p95": lambda row: row.summary.p95,
    "mean": lambda row: row.summary.mean,
    "versus": lambda row: row.versus.difference if row.versus else None,
    "age": lambda row: row.age,
}


def arrange_rows(rows: Iterable[TableRow], state: ViewState) -> tuple[TableRow, ...]:
    """The rows that match the search, sorted; rows without a value are last in both directions.

    Numbers go down and names go up, unless reversed; equal rows are sorted by name.
    """
    found = list(rows)
    keys = dict(_KEYS)
    if all(row.now is None for row in found):
        # In an outage nothing is known of now: rows are found and sorted by what is known last.
        keys["now"] = keys["last"]
    kept = _match(found, state.search, keys) if state.search.strip() else found
    kept.sort(key=lambda row: (row.label.casefold(), row.id or ""))
    if state.sort == "name":
        return tuple(reversed(kept) if state.reverse else kept)
    key = keys[state.sort]
    valued = [(row, value) for row in kept if (value := key(row)) is not None]
    valued.sort(key=lambda pair: pair[1], reverse=not state.reverse)
    return (*(row for row, _ in valued), *(row for row in kept if key(row) is None))


def _match(rows: Iterable[TableRow], search: str, keys: Mapping[str, _Key]) -> list[TableRow]:
    row_filter = parse_filter(search)
    return [
        row
        for row in rows
        if row_filter.keeps((fold(row.label), fold(row.id or "")), partial(_shown_value, row, keys))
    ]


def _shown_value(row: TableRow, keys: Mapping[str, _Key], column: str) -> float | None:
    """The value of a column of `row`, rounded as it is shown."""
    if column == VERSUS_SHARE:
        share = row.versus.share if row.versus else None
        return None if share is None else whole_percent(share)
    value = keys[column](row)
    if value is None:
        return None
    if column == "share":
        return whole_percent(value)
    return (round(value, 1) or value) if column == "mean" else value
