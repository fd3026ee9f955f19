"""What the set-up screen is given, and what it gives back: values and one protocol."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol, Self

from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.snapshot import Snapshot, View
from polytop.model.target import ClientEnv, Filters
from polytop.ui.render.context import Subject

if TYPE_CHECKING:
    from polytop.alerts.log import LogEntry
    from polytop.alerts.state import AlertView
    from polytop.model.mark import Mark


PICTURE = "svg"
"""The form that is a picture of the screen; all others are data."""

FORMS: Mapping[str, str] = {
    "csv": ".csv",
    "json": ".json",
    "jsonl": ".jsonl",
    "openmetrics": ".om",
    PICTURE: ".svg",
}
"""Every form with what its files' names end in."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.]+")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is shown, as a file in `form`, one of :data:`FORMS`.

    `sliced` is a series for each row rather than the total; a picture is what it is. `path` is as
    it was typed. `replace` lets go of the file that is there already.
    """

    form: str
    sliced: bool
    path: str
    replace: bool = False


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
    """The range of the windows shown that are over, `[start, end)`; it may be empty."""
    return snapshot.start, max(snapshot.start, min(snapshot.end, snapshot.running))


def default_path(profile: str, snapshot: Snapshot, form: str) -> str:
    """``polytop-prod-20261119T0945Z-20261119T1540Z.csv``: safe characters only, times in UTC."""
    name = _UNSAFE.sub("_", profile)[:_LONGEST].strip("._") or "profile"
    start, end = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%MZ")
        for moment in complete_range(snapshot)
    )
    return f"polytop-{name}-{start}-{end}{FORMS[form]}"


def path_for(path: str, before: str, form: str) -> str:
    """`path`, which was for the form `before`, for another `form`: its ending follows."""
    stem = path.removesuffix(FORMS[before])
    return stem + FORMS[form] if stem != path and stem else path


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


class Notifier(Protocol):
    """The alert rules of a profile over its snapshots; see :mod:`polytop.alerts`."""

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


MakeNotifier = Callable[[Callable[[str], None], Callable[[], None]], Notifier]
"""Makes an alarm of a way to write to the terminal and of a word that its view has changed."""


class FeedError(Exception):
    """A feed cannot be opened: no key, say. Holds the problem in words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.summary)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class MonitoredProfile:
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
    make_notifier: MakeNotifier | None = None
    marks: Marks | None = None
    exporter: "Exporter | None" = None
    alert_log: "Callable[[], Iterable[LogEntry]] | None" = None
    """Entries of the log of alerts, newest first; raises OSError."""
    keep_values: Callable[[tuple[str, ...], tuple[str, ...]], None] | None = None
    """Makes these the profile's languages and numbers; may be slow and raises FeedError."""

    @property
    def all_calls(self) -> Filters:
        """All conversations of the environment: what alert rules are about."""
        return Filters(self.filters.client_env)


class Profiles(Protocol):
    """The profiles that can be switched to."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the file."""
        ...

    def get(self, name: str) -> MonitoredProfile:
        """Raises FeedError where the profile is broken."""
        ...


FIELDS = (
    "region", "base_url", "account_id", "project_id", "api_key", "client_env", "limit", "name",
)  # fmt: skip
"""Names of the fields of a form, from the top down."""

UNASKED = ("limit", "name")
"""Fields that a request does not depend on."""


def _no_key() -> Secret:
    return Secret("")


@dataclass(frozen=True, slots=True)
class Form:
    """What has been typed and chosen, as it is; an empty text is an empty field.

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
        """The part that a request depends on: two forms that agree in it get one answer."""
        return replace(self, limit="", name="")


@dataclass(frozen=True, slots=True)
class Place:
    """A project as an address names it; `region` is None where the address does not tell it.

    `name` is what a profile of that project may be called.
    """

    region: str | None
    account_id: str
    project_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """Whether the API answered, and lines to show."""

    ok: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
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
        """What the fields hold at first."""
        ...

    def key_hint(self) -> str:
        """What is to be said beside the field of the key; empty where nothing is."""
        ...

    def parse(self, address: str) -> Place | str:
        """The project that `address` names, or words that say why it names none."""
        ...

    def check(self, form: Form) -> Mapping[str, str]:
        """What is wrong with each field that does not fit, by the names of :data:`FIELDS`."""
        ...

    async def test(self, form: Form) -> ConnectionResult:
        """One real request with a form that fits."""
        ...

    async def save(self, form: Form) -> Saved:
        """Write a form that fits. Raises SetupError, and then every value is still to be had."""
        ...
