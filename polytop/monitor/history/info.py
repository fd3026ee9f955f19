"""What the history says about itself."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """What is kept of one project.

    `asked` counts windows, of every scope; `first` and `last` are the first and the last of them
    (their starts), None where none was asked for.
    """

    account_id: str
    project_id: str
    scopes: int = 0
    series: int = 0
    asked: int = 0
    first: int | None = None
    last: int | None = None
    marks: int = 0


@dataclass(frozen=True, slots=True)
class Info:
    """The whole history: `path` is None in memory, `size` in bytes with the write-ahead log."""

    path: Path | None
    size: int
    version: int
    projects: tuple[ProjectInfo, ...] = ()
    pages: int = 0

    @property
    def scopes(self) -> int:
        """Questions without their ranges."""
        return sum(project.scopes for project in self.projects)

    @property
    def series(self) -> int:
        """Totals and parts."""
        return sum(project.series for project in self.projects)

    @property
    def asked(self) -> int:
        """Windows asked for, of every scope."""
        return sum(project.asked for project in self.projects)

    @property
    def marks(self) -> int:
        """Marks of every project."""
        return sum(project.marks for project in self.projects)

    @property
    def first(self) -> int | None:
        """Start of the first window asked for."""
        return min((each.first for each in self.projects if each.first is not None), default=None)

    @property
    def last(self) -> int | None:
        """Start of the last window asked for."""
        return max((each.last for each in self.projects if each.last is not None), default=None)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed: `days` with something in them, `marks`; and bytes on disk."""

    days: int
    marks: int
    size_before: int
    size_after: int
