"""``polytop launch``: the monitor with a clock that counts from the start, and with the plan."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import (
    TIME_AHEAD,
    length,
    monitor_options,
    overrides,
    target_options,
)
from polytop.cli.plan_source import PlanSource, load_plan, plan_options, plan_source
from polytop.model import grid
from polytop.model.timeparse import TimeInput

if TYPE_CHECKING:
    from polytop.model.plan import Plan

_DURATION = length(300, 7 * 86_400, "a launch lasts between 5m and 7d")
_USUAL = 4 * 3_600
"""How long a launch lasts that neither an option nor a plan says it of, seconds."""

_EARLIEST = 60 * 86_400
"""The earliest start, epoch seconds: a plan may begin a month before it."""

_PATIENCE = 20.0
"""Seconds without a byte after which the API counts as unreachable."""


@click.command("launch", cls=Command)
@click.option(
    "--start",
    type=TIME_AHEAD,
    required=True,
    help="T+00:00: 14:30, tomorrow 9:00, 2026-11-20T08:00, +30m; of several days the nearest.",
)
@plan_options
@click.option(
    "--duration", type=_DURATION, help="How long it lasts: 4h, unless the plan says otherwise."
)
@click.argument("factor", nargs=-1, metavar="[× X]")
@target_options
@monitor_options
def command(
    start: TimeInput,
    plan: str | None,
    scale: float | None,
    duration: int | None,
    factor: tuple[str, ...],
    **options: Any,
) -> None:
    """The monitor for a launch: a T± clock, and the plan beside what happens.

    The graph has the plan as a line, with its band, and its phases and marks; a line says how far
    the last complete 5 minutes are from it, since when, and where that was the most. On plan is
    within low and high, else within 10 % or 2 conversations. No figure and no alert has the plan
    in it. --plan "from:2026-10-12T08:00 × 1.5" takes a former launch half as large again.
    """
    source = plan_source(" ".join((plan or "", *factor)).strip(), scale)
    sys.exit(run(start, source, duration, options))


def run(
    start: TimeInput, source: PlanSource | None, duration: int | None, options: Mapping[str, Any]
) -> int:
    """Read the plan and show the monitor; returns the exit status."""
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.monitored import GivenProfiles
    from polytop.cli.runtime.one_shot import resolve_query
    from polytop.cli.runtime.profiles import at_wall_pace, load_profiles, resolve_first
    from polytop.cli.runtime.screen import show
    from polytop.model.plan import Launch

    query = resolve_query(overrides(options), os.environ, user_config())
    assert query.profile is not None
    zone = UTC if options["utc"] else query.profile.zone()
    began = int(_nearest(start, time.time(), zone))
    plan = None
    if source is not None:
        connection = Connection(timeouts=_timeouts())
        plan = load_plan("launch", source, query, began, duration or _USUAL, zone, connection)
        _warn(plan, query.limit, began)
    if duration is None:
        filed = source is not None and source.file is not None
        last = plan.end - grid.STEP - began if plan is not None and filed else _USUAL
        duration = max(last, grid.STEP)
    launch = Launch(began, began + duration, query.filters, plan)
    profiles = load_profiles(options["interval"])
    profile, everything = resolve_first(profiles, options)
    first = replace(profile, launch=launch)
    _, wall = resolve_first(at_wall_pace(profiles, len(everything.names)), options)
    name = profile.subject.profile
    singly = GivenProfiles({**everything.builders, name: lambda: first})
    return show(first, singly, options, wall=wall, config=profiles.config)


def _timeouts() -> Any:
    from polytop.api.limits import Timeouts

    return Timeouts(read=_PATIENCE)


def _nearest(start: TimeInput, now: float, zone: tzinfo | None) -> float:
    try:
        found = start.nearest(now, zone)
    except ValueError as error:
        raise click.UsageError(f"--start: {error}") from None
    if found < _EARLIEST:
        raise click.UsageError("--start must be later than 1 March 1970")
    return found


def _warn(plan: "Plan", limit: int | None, start: int) -> None:
    """Say on stderr where the plan is over the limit."""
    from polytop.model.plan import planned_over
    from polytop.ui.render.launch import over_limit_words

    found = None if limit is None else planned_over(plan, limit)
    if limit is not None and found is not None:
        words, _ = over_limit_words(found, limit, start)
        click.echo(f"polytop launch: {words.removeprefix('▲ ')}", err=True)
