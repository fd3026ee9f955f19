"""What the screen is given: profiles to choose from, and a feed of snapshots for one of them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import Filters
from polytop.ui.scene import Subject


class Feed(Protocol):
    """A poller with its connection."""

    def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Snapshots for as long as they are asked for."""
        ...

    def wake(self) -> None:
        """Poll now."""
        ...

    def look(self, view: View) -> None:
        """Show another view."""
        ...

    async def aclose(self) -> None:
        """Let the connection go."""
        ...


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


class Profiles(Protocol):
    """The profiles that can be switched to."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        ...

    def watch(self, name: str) -> Watch:
        """Raises FeedError where the profile is broken."""
        ...
