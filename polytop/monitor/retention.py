"""Keeps the history's file within its bounds, beside the monitor and in small steps."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from polytop.history.store import History, HistoryError

log = logging.getLogger("polytop.monitor")

FIRST = 120.0
"""Seconds after the start before the bounds are looked at: first the screen, then this."""

EVERY = 3_600.0
"""Seconds from one look to the next; the file itself remembers when it was tidied."""

PAUSE = 0.05
"""Seconds between two steps, in which others write."""


class Retention:
    """Removes what is older than `max_age` seconds or too much for `max_size` bytes, once a day.

    It has a connection of its own, so that whoever reads never waits for it. `clock` gives epoch
    seconds, `wait` passes as many seconds and says whether to end.
    """

    def __init__(
        self,
        path: Path,
        max_age: int,
        max_size: int,
        *,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._path, self._max_age, self._max_size = path, max_age, max_size
        self._clock, self._wait = clock, wait or threading.Event().wait

    def start(self) -> threading.Thread:
        """Begin, in a thread that ends with the process: what it leaves half done is whole."""
        thread = threading.Thread(target=self.run, name="polytop-tidying", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Tidy for as long as `wait` lets it."""
        seconds = FIRST
        while not self._wait(seconds):
            self._tidy()
            seconds = EVERY

    def _tidy(self) -> None:
        """Never raises for a fault of the file: what uses it will meet that too, and tells it."""
        history = History(self._path, clock=self._clock)
        try:
            history.open()
            gone = history.tidy(
                self._clock(),
                max_age=self._max_age,
                max_size=self._max_size,
                pause=lambda: self._wait(PAUSE),
            )
        except HistoryError as error:
            log.warning("%s", error)
            return
        finally:
            history.close()
            if history.note is not None:
                log.warning("%s", history.note)
        if gone is not None and (gone.days or gone.marks):
            log.info(
                "history: removed %d days and %d marks, %d bytes were %d",
                gone.days,
                gone.marks,
                gone.size_after,
                gone.size_before,
            )
