"""The plan of a launch as options say it: a file, or a former launch, and its scale."""

import os
import re
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from polytop.cli.options import Number, seconds_of, together
from polytop.model import grid
from polytop.model.timeparse import TimeInput, parse_time

if TYPE_CHECKING:
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.one_shot import ProfileQuery
    from polytop.model.plan import Plan

_BEFORE = 1_800
"""So much of a former launch before its start is a part of the plan, seconds."""

_LARGEST = 4 * 2**20
"""Bytes of a plan."""

_FORMER = "from:"
_FACTOR = re.compile(r"(?P<plan>.*\S)\s*(?:×|\s[x*])\s*(?P<factor>\d+(?:[.,]\d+)?)\s*")


plan_options = together(
    click.option(
        "--plan",
        metavar="FILE",
        help="CSV of time (T+00:30, or a time) and expected, with low, high and label where they"
        " are known; or from:TIME, a former launch.",
    ),
    click.option(
        "--scale", type=Number(0.01, 1_000), metavar="X", help="The plan times X, such as 1.5."
    ),
)
"""The plan, and its scale."""


class PlanSource(NamedTuple):
    """Where a plan comes from: the file, or the start of a `former` launch; and its scale."""

    file: str | None
    former: TimeInput | None
    scale: float = 1.0


def plan_source(text: str, scale: float | None) -> PlanSource | None:
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


def load_plan(
    command: str,
    source: PlanSource,
    query: "ProfileQuery",
    start: int,
    duration: int,
    zone: tzinfo | None,
    connection: "Connection",
) -> "Plan":
    """The plan of a launch at `start`, for the command called `command`.

    Raises UsageError for a bad one, ClickException else.
    """
    if source.former is None:
        plan = _read_file(source.file or "", start, zone)
    else:
        plan = _read_former(command, source.former, query, start, duration, zone, connection)
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
    command: str,
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
        click.echo(f"polytop {command}: {words}: the plan is a straight line there", err=True)
    return plan
