"""``polytop export``: a range of any length, as text for other programs."""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.formats import ENDINGS, FORMATS, ExportSubject
from polytop.cli.group import Command
from polytop.cli.options import (
    output_options,
    overrides,
    range_options,
    seconds_of,
    target_options,
)
from polytop.config.errors import one_of
from polytop.model import grid
from polytop.model.frozen import frozen
from polytop.model.target import SliceBy
from polytop.model.text import printable
from polytop.model.timeparse import parse_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.alerts.capsule import Capsule
    from polytop.api.query import Query
    from polytop.cli.runtime.client import Connection
    from polytop.model.server_clock import ServerClock


@click.command("export", cls=Command)
@target_options
@range_options
@click.option(
    "--around",
    metavar="INCIDENT",
    help="Instead: an incident with an hour before and after it; an id of polytop incident list,"
    " or last.",
)
@click.option(
    "--slice-by",
    type=click.Choice([each.value for each in SliceBy]),
    help="A series for each variant instead of the total.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="By default the ending of FILE decides, else csv; .gz packs it.",
)
@output_options
@click.option(
    "--include-running", is_flag=True, help="Export the running window too: its value may rise."
)
@click.option("--no-history", is_flag=True, help="Ask the API for everything and store nothing.")
def command(**options: Any) -> None:
    """Export the 5-minute maxima of any range, to stdout or to FILE.

    Exports the total, or every variant with --slice-by variant. Windows that the API leaves out
    are left out, and the range is widened to whole windows. Final windows in the local history
    are not requested again. Exits 1 if the API cannot be asked.
    """
    import asyncio

    from polytop.cli.logs import open_log
    from polytop.cli.runtime.client import Connection

    open_log()
    sys.exit(run(options, os.environ, Connection(), asyncio.sleep))


def run(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    connection: "Connection",
    sleep: Callable[[float], Awaitable[None]],
) -> int:
    """Export as `options` say; returns the exit status. Raises ConfigError and UsageError."""
    from polytop.cli.export.job import ClockCorrected
    from polytop.model.server_clock import ServerClock

    clock = ServerClock(connection.clock)
    try:
        return _run(options, environ, connection, sleep, clock)
    except ClockCorrected:
        # Once more, for the range that is meant by the right time.
        return _run(options, environ, connection, sleep, clock)


def _run(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    connection: "Connection",
    sleep: Callable[[float], Awaitable[None]],
    clock: "ServerClock",
) -> int:
    from polytop.cli.export.job import ExportFailed, ExportJob
    from polytop.cli.export.progress import ProgressLine, unwind_on_signals
    from polytop.cli.output_file import open_output
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.history import export_history
    from polytop.cli.runtime.incidents import check_project, options_of
    from polytop.cli.runtime.one_shot import resolve_query
    from polytop.monitor.export_source import ExportHistory

    config = user_config()
    incident, values = _incident(options), overrides(options)
    if incident is not None:
        values = options_of(incident, values, config)
    profile_query = resolve_query(values, environ, config)
    assert profile_query.profile is not None
    if incident is None:
        span = chosen_span(options, profile_query.profile.zone(), clock())
    else:
        check_project(incident, profile_query.profile)
        span = _span_around(incident, clock(), running=options["include_running"])
    slice_by = SliceBy(options["slice_by"]) if options["slice_by"] else None
    subject = ExportSubject(profile_query.profile.target(), profile_query.filters, slice_by)
    query = _query(subject, span)
    history = None if options["no_history"] else export_history(config.history, clock)
    past = ExportHistory(history, clock)
    form = FORMATS[_form(options)](subject)
    job = ExportJob(query, form, options["output"], ProgressLine(sys.stderr), past, clock)
    status = 0
    try:
        with unwind_on_signals(), open_output(options["output"], options["force"]) as write:
            if span.note:
                _say(span.note)
            remarks = job.run(profile_query.profile, environ, connection, write, sleep)
    except ExportFailed as failed:
        status, remarks = 1, (str(failed),)
    for remark in remarks:
        _say(remark)
    return status


def _incident(options: Mapping[str, Any]) -> "Capsule | None":
    """The incident of ``--around``. Raises UsageError, and ClickException if there is none."""
    if options["around"] is None:
        return None
    for name in ("start", "end"):
        if options[name] is not None:
            raise click.UsageError(f"--around and --{name} cannot be given together")
    from polytop.cli.runtime.incidents import find_id, incident_store, read_incident

    store = incident_store()
    return read_incident(store, find_id(store, options["around"]))


def _query(subject: ExportSubject, span: "Span") -> "Query":
    from polytop.api.query import Query, QueryError

    try:
        return Query(subject.target, subject.filters, span.start, span.end, subject.slice_by)
    except QueryError as error:
        raise click.UsageError(str(error)) from None


def _say(words: str) -> None:
    click.echo(f"polytop export: {words}", err=True)


def _form(options: Mapping[str, Any]) -> str:
    """The format that is named, or that of the file's ending. Raises UsageError for another one."""
    from polytop.cli.output_file import PACKED

    if options["form"]:
        return str(options["form"])
    ending = Path((options["output"] or "").lower().removesuffix(PACKED)).suffix
    if ending and ending not in ENDINGS:
        raise click.UsageError(
            f"no format has the ending {printable(ending, 20)}: give --format, or use "
            f"{one_of(ENDINGS)}, each also with {PACKED}"
        )
    return ENDINGS.get(ending, "csv")


# -- the range


@frozen
class Span:
    """The aligned range of an export or a report, and a remark about it."""

    start: int
    end: int
    note: str | None = None


def chosen_span(options: Mapping[str, Any], zone: "tzinfo | None", now: float) -> Span:
    """The range that ``--start``, ``--end`` and ``--include-running`` mean; see align_span."""
    start = seconds_of("--start", options["start"] or parse_time("-24h"), now, zone)
    end = None
    if options["end"] is not None:
        end = seconds_of("--end", options["end"], now, zone, last=True)
    return align_span(start, end, now, running=options["include_running"])


_AROUND = 3_600
"""Seconds before and after an incident."""


def _span_around(incident: "Capsule", now: float, *, running: bool) -> Span:
    """The range of an incident and an hour around it, as far as it is over."""
    since, until = incident.since.timestamp(), incident.last_known.timestamp()
    span = align_span(since - _AROUND, until + _AROUND, now, running=running)
    end = "" if incident.ended else ", the last that was seen of it"
    first, last = grid.to_iso(span.start), grid.to_iso(span.end)
    note = (
        f"{incident.id} from {grid.to_iso(since)} to {grid.to_iso(until)}{end}: {first} to {last}"
    )
    return Span(span.start, span.end, f"{note}; {span.note}" if span.note else note)


def align_span(start: float, end: float | None, now: float, *, running: bool) -> Span:
    """The range on the grid, up to the last window that has ended at `now`, or the `running` one.

    It is asked for later than `now`, so that every window in it but the running one is complete.

    Raises UsageError if it is empty.
    """
    last = grid.floor(now) + (grid.STEP if running else 0)
    if end is not None and start >= end:
        moments = [grid.to_iso(int(moment)) for moment in (start, end)]
        raise click.UsageError("--start, {}, must be earlier than --end, {}".format(*moments))
    if start < 0:
        raise click.UsageError("--start must not be before 1970")
    wanted = last if end is None else grid.ceil(end)
    first = grid.floor(start)
    if first >= last:
        hint = "give an earlier --start" + ("" if running else ", or --include-running")
        raise click.UsageError(f"no window of this range is over yet: {hint}")
    note = None
    if wanted > last:
        why = "later windows are in the future"
        if not running:
            why = "the running window is not final (--include-running takes it in)"
        note = f"ends at {grid.to_iso(last)}: {why}"
    return Span(first, min(wanted, last), note)
