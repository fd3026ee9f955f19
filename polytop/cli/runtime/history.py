"""The local history, opened here alone: for the screen, for one look, and for a command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import click

from polytop.config.paths import history_file

if TYPE_CHECKING:
    from polytop.config.settings import HistorySettings
    from polytop.history.store import History
    from polytop.monitor.cache import HistoryCache


PATIENCE = 0.7
"""Seconds that a command waits for another program that holds the history."""


class SharedHistory:
    """One history for all who ask, opened at the first call.

    It is the file that `path` gives; if `path` is None, it lasts for this run only. If `settings`
    are given, the file is kept within their bounds for as long as the process lives. May be
    called from any thread.
    """

    def __init__(
        self, path: Callable[[], Path] | None = None, settings: "HistorySettings | None" = None
    ) -> None:
        self._path, self._settings = path, settings
        self._memory: HistoryCache | None = None
        self._lock = Lock()

    def __call__(self) -> "HistoryCache":
        """The history, always the same."""
        with self._lock:
            if self._memory is None:
                self._memory = self._open()
            return self._memory

    def _open(self) -> "HistoryCache":
        from polytop.monitor.cache import HistoryCache

        path = self._path() if self._path else None
        if path is not None and self._settings is not None:
            from polytop.monitor.retention import Retention

            Retention(path, self._settings.max_age, self._settings.max_size).start()
        return HistoryCache(path)


def shared_history(settings: "HistorySettings") -> SharedHistory:
    """The user's history for the screen; it lasts for this run only if `settings` disable it."""
    return SharedHistory(history_file if settings.enabled else None, settings)


def history_cache(settings: "HistorySettings") -> "HistoryCache | None":
    """The user's history for one look, or None if `settings` disable it."""
    if not settings.enabled:
        return None
    from polytop.monitor.cache import HistoryCache

    return HistoryCache(history_file(), PATIENCE)


def export_history(settings: "HistorySettings", clock: Callable[[], float]) -> "History | None":
    """The user's history for an export, not opened yet, or None if `settings` disable it."""
    if not settings.enabled:
        return None
    from polytop.history.store import History

    return History(history_file(), clock=clock, patience=PATIENCE)


@contextmanager
def open_history(
    path: Path, command: str, patience: float | None = PATIENCE
) -> Iterator["History"]:
    """The history at `path`, made if it is not there, for the command called `command`.

    `patience` is the longest wait for another program, seconds; None is what the monitor waits.
    What happened to the file, such as that it was damaged and is set aside, goes to stderr.
    Raises ClickException (exit status 1) if it cannot be used.
    """
    from polytop.history.errors import HistoryError
    from polytop.history.store import History

    history = History(path, patience=patience)
    try:
        history.open()
        yield history
    except HistoryError as error:
        raise click.ClickException(str(error)) from None
    finally:
        history.close()
        if history.note is not None:
            click.echo(f"polytop {command}: {history.note}", err=True)


def exists(path: Path) -> bool:
    """Return True if something is at `path`, even if it is damaged or out of reach."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
