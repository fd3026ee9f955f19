"""``polytop launch``: the monitor with a clock that counts from the start, and with the plan."""

import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from polytop.cli.group import Command
from polytop.cli.options import (
    TIME_AHEAD,
    Number,
    length,
    monitor_options,
    overrides,
    seconds_of,
    target_options,
)
from polytop.model import grid
from polytop.model.timeparse import TimeInput, parse_time

if TYPE_CHECKING:
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.one_shot import ProfileQuery
    from polytop.model.plan import Plan

_DURATION = length(300, 7 * 86_400, "a launch lasts between 5m and 7d")
_USUAL = 4 * 3_600
"""How long a launch lasts that neither an option nor a plan says it of, seconds."""

_BEFORE = 1_800
"""So much of a former launch before its start is a part of the plan, seconds."""

_OLDEST = 60 * 86_400
"""The earliest start, epoch seconds: a plan may begin a month before it."""

_LARGEST = 4 * 2**20
"""Bytes of a plan."""

_PATIENCE = 20.0
"""Seconds without a byte after which the API counts as unreachable."""

_FORMER = "from:"
_FACTOR = re.compile(r"(?P<plan>.*\S)\s*(?:×|\s[x*])\s*(?P<factor>\d+(?:[.,]\d+)?)\s*")


class PlanSource(NamedTuple):
    """Where a plan comes from: the file, or the start of a `former` launch; and its scale."""

    file: str | None
    former: TimeInput | None
    scale: float = 1.0


@click.command("launch", cls=Command)
@click.option(
    "--start",
    type=TIME_AHEAD,
    required=True,
    help="T+00:00: 14:30, tomorrow 9:00, 2026-11-20T08:00, +30m; of several days the nearest.",
)
@click.option(
    "--plan",
    metavar="FILE",
    help="CSV of time (T+00:30, or a time) and expected, with low, high and label where they are"
    " known; or from:TIME, a former launch.",
)
@click.option(
    "--scale", type=Number(0.01, 1_000), metavar="X", help="The plan times X, such as 1.5."
)
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
    source = _source(" ".join((plan or "", *factor)).strip(), scale)
    sys.exit(run(start, source, duration, options))


def _source(text: str, scale: float | None) -> PlanSource | None:
    """What ``--plan`` and ``--scale`` say. Raises UsageError."""
    if not text:
        if scale is not None:
            raise click.UsageError("--scale needs a plan: give --plan")
        return None
    if match := _FACTOR.fullmatch(text):
        if scale is not None:
            raise click.UsageError("the plan is scaled twice: leave --scale or × out")
        text, scale = match["plan"], float(match["factor"].replace(",", "."))
        if not 0.01 <= scale <= 1_000:
            raise click.UsageError(f"× {scale:g} is out of bounds: a scale is from 0.01 to 1000")
    scale = 1.0 if scale is None else scale
    if not text.startswith(_FORMER):
        return PlanSource(text, None, scale)
    try:
        return PlanSource(None, parse_time(text.removeprefix(_FORMER)), scale)
    except ValueError as error:
        raise click.UsageError(f"--plan {_FORMER} {error}") from None


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
        plan = load_plan(source, query, began, duration or _USUAL, zone, connection)
        _warn(plan, query.limit, began)
    if duration is None:
        filed = source is not None and source.file is not None
        duration = max(plan.end - began, grid.STEP) if plan is not None and filed else _USUAL
    launch = Launch(began, began + duration, query.filters, plan)
    profiles = load_profiles(options["interval"])
    profile, everything = resolve_first(profiles, options)
    first = replace(profile, launch=launch)
    _, wall = resolve_first(at_wall_pace(profiles, len(everything.names)), options)
    name = profile.subject.profile
    singly = GivenProfiles({**everything.builders, name: lambda: first})
    return show(first, singly, options, wall=wall)


def _timeouts() -> Any:
    from polytop.api.limits import Timeouts

    return Timeouts(read=_PATIENCE)


def _nearest(start: TimeInput, now: float, zone: tzinfo | None) -> float:
    try:
        found = start.nearest(now, zone)
    except ValueError as error:
        raise click.UsageError(f"--start: {error}") from None
    if found < _OLDEST:
        raise click.UsageError("--start must be later than 1 March 1970")
    return found


def _warn(plan: "Plan", limit: int | None, start: int) -> None:
    """Say on stderr where the plan is over the limit."""
    from polytop.ui.render.launch import over_limit_words

    words = None if limit is None else over_limit_words(plan, limit, start)
    if words is not None:
        click.echo(f"polytop launch: {words[0].removeprefix('▲ ')}", err=True)


def load_plan(
    source: PlanSource,
    query: "ProfileQuery",
    start: int,
    duration: int,
    zone: tzinfo | None,
    connection: "Connection",
) -> "Plan":
    """The plan of a launch at `start`. Raises UsageError for a bad one, ClickException else."""
    if source.former is None:
        plan = _read_file(source.file or "", start, zone)
    else:
        plan = _read_former(source.former, query, start, duration, zone, connection)
    return plan if source.scale == 1 else plan.scale(source.scale)


def _read_file(path: str, start: int, zone: tzinfo | None) -> "Plan":
    from polytop.cli.output import reason
    from polytop.model.plan import PlanError, read_plan
    from polytop.model.private_file import read_regular
    from polytop.model.text import printable

    name = f"--plan {printable(Path(path).name or path, 80)}"
    try:
        data = read_regular(Path(path).expanduser(), _LARGEST + 1)
    except IsADirectoryError:
        raise click.UsageError(f"{name} is a folder: name a file in it") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise click.UsageError(f"{name} cannot be read: {reason(error)}") from None
    if len(data) > _LARGEST:
        raise click.UsageError(f"{name}: more than {_LARGEST >> 20} MiB are no plan")
    try:
        return read_plan(data, start, zone)
    except PlanError as error:
        raise click.UsageError(f"{name}, {error}") from None


def _read_former(
    former: TimeInput,
    query: "ProfileQuery",
    start: int,
    duration: int,
    zone: tzinfo | None,
    connection: "Connection",
) -> "Plan":
    """A former launch as the plan: what the history lacks of it is asked for and kept."""
    import asyncio

    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.history import history_cache
    from polytop.cli.runtime.one_shot import read_profile
    from polytop.model.plan import PlanError, plan_from_series
    from polytop.model.series import Series
    from polytop.model.text import format_count

    now = connection.clock()
    began = int(seconds_of("--plan", former, now, zone))
    first, last = grid.align(began - _BEFORE, began + duration)
    last = min(last, grid.floor(now))
    if first < 0 or first >= last:
        raise click.UsageError(f"--plan: {former.text!r} is no former launch: nothing was yet")
    memory = history_cache(user_config().history)
    try:
        asking = partial(read_profile, query, last - first, os.environ, connection, end=last)
        reading = asyncio.run(asking(breakdown=False, memory=memory))
    finally:
        if memory is not None:
            memory.close()
    found, marks = Series(first), tuple[tuple[int, str], ...]()
    if reading.snapshot is not None:
        found = reading.snapshot.total
        marks = tuple((mark.at, mark.text) for mark in reading.snapshot.marks)
    try:
        plan, unknown = plan_from_series(found, start - began, marks)
    except PlanError as error:
        why = "".join(f"; {problem.summary}" for problem in reading.errors[:1])
        raise click.ClickException(f"{error}{why}") from None
    if unknown:
        words = f"{format_count(unknown, 'window')} of the former launch not known"
        click.echo(f"polytop launch: {words}: the plan is a straight line there", err=True)
    return plan
