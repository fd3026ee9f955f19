"""One profile for the screen: its feed, alert rules, marks and exports, put together here."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.model.frozen import frozen
from polytop.model.mark import Mark
from polytop.model.problem import Kind, Problem
from polytop.model.snapshot import Snapshot
from polytop.model.target import Filters, Target
from polytop.monitor.feed import FeedSource
from polytop.ui.ports import FeedError, MonitoredProfile
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.monitor.cache import HistoryCache
    from polytop.ui.ports import ExportWish

_T = TypeVar("_T")

SaveValues = Callable[[tuple[str, ...], tuple[str, ...]], None]
"""Stores languages and phone numbers as those of the profile. Raises FeedError."""


@frozen
class GivenProfiles:
    """Profiles by their names, built when they are asked for: see polytop.ui.ports.Profiles."""

    builders: Mapping[str, Callable[[], MonitoredProfile]]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order that they are shown in."""
        return tuple(self.builders)

    def get(self, name: str) -> MonitoredProfile:
        """The profile called `name`. Raises FeedError if there is none, or as its builder does."""
        if name not in self.builders:
            summary = f"There is no profile {name!r}"
            raise FeedError(Problem(Kind.REFUSED, summary, f"There are: {', '.join(self.names)}."))
        return self.builders[name]()


def build_monitored_profile(
    source: FeedSource,
    subject: Subject,
    filters: Filters,
    *,
    zone: tzinfo | None = None,
    languages: tuple[str, ...] = (),
    phone_numbers: tuple[str, ...] = (),
    alerts: ProfileAlerts | None = None,
    save_values: SaveValues | None = None,
) -> MonitoredProfile:
    """The profile that `source` polls, as the screen takes it; its alerts go by the same clock."""
    alerts = alerts and alerts._replace(clock=source.clock)
    return MonitoredProfile(
        subject,
        filters,
        source.open,
        source.clock,
        zone,
        languages,
        phone_numbers,
        make_notifier=alerts.notifier if alerts else None,
        marks=ProjectMarks(source.memory, source.target) if source.memory else None,
        exporter=ShownExporter(alerts, source.memory),
        alert_log=alerts.log if alerts and alerts.keep else None,
        keep_values=save_values,
    )


class ProjectMarks(NamedTuple):
    """The marks of one project: see :class:`polytop.ui.ports.Marks`."""

    memory: "Callable[[], HistoryCache]"
    target: Target

    def listed(self) -> tuple[Mark, ...]:
        """All of them, by time."""
        return self._call(lambda memory: memory.all_marks(self.target))

    def add(self, at: float, text: str) -> Mark:
        """Add one."""
        return self._call(lambda memory: memory.add_mark(self.target, at, text))

    def change(self, mark_id: int, text: str) -> Mark | None:
        """Change the text of one; None if it is gone."""
        return self._call(lambda memory: memory.change_mark(self.target, mark_id, text))

    def remove(self, mark_id: int) -> bool:
        """Remove one; False if it was gone."""
        return self._call(lambda memory: memory.remove_mark(self.target, mark_id))

    def _call(self, call: "Callable[[HistoryCache], _T]") -> _T:
        from polytop.history.errors import HistoryError

        try:
            return call(self.memory())
        except HistoryError as error:
            raise FeedError(error.as_problem()) from None


class ShownExporter(NamedTuple):
    """See :class:`polytop.ui.ports.Exporter`; the rest is loaded at the first export."""

    alerts: ProfileAlerts | None
    memory: "Callable[[], HistoryCache] | None"

    def __call__(
        self, snapshot: Snapshot, wish: "ExportWish", subject: Subject, picture: str | None = None
    ) -> str:
        """Write what is shown."""
        from polytop.cli.runtime.export import export_shown
        from polytop.cli.runtime.report import ReportSources

        sources = ReportSources(self.alerts, self.memory)
        return export_shown(snapshot, wish, subject, picture, sources)
