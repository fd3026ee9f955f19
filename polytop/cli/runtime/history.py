"""What is remembered between runs, as the screen needs it: opened when it is first used."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from polytop.model.mark import Mark
from polytop.model.snapshot import Snapshot
from polytop.model.target import Target
from polytop.ui.ports import FeedError
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.config.history_settings import HistorySettings
    from polytop.monitor.cache import SafeMemory
    from polytop.ui.ports import ExportWish

_T = TypeVar("_T")


class SharedHistory:
    """One memory for all who ask: the file that `path` gives, or this run's own where it is None.

    The file is kept within the bounds of `settings` for as long as the process lives, where they
    are given. May be called from any thread.
    """

    def __init__(
        self, path: Callable[[], Path] | None = None, settings: "HistorySettings | None" = None
    ) -> None:
        self._path, self._settings = path, settings
        self._memory: SafeMemory | None = None
        self._lock = Lock()

    def __call__(self) -> "SafeMemory":
        """The memory, always the same."""
        with self._lock:
            if self._memory is None:
                self._memory = self._made()
            return self._memory

    def _made(self) -> "SafeMemory":
        from polytop.monitor.cache import SafeMemory

        path = self._path() if self._path else None
        if path is not None and self._settings is not None:
            from polytop.monitor.retention import Tidying

            Tidying(path, self._settings.max_age, self._settings.max_size).start()
        return SafeMemory(path)


class ProjectMarks(NamedTuple):
    """The marks of one project: see :class:`polytop.ui.ports.Marks`."""

    memory: SharedHistory
    target: Target

    def listed(self) -> tuple[Mark, ...]:
        """All of them, by time."""
        return self._told(lambda memory: memory.all_marks(self.target))

    def add(self, at: float, text: str) -> Mark:
        """Put one."""
        return self._told(lambda memory: memory.add_mark(self.target, at, text))

    def change(self, mark_id: int, text: str) -> Mark | None:
        """Give one another text; None where it is gone."""
        return self._told(lambda memory: memory.change_mark(self.target, mark_id, text))

    def remove(self, mark_id: int) -> bool:
        """Take one away; False where it was gone."""
        return self._told(lambda memory: memory.remove_mark(self.target, mark_id))

    def _told(self, call: "Callable[[SafeMemory], _T]") -> _T:
        from polytop.history.errors import HistoryError

        try:
            return call(self.memory())
        except HistoryError as error:
            raise FeedError(error.as_problem()) from None


def export_shown(
    snapshot: Snapshot, wish: "ExportWish", subject: Subject, picture: str | None = None
) -> str:
    """See :class:`polytop.ui.ports.Exporter`; loaded when it is first needed."""
    from polytop.cli.runtime.export import export_shown as write

    return write(snapshot, wish, subject, picture)
