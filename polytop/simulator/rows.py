"""The rows of an answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from polytop.model.grid import STEP
from polytop.simulator.query import ParsedQuery
from polytop.simulator.traffic import Traffic

Row = dict[str, object]

TimedRows = list[tuple[int, Row | None]]
"""Rows with their windows (epoch seconds), in the order in which they are sent."""


def format_times(start: int, count: int, fractions: bool) -> list[str]:
    """Format `count` windows from `start` as the API does, with or without milliseconds."""
    tail = ":00.000Z" if fractions else ":00Z"
    end = start + count * STEP
    texts = []
    for hour in range(start // 3600, -(-end // 3600)):
        head = datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:14]
        texts += [f"{head}{minute:02}{tail}" for minute in range(0, 60, 5)]
    first = start % 3600 // STEP
    return texts[first : first + count]


def build_rows(traffic: Traffic, question: ParsedQuery, now: float) -> TimedRows:
    """Build the rows of the answer at `now`; a sliced one lists one variant after the other.

    Windows that have not begun are left out; a window without calls is 0. A sliced answer has
    the variants with traffic in the range.
    """
    asked = question.chosen, question.start, question.end, now
    if not question.sliced:
        return _rows(question, traffic.total(*asked), ())
    rows: TimedRows = []
    for index, values in traffic.by_variant(*asked).items():
        variant = traffic.variants[index]
        named = (("variant_id", variant.id), ("variant_name", variant.name))
        rows += _rows(question, values, [(key, text) for key, text in named if text is not None])
    return rows


def _rows(
    question: ParsedQuery, values: Sequence[int], fields: Iterable[tuple[str, str]]
) -> TimedRows:
    windows = range(question.start, question.end, STEP)
    texts = format_times(question.start, len(values), question.fractions)
    same = dict(fields)
    return [
        (window, {**same, "time": text, "max_concurrent_conversations": value})
        for window, text, value in zip(windows, texts, values, strict=False)
    ]
