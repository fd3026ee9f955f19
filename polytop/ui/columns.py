"""The columns of the table: which there are, and which the user has chosen, in what order."""

from collections.abc import Iterable, Sequence

COLUMNS = ("now", "share", "change", "peak", "at", "p95", "mean", "versus", "age")
"""All of them, by the key that they are sorted by, in their usual order."""

MEANINGS = {
    "now": "now, or the value under the cursor",
    "share": "share of the total",
    "change": "change in 15 min",
    "peak": "peak of the range",
    "at": "time of the peak",
    "p95": "p95 of the 5-minute maxima",
    "mean": "mean of the 5-minute maxima",
    "versus": "against what is compared with",
    "age": "how long ago the row was asked for",
}
"""What each column says."""

DEFAULT = COLUMNS[:-1]
"""What is shown where nothing was chosen; ages come by themselves where rows grow old."""

NAME = "name"
"""What rows are sorted by besides."""


def known(names: Iterable[object]) -> tuple[str, ...]:
    """Those of `names` that are columns, each once, in their order."""
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name in COLUMNS))


def sorts(columns: Sequence[str], *, ages: bool) -> tuple[str, ...]:
    """What the table can be sorted by, in the order that `s` goes through: columns, then names.

    `ages` says whether that column is shown without having been chosen.
    """
    extra = ("age",) if ages and "age" not in columns else ()
    return (*columns, *extra, NAME)


def moved(columns: Sequence[str], at: int, by: int) -> tuple[str, ...]:
    """`columns` with the one at `at` moved by `by` places, as far as there are any."""
    rest = list(columns)
    one = rest.pop(at)
    rest.insert(max(0, min(len(rest), at + by)), one)
    return tuple(rest)
