"""The rows of an answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from polytop.model.grid import STEP
from polytop.simulator.query import ParsedQuery
from polytop.simulator.traffic import Traffic

Row = dict[str, object]

TimedRows = list[tuple[int, Row | None]]
"""Rows with the window (epoch seconds) that each is about, in the order they are sent."""


def format_times(start: int, count: int, fractions: bool) -> list[str]:
    """`count` windows from `start` as the API writes them, with or without milliseconds."""
    tail = ":00.000Z" if fractions else ":00Z"
    end = start + count * STEP
    texts = []
    for hour in range(start // 3600, -(-end // 3600)):
        head = datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:14]
        texts += [f"{head}{minute:02}{tail}" for minute in range(0, 60, 5)]
    first = start % 3600 // STEP
    return texts[first : first + count]


def build_rows(traffic: Traffic, question: ParsedQuery, now: float) -> TimedRows:
    """The rows that answer `question` at `now`: sliced ones list one variant after the other.

    Windows that have not begun are left out; a window without calls is 0. A sliced answer holds
    the variants with traffic in the range.
    """
    asked = question.chosen, question.start, question.end, now
    if not question.sliced:
        return _rows(question, traffic.total(*asked), ())
    drawn: TimedRows = []
    for index, values in traffic.by_variant(*asked).items():
        variant = traffic.variants[index]
        told = (("variant_id", variant.id), ("variant_name", variant.name))
        drawn += _rows(question, values, [(key, text) for key, text in told if text is not None])
    return drawn


def _rows(
    question: ParsedQuery, values: Sequence[int], told: Iterable[tuple[str, str]]
) -> TimedRows:
    windows = range(question.start, question.end, STEP)
    texts = format_times(question.start, len(values), question.fractions)
    same = dict(told)
    return [
        (window, {**same, "time": text, "max_concurrent_conversations": value})
        for window, text, value in zip(windows, texts, values, strict=False)
    ]
