"""The ports of the screen: what is given to it from outside, as values and protocols."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol, Self

from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.snapshot import RunningPoll, Snapshot, View
from polytop.model.target import ClientEnv, Filters
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.alerts.log import LogEntry
    from polytop.alerts.state import AlertView
    from polytop.model.mark import Mark
    from polytop.model.plan import Launch


PICTURE = "svg"
"""The export form that is a picture of the screen; all others are data."""

FORMS: Mapping[str, str] = {
    "csv": ".csv",
    "json": ".json",
    "jsonl": ".jsonl",
    "openmetrics": ".om",
    PICTURE: ".svg",
}
"""The file ending of every export form."""

REPORTS: Mapping[str, str] = {
    "report.html": ".html",
    "report.md": ".md",
    "report.json": ".json",
}
"""The file ending of every form of a report, which tells the story of the span."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST = 40


@frozen
class ExportWish:
    """A wish to write what is shown to a file in `form`, of :data:`FORMS` or :data:`REPORTS`.

    `sliced` is a series for each row rather than the total; a picture and a report are what they
    are. `path` is as it was typed. `replace` lets go of the file that is there already. The times
    of a report are in `zone`, and it has the plan of `launch`.
    """

    form: str
    sliced: bool
    path: str
    replace: bool = False
    zone: tzinfo | None = UTC
    launch: "Launch | None" = None


class Exporter(Protocol):
    """Writes exports."""

    def __call__(
        self, snapshot: Snapshot, wish: ExportWish, subject: Subject, picture: str | None = None
    ) -> str:
        """Write what `wish` says, whole or not at all; what was done, in words.

        `picture` is the text of the picture, where that is wished for. Called in a thread of its
        own. Raises FileExistsError where the file is there already and may not be replaced, OSError
        where it cannot be written, and ValueError where the wish or the data are no good.
        """
        ...


def complete_range(snapshot: Snapshot) -> tuple[int, int]:
    """Return the range of the complete windows that are shown, `[start, end)`; it may be empty."""
    return snapshot.start, max(snapshot.start, min(snapshot.end, snapshot.complete_until))


def export_range(snapshot: Snapshot, form: str) -> tuple[int, int]:
    """Return what an export holds: the complete windows, or the running one if it is alone.

    A report is about all that is shown.
    """
    if form in REPORTS:
        return snapshot.start, snapshot.end
    start, end = complete_range(snapshot)
    alone = snapshot.total.cut(start, end).highest() < 0
    return start, min(snapshot.end, end + grid.STEP) if alone else end


def default_path(profile: str, snapshot: Snapshot, form: str) -> str:
    """``polytop-prod-20261119T0945Z-20261119T1540Z.csv``: safe characters only, times in UTC."""
    name = _UNSAFE.sub("_", profile)[:_LONGEST].strip("._") or "profile"
    start, end = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%MZ")
        for moment in export_range(snapshot, form)
    )
    return f"polytop-{name}-{start}-{end}{_ending(form)}"


def path_for(path: str, before: str, form: str) -> str:
    """Return `path` with the ending of `form`, if it had that of the form `before`."""
    stem = path.removesuffix(_ending(before))
    return stem + _ending(form) if stem != path and stem else path


def _ending(form: str) -> str:
    return FORMS[form] if form in FORMS else REPORTS[form]


class Feed(Protocol):
    """A poller with its connection."""

    def snapshots(self) -> AsyncGenerator[Snapshot, None]:
        """Yield snapshots until it is closed. Raises FeedError if the feed cannot ask."""
        ...

    def wake(self) -> RunningPoll | None:
        """Poll now; return the poll under way, if there is one. A long one is given up."""
        ...

    def look(self, view: View) -> None:
        """Show another view."""
        ...

    def show_again(self) -> None:
        """Read the history anew, after a change in it."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


class Marks(Protocol):
    """The marks of the project; each call may be slow and raises FeedError."""

    def listed(self) -> "tuple[Mark, ...]":
        """Return all marks, by time."""
        ...

    def add(self, at: float, text: str) -> object:
        """Put a mark at `at` (epoch seconds)."""
        ...

    def change(self, mark_id: int, text: str) -> object:
        """Change the text of a mark."""
        ...

    def remove(self, mark_id: int) -> object:
        """Remove a mark."""
        ...


class Notifier(Protocol):
    """The alert rules of a profile over its snapshots; see :mod:`polytop.alerts`."""

    @property
    def view(self) -> "AlertView":
        """The state of every rule."""
        ...

    @property
    def forecasts(self) -> bool:
        """True if a rule is about the forecast: snapshots are then to have one."""
        ...

    def consume(self, snapshot: Snapshot) -> "AlertView":
        """Judge the rules by `snapshot`."""
        ...

    def tick(self) -> "AlertView":
        """Judge the rules by the time that has passed. Call it once a minute or more."""
        ...

    def acknowledge(self) -> "AlertView":
        """Silence raised alerts until they clear."""
        ...

    def snooze(self, until: float) -> "AlertView":
        """Silence all rules until `until` (epoch seconds)."""
        ...

    async def aclose(self) -> None:
        """Wait for commands that still run."""
        ...


Picture = Callable[[], Awaitable[str | None]]
"""Draws the screen as SVG, once it shows the last snapshot; None where it shows none."""


async def no_picture() -> None:
    """A screen that shows none: a tile, say, is no picture of its profile."""
    return


MakeNotifier = Callable[[Callable[[str], None], Callable[[], None], Picture], Notifier]
"""Makes a notifier from what writes to the terminal, what hears of changes, and the picture."""


class FeedError(Exception):
    """A feed cannot be opened: there is no key, say. Holds the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.summary)
        self.problem = problem


@frozen
class MonitoredProfile:
    """One profile, ready to be followed; `open` raises FeedError.

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
    make_notifier: MakeNotifier | None = None
    marks: Marks | None = None
    launch: "Launch | None" = None
    """What the screen counts its clock from, with its plan."""
    exporter: "Exporter | None" = None
    alert_log: "Callable[[], Iterable[LogEntry]] | None" = None
    """Yields the entries of the alert log, newest first; raises OSError."""
    keep_values: Callable[[tuple[str, ...], tuple[str, ...]], None] | None = None
    """Writes languages and numbers into the profile; may be slow and raises FeedError."""

    @property
    def all_calls(self) -> Filters:
        """All calls of the environment: alert rules are about these."""
        return Filters(self.filters.client_env)

    @property
    def launch_range(self) -> tuple[int, int] | None:
        """Return the windows that the launch is about, `[start, end)`; None without a launch."""
        return None if self.launch is None else (self.launch.since, self.launch.until)


class Profiles(Protocol):
    """The profiles that can be switched to."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order of the file."""
        ...

    def get(self, name: str) -> MonitoredProfile:
        """Return the profile `name`. Raises FeedError if it is broken."""
        ...


FIELDS = (
    "region", "base_url", "account_id", "project_id", "api_key", "client_env", "limit", "name",
)  # fmt: skip
"""Names of the fields of a form, from the top down."""

UNASKED = ("limit", "name")
"""Fields that a request does not depend on."""


def _no_key() -> Secret:
    return Secret("")


@frozen
class Form:
    """The values of the form as typed; an empty text is an empty field.

    `region` is None where none is chosen, and where `base_url` is given instead; `base_url` is
    None unless it is.
    """

    region: str | None = None
    base_url: str | None = None
    account_id: str = ""
    project_id: str = ""
    api_key: Secret = field(default_factory=_no_key)
    client_env: str = ClientEnv.LIVE.value
    limit: str = ""
    name: str = "default"

    def asked(self) -> Self:
        """Return the part that a request depends on: two forms that agree in it get one answer."""
        return replace(self, limit="", name="")


@frozen
class Place:
    """A project as an address names it; `region` is None where the address does not tell it.

    `name` is what a profile of that project may be called.
    """

    region: str | None
    account_id: str
    project_id: str
    name: str


@frozen
class ConnectionResult:
    """The result of a test: True if the API answered, and lines to show."""

    ok: bool
    lines: tuple[str, ...]


@frozen
class Saved:
    """A profile that has been written: `words` say where to, `watch` shows it."""

    words: str
    watch: MonitoredProfile
    profiles: Profiles


class SetupError(Exception):
    """The profile was not written: `words` say why and what to do, `field` which field it is."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.words, self.field = words, field


class Setup(Protocol):
    """Tests and writes the first profile."""

    def start(self) -> Form:
        """Return the first values of the fields."""
        ...

    def key_hint(self) -> str:
        """Return the hint beside the field of the key; it may be empty."""
        ...

    def parse(self, address: str) -> Place | str:
        """Return the project that `address` names, or the reason why it names none."""
        ...

    def check(self, form: Form) -> Mapping[str, str]:
        """Return the fault of each field that is wrong, by the names of :data:`FIELDS`."""
        ...

    async def test(self, form: Form) -> ConnectionResult:
        """Make one real request with a valid form."""
        ...

    async def save(self, form: Form) -> Saved:
        """Write a valid form. Raises SetupError, and then nothing is lost."""
        ...
