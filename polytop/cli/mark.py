"""``polytop mark``: marks on the graph, for scripts. They need neither key nor network."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from polytop.cli.group import Group
from polytop.cli.options import TIME, overrides, place_options, seconds_of
from polytop.cli.output import print_lines
from polytop.cli.runtime.config import user_config
from polytop.cli.runtime.history import exists, open_history
from polytop.config.errors import ConfigError
from polytop.config.paths import history_file
from polytop.config.profiles import Profile
from polytop.config.resolve import resolve
from polytop.model import grid
from polytop.model.mark import Mark, clean_mark_text
from polytop.model.text import printable
from polytop.model.timeparse import TimeInput


@click.group("mark", cls=Group)
def command() -> None:
    """Marks on the graph: a deployment, a campaign, an incident.

    They are stored per project in the local history; a running monitor shows them at its next
    poll. Neither a key nor a network is needed.
    """


def _profile(options: Mapping[str, Any]) -> Profile:
    """The profile that the options select. Raises ConfigError, also if the history is off."""
    config = user_config()
    profile = resolve(overrides(options), os.environ, config)
    if not config.history.enabled:
        place = printable(str(config.path))
        raise ConfigError(
            "marks are stored in the history, which is switched off",
            f"set enabled = true under [history] in {place}",
        )
    return profile


def _seconds(option: str, given: TimeInput, zone: tzinfo | None, *, last: bool = False) -> int:
    seconds = int(seconds_of(option, given, time.time(), zone, last=last))
    if seconds < 0:
        raise click.UsageError(f"{option} must not be before 1970")
    return seconds


@command.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--at", type=TIME, default="now", help="When: 14:30, yesterday 9:00, 2026-11-20T08:15 or -2h."
)
@place_options
def add(text: tuple[str, ...], at: TimeInput, **options: Any) -> None:
    """Add a mark with TEXT and print its id."""
    try:
        words = clean_mark_text(" ".join(text))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    profile = _profile(options)
    moment = _seconds("--at", at, profile.zone())
    with open_history(history_file(), "mark") as history:
        mark = history.add_mark(profile.target(), moment, words)
    print_lines(str(mark.id))


@command.command("list")
@click.option("--start", type=TIME, help="Only from this time on: mon 9:00 or -2h.")
@click.option("--end", type=TIME, help="Only before this time.")
@click.option("--utc", is_flag=True, help="Show UTC instead of local time.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
@place_options
def list_marks(
    start: TimeInput | None,
    end: TimeInput | None,
    utc: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """List the marks of the project, by time."""
    profile = _profile(options)
    first = None if start is None else _seconds("--start", start, profile.zone())
    last = None if end is None else _seconds("--end", end, profile.zone(), last=True)
    marks: tuple[Mark, ...] = ()
    if exists(history_file()):
        with open_history(history_file(), "mark") as history:
            marks = history.marks(profile.target(), first, last)
    if as_json:
        import json

        found = [{"id": each.id, "time": grid.to_iso(each.at), "text": each.text} for each in marks]
        print_lines(json.dumps(found, indent=2))
    elif marks:
        print_lines("\n".join(_lines(marks, UTC if utc else profile.zone())))
    else:
        click.echo("polytop mark: no marks yet, or none in this range", err=True)


@command.command()
@click.argument("mark_id", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@place_options
def remove(mark_id: int, **options: Any) -> None:
    """Remove the mark with this ID."""
    profile = _profile(options)
    removed = False
    if exists(history_file()):
        with open_history(history_file(), "mark") as history:
            removed = history.remove_mark(profile.target(), mark_id)
    if not removed:
        project = f"{profile.account_id}/{profile.project_id}"
        raise click.ClickException(
            f"{project} has no mark {mark_id}; see the ids with: polytop mark list"
        )


def _lines(marks: tuple[Mark, ...], zone: tzinfo | None) -> list[str]:
    """A head line and a line for each mark, aligned."""
    times = [
        datetime.fromtimestamp(mark.at, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
        for mark in marks
    ]
    wide = max(len("TIME"), *map(len, times))
    most = max(len("ID"), *(len(str(mark.id)) for mark in marks))
    rows = zip(marks, times, strict=True)
    return [
        f"{'ID':>{most}}  {'TIME':{wide}}  TEXT",
        *(f"{mark.id:>{most}}  {when:{wide}}  {printable(mark.text)}" for mark, when in rows),
    ]
