"""The last lines: what went wrong and what to do, what the last poll cost, the keys."""

from textual.strip import Strip

from polytop.model.duration import brief
from polytop.model.problem import Problem
from polytop.model.snapshot import Fault, Snapshot
from polytop.ui.paint.line import Line, fitted, joined
from polytop.ui.paint.numbers import size
from polytop.ui.scene import Scene
from polytop.ui.timetext import hm

KEYS = (
    ("q", "quit"), ("?", "help"), ("f", "filters"), ("/", "find"), ("s", "sort"),
    ("[ ]", "window"), ("space", "freeze"), ("r", "refresh"), ("t", "theme"), ("u", "UTC"),
)  # fmt: skip
FROZEN_KEYS = (("space", "go on"), ("q", "quit"), ("?", "help"))

RECOVERED_FOR = 900.0
"""Seconds for which an error that is over is still named."""


def needs_alert(snapshot: Snapshot | None, scene: Scene) -> bool:
    """Whether a line in words is due."""
    return alert_problem(snapshot, scene) is not None


def alert_problem(snapshot: Snapshot | None, scene: Scene) -> Problem | None:
    """What the line of words is about: the user's own wish first, then the data."""
    if scene.notice is not None:
        return scene.notice
    if snapshot is None:
        return None
    if snapshot.fault is not None:
        return snapshot.fault.problem
    return snapshot.breakdown_problem


def alert(snapshot: Snapshot | None, scene: Scene, width: int) -> Strip:
    """What happened, in the server's words too, and what to do."""
    problem, palette = alert_problem(snapshot, scene), scene.palette
    if problem is None:
        return Line().strip(width)
    style = (
        palette.warning if scene.notice or not snapshot or not snapshot.fault else palette.critical
    )
    said = problem.summary
    if problem.error_message and problem.error_message not in said:
        said += f": {problem.error_message}"
    ref = f" (ref {problem.correlation_id})" if problem.correlation_id else ""
    room = max(20, width - 4)
    first = fitted(said, room).rstrip()
    line = Line().add(" ! ", style).add(first, style)
    left = width - line.width - 1
    rest = f" — {problem.advice}{ref}"
    if left > 12:
        line.add(fitted(rest, left), palette.text)
    return line.strip(width)


def status(snapshot: Snapshot | None, scene: Scene, width: int) -> Strip:
    """What the last poll cost and brought, then the keys that matter now."""
    palette = scene.palette
    left = Line().add(" ").add(poll_words(snapshot, scene), palette.muted)
    right = Line()
    for key, word in FROZEN_KEYS if scene.state.frozen else KEYS:
        if left.width + right.width + len(key) + len(word) + 5 > width:
            break
        right.add(f"  {key} ", palette.accent).add(word, palette.muted)
    right.add(" ")
    return joined(left, right, width)


def poll_words(snapshot: Snapshot | None, scene: Scene) -> str:
    """``2 requests · 1.4 kB · 82 ms · 3 rows ignored``."""
    if snapshot is None:
        return "no answer yet"
    cost = snapshot.cost
    words = [
        f"{cost.requests} request{'' if cost.requests == 1 else 's'}",
        size(cost.received),
        f"{cost.seconds * 1_000:.0f} ms",
    ]
    if snapshot.ignored:
        words.append(f"{snapshot.ignored} row{'' if snapshot.ignored == 1 else 's'} ignored")
    if (over := recovered(snapshot, scene.now)) is not None:
        words.append(f"last error {hm(over.since, scene.zone)} ({_short(over.problem)}), recovered")
    return " · ".join(words)


def recovered(snapshot: Snapshot, now: float) -> Fault | None:
    """The last fault, while it is still worth a word."""
    fault = snapshot.recovered
    return fault if fault and now - fault.since < RECOVERED_FOR else None


def _short(problem: Problem) -> str:
    return str(problem.status) if problem.status else problem.kind.value


def failing_for(fault: Fault, now: float) -> str:
    """How long it has lasted and how many polls it has cost."""
    return f"{fault.failures} failed, for {brief(now - fault.since)}"
