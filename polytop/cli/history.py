"""``polytop history``: what the local history holds, and keeping it small."""

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Group
from polytop.cli.options import seconds_of
from polytop.cli.output import print_lines
from polytop.cli.runtime.history import exists, open_history
from polytop.config.history_settings import HistorySettings, parse_size
from polytop.config.paths import history_file
from polytop.model import grid, timeparse
from polytop.model.text import counted, format_bytes, printable
from polytop.model.timeparse import TimeInput, parse_time

if TYPE_CHECKING:
    from polytop.history.maintenance import Info, ProjectInfo

_NONE_YET = "no history yet"


class _Before(click.ParamType[TimeInput]):
    """A moment, or an age such as ``90d``, which is so long before now."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> TimeInput:
        if isinstance(value, TimeInput):
            return value
        try:
            return TimeInput(value, back=timeparse.parse_duration(value))
        except ValueError:
            pass
        try:
            return parse_time(value)
        except ValueError as error:
            self.fail(f"{error}, or an age such as 90d", param, ctx)


class _Size(click.ParamType[int]):
    """A size such as ``100MB``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_size(value)
        except ValueError as error:
            self.fail(f"{value!r} does not fit: {error}", param, ctx)


def _settings() -> HistorySettings:
    from polytop.cli.runtime.config import user_config

    return user_config().history


@click.group("history", cls=Group)
def command() -> None:
    """The local history: every window that was ever fetched, in one file for all profiles."""


@command.command()
def path() -> None:
    """Print where the history is, be it there or not."""
    print_lines(str(history_file()))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def info(as_json: bool) -> None:
    """Say what the history holds and how large it is."""
    settings, file = _settings(), history_file()
    found = None
    if exists(file):
        with open_history(file, "history") as history:
            found = history.info()
    if as_json:
        print_lines(json.dumps(_document(found, settings), indent=2))
    elif found is None:
        print_lines(f"{_NONE_YET}: it will be {printable(str(file))}")
    else:
        print_lines("\n".join(_lines(found, settings)))


@command.command()
@click.option(
    "--before",
    type=_Before(),
    metavar="TIME",
    help="Remove what is older: ISO 8601, or an age such as 90d; marks too.",
)
@click.option(
    "--max-size", type=_Size(), metavar="SIZE", help="Remove the oldest days until it fits: 100MB."
)
def prune(before: TimeInput | None, max_size: int | None) -> None:
    """Remove the oldest days, for good.

    Without options what is beyond max_age and max_size of the settings. The API can be asked
    again for what it still holds.
    """
    settings, file = _settings(), history_file()
    oldest = None if before is None else int(seconds_of("--before", before, time.time(), None))
    if before is None and max_size is None:
        oldest, max_size = int(time.time()) - settings.max_age, settings.max_size
    if not exists(file):
        print_lines(_NONE_YET)
        return
    with open_history(file, "history") as history:
        gone = history.prune(before=oldest, largest=max_size)
    days, marks = counted(gone.days, "day"), counted(gone.marks, "mark")
    sizes = f"{format_bytes(gone.size_before)} → {format_bytes(gone.size_after)}"
    print_lines(f"removed {days} and {marks}: {sizes}")


@command.command()
def vacuum() -> None:
    """Write the file anew without what is free in it; it needs as much room again meanwhile."""
    file = history_file()
    if not exists(file):
        print_lines(_NONE_YET)
        return
    with open_history(file, "history") as history:
        before, after = history.vacuum()
    print_lines(f"{format_bytes(before)} → {format_bytes(after)}")


def _lines(found: "Info", settings: HistorySettings) -> list[str]:
    """What is known, a line each."""
    age = timeparse.exact_duration(settings.max_age)
    bounds = f"of at most {format_bytes(settings.max_size)}, {age} back"
    if not settings.enabled:
        bounds = "switched off: [history] enabled = false"
    lines = [
        f"path    {printable(str(found.path))}",
        f"size    {format_bytes(found.size)} ({bounds})",
        f"schema  {found.version}",
    ]
    for project in found.projects:
        lines += ["", *_project(project)]
    return lines if found.projects else [*lines, "", "nothing is in it yet"]


def _project(project: "ProjectInfo") -> list[str]:
    days = _days(project)
    asked = f"{project.asked} asked for"
    if project.first is not None and project.last is not None:
        span = f"{grid.to_iso(project.first)} to {grid.to_iso(project.last + grid.STEP)}"
        asked += f", in {counted(days, 'day')}, {span}"
    return [
        printable(f"{project.account_id}/{project.project_id}", 120),
        f"  series   {project.series}",
        f"  windows  {asked}",
        f"  marks    {project.marks}",
    ]


def _days(project: "ProjectInfo") -> int:
    """Days (UTC) from the first window to the last one, both included."""
    if project.first is None or project.last is None:
        return 0
    first, last = (datetime.fromtimestamp(each, UTC) for each in (project.first, project.last))
    return (last.date() - first.date()).days + 1


def _document(found: "Info | None", settings: HistorySettings) -> dict[str, Any]:
    """The same for scripts: bytes, seconds and counts; null for what is not there."""
    return {
        "path": str(history_file()),
        "exists": found is not None,
        "size": found.size if found else 0,
        "schema_version": found.version if found else None,
        "enabled": settings.enabled,
        "max_age": settings.max_age,
        "max_size": settings.max_size,
        "projects": [_project_document(project) for project in found.projects] if found else [],
    }


def _project_document(project: "ProjectInfo") -> dict[str, Any]:
    first, last = project.first, project.last
    return {
        "account_id": project.account_id,
        "project_id": project.project_id,
        "series": project.series,
        "windows": project.asked,
        "days": _days(project),
        "first": None if first is None else grid.to_iso(first),
        "last": None if last is None else grid.to_iso(last),
        "marks": project.marks,
    }
