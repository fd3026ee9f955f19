"""The breakdown as rows and columns: data, no cells drawn yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import Summary
from polytop.ui.state import ViewState

NAMELESS = "(no variant)"
"""Stands for calls that carry no variant."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table; `id` is None for calls without a variant."""

    id: str | None
    label: str
    share: float | None
    view: RowView

    @property
    def summary(self) -> Summary:
        """What the row's series says."""
        return self.view.summary


def now_value(summary: Summary) -> int | None:
    """The reading of now, or None."""
    return summary.now.value if summary.now else None


def entries(snapshot: Snapshot) -> tuple[Entry, ...]:
    """The rows of `snapshot` with names that tell them apart, and each one's share of the total.

    The share is of the total's own reading in the same window; it is None where either lacks.
    """
    rows = snapshot.rows or ()
    names = [row.name or row.part.id or NAMELESS for row in rows]
    twice = {name for name in names if names.count(name) > 1} if len(rows) < 1_000 else set(names)
    return tuple(
        Entry(
            row.part.id,
            f"{name} · {row.part.id}" if name in twice and row.part.id else name,
            _share(row.summary, snapshot.summary),
            row,
        )
        for row, name in zip(rows, names, strict=True)
    )


def _share(part: Summary, total: Summary) -> float | None:
    if part.now is None or total.now is None or part.now.window != total.now.window:
        return None
    return part.now.value / total.now.value if total.now.value else None


_Key = Callable[[Entry], float | int | str | None]
_KEYS: dict[str, _Key] = {
    "now": lambda entry: now_value(entry.summary),
    "share": lambda entry: entry.share,
    "change": lambda entry: entry.summary.change,
    "peak": lambda entry: entry.summary.peak.value if entry.summary.peak else None,
    "at": lambda entry: entry.summary.peak.window if entry.summary.peak else None,
    "p95": lambda entry: entry.summary.p95,
    "mean": lambda entry: entry.summary.mean,
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
