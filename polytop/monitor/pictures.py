"""What is kept, and what is shown of it; the slow work is done in threads."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from polytop.model import grid
from polytop.model.breakdown import Breakdown
from polytop.model.snapshot import Snapshot, View
from polytop.model.stats import Capacity
from polytop.model.target import SliceBy
from polytop.monitor.keeping import Keeping
from polytop.monitor.outcome import Outcome
from polytop.monitor.recall import Picture
from polytop.monitor.verdict import Beneath, Standing, snapshot


class Pictures:
    """Draws what `keeping` holds; `clock` gives epoch seconds."""

    def __init__(self, keeping: Keeping, clock: Callable[[], float], capacity: Capacity) -> None:
        self.picture: Picture | None = None
        """What was remembered when it was last drawn."""
        self.last: Snapshot | None = None
        """What was last drawn."""
        self.drawn_at = clock()
        self._keeping, self._clock, self._capacity = keeping, clock, capacity

    async def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what was answered."""
        if answers := tuple(kept for outcome in outcomes for kept in outcome.kept):
            await asyncio.to_thread(self._keeping.keep, answers)

    async def without_refusal(self, outcome: Outcome, by: Breakdown | None) -> Outcome:
        """A slice that is not offered is noted, and asked for value by value from now on.

        `by` is what is wanted now: what was asked for another breakdown says nothing about it.
        """
        refused, variants = outcome.not_offered, SliceBy.VARIANT
        if refused is None or (by is Breakdown.VARIANT and refused is variants):
            return outcome
        if refused is not variants:
            await asyncio.to_thread(self._keeping.refuse, refused, self._clock())
        return replace(outcome, breakdown_problem=None, not_offered=None)

    async def before_asking(self, view: View) -> Picture:
        """What is known of `view`: that is what was last drawn, unless it is old or of another."""
        now = self._clock()
        known = self.picture
        if known and known.view == view and 0 <= now - self.drawn_at <= grid.RECENT:
            return known
        return await asyncio.to_thread(self._keeping.recalled, view, now)

    async def drawn(self, standing: Standing, beneath: Beneath) -> Snapshot:
        """What is remembered of the view, as the screen shows it."""
        self.drawn_at = self._clock()
        self.picture, found = await asyncio.to_thread(self._draw, standing, beneath)
        self.last = found
        return found

    def says_otherwise(self, beneath: Beneath) -> bool:
        """Whether what was last drawn tells of a filling that is not there, or not of one."""
        return self.last is not None and self.last.filling != beneath.filling

    def planned(self, found: Snapshot, beneath: Beneath) -> Snapshot:
        """`found` with what is to be asked next, which follows from it."""
        self.last = found = replace(found, filling=beneath.filling, next_at=beneath.next_at)
        return found

    def _draw(self, standing: Standing, beneath: Beneath) -> tuple[Picture, Snapshot]:
        now = self._clock()
        picture = self._keeping.recalled(standing.shown, now, shown=True)
        told = beneath._replace(history_problem=self._keeping.problem(now))
        return picture, snapshot(standing, picture, now, self._capacity, told)

    async def close(self) -> None:
        """Let go of what is kept for this run alone."""
        await asyncio.to_thread(self._keeping.close)
