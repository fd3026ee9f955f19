"""The breakdown as rows and columns: data, no cells drawn yet."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from polytop.model import grid
from polytop.model.answer import Part
from polytop.model.baseline import counterparts
from polytop.model.breakdown import Breakdown, RestBounds, rest_bounds
from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import Reading, Summary
from polytop.model.text import printable
from polytop.ui.readings import Versus, change_at, comparison_window, known_at, versus_at
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

_ALIKE = 34
"""Characters of a name that are sure to be seen where there is room; beyond, names look alike."""


def disambiguate(names: Iterable[tuple[str | None, str]]) -> dict[str | None, str]:
    """What is to be said behind each name that looks like another one; `names` follow their ids.

    What has no id has nothing to be told by.
    """
    looks = [(id_, printable(name, _ALIKE)) for id_, name in names]
    times = Counter(look for _, look in looks)
    return {id_: f" · {id_}" for id_, look in looks if id_ and times[look] > 1}


COLUMNS = {
    "now": "now",
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
"""The names that conditions know, with the columns they are of."""

VERSUS_SHARE = "versus %"
"""The comparison in percents, beside the one in conversations."""

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
"""Characters that are read: the time it takes grows with their square."""

_NUMBER = re.compile(r"([+\-−]?)([0-9]+\.?[0-9]*|\.[0-9]+)\s*([a-z%]?)")


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` is a value of :data:`COLUMNS`, or :data:`VERSUS_SHARE`."""

    column: str
    sign: str
    number: float

    def holds(self, value: float | None) -> bool:
        """Whether `value` meets it; None does not."""
        return value is not None and _SIGNS[self.sign](value, self.number)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What must hold of a row. `problem` says what could not be understood, which filters nothing.

    `words` are casefolded.
    """

    words: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    problem: str | None = None

    def keeps(self, texts: tuple[str, ...], value: Callable[[str], float | None]) -> bool:
        """Whether a row that has these casefolded `texts`, and `value` in a column, is shown."""
        return all(any(word in text for text in texts) for word in self.words) and all(
            each.holds(value(each.column)) for each in self.conditions
        )


@lru_cache(maxsize=64)
def parse_filter(text: str) -> RowFilter:
    """What `text` asks for; never raises."""
    words: list[str] = []
    conditions: list[Condition] = []
    problem = None
    for match in _ITEM.finditer(text[:_LONGEST]):
        if match["sign"] is None:
            words.append((match["quoted"] or match["word"] or "").strip().casefold())
            continue
        found = _condition(match["name"].casefold(), match["sign"], match["value"].casefold())
        if isinstance(found, Condition):
            conditions.append(found)
        else:
            problem = problem or found
    return RowFilter(tuple(filter(None, words)), tuple(conditions), problem)


def _condition(name: str, sign: str, value: str) -> Condition | str:
    """The condition, or why it is none."""
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
"""Stands for calls that carry no such value."""

OLD = 120.0
"""Seconds from which on the age of a row is shown unasked."""


class TableRow(NamedTuple):
    """One row of the table; `id` is None for calls that carry no such value.

    `now`, `share` (of the total) and `change` (in 15 minutes) are of the moment that is looked
    at. `versus` is the row against what it is compared with. `suffix` is the end of `label` that
    tells it from another of the same name. `age` is in seconds, None where rows do not take turns.
    """

    id: str | None
    label: str
    share: float | None
    view: RowView
    now: int | None = None
    change: int | None = None
    versus: Versus | None = None
    suffix: str = ""
    age: float | None = None

    @property
    def summary(self) -> Summary:
        """What the row's series says."""
        return self.view.summary


def build_rows(
    snapshot: Snapshot, at: int | None = None, zone: Zone = UTC_CLOCK
) -> tuple[TableRow, ...]:
    """The rows of `snapshot` with names that tell them apart, as they are in the window `at`.

    None is now: the running window, or the last complete one where that is not known. What is
    compared is `at`, or the last complete window, by the clock of `zone`.
    """
    rows = snapshot.rows or ()
    nameless = NAMELESS[snapshot.view.breakdown or Breakdown.VARIANT]
    names = [row.name or row.part.id or nameless for row in rows]
    known = [(row.part.id, name) for row, name in zip(rows, names, strict=True)]
    ends, entry = disambiguate(known), _maker(snapshot, at, zone)
    return tuple(
        entry(row, name, ends.get(id_, "")) for row, (id_, name) in zip(rows, known, strict=True)
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
    """The total as an entry; see :func:`build_rows`."""
    total = RowView(Part(None), label, snapshot.total, snapshot.summary, snapshot.earlier)
    return _maker(snapshot, at, zone)(total, label, "")


def _maker(
    snapshot: Snapshot, at: int | None, zone: Zone
) -> Callable[[RowView, str, str], TableRow]:
    """What makes entries of rows; all that is the same for every row is worked out once."""
    compare = snapshot.view.compare
    then = cache(lambda window: counterparts(compare, window, zone.info))
    total = None if lacks_total(snapshot) else _reading(snapshot.total.at, snapshot.summary, at)

    def entry(row: RowView, name: str, suffix: str) -> TableRow:
        part = _reading(row.series.at, row.summary, at)
        share = None
        if part and total and part.window == total.window and total.value:
            # Of the total's own reading in the same window.
            share = part.value / total.value
        window = _judged(snapshot, row, at)
        return TableRow(
            row.part.id,
            name + suffix,
            share,
            row,
            part.value if part else None,
            row.summary.change if at is None else change_at(row.series, at),
            versus_at(known_at(row.series, window), row.earlier, compare, then(window)),
            suffix,
            None if row.asked_at is None else max(0.0, snapshot.at - row.asked_at),
        )

    return entry


def _judged(snapshot: Snapshot, row: RowView, at: int | None) -> int:
    """The window in which `row` is compared: `at`, else the last one that was over when asked."""
    window = comparison_window(snapshot, at)
    if at is not None or row.asked_at is None:
        return window
    return min(window, grid.floor(row.asked_at) - grid.STEP)


def _reading(value_at: Callable[[float], int], found: Summary, at: int | None) -> Reading | None:
    if at is None:
        return found.now
    value = value_at(at)
    return Reading(at, value) if value >= 0 else None


def lacks_total(snapshot: Snapshot) -> bool:
    """Whether the rows have no total: environments are counted apart, and one is the total."""
    return snapshot.view.breakdown is Breakdown.CLIENT_ENV


def has_rows_to_come(snapshot: Snapshot) -> bool:
    """Whether rows that are asked for one by one have not all come yet."""
    return len(snapshot.rows or ()) < len(snapshot.view.values)


def has_old_rows(snapshot: Snapshot) -> bool:
    """Whether a row is so old that it has to be told."""
    rows = snapshot.rows or ()
    return any(row.asked_at is not None and snapshot.at - row.asked_at > OLD for row in rows)


def other_calls(snapshot: Snapshot, at: int | None = None) -> tuple[int, RestBounds] | None:
    """What can be said of calls that are in no row, and in which window.

    That is `at`, or the last complete one. None where nothing can be said: what was last asked for
    before the window was over, say, may be too low to bound anything.
    """
    if snapshot.view.breakdown not in {Breakdown.LANGUAGE, Breakdown.PHONE_NUMBER}:
        return None
    window, rows = comparison_window(snapshot, at), snapshot.rows or ()
    over = window + grid.STEP
    if has_rows_to_come(snapshot) or snapshot.fetched_at is None or snapshot.fetched_at < over:
        return None
    if any(r.asked_at is not None and r.asked_at < over for r in rows):
        return None
    found = rest_bounds(snapshot.total, [row.series for row in rows], window)
    return None if found is None else (window, found)


_Key = Callable[[TableRow], float | int | None]
_KEYS: dict[str, _Key] = {
    "now": lambda entry: entry.now,
    "share": lambda entry: entry.share,
    "change": lambda entry: entry.change,
    "peak": lambda entry: entry.summary.peak.value if entry.summary.peak else None,
    "at": lambda entry: entry.summary.peak.window if entry.summary.peak else None,
    "p95": lambda entry: entry.summary.p95,
    "mean": lambda entry: entry.summary.mean,
    "versus": lambda entry: entry.versus.difference if entry.versus else None,
    "age": lambda entry: entry.age,
}


def arrange_rows(found: Iterable[TableRow], state: ViewState) -> tuple[TableRow, ...]:
    """The rows that match the search, sorted; what has no value stands last either way.

    Numbers go down and names go up, unless reversed; equal rows stand by name.
    """
    kept = list(found) if not state.search.strip() else list(_matching(found, state.search))
    kept.sort(key=lambda entry: (entry.label.casefold(), entry.id or ""))
    if state.sort == "name":
        return tuple(reversed(kept) if state.reverse else kept)
    key = _KEYS[state.sort]
    valued = [(entry, value) for entry in kept if (value := key(entry)) is not None]
    valued.sort(key=lambda pair: pair[1], reverse=not state.reverse)
    rest_ = [entry for entry in kept if key(entry) is None]
    return tuple([entry for entry, _ in valued] + rest_)


def _matching(found: Iterable[TableRow], search: str) -> Sequence[TableRow]:

    wanted = parse_filter(search)
    return [
        entry
        for entry in found
        if wanted.keeps((entry.label.casefold(), (entry.id or "").casefold()), _shown(entry))
    ]


def _shown(entry: TableRow) -> Callable[[str], float | None]:
    """The value of a column, to as many places as it is shown."""

    def value(column: str) -> float | None:
        if column == VERSUS_SHARE:
            share = entry.versus.share if entry.versus else None
            return None if share is None else round(share * 100)
        found = _KEYS[column](entry)
        if found is None:
            return None
        if column == "share":
            return round(found * 100)
        return round(found, 1) if column == "mean" else found

    return value
