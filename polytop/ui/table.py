"""The breakdown as rows and columns: data, no cells drawn yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from polytop.model.answer import Part
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import Reading, Summary
from polytop.ui.moment import Versus, change_at, judged, known_at, versus
from polytop.ui.state import ViewState
from polytop.ui.timetext import Zone

UTC_CLOCK = Zone()

NAMELESS = "(no variant)"
"""Stands for calls that carry no variant."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table; `id` is None for calls without a variant.

    `now`, `share` (of the total) and `change` (in 15 minutes) are of the moment that is looked
    at. `versus` is the row against what it is compared with.
    """

    id: str | None
    label: str
    share: float | None
    view: RowView
    now: int | None = None
    change: int | None = None
    versus: Versus | None = None

    @property
    def summary(self) -> Summary:
        """What the row's series says."""
        return self.view.summary


def entries(snapshot: Snapshot, at: int | None = None, zone: Zone = UTC_CLOCK) -> tuple[Entry, ...]:
    """The rows of `snapshot` with names that tell them apart, as they are in the window `at`.

    None is now: the running window, or the last complete one where that is not known. What is
    compared is `at`, or the last complete window, by the clock of `zone`.
    """
    rows = snapshot.rows or ()
    names = [row.name or row.part.id or NAMELESS for row in rows]
    twice = {name for name in names if names.count(name) > 1} if len(rows) < 1_000 else set(names)
    return tuple(
        _entry(
            row,
            f"{name} · {row.part.id}" if name in twice and row.part.id else name,
            snapshot,
            at,
            zone,
        )
        for row, name in zip(rows, names, strict=True)
    )


def whole(snapshot: Snapshot, label: str, at: int | None = None, zone: Zone = UTC_CLOCK) -> Entry:
    """The total as an entry; see :func:`entries`."""
    total = RowView(Part(None), label, snapshot.total, snapshot.summary, snapshot.earlier)
    return _entry(total, label, snapshot, at, zone)


def _entry(row: RowView, label: str, snapshot: Snapshot, at: int | None, zone: Zone) -> Entry:
    part, total = (
        _reading(row.series, row.summary, at),
        _reading(snapshot.total, snapshot.summary, at),
    )
    share = None
    if part and total and part.window == total.window and total.value:
        # Of the total's own reading in the same window.
        share = part.value / total.value
    window = judged(snapshot, at)
    value = known_at(row.series, window)
    return Entry(
        row.part.id,
        label,
        share,
        row,
        part.value if part else None,
        row.summary.change if at is None else change_at(row.series, at),
        versus(value, row.earlier, snapshot.view.compare, window, zone),
    )


def _reading(series: Series, found: Summary, at: int | None) -> Reading | None:
    value = known_at(series, at)
    if at is None:
        return found.now
    return None if value is None else Reading(at, value)


_Key = Callable[[Entry], float | int | str | None]
_KEYS: dict[str, _Key] = {
    "now": lambda entry: entry.now,
    "share": lambda entry: entry.share,
    "change": lambda entry: entry.change,
    "peak": lambda entry: entry.summary.peak.value if entry.summary.peak else None,
    "at": lambda entry: entry.summary.peak.window if entry.summary.peak else None,
    "p95": lambda entry: entry.summary.p95,
    "mean": lambda entry: entry.summary.mean,
    "versus": lambda entry: entry.versus.difference if entry.versus else None,
}


def arranged(found: Iterable[Entry], state: ViewState) -> tuple[Entry, ...]:
    """The rows that match the search, sorted; what has no value stands last either way.

    Numbers go down and names go up, unless reversed; equal rows stand by name.
    """
    needle = state.search.casefold().strip()
    kept = [
        entry
        for entry in found
        if not needle or needle in entry.label.casefold() or needle in (entry.id or "").casefold()
    ]
    kept.sort(key=lambda entry: (entry.label.casefold(), entry.id or ""))
    if state.sort == "name":
        return tuple(reversed(kept) if state.reverse else kept)
    key = _KEYS[state.sort]
    valued = [(entry, value) for entry in kept if (value := key(entry)) is not None]
    valued.sort(key=lambda pair: pair[1], reverse=not state.reverse)
    rest = [entry for entry in kept if key(entry) is None]
    return tuple([entry for entry, _ in valued] + rest)
