"""Everything a painter needs besides the snapshot: who is watched, the clock, the colours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from polytop.model.problem import Problem
from polytop.model.target import Target
from polytop.ui.commands import Hint
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone
from polytop.ui.view_state import ViewState

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView


class Subject(NamedTuple):
    """What is watched, as the header names it. `note` is said beside the clock (``demo ×60``).

    `recorded` is where a recording ends that is seen again, epoch seconds: the clock stands still
    there. None is what happens now.
    """

    profile: str
    target: Target
    note: str = ""
    recorded: float | None = None


@dataclass(frozen=True, slots=True)
class RenderContext:
    """One moment on the screen; `now` is in epoch seconds of the poller's clock."""

    subject: Subject
    state: ViewState
    now: float
    zone: Zone
    palette: Palette
    variants: Mapping[str, str] = field(default_factory=dict)
    """Names of variants by their ids, as far as they are known."""
    notice: Problem | None = None
    """Why the last thing that the user asked for was not done."""
    alerts: "AlertView | None" = None
    asking: bool = False
    """True while an answer is awaited that the user asked for."""
    hints: tuple[Hint, ...] = ()
    """The keys that matter now, for the footer; the first matter most."""
