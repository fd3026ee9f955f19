"""Save the capsules of incidents beside the poller, one after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from polytop.alerts.state import Event
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import View

log = logging.getLogger("polytop.monitor")

Save = Callable[[Sequence[Event], View | None, float, str | None], None]
"""Saves events at a moment, with the view and the picture of the screen. Slow. Raises OSError."""


_PATIENCE = 5.0
"""Seconds within which the screen shows what was polled: the first graph takes its time."""

_LEAVING = 0.5
"""The same where nobody waits for the screen any more."""


class CapsuleRecorder:
    """Calls `save` in a thread, so that neither alerts nor polls wait.

    `clock` gives epoch seconds, and `picture` draws the screen as SVG, None where there is none.
    `changed` is called when there is another problem than before.
    """

    def __init__(
        self,
        save: Save,
        *,
        clock: Callable[[], float],
        picture: Callable[[], Awaitable[str | None]],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._save, self._clock, self._picture, self._changed = save, clock, picture, changed
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._drawing: asyncio.Timeout | None = None
        self._patience = _PATIENCE
        self.problem: Problem | None = None

    def record(self, events: Sequence[Event], view: View | None) -> None:
        """Save the `events` of incidents; `view` is what the screen shows. Never waits.

        Those that another polytop saves add a picture, if there is one.
        """
        task = asyncio.create_task(self._record(events, view, self._clock()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self, patience: float = 2.0) -> None:
        """Wait for what is being saved, at most `patience` seconds."""
        self._patience = _LEAVING
        if self._drawing is not None:
            self._drawing.reschedule(asyncio.get_running_loop().time() + _LEAVING)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        self._patience = _PATIENCE

    async def _record(self, events: Sequence[Event], view: View | None, now: float) -> None:
        # One after the other: the beginning comes before the end.
        async with self._turn:
            before, problem = self.problem, None
            try:
                turning = any(event.turning for event in events)
                picture = await self._draw() if turning else None
                if picture is not None or not all(event.shared for event in events):
                    await asyncio.to_thread(self._save, events, view, now, picture)
            except OSError as error:
                problem = _unsaved(error.strerror or "not writable")
            except Exception:
                log.exception("unexpected error in the capsule of an incident")
                problem = _unsaved("unexpected error, see the log")
            self.problem = problem
            if problem != before:
                if problem is not None:
                    log.warning("%s", problem.summary)
                self._changed()

    async def _draw(self) -> str | None:
        """The picture; None where there is none in time. What is known is saved nevertheless."""
        try:
            async with asyncio.timeout(self._patience) as self._drawing:
                return await self._picture()
        except TimeoutError:
            return None
        except Exception:
            log.exception("unexpected error in the picture of an incident")
            return None
        finally:
            self._drawing = None


def _unsaved(why: str) -> Problem:
    summary = f"The capsule of an incident was not saved: {why}"
    return Problem(Kind.BROKEN, summary, "Check the data folder's permissions and the disk.")
