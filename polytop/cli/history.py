"""``polytop history``: show the local history and keep it small."""

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Group
from polytop.cli.options import Parsed, seconds_of
from polytop.cli.output import print_lines
from polytop.cli.runtime.config import user_config
from polytop.cli.runtime.history import exists, open_history
from polytop.config.paths import history_file
from polytop.config.settings import HistorySettings, parse_size
from polytop.model import grid, timeparse
from polytop.model.text import format_bytes, format_count, printable
from polytop.model.timeparse import TimeInput, parse_time

if TYPE_CHECKING:
    from polytop.history.maintenance import Info, ProjectInfo

_NONE_YET = "no history yet"


def _parse_before(text: str) -> TimeInput:
    """A time, or an age such as ``90d``, counted back from now."""
    try:
        return TimeInput(text, back=timeparse.parse_duration(text))
    except ValueError:
        pass
    try:
        return parse_time(text)
    except ValueError as error:
        raise ValueError(f"{error}, or an age such as 90d") from None


def _parse_size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise ValueError(f"{text!r} does not fit: {error}") from None


@click.group("history", cls=Group)
def command() -> None:
    """The local history: every window ever fetched, in one file for all profiles."""


@command.command()
def path() -> None:
    """Print the path of the history file, even if it does not exist."""
    print_lines(str(history_file()))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def info(as_json: bool) -> None:
    """Show what the history holds and how large it is."""
    settings, file = user_config().history, history_file()
    contents = None
    if exists(file):
        with open_history(file, "history") as history:
            contents = history.info()
    if as_json:
        print_lines(json.dumps(_document(contents, settings), indent=2))
    elif contents is None:
        print_lines(f"{_NONE_YET}: it will be {printable(str(file))}")
    else:
        print_lines("\n".join(_lines(contents, settings)))


@command.command()
@click.option(
    "--before",
    type=Parsed("time", _parse_before),
    help="Remove older windows and marks: mon 9:00, 2026-11-20, or an age such as 90d.",
)
@click.option(
    "--max-size",
    type=Parsed("size", _parse_size),
    help="Remove the oldest days until it fits: 100MB.",
)
def prune(before: TimeInput | None, max_size: int | None) -> None:
    """Remove the oldest days, for good.

    Without options, max_age and max_size of the settings apply. The API can be asked again for
    days that it still holds.
    """
    settings, file = user_config().history, history_file()
    oldest = None if before is None else int(seconds_of("--before", before, time.time(), None))
    if before is None and max_size is None:
        oldest, max_size = int(time.time()) - settings.max_age, settings.max_size
    if not exists(file):
        print_lines(_NONE_YET)
        return
    with open_history(file, "history", patience=None) as history:
        gone = history.prune(before=oldest, largest=max_size)
    days, marks = format_count(gone.days, "day"), format_count(gone.marks, "mark")
    sizes = f"{format_bytes(gone.size_before)} → {format_bytes(gone.size_after)}"
    print_lines(f"removed {days} and {marks}: {sizes}")


@command.command()
def vacuum() -> None:
    """Rewrite the file without free space. Meanwhile it needs the same space again."""
    file = history_file()
    if not exists(file):
        print_lines(_NONE_YET)
        return
    with open_history(file, "history", patience=None) as history:
        before, after = history.vacuum()
    print_lines(f"{format_bytes(before)} → {format_bytes(after)}")


def _lines(contents: "Info", settings: HistorySettings) -> list[str]:
    """The lines of ``history info``."""
    age = timeparse.exact_duration(settings.max_age)
    bounds = f"of at most {format_bytes(settings.max_size)}, {age} back"
    if not settings.enabled:
        bounds = "switched off: [history] enabled = false"
    lines = [
        f"path    {printable(str(contents.path))}",
        f"size    {format_bytes(contents.size)} ({bounds})",
        f"schema  {contents.version}",
    ]
    for project in contents.projects:
        asked = f"{project.asked} asked for"
        if project.first is not None and project.last is not None:
            span = f"{grid.to_iso(project.first)} to {grid.to_iso(project.last + grid.STEP)}"
            asked += f", in {format_count(_days(project), 'day')}, {span}"
        lines += [
            "",
            printable(f"{project.account_id}/{project.project_id}", 120),
            f"  series   {project.series}",
            f"  windows  {asked}",
            f"  marks    {project.marks}",
        ]
    return lines if contents.projects else [*lines, "", "nothing is in it yet"]


def _days(project: "ProjectInfo") -> int:
    """Days (UTC) from the first window to the last, both included."""
    if project.first is None or project.last is None:
        return 0
    first, last = (datetime.fromtimestamp(each, UTC) for each in (project.first, project.last))
    return (last.date() - first.date()).days + 1


def _document(contents: "Info | None", settings: HistorySettings) -> dict[str, Any]:
    """The document of ``--json``, in bytes, seconds and counts; null if there is no file."""
    return {
        "path": str(history_file()),
        "exists": contents is not None,
        "size": contents.size if contents else 0,
        "schema_version": contents.version if contents else None,
        "enabled": settings.enabled,
        "max_age": settings.max_age,
        "max_size": settings.max_size,
        "projects": [
            {
                "account_id": project.account_id,
                "project_id": project.project_id,
                "series": project.series,
                "windows": project.asked,
                "days": _days(project),
                "first": None if project.first is None else grid.to_iso(project.first),
                "last": None if project.last is None else grid.to_iso(project.last),
                "marks": project.marks,
            }
            for project in (contents.projects if contents else ())
        ],
    }
