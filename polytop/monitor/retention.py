"""Retention: keeps the history file within its bounds, in small steps beside the monitor."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from polytop.history.store import History, HistoryError

log = logging.getLogger("polytop.monitor")

FIRST = 120.0
"""Seconds from the start to the first check: the screen comes first."""

EVERY = 3_600.0
"""Seconds between two checks; the file itself holds the time of the last pruning."""

PAUSE = 0.05
"""Seconds between two steps, so that others can write."""


class Retention:
    """Removes once a day what is older than `max_age` seconds or exceeds `max_size` bytes.

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
        """Start a thread that ends with the process; an interrupted step leaves the file whole."""
        thread = threading.Thread(target=self.run, name="polytop-tidying", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """Prune again and again until `wait` returns True."""
        seconds = FIRST
        while not self._wait(seconds):
            self._tidy()
            seconds = EVERY

    def _tidy(self) -> None:
        """Prune once. A fault of the file is logged: whoever uses the file reports it."""
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
