"""One report, from its first request to its facts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from polytop.api.errors import ApiError
from polytop.api.query import Query, QueryError
from polytop.cli.export.command import Span, chosen_span
from polytop.cli.export.progress import ProgressLine
from polytop.cli.problems import config_line, problem_line
from polytop.cli.runtime.alerts import ProfileAlerts
from polytop.cli.runtime.client import Connection, connect
from polytop.cli.runtime.history import history_cache
from polytop.cli.runtime.one_shot import ProfileQuery
from polytop.cli.runtime.report import collect_report
from polytop.config.errors import ConfigError
from polytop.config.resolve import options_for
from polytop.model.answer import Answer, NotOffered
from polytop.model.baseline import Compare
from polytop.model.problem import Problem
from polytop.model.report import Report
from polytop.model.server_clock import WORTH_TELLING, ServerClock
from polytop.model.snapshot import Snapshot, View
from polytop.model.text import printable
from polytop.monitor.range_source import FetchProgress, RangeFetch

if TYPE_CHECKING:
    from polytop.api.client import Client
    from polytop.config.profiles import Config
    from polytop.model.plan import Plan

MakePlan = Callable[[int, int], "Plan | None"]
"""Makes the plan for a range, `[start, end)`."""


class ReportJob:
    """Makes the report that `options` ask for; `remarks` are for standard error afterwards.

    Times are meant and told in `zone`.
    """

    def __init__(
        self,
        query: ProfileQuery,
        config: "Config",
        options: Mapping[str, Any],
        environ: Mapping[str, str],
        connection: Connection,
        sleep: Callable[[float], Awaitable[None]],
        progress: ProgressLine,
        zone: tzinfo | None,
    ) -> None:
        self._zone = zone
        assert query.profile is not None
        self._query, self._profile, self._config = query, query.profile, config
        self._options, self._environ = options, environ
        self._connection, self._sleep, self._progress = connection, sleep, progress
        self._clock = ServerClock(connection.clock)
        self._client: Client | None = None
        self._at = FetchProgress(0, 0, 0)
        self.remarks: list[str] = []

    def run(self, make_plan: MakePlan) -> Report:
        """The report. Raises UsageError and ClickException."""
        offset = self._clock.offset
        span = self._span()
        plan = make_plan(span.start, span.end)
        try:
            snapshot = asyncio.run(self._fetch(span))
            if abs(self._clock.offset - offset) >= WORTH_TELLING:
                # Once more, for the range that is meant by the right time.
                span = self._span()
                plan = make_plan(span.start, span.end)
                snapshot = asyncio.run(self._fetch(span))
            self._check(snapshot)
            self._progress.show("judging the alert rules")
            return collect_report(
                snapshot,
                self._profile.name,
                self._profile.target(),
                self._alerts(),
                zone=self._zone,
                written_at=self._clock(),
                plan=plan,
            )
        finally:
            self._progress.clear()
            if span.note:
                self.remarks.insert(0, span.note)

    def _span(self) -> Span:
        return chosen_span(self._options, self._zone, self._clock())

    def _alerts(self) -> ProfileAlerts:
        profile = self._profile
        return ProfileAlerts(
            profile.name,
            profile.rules,
            profile.target(),
            profile.client_env,
            profile.zone(),
            self._clock,
            options=options_for(profile, self._config),
        )

    def _check(self, snapshot: Snapshot) -> None:
        """Keep the remarks. Raises ClickException where nothing is known for a fault."""
        faults = [snapshot.fault.problem] if snapshot.fault else []
        if snapshot.breakdown_problem is not None:
            faults.append(snapshot.breakdown_problem)
        lines = [problem_line(each) for each in dict.fromkeys(faults)]
        if snapshot.fault is not None and not snapshot.summary.known:
            raise click.ClickException(f"{lines[0]}; nothing was written, for nothing is known")
        self.remarks += [f"{each}; the report says what is not known" for each in lines]
        for problem in (snapshot.clock_problem, snapshot.history_problem):
            if problem is not None:
                self.remarks.append(printable(problem.summary))

    # -- fetching

    async def _fetch(self, span: Span) -> Snapshot:
        profile, history = self._profile, self._config.history
        memory = None if self._options["no_history"] else history_cache(history)
        source = RangeFetch(
            self._ask,
            profile.target(),
            memory,
            clock=self._clock,
            sleep=self._sleep,
            waiting=self._waiting,
            progress=self._show,
        )
        view = View(self._query.filters, span.end - span.start, span.end, Compare.WEEK)
        try:
            self._progress.show("reading the history")
            return await source.snapshot(view, profile.capacity())
        except QueryError as error:
            raise click.UsageError(str(error)) from None
        finally:
            source.close()
            if memory is not None:
                memory.close()
            if self._client is not None:
                await self._client.aclose()
            self._client = None

    async def _ask(self, query: Query) -> Answer | NotOffered:
        """Ask the API; the key is read at the first request, if there is one."""
        if self._client is None:
            try:
                self._client = await asyncio.to_thread(
                    connect, self._profile, self._environ, self._connection, self._clock
                )
            except ConfigError as error:
                raise ApiError(config_line(error)) from None
        return await self._client.fetch(query)

    def _show(self, progress: FetchProgress, more: str = "") -> None:
        self._at = progress
        self._progress.show(
            f"fetching: {progress.done} of {progress.pieces} pieces · "
            f"{progress.received / 1e6:.1f} MB received{more}"
        )

    def _waiting(self, seconds: float, problem: Problem) -> None:
        self._show(self._at, f" · again in {seconds:.0f} s: {printable(problem.summary)}")
