"""``polytop report``: one file that tells the story of a range."""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import output_options, overrides, range_options, target_options
from polytop.cli.plan_source import load_plan, plan_options, plan_source

if TYPE_CHECKING:
    from polytop.cli.runtime.client import Connection
    from polytop.model.plan import Plan


@click.command("report", cls=Command)
@target_options
@range_options
@plan_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "json"]),
    help="By default the ending of FILE decides (.md, .html, .json), else markdown.",
)
@output_options
@click.option(
    "--include-running", is_flag=True, help="Take in the running window: its value may rise."
)
@click.option("--no-history", is_flag=True, help="Ask the API for everything and store nothing.")
@click.option("--utc", is_flag=True, help="Show UTC instead of local time.")
def command(**options: Any) -> None:
    """The story of a range in one file: summary, picture, alerts, plan, week before, rows.

    The numbers are those of the screen and of polytop export. What the local history lacks of the
    range and of the week before it is asked for and kept. In a plan T+00:00 is --start. On a
    terminal the picture is left out. Exits 1 if the API cannot be asked: the report then tells
    what was known, and says so.
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
    """Write the report; returns the exit status. Raises ConfigError, UsageError, ClickException."""
    from polytop.cli.export.progress import ProgressLine, unwind_on_signals
    from polytop.cli.output_file import open_output
    from polytop.cli.report.job import ReportJob
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.one_shot import resolve_query
    from polytop.cli.story.forms import MARKDOWN, write

    form = _form(options)
    source = plan_source((options["plan"] or "").strip(), options["scale"])
    config = user_config()
    query = resolve_query(overrides(options), environ, config)
    assert query.profile is not None
    zone = UTC if options["utc"] else query.profile.zone()

    def plan(start: int, end: int) -> "Plan | None":
        if source is None:
            return None
        return load_plan("report", source, query, start, end - start, zone, connection)

    progress = ProgressLine(sys.stderr)
    job = ReportJob(query, config, options, environ, connection, sleep, progress, zone)
    with unwind_on_signals(), open_output(options["output"], options["force"]) as put:
        report = job.run(plan)
        put(write(report, form, picture=form != MARKDOWN or not _on_terminal(options["output"])))
    for remark in job.remarks:
        click.echo(f"polytop report: {remark}", err=True)
    return 1 if report.snapshot.fault or report.snapshot.breakdown_problem else 0


def _on_terminal(path: str | None) -> bool:
    from polytop.cli.output import are_terminals

    return path in (None, "-") and are_terminals(sys.stdout)


def _form(options: Mapping[str, Any]) -> str:
    """The form that is named, or that of the file's ending. Raises UsageError for another one."""
    from polytop.cli.story.forms import form_of

    try:
        return str(options["form"] or form_of(options["output"] or ""))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
