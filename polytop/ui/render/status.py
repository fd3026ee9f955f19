"""The last lines: problems with advice, the cost of the last poll, the keys."""

from collections.abc import Iterable
from functools import cache
from textwrap import wrap

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.snapshot import Fault, Progress, Snapshot
from polytop.model.text import format_bytes, format_count, printable
from polytop.ui.commands import Hint
from polytop.ui.render.context import RenderContext
from polytop.ui.render.text import Line, first_fitting, fit_words, join_edges
from polytop.ui.theme import Palette
from polytop.ui.time_format import hm

MOST_PROBLEM_LINES = 3
"""Lines that a problem takes at most."""

_LEAST_WORDS, _LEAST_HINTS = 32, 26
"""Cells of the left part of the last line at least, and those of the hints before it yields."""

_BAR = 10
"""Most cells of the progress bar."""

RECOVERED_FOR = 900.0
"""Time for which an error that is over is still named, seconds."""


def problem_lines(
    snapshot: Snapshot | None, context: RenderContext, width: int, *, advice: bool = True
) -> tuple[Strip, ...]:
    """The problem and the `advice`, in up to :data:`MOST_PROBLEM_LINES` lines, or in none.

    The refusal of the user's last command comes first, then the problems of the data.
    """
    problem, palette = _current_problem(snapshot, context), context.palette
    if problem is None:
        return ()
    summary, help_words = problem_words(problem)
    if problem.correlation_id and problem.correlation_id not in help_words:
        help_words += f" (ref {printable(problem.correlation_id)})"
    mild = context.notice or not snapshot or not snapshot.fault
    style, room = palette.warning if mild else palette.critical, max(8, width - 5)
    if cell_len(f"{summary}. {help_words}") <= room:
        line = Line().add(f" ! {summary}", style).add(f". {help_words}", palette.text)
        return (line.strip(width),)
    first, rest = _wrap(summary, help_words, room)
    lines = [Line().add("   " if at else " ! ", style).add(t, style) for at, t in enumerate(first)]
    lines += [Line().add("   ").add(text, palette.text) for text in rest if advice]
    return tuple(line.strip(width) for line in lines)


def _current_problem(snapshot: Snapshot | None, context: RenderContext) -> Problem | None:
    if context.notice is not None:
        return context.notice
    if snapshot is None:
        return None
    if snapshot.fault is not None:
        return snapshot.fault.problem
    return snapshot.breakdown_problem or snapshot.history_problem


def problem_words(problem: Problem) -> tuple[str, str]:
    """The problem (with the server's words, without a full stop) and the advice; safe to show."""
    summary = problem.summary
    if problem.error_message and problem.error_message not in summary:
        summary += f": {problem.error_message}"
    return printable(summary).removesuffix("."), printable(problem.advice)


def _wrap(summary: str, advice: str, room: int) -> tuple[list[str], list[str]]:
    """The two as :data:`MOST_PROBLEM_LINES` lines at most, of which each has one at least."""
    first = _cut_lines(summary, room, MOST_PROBLEM_LINES - 1)
    return first, _cut_lines(advice, room, MOST_PROBLEM_LINES - len(first))


def _cut_lines(text: str, room: int, most: int) -> list[str]:
    """`text` in `most` lines, cut after a word."""
    return wrap(text, room, max_lines=most, placeholder=" …")


def status_line(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """The cost of the last poll or the progress of a backfill, then the keys that matter now.

    The first part has a place of its own: whatever it says, no hint goes and none moves.
    """
    palette = context.palette
    room = _LEAST_WORDS if width < 100 else width // 2 - 4
    room = max(0, min(room, width - _LEAST_HINTS))
    left, cost = Line().add(" "), list[str]()
    if snapshot is not None and snapshot.backfill is not None:
        _add_progress(left, snapshot.backfill, context, room)
        words = _rate_limit_words(snapshot)
    else:
        words, cost = _poll_words(snapshot, context, room - left.width)
    joint = " · " if left.width > 1 else ""
    # What matters less is left out first: requests, bytes, time, then the later words.
    versions = [[*words, *cost[at:]] for at in range(len(cost) + 1)]
    versions += [words[:at] for at in range(len(words) - 1, -1, -1)]
    texts = [joint + " · ".join(each) if each else "" for each in versions]
    shown = texts[: -1 if words and not joint else None]
    left.add(first_fitting(shown, max(0, room - left.width)), palette.muted)
    left.pad_to(room)
    right = hint_line(context.hints, palette, width - room)
    right.add(" ")
    return join_edges(left, right, width)


def hint_line(hints: Iterable[Hint], palette: Palette, room: int) -> Line:
    """As many hints as fit into `room` cells, the first ones first; a click runs the command."""
    line = Line()
    for hint in hints:
        label = " ".join(key for _, key in hint.keys)
        if line.width + len(label) + len(hint.word) + 5 > room:
            continue
        line.add("  ", palette.muted)
        for command_id, key in hint.keys:
            line.add(f"{key} ", palette.accent + _click(command_id))
        line.add(hint.word, palette.muted + _click(hint.keys[0][0]))
    return line


@cache
def _click(command_id: str) -> Style:
    return Style.from_meta({"@click": f"app.command('{command_id}')"})


def _add_progress(line: Line, backfill: Progress, context: RenderContext, room: int) -> None:
    """``fetching history ▓▓▓▓░░░░ 5 of 13``, in a steady width of at most `room` cells."""
    palette, pieces = context.palette, max(1, backfill.pieces)
    words, numbers = "fetching history ", f" {backfill.done:>{len(str(pieces))}} of {pieces}"
    bar = max(0, min(_BAR, room - line.width - len(words + numbers)))
    full = min(bar, bar * backfill.done // pieces)
    line.add(words, palette.muted).add("▓" * full, palette.accent)
    line.add("░" * (bar - full), palette.faint)
    line.add(fit_words(numbers, max(0, min(len(numbers), room - line.width))), palette.muted)


def _poll_words(
    snapshot: Snapshot | None, context: RenderContext, room: int
) -> tuple[list[str], list[str]]:
    """What is worth a word, the last error while it is recent, and the cost of the last poll."""
    if snapshot is None or context.asking:
        return ["polling" if context.asking else "no answer yet"], []
    # Where there is no room for how slow the link is, it is said that it is spared.
    link = context.link if len(context.link) <= room else context.link.rpartition(": ")[2]
    words = [link] if link else []
    words += [] if snapshot.clock_problem is None else [snapshot.clock_problem.summary]
    if (over := _recent_fault(snapshot, context.now)) is not None:
        since = hm(over.since, context.zone)
        told = (f"last error {since} ({_short_problem(over.problem)}), recovered",
                f"last error {since}, recovered", f"error {since}")  # fmt: skip
        words.append(next((each for each in told if len(each) <= room), told[-1]))
    if snapshot.ignored:
        words.append(f"{format_count(snapshot.ignored, 'row')} ignored")
    cost = snapshot.cost
    return [*words, *_rate_limit_words(snapshot)], [
        format_count(cost.requests, "request"),
        format_bytes(cost.received),
        f"{cost.seconds * 1_000:.0f} ms",
    ]


def _rate_limit_words(snapshot: Snapshot) -> list[str]:
    """``117 of 120 requests/min`` if each row needs a request of its own; else nothing."""
    if snapshot.budget is None or not _rows_take_turns(snapshot):
        return []
    used, limit = snapshot.budget.used, snapshot.budget.limit
    return [f"{used:>{len(str(limit))}} of {limit} requests/min"]


def _rows_take_turns(snapshot: Snapshot) -> bool:
    """True if each row of the breakdown needs a request of its own."""
    return any(row.asked_at is not None for row in snapshot.rows or ())


def _recent_fault(snapshot: Snapshot, now: float) -> Fault | None:
    """The last fault that is over, for :data:`RECOVERED_FOR` seconds; else None."""
    fault = snapshot.recovered
    return fault if fault and now - fault.since < RECOVERED_FOR else None


def _short_problem(problem: Problem) -> str:
    refused = problem.status is not None and problem.status >= 300
    return str(problem.status) if refused else problem.kind.value
