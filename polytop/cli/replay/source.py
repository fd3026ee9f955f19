"""A recording in place of the API: it answers the poller's queries up to a clock."""

import asyncio
from collections.abc import Callable
from dataclasses import field
from time import monotonic as _monotonic
from typing import TYPE_CHECKING, NoReturn

from polytop.cli.replay.files import Recording
from polytop.cli.runtime.history import SharedHistory
from polytop.model import grid
from polytop.model.answer import Answer, NotOffered, Part, Row
from polytop.model.frozen import frozen
from polytop.model.problem import Kind, Problem
from polytop.model.series import GAP, Series
from polytop.model.stats import Capacity
from polytop.model.target import ClientEnv, Filters, Target
from polytop.model.text import compose, printable
from polytop.monitor.feed import FeedSource

if TYPE_CHECKING:
    from polytop.api.query import Query

_POLL = 2.0
"""Seconds of real time between two polls."""

_UNKNOWN_OWNER = "–"


@frozen
class ReplayClock:
    """Epoch seconds from `start` on, `speed` times as fast as `monotonic`, never past `stop`."""

    start: float
    stop: float
    speed: float
    monotonic: Callable[[], float] = _monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_began", self.monotonic())

    def __call__(self) -> float:
        return min(self.stop, self.start + (self.monotonic() - self._began) * self.speed)


@frozen
class Replay:
    """Answers for the environment `client_env` as the API would at the time of `clock`.

    A window appears once it is over: the file does not hold how it rose.
    """

    recording: Recording
    clock: Callable[[], float]
    client_env: ClientEnv = ClientEnv.LIVE

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""

    async def fetch(self, query: "Query", /) -> Answer | NotOffered:
        """The answer over exactly the range of `query`, with gaps outside the files.

        Raises BadRequest for data that the files do not hold.
        """
        filters = query.filters
        self._check(filters)
        rows = self._rows(filters)
        until = min(query.end, grid.floor(self.clock()))
        if query.slice_by is None:
            total = self.recording.total if rows is None else _total_of(rows, filters)
            return Answer(_over(total, query, until))
        if self.recording.rows is None:
            _refuse(
                "No variants are in the file",
                "Export them with --slice-by variant too, and replay both files together.",
            )
        rows_so_far = (
            Row(row.part, row.name, _over(row.series, query, until))
            for row in (self.recording.rows if rows is None else rows)
        )
        return Answer(None, tuple(row for row in rows_so_far if max(row.series.values) >= 0))

    def _check(self, filters: Filters) -> None:
        if filters.client_env != self.client_env:
            _refuse(
                f"The file is taken to be of {self.client_env}, and holds no other environment",
                "Start the replay with --client-env if that is wrong.",
            )
        for name in ("language", "phone_number"):
            if getattr(filters, name) is not None:
                _refuse(
                    f"The file cannot be narrowed by {name.replace('_', ' ')}",
                    "Export it again with that filter, and replay that file.",
                )

    def _rows(self, filters: Filters) -> tuple[Row, ...] | None:
        """The rows that pass the variant filter; None if there is none."""
        wanted, name = filters.variant_id, filters.variant_name
        if wanted is None and name is None:
            return None
        if self.recording.rows is None:
            _refuse(
                "No variants are in the file: it cannot be narrowed to one",
                "Export them with --slice-by variant too, and replay both files together.",
            )
        if wanted is not None:
            return tuple(row for row in self.recording.rows if row.part == Part(wanted))
        name = compose(name or "")
        return tuple(row for row in self.recording.rows if compose(row.name or "") == name)


def _total_of(rows: tuple[Row, ...], filters: Filters) -> Series | None:
    """The total of `rows`, known for one variant only: maxima do not add up."""
    if len(rows) > 1:
        name = printable(filters.variant_name or "", 60)
        _refuse(
            f"{len(rows)} variants are called {name}, and their total is not in the file",
            "Narrow it to one of them by its id.",
        )
    return rows[0].series if rows else None


def _over(series: Series | None, query: "Query", until: int) -> Series:
    """`series` over the range of `query`, with gaps from `until` on and outside `series`."""
    values: tuple[int, ...] = ()
    if series is not None and until > query.start:
        # What is unknown outside a file counts as left out by the API.
        values = tuple(max(GAP, value) for value in series.cut(query.start, until).values)
    rest = grid.count(query.start, query.end) - len(values)
    return Series(query.start, (*values, *(GAP,) * rest))


def _refuse(summary: str, advice: str) -> NoReturn:
    from polytop.api.errors import BadRequest

    raise BadRequest(Problem(Kind.REFUSED, summary, advice))


def replay_source(
    recording: Recording, clock: ReplayClock, client_env: ClientEnv, limit: int | None
) -> FeedSource:
    """Polls `recording` at the time of `clock`, without key or connection."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / (clock.speed or 1.0))

    target = Target(
        _owner_name(recording.account_id), _owner_name(recording.project_id), "file:", region="file"
    )
    replay = Replay(recording, clock, client_env)
    return FeedSource(
        target,
        lambda _: replay,
        Capacity(limit),
        clock,
        sleep,
        max(30.0, _POLL * clock.speed),
        memory=SharedHistory(),
    )


def _owner_name(owner: str | None) -> str:
    return printable(owner or "", 64).strip() or _UNKNOWN_OWNER
