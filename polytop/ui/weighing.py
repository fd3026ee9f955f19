"""Coincidences of snapshots: small ones at once, large ones beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from polytop.model.snapshot import Snapshot
from polytop.ui.table import apart
from polytop.ui.working import Work

if TYPE_CHECKING:
    from polytop.model.coincidence import Coincidence

SMALL = 120_000
"""Values that are weighed at once: it takes about two milliseconds."""


class Weighing:
    """Remembers what it found of the last snapshot; `run` runs a task, `found` hears of its end."""

    def __init__(self, run: Callable[[Work], None], found: Callable[[], None]) -> None:
        self._run, self._tell = run, found
        self._snapshot: Snapshot | None = None
        self._found: Coincidence | None = None
        self._wish: Snapshot | None = None
        self.busy = False
        """Whether a snapshot is being weighed."""

    def of(self, snapshot: Snapshot | None) -> "Coincidence | None":
        """What is known of `snapshot`, or of one before it under the same view, until it is."""
        if snapshot is None or apart(snapshot) or not snapshot.rows:
            return None
        if snapshot is self._snapshot:
            return self._found
        if len(snapshot.rows) * len(snapshot.total) <= SMALL:
            self._keep(snapshot, _weighed(snapshot))
            return self._found
        self._wish = snapshot
        if not self.busy:
            self.busy = True
            self._run(self._work)
        before = self._snapshot
        return self._found if before is not None and before.view == snapshot.view else None

    async def _work(self) -> None:
        try:
            while (wish := self._wish) is not None:
                self._wish = None
                self._keep(wish, await asyncio.to_thread(_weighed, wish))
        finally:
            self.busy = False
        self._tell()

    def _keep(self, snapshot: Snapshot, found: "Coincidence | None") -> None:
        self._snapshot, self._found = snapshot, found


def _weighed(snapshot: Snapshot) -> "Coincidence | None":
    from polytop.model.coincidence import coincidence

    return coincidence(snapshot.total, [row.series for row in snapshot.rows or ()])
