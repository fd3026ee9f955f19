"""``polytop glance``: print the figures once, for people, prompts and scripts."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import TIME, WINDOW, check_names, check_several, overrides, targets_options
from polytop.config.errors import NoProfile
from polytop.model.timeparse import past_moment

if TYPE_CHECKING:
    from datetime import tzinfo

    from polytop.cli.runtime.one_shot import At
    from polytop.config.profiles import Config

_WIDEST = 100
"""The most columns that are drawn in."""

_PATIENCE = 10.0
"""Seconds without a byte after which the API counts as unreachable."""


@click.command("glance", cls=Command)
@targets_options
@click.option("--all", "every", is_flag=True, help="Every profile of the file, worst first.")
@click.option("--window", type=WINDOW, default="6h", help="Span to show: 90m, 6h, 7d.")
@click.option(
    "--at", type=TIME, help="Not now, but then: 14:30, yesterday 9:00, 2026-11-20T08:15, -2h."
)
@click.option("--line", is_flag=True, help="One line under 60 columns: prompt, tmux, MOTD.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON document; an array with --all or several profiles.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters.")
@click.option("--utc", is_flag=True, help="Show UTC instead of local time.")
def command(**options: Any) -> None:
    """One look at the current profile, at several or at all: now, peak, headroom, top rows.

    Exits 1 if the API cannot be asked; then the local history is shown. With --at it is the window
    of that moment, from the history, and what that lacks from the API.
    """
    if options["line"] and options["as_json"]:
        raise click.UsageError("--line and --json cannot be given together")
    check_names(options)
    sys.exit(run(options))


def run(options: dict[str, Any]) -> int:
    """Read and print; returns the exit status. Raises ConfigError if nothing can be asked."""
    import asyncio

    from polytop.api.limits import Timeouts
    from polytop.cli.logs import open_log
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.history import history_cache
    from polytop.cli.runtime.one_shot import read_profiles, tell_troubles, worst_first

    open_log()
    config = user_config()
    queries = _queries(options, config)
    memory = history_cache(config.history)
    connection = Connection(timeouts=Timeouts(read=_PATIENCE))
    try:
        readings = asyncio.run(
            read_profiles(
                queries, options["window"], os.environ, connection, memory, _moment(options)
            )
        )
        _print(worst_first(readings), options, len(options["profiles"]) > 1 or options["every"])
        tell_troubles("glance", readings, memory)
    finally:
        if memory is not None:
            memory.close()
    return 1 if any(reading.failed for reading in readings) else 0


def _moment(options: dict[str, Any]) -> "At | None":
    """The moment of ``--at``, for the time and the zone of each profile."""
    given = options.get("at")
    if given is None:
        return None

    def moment(now: float, zone: "tzinfo | None") -> float:
        try:
            return past_moment(given, now, UTC if options["utc"] else zone)
        except ValueError as error:
            raise click.UsageError(f"--at: {error}") from None

    return moment


def _queries(options: dict[str, Any], config: "Config") -> Sequence[Any]:
    from polytop.cli.runtime.one_shot import resolve_queries, resolve_query

    values = overrides(options)
    names = config.names if options["every"] else options["profiles"]
    if options["every"] and not names:
        raise NoProfile("there is no profile yet", "add one with: polytop profile add NAME")
    if not names:
        return (resolve_query(values, os.environ, config),)
    if len(names) > 1:
        check_several(options)
    queries = resolve_queries(names, values, os.environ, config)
    if len(queries) == 1 and queries[0].refused is not None:
        raise queries[0].refused
    return queries


def _print(readings: Sequence[Any], options: dict[str, Any], array: bool) -> None:
    from polytop.cli.output import columns_of, pen_for, print_lines

    if options["as_json"]:
        import json

        from polytop.cli.glance.document import document

        documents = [document(each, _zone(each, options["utc"])) for each in readings]
        print_lines(json.dumps(documents if array else documents[0]))
        return
    from polytop.cli.glance.text import block, line

    pen = pen_for(sys.stdout, os.environ, options["ascii_only"])
    columns = columns_of(sys.stdout)
    if options["line"]:
        text = "\n".join(line(each, pen, columns, _zone(each, options["utc"])) for each in readings)
    else:
        # Without a terminal, 80 columns.
        width = min(_WIDEST, columns or 80)
        blocks = (
            "\n".join(block(reading, width, _zone(reading, options["utc"]), pen))
            for reading in readings
        )
        text = "\n\n".join(blocks)
    print_lines(text, pen)


def _zone(reading: Any, utc: bool) -> Any:
    from polytop.ui.time_format import Zone

    profile = reading.query.profile
    return Zone() if utc or profile is None else Zone(profile.zone())
