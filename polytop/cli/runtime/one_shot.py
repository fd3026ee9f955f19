"""Read one profile, or several side by side, once and without a screen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from polytop.cli.problems import config_line
from polytop.cli.runtime.client import Connection, connect
from polytop.config.errors import ConfigError
from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.snapshot import RowView, Snapshot, View, profile_severity
from polytop.model.stats import Severity, complete_value
from polytop.model.target import Filters
from polytop.model.text import printable

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.api.query import Query
    from polytop.config.profiles import Config, Profile
    from polytop.config.resolve import Overrides
    from polytop.monitor.cache import HistoryCache
    from polytop.monitor.requests import Fetch
    from polytop.monitor.view_data import HistoryStore


At = Callable[[float, "tzinfo | None"], float]
"""Makes epoch seconds of now and a profile's time zone: the moment that the user has named."""


@frozen
class ProfileQuery:
    """A profile to read and its filters, or the error why it cannot be read (`refused`)."""

    name: str
    profile: "Profile | None" = None
    filters: Filters = field(default_factory=Filters)
    refused: ConfigError | None = None

    @property
    def limit(self) -> int | None:
        """The profile's limit; None under a filter, for the limit counts all conversations."""
        return None if self.profile is None or self.filters.active() else self.profile.limit


@frozen
class ProfileReading:
    """The result of `query` at the time `at`, epoch seconds.

    `snapshot` is None if there is none at all. If `past`, `at` is a moment that the user has named:
    the reading is of its window, as it is known by now.
    """

    query: ProfileQuery
    at: float
    snapshot: Snapshot | None = None
    errors: tuple[Problem, ...] = ()
    """Every problem, those of the snapshot included."""
    past: bool = False

    @property
    def failed(self) -> bool:
        """True if the total is not known as of now, or not all of the past that is shown."""
        return self.snapshot is None or self.snapshot.fault is not None


def resolve_query(
    options: "Overrides", environ: Mapping[str, str], config: "Config"
) -> ProfileQuery:
    """The query that options, environment and settings make. Raises ConfigError."""
    from polytop.config.resolve import filters_of, resolve

    profile = resolve(options, environ, config)
    return ProfileQuery(profile.name, profile, filters_of(profile, options))


def resolve_queries(
    names: Sequence[str], options: "Overrides", environ: Mapping[str, str], config: "Config"
) -> tuple[ProfileQuery, ...]:
    """A query for each name; that of a broken profile holds its error.

    Raises ConfigError if no profile has a name, or if options cannot be given together.
    """
    queries = []
    for name in dict.fromkeys(names):
        if name in config.broken:
            queries.append(ProfileQuery(name, refused=config.broken[name]))
        else:
            queries.append(resolve_query(replace(options, profile=name), environ, config))
    return tuple(queries)


async def read_profile(
    query: ProfileQuery,
    span: int,
    environ: Mapping[str, str],
    connection: Connection,
    *,
    breakdown: bool = True,
    memory: "HistoryStore | None" = None,
    end: int | None = None,
    at: "At | None" = None,
) -> ProfileReading:
    """Read `span` seconds of `query`, the last ones or those up to `end` (epoch seconds).

    With `at` they are those up to the window of that moment, and the figures are of it. Errors of
    files and server are in the result.

    With a `memory`, only windows that are not final in it are requested. If that fails, or there
    is no key, the snapshot holds what was known.
    """
    import asyncio

    if query.refused is not None:
        return _failed_reading(query, connection, config_line(query.refused))
    from polytop.model.server_clock import WORTH_TELLING, ServerClock
    from polytop.monitor.one_shot import as_of_end, fetch_snapshot

    clock = ServerClock(connection.clock)
    profile = query.profile
    assert profile is not None

    # Of the week before it says what the history has; nothing is asked for it.
    view = View(query.filters, span, end, Compare.NONE if memory is None else Compare.WEEK)

    async def ask(fetch: "Fetch") -> ProfileReading:
        offset, moment = clock.offset, at(clock(), profile.zone()) if at else None
        snapshot = await fetch_snapshot(
            fetch,
            target=profile.target(),
            view=replace(view, end=end if moment is None else grid.floor(moment) + grid.STEP),
            clock=clock,
            capacity=profile.capacity(),
            breakdown=breakdown,
            memory=memory,
        )
        if moment is None:
            return _reading(query, snapshot)
        if abs(clock.offset - offset) >= WORTH_TELLING:
            # The moment that is meant by the right time.
            return await ask(fetch)
        return replace(_reading(query, as_of_end(snapshot)), at=moment, past=True)

    try:
        # Beside the loop: a command that prints the key may take its time.
        async with await asyncio.to_thread(connect, profile, environ, connection, clock) as client:
            return await ask(client.fetch)
    except ConfigError as error:
        problem = config_line(error)
    if memory is None:
        return _failed_reading(query, connection, problem)
    return await ask(_refusing(problem))


def _reading(query: ProfileQuery, snapshot: Snapshot) -> ProfileReading:
    problems = (snapshot.fault.problem if snapshot.fault else None, snapshot.breakdown_problem)
    errors = dict.fromkeys(each for each in problems if each is not None)
    return ProfileReading(query, snapshot.at, snapshot, tuple(errors))


def _failed_reading(
    query: ProfileQuery, connection: Connection, problem: Problem
) -> ProfileReading:
    return ProfileReading(query, connection.clock(), errors=(problem,))


def _refusing(problem: Problem) -> "Fetch":
    """A fetch that fails with `problem`."""

    async def fetch(_: "Query", /) -> NoReturn:
        from polytop.api.errors import ApiError

        raise ApiError(problem)

    return fetch


async def read_profiles(
    queries: Sequence[ProfileQuery],
    span: int,
    environ: Mapping[str, str],
    connection: Connection,
    memory: "HistoryStore | None" = None,
    at: "At | None" = None,
) -> tuple[ProfileReading, ...]:
    """The readings of all queries, fetched side by side, in their order."""
    import asyncio

    read = partial(
        read_profile, span=span, environ=environ, connection=connection, memory=memory, at=at
    )
    if len(queries) == 1:
        return (await read(queries[0]),)
    return tuple(await asyncio.gather(*map(read, queries)))


def severity_of(reading: ProfileReading) -> Severity:
    """The state of the project: see :func:`polytop.model.snapshot.profile_severity`.

    That of a moment in the past is known if its window is.
    """
    snapshot = reading.snapshot
    if reading.past and snapshot is not None and snapshot.is_complete(snapshot.end - grid.STEP):
        return profile_severity(replace(snapshot, fault=None))
    return profile_severity(snapshot, failed=reading.failed)


def headroom(reading: ProfileReading) -> int | None:
    """Conversations left under the limit now; None without a limit or a reading."""
    snapshot = reading.snapshot
    if snapshot is None or snapshot.summary.now is None or snapshot.capacity.limit is None:
        return None
    return snapshot.capacity.limit - snapshot.summary.now.value


def busiest_rows(snapshot: Snapshot) -> list[RowView]:
    """The rows with the most conversations now, or where now is not known, in the last window."""

    def size(row: RowView) -> tuple[int, int]:
        last = complete_value(row.series, snapshot.last_window(row.series))
        return row.summary.now.value if row.summary.now else -1, -1 if last is None else last

    return sorted(snapshot.rows or (), key=size, reverse=True)


def worst_first(readings: Sequence[ProfileReading]) -> tuple[ProfileReading, ...]:
    """CRITICAL, WARNING, UNKNOWN, OK, and among equals the least headroom first."""

    def order(one: ProfileReading) -> tuple[int, bool, int]:
        left = headroom(one)
        return -severity_of(one), left is None, left or 0

    return tuple(sorted(readings, key=order))


def tell_troubles(
    command: str, readings: Sequence[ProfileReading], memory: "HistoryCache | None"
) -> None:
    """Say on stderr what is wrong with this machine's clock and with the history."""
    import click

    clocks = (each.snapshot.clock_problem for each in readings if each.snapshot)
    for problem in dict.fromkeys(filter(None, clocks)):
        click.echo(f"polytop {command}: {problem.summary}. {problem.advice}", err=True)
    if memory is not None and memory.problem is not None:
        click.echo(f"polytop {command}: {printable(memory.problem.summary)}", err=True)
