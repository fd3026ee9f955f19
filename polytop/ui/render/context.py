"""The context of rendering: everything but the snapshot (profile, clock, colours …)."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.snapshot import Snapshot
from polytop.model.target import Target
from polytop.ui.commands import USUAL, CommandTable, Hint
from polytop.ui.theme import Palette
from polytop.ui.time_format import Zone, moment_text
from polytop.ui.view_state import ViewState

if TYPE_CHECKING:
    from polytop.alerts.state import AlertView
    from polytop.model.plan import Launch


class Subject(NamedTuple):
    """The profile on the screen. `note` is shown beside the clock (``demo ×60``).

    `recorded` is the end of a recording under replay, epoch seconds, where its clock stops; None
    for live data. `speed` is how many seconds of its clock pass in one of the user's.
    """

    profile: str
    target: Target
    note: str = ""
    recorded: float | None = None
    speed: float = 1.0


@frozen
class RenderContext:
    """The state of the screen; `now` is in epoch seconds of the poller's clock."""

    subject: Subject
    state: ViewState
    now: float
    zone: Zone
    palette: Palette
    variants: Mapping[str, str] = field(default_factory=dict)
    """Names of variants by id, as far as they are known."""
    notice: Problem | None = None
    """Why the user's last command was refused."""
    alerts: "AlertView | None" = None
    asking: bool = False
    """True while an answer is awaited that the user asked for."""
    launch: "Launch | None" = None
    """What the clock beside the time counts from, with its plan."""
    link: str = ""
    """What is to be said of a slow link, which gets no seconds; empty for another."""
    hints: tuple[Hint, ...] = ()
    """The keys that matter now, for the footer; the first matter most."""
    commands: CommandTable = USUAL
    """The commands with the keys that are bound, for advice that names one."""

    def age(self, moment: float) -> float:
        """Seconds since `moment` as the user's own clock counts them."""
        return (self.now - moment) / self.subject.speed

    def shown_at(self, snapshot: Snapshot) -> float:
        """The moment that the screen shows: that of the snapshot if it is frozen, else now."""
        return snapshot.at if self.state.frozen else self.now

    def moment_text(self, moment: float) -> str:
        """`moment` as a time, with its day if that is not today."""
        return moment_text(moment, self.now, self.zone)


class RenderRequest(NamedTuple):
    """A snapshot to draw in `width` by `height` cells."""

    snapshot: Snapshot
    context: RenderContext
    width: int
    height: int
