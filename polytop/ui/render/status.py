"""The last lines: what went wrong and what to do, what the last poll cost, the keys."""

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len
from textual.strip import Strip

from polytop.model.problem import Problem
from polytop.model.snapshot import Fault, Progress, Snapshot
from polytop.model.text import printable
from polytop.ui.render.context import RenderContext
from polytop.ui.render.numbers import size
from polytop.ui.render.text import Line, join_edges
from polytop.ui.time_format import hm
from polytop.ui.view_state import ViewState, is_in_past

KEYS = (
    ("← →", "look back"), ("?", "help"), ("c", "compare"), ("[ ]", "window"), ("q", "quit"),
    ("f", "filters"), ("m", "mark"), ("/", "find"), ("s", "sort"), ("space", "freeze"),
    ("r", "refresh"), ("u", "UTC"), ("t", "theme"),
)  # fmt: skip
PAST_KEYS = (
    ("n", "now"), ("← →", "move"), ("?", "help"), ("p", "peak"), ("g", "go to"), ("m", "mark"),
    ("e", "export"), ("+ -", "zoom"), ("c", "compare"), ("q", "quit"), ("u", "UTC"),
)  # fmt: skip
FIND_KEYS = (("Enter", "keep"), ("Esc", "drop"))
FROZEN_KEYS = (("space", "go on"), ("q", "quit"), ("?", "help"))

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
    right = Line()
    for key, word in FIND_KEYS if context.finding else _keys(context.state):
        if left.width + right.width + len(key) + len(word) + 5 <= width:
            right.add(f"  {key} ", palette.accent).add(word, palette.muted)
    right.add(" ")
    return join_edges(left, right, width)


def _keys(state: ViewState) -> Sequence[tuple[str, str]]:
    """The keys that matter now, the first ones most; what there is no room for is left out."""
    if state.frozen:
        return FROZEN_KEYS
    return PAST_KEYS if is_in_past(state) else KEYS


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
        size(cost.received),
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
