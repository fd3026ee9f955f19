"""Answers go in, pictures come out; and what is on the screen survives the loss of its file."""

import logging
import threading
from collections.abc import Iterator, Sequence

from polytop.model.problem import Kind, Problem
from polytop.model.series import UNKNOWN
from polytop.model.snapshot import View
from polytop.model.target import SliceBy, Target
from polytop.monitor.history.held import SETTLED, Held, Kept
from polytop.monitor.recall import Memory, Pair, Picture, recall, sides
from polytop.monitor.safe import SafeMemory

log = logging.getLogger("polytop.monitor")

TOLD_FOR = 900.0
"""Seconds for which it is said that something was lost."""

_LOST = Problem(
    Kind.BROKEN,
    "The history was removed by another program, or a part of it",
    "What is shown is kept anew; the rest is asked for when it is looked at.",
)


class Keeping:
    """What is kept of one target. Its methods are slow (milliseconds) and for any thread.

    Without a `memory` it has one of its own, for as long as it is not closed.
    """

    def __init__(self, memory: Memory | None, target: Target) -> None:
        self._own = SafeMemory()
        self._memory: Memory = memory or self._own
        self._target = target
        self._lock = threading.Lock()
        self._shown: Picture | None = None
        self._lost_at: float | None = None

    def recalled(self, view: View, now: float, *, shown: bool = False) -> Picture:
        """What is known of `view`; `shown` is whether it goes on the screen."""
        with self._lock:
            self.distrust(now)
            found = recall(self._memory, self._target, view, now)
            if self._shown is not None and lost(self._shown, found, self._target):
                log.warning("%s", _LOST.summary)
                self._lost_at = now
                self._memory.keep_all(tuple(kept_of(self._shown, self._target)))
                found = recall(self._memory, self._target, view, now)
            if shown:
                self._shown = found
            return found

    def distrust(self, now: float) -> None:
        """Let nothing count that is later than `now`."""
        self._memory.distrust(now)

    def keep(self, answers: Sequence[Kept]) -> None:
        """Keep what was answered."""
        self._memory.keep_all(answers)

    def refuse(self, slice_by: SliceBy, at: float) -> None:
        """Note that the server does not offer a slice."""
        self._memory.refuse(self._target, slice_by, at)

    def problem(self, now: float) -> Problem | None:
        """What is wrong with what is kept."""
        fresh = self._lost_at is not None and abs(now - self._lost_at) < TOLD_FOR
        return self._memory.problem or (_LOST if fresh else None)

    def close(self) -> None:
        """Let go of a memory of its own."""
        self._own.close()


def lost(old: Picture, new: Picture, target: Target) -> bool:
    """Whether `new` does not know any more what `old` knew."""
    if old.view.filters != new.view.filters:
        return False
    return any(
        scope in known and _forgot(known[scope], held)
        for one, two in zip(_pairs(old), _pairs(new), strict=False)
        for known in (dict(sides(target, old.view, one)),)
        for scope, held in sides(target, new.view, two)
    )


def _pairs(picture: Picture) -> tuple[Pair, ...]:
    return (picture.live, picture.shown, *picture.earlier)


def _forgot(old: Held, new: Held) -> bool:
    start, end = max(old.start, new.start), min(old.end, new.end)
    if start >= end or UNKNOWN not in new.asked.values:
        return False
    was, now = old.asked.cut(start, end).values, new.asked.cut(start, end).values
    return was != now and any(b == UNKNOWN < a for a, b in zip(was, now, strict=True))


def kept_of(picture: Picture, target: Target) -> Iterator[Kept]:
    """The answers that `picture` could have come from: what is final stays so, and no more is."""
    for pair in _pairs(picture):
        for scope, held in sides(target, picture.view, pair):
            for start, end, at in _runs(held):
                yield Kept(scope, start, end, held.rows, at)


def _runs(held: Held) -> Iterator[tuple[int, int, float]]:
    """The runs of windows that were asked for, each with a moment at which it may have been."""
    for state, start, end in held.asked.runs():
        if state != UNKNOWN:
            # When the run began nothing of it was final.
            settled = state == SETTLED
            yield start, end, (settled and held.last_asked) or max(1, start)
