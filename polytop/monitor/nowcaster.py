"""The likely end of windows that are not final, from the history of one project."""

from polytop.history.types import FINAL, Scope
from polytop.model import grid
from polytop.model.nowcast import Nowcast, Rises, final_after
from polytop.model.target import Filters, Target
from polytop.monitor.view_data import HistoryStore, total_series

_SPAN = 14 * 86_400
"""How much history is learned from, seconds."""

_LEARNED_FOR = 3_600.0
"""Seconds after which it is learned anew."""


class Nowcaster:
    """Learns from `memory` once an hour. Slow then (some 100 ms), else milliseconds."""

    def __init__(self, memory: HistoryStore, target: Target) -> None:
        self._memory, self._target = memory, target
        self._scope: Scope | None = None
        self._learned_at = 0.0
        self._rises = Rises((), {})
        self.final_after: int | None = None
        """Seconds after its end from which on a window does not change; None if not known."""

    def predict(self, filters: Filters, asked_at: float | None) -> tuple[Nowcast, ...]:
        """The likely ends of the window that ran when it was last asked, and of the one before.

        `asked_at` is that moment, epoch seconds. Under a filter nothing is said.
        """
        if asked_at is None or filters.active():
            return ()
        scope = Scope(self._target, filters)
        if scope != self._scope or not 0 <= asked_at - self._learned_at < _LEARNED_FOR:
            self._learn(scope, asked_at)
        running = grid.floor(asked_at)
        known = self._memory.growth(scope, running - 2 * grid.STEP, running + grid.STEP)
        seen = {each.window: each.seen for each in known}
        windows = (running, running - grid.STEP)
        found = (self._rises.predict(seen, window, asked_at - window) for window in windows)
        return tuple(each for each in found if each is not None)

    def _learn(self, scope: Scope, now: float) -> None:
        start, end = grid.align(now - _SPAN, now)
        stored = self._memory.read(scope, start, end)
        total = total_series(stored)
        finals = {
            window: value
            for window, value, state in zip(
                grid.windows(start, end), total.values, stored.asked.values, strict=True
            )
            if value >= 0 and state == FINAL
        }
        growth = self._memory.growth(scope, start, end)
        self._rises = Rises(growth, finals)
        self.final_after = final_after(growth, grid.floor(now) - grid.RECENT)
        self._scope, self._learned_at = scope, now
