"""What the screen is given: profiles to choose from, and a feed of snapshots for one of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Protocol

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters
from polytop.ui.scene import Subject

if TYPE_CHECKING:
    from polytop.model.mark import Mark
    from polytop.monitor.alerts.journal import Entry
    from polytop.monitor.alerts.state import AlertView
    from polytop.ui.exporting import Exporter


class Feed(Protocol):
    """A poller with its connection."""

    def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for as long as they are asked for. Raises FeedError where it cannot ask."""
        ...

    def wake(self) -> None:
        """Poll now."""
        ...

    def look(self, view: View) -> None:
        """Show another view."""
        ...

    def show_again(self) -> None:
        """Read anew what is remembered: something of it was changed."""
        ...

    async def aclose(self) -> None:
        """Let the connection go."""
        ...


class Marks(Protocol):
    """The marks of the project; each call may be slow and raises FeedError."""

    def listed(self) -> "tuple[Mark, ...]":
        """All of them, by time."""
        ...

    def add(self, at: float, text: str) -> object:
        """Put one."""
        ...

    def change(self, mark_id: int, text: str) -> object:
        """Give one another text."""
        ...

    def remove(self, mark_id: int) -> object:
        """Take one away."""
        ...


class Alarm(Protocol):
    """The alert rules of a profile over its snapshots; see :mod:`polytop.monitor.alerts`."""

    @property
    def view(self) -> "AlertView":
        """How the rules stand."""
        ...

    def consume(self, snapshot: Snapshot) -> "AlertView":
        """Judge the rules by `snapshot`."""
        ...

    def tick(self) -> "AlertView":
        """Judge the rules by the time that has passed; at least once a minute."""
        ...

    def acknowledge(self) -> "AlertView":
        """Tell no more of what is raised until it has cleared."""
        ...

    def snooze(self, until: float) -> "AlertView":
        """Tell nothing before `until` (epoch seconds)."""
        ...

    async def aclose(self) -> None:
        """Let commands that run end."""
        ...


MakeAlarm = Callable[[Callable[[str], None], Callable[[], None]], Alarm]
"""Makes an alarm of a way to write to the terminal and of a word that its view has changed."""


class FeedError(Exception):
    """A feed cannot be opened: no key, say. Holds the problem in words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.summary)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Watch:
    """One profile, ready to be watched; `open` raises FeedError.

    `clock` gives epoch seconds, the same that the feed's snapshots are dated by. `zone` is the
    local clock, None for the machine's own.
    """

    subject: Subject
    filters: Filters
    open: Callable[[View], Awaitable[Feed]]
    clock: Callable[[], float]
    zone: tzinfo | None = None
    languages: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    alarm: MakeAlarm | None = None
    marks: Marks | None = None
    exporter: "Exporter | None" = None
    alert_log: "Callable[[], Iterable[Entry]] | None" = None
    """Entries of the log of alerts, newest first; raises OSError."""
    keep_values: Callable[[tuple[str, ...], tuple[str, ...]], None] | None = None
    """Makes these the profile's languages and numbers; may be slow and raises FeedError."""

    @property
    def whole(self) -> Filters:
        """All conversations of the environment: what alert rules are about."""
        return Filters(self.filters.client_env)


class Profiles(Protocol):
    """The profiles that can be switched to."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        ...

    def watch(self, name: str) -> Watch:
        """Raises FeedError where the profile is broken."""
        ...
