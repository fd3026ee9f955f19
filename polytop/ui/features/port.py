"""The port of a feature: the little that it sees of its screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot
from polytop.ui.render.context import RenderContext
from polytop.ui.sessions import ProfileSession
from polytop.ui.view_store import ViewStore
from polytop.ui.worker import Work

if TYPE_CHECKING:
    from textual.screen import Screen

Answer = TypeVar("Answer")


class Port(Protocol):
    """A screen as its features see it."""

    @property
    def store(self) -> ViewStore:
        """The view state, and changing it."""
        ...

    @property
    def session(self) -> ProfileSession:
        """The profile that is followed."""
        ...

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is shown; None before the first."""
        ...

    def context(self) -> RenderContext:
        """Return what drawing needs besides the snapshot."""
        ...

    def tell(self, problem: Problem | None) -> None:
        """Show why something was not done; None takes the last notice back."""
        ...

    def toast(self, words: str, seconds: float = 4) -> None:
        """Show that something was done."""
        ...

    def ask(self, dialog: "Screen[Answer]", answered: "Callable[[Answer | None], None]") -> None:
        """Open `dialog`; `answered` is called with what it gives back."""
        ...

    def run(self, work: Work, group: str) -> None:
        """Run `work` beside the screen."""
        ...

    def redraw(self) -> None:
        """Draw everything again; only what changed reaches the terminal."""
        ...
