"""The last lines: what went wrong and what to do, what the last poll cost, the keys."""

from collections.abc import Iterable
from functools import cache
from textwrap import wrap

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.snapshot import Fault, Progress, Snapshot
from polytop.model.text import format_bytes, printable
from polytop.ui.commands import Hint
from polytop.ui.render.context import RenderContext
from polytop.ui.render.text import Line, join_edges
from polytop.ui.theme import Palette
from polytop.ui.time_format import hm

MOST_PROBLEM_LINES = 3
"""Lines that an alert takes at most."""

_BAR = 10
"""Cells of the bar of a progress."""

RECOVERED_FOR = 900.0
"""Seconds for which an error that is over is still named."""


def current_problem(snapshot: Snapshot | None, context: RenderContext) -> Problem | None:
    """What the line of words is about: the user's own wish first, then the data."""
    if context.notice is not None:
        return context.notice
    if snapshot is None:
        return None
    if snapshot.fault is not None:
        return snapshot.fault.problem
    return snapshot.breakdown_problem or snapshot.history_problem


def problem_lines(
    snapshot: Snapshot | None, context: RenderContext, width: int
) -> tuple[Strip, ...]:
    """What happened, in the server's words too, and what to do: as many lines as it takes.

    None where nothing is to be said; at most :data:`MOST_PROBLEM_LINES`.
    """
    problem, palette = current_problem(snapshot, context), context.palette
    if problem is None:
        return ()
    said = problem.summary
    if problem.error_message and problem.error_message not in said:
        said += f": {problem.error_message}"
    advice = problem.advice
    if problem.correlation_id and problem.correlation_id not in advice:
        advice += f" (ref {problem.correlation_id})"
    mild = context.notice or not snapshot or not snapshot.fault
    style = palette.warning if mild else palette.critical
    said, advice, room = printable(said).removesuffix("."), printable(advice), max(8, width - 5)
    if cell_len(f"{said}. {advice}") <= room:
        line = Line().add(f" ! {said}", style).add(f". {advice}", palette.text)
        return (line.strip(width),)
    first, rest = _lines(said, advice, room)
    lines = [Line().add("   " if at else " ! ", style).add(t, style) for at, t in enumerate(first)]
    lines += [Line().add("   ").add(text, palette.text) for text in rest]
    return tuple(line.strip(width) for line in lines)


def _lines(said: str, advice: str, room: int) -> tuple[list[str], list[str]]:
    """The error and the advice as :data:`MOST_PROBLEM_LINES` lines at most; advice is cut last."""
    whole = wrap(said, room), wrap(advice, room)
    kept = max(1, MOST_PROBLEM_LINES - len(whole[1]))
    first = _cut(whole[0], kept)
    return first, _cut(whole[1], MOST_PROBLEM_LINES - len(first))


def _cut(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]


def status_line(snapshot: Snapshot | None, context: RenderContext, width: int) -> Strip:
    """What the last poll cost and brought, then the keys that matter now."""
    palette = context.palette
    left = Line().add(" ")
    if snapshot is not None and snapshot.filling is not None:
        _add_progress(left, snapshot.filling, context)
        left.add("".join(f" · {words}" for words in _budget_words(snapshot)), palette.muted)
    else:
        left.add(poll_words(snapshot, context), palette.muted)
    right = hint_line(context.hints, palette, width - left.width)
    right.add(" ")
    return join_edges(left, right, width)


def hint_line(hints: Iterable[Hint], palette: Palette, room: int) -> Line:
    """Return as many hints as `room` cells hold, the first ones first; a click runs the command."""
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


def _add_progress(line: Line, filling: Progress, context: RenderContext) -> None:
    """``fetching history ▓▓▓▓░░░░ 5 of 13``, in a steady width."""
    palette, pieces = context.palette, max(1, filling.pieces)
    full = min(_BAR, _BAR * filling.done // pieces)
    line.add("fetching history ", palette.muted).add("▓" * full, palette.accent)
    line.add("░" * (_BAR - full), palette.faint)
    line.add(f" {filling.done:>{len(str(pieces))}} of {pieces}", palette.muted)


def poll_words(snapshot: Snapshot | None, context: RenderContext) -> str:
    """``2 requests · 1.4 kB · 82 ms · 3 rows ignored``; with rows in turn, the budget too."""
    if snapshot is None:
        return "no answer yet"
    cost = snapshot.cost
    words = [
        f"{cost.requests} request{'' if cost.requests == 1 else 's'}",
        format_bytes(cost.received),
        f"{cost.seconds * 1_000:.0f} ms",
    ]
    words += _budget_words(snapshot)
    if snapshot.ignored:
        words.append(f"{snapshot.ignored} row{'' if snapshot.ignored == 1 else 's'} ignored")
    if (over := recent_fault(snapshot, context.now)) is not None:
        words.append(
            f"last error {hm(over.since, context.zone)} ({_short(over.problem)}), recovered"
        )
    return " · ".join(words)


def _budget_words(snapshot: Snapshot) -> list[str]:
    """``117 of 120 requests/min``, where rows are asked for one by one."""
    if snapshot.budget is None or not rows_take_turns(snapshot):
        return []
    used, limit = snapshot.budget.used, snapshot.budget.limit
    return [f"{used:>{len(str(limit))}} of {limit} requests/min"]


def rows_take_turns(snapshot: Snapshot) -> bool:
    """Whether rows are asked for one by one."""
    return any(row.asked_at is not None for row in snapshot.rows or ())


def recent_fault(snapshot: Snapshot, now: float) -> Fault | None:
    """The last fault, while it is still worth a word."""
    fault = snapshot.recovered
    return fault if fault and now - fault.since < RECOVERED_FOR else None


def _short(problem: Problem) -> str:
    refused = problem.status is not None and problem.status >= 300
    return str(problem.status) if refused else problem.kind.value
