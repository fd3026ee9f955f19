"""``polytop incident``: the capsules of incidents. They need neither key nor network."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import click

from polytop.alerts.capsule import Capsule, CapsuleSeries, Look
from polytop.cli.group import Group
from polytop.cli.options import PROFILE_NAME, output_options
from polytop.cli.output import print_lines
from polytop.cli.output_file import PACKED, open_output
from polytop.cli.runtime.config import user_config
from polytop.cli.runtime.incidents import find_id, incident_store, read_ids, read_incident
from polytop.model import grid
from polytop.model.text import format_count, printable
from polytop.model.timeparse import lasting

_ROWS = 5
_NAME = 40

_ID = click.argument("incident", metavar="ID")
_UTC = click.option("--utc", is_flag=True, help="Show UTC instead of local time.")


@click.group("incident", cls=Group)
def command() -> None:
    """What was known when an alert was raised, and when it was over.

    A running monitor saves a capsule of every incident: the picture of the screen, the data of
    the last 6 hours, the alert's log, marks and the forecast. The newest 100 are kept, in at most
    50 MB. An ID may be shortened while it is clear, and "last" is the newest.
    """


@command.command("list")
@click.option(
    "-p", "--profile", "profiles", type=PROFILE_NAME, metavar="NAME", multiple=True,
    help="Only of this profile; repeatable.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
@_UTC
def list_incidents(profiles: tuple[str, ...], as_json: bool, utc: bool) -> None:
    """List the incidents, the oldest first."""
    store = incident_store()
    found = []
    for each in read_ids(store):
        try:
            capsule = read_incident(store, each)
        except click.ClickException as error:
            click.echo(f"polytop incident: {error.message}: left out", err=True)
            continue
        if not profiles or capsule.profile in profiles:
            found.append(capsule)
    if as_json:
        print_lines(json.dumps([_summary(each) for each in found], indent=2))
    elif found:
        print_lines("\n".join(_table(found, _zones(utc))))
    else:
        click.echo("polytop incident: no incident has been saved yet", err=True)


@command.command()
@_ID
@click.option("--json", "as_json", is_flag=True, help="One JSON document, without the data.")
@_UTC
def show(incident: str, as_json: bool, utc: bool) -> None:
    """Show one incident: its log, and the graph at its beginning and at its end."""
    capsule = _find(incident)
    if as_json:
        print_lines(json.dumps(_summary(capsule), indent=2))
    else:
        print_lines("\n".join(_lines(capsule, _zones(utc)(capsule.profile))))


@command.command()
@_ID
@output_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "svg", "md"]),
    help="By default the ending of FILE decides, else json; .gz packs it.",
)
@click.option(
    "--picture",
    type=click.Choice(["beginning", "end"]),
    help="The picture of an svg; by default that of the end, if there is one.",
)
@_UTC
def export(
    incident: str, output: str | None, form: str | None, picture: str | None, force: bool, utc: bool
) -> None:
    """Write one incident: everything as json, the screen as svg, or a text for people as md."""
    form = form or _form(output)
    if picture and form != "svg":
        raise click.UsageError("--picture goes with svg: give --format svg, or name a file so")
    capsule = _find(incident)
    if form == "svg":
        text = _picture(capsule, picture)
    elif form == "md":
        text = _markdown(_lines(capsule, _zones(utc)(capsule.profile)))
    else:
        import msgspec

        text = f"{msgspec.json.format(msgspec.json.encode(capsule)).decode()}\n"
    with open_output(output, force) as write:
        write(text)


@command.command()
@_ID
def remove(incident: str) -> None:
    """Remove one incident, for good."""
    store = incident_store()
    found = find_id(store, incident)
    try:
        store.remove(found)
    except OSError as error:
        place = printable(str(store.path(found)))
        raise click.ClickException(f"{place} was not removed: {error.strerror}") from None


def _find(incident: str) -> Capsule:
    store = incident_store()
    return read_incident(store, find_id(store, incident))


def _form(output: str | None) -> str:
    """The format of the file's ending. Raises UsageError for another one."""
    ending = Path((output or "").lower().removesuffix(PACKED)).suffix
    if ending not in ("", ".json", ".svg", ".md"):
        raise click.UsageError(
            f"no format has the ending {printable(ending, 20)}: use .json, .svg or .md, or --format"
        )
    return ending.removeprefix(".") or "json"


def _zones(utc: bool) -> Callable[[str], tzinfo | None]:
    """The time zone of each profile; None is the machine's own."""
    profiles = {} if utc else user_config().profiles

    def zone(name: str) -> tzinfo | None:
        if utc:
            return UTC
        return profiles[name].zone() if name in profiles else None

    return zone


def _picture(capsule: Capsule, which: str | None) -> str:
    looks = {"end": capsule.end, "beginning": capsule.beginning}
    wanted = [looks[which]] if which else list(looks.values())
    for look in wanted:
        if look is not None and look.picture is not None:
            return look.picture
    at = f" of its {which}" if which else ""
    raise click.ClickException(
        f"incident {capsule.id} has no picture{at}: no screen showed it. Export it as md or json"
    )


# -- for scripts


def _summary(capsule: Capsule) -> dict[str, Any]:
    """The capsule without data and pictures."""
    looks = {"beginning": capsule.beginning, "end": capsule.end}
    return {
        "id": capsule.id,
        "profile": capsule.profile,
        "account_id": capsule.account_id,
        "project_id": capsule.project_id,
        "region": capsule.region,
        "client_env": capsule.client_env,
        "alert": capsule.rule,
        "severity": capsule.severity,
        "limit": capsule.limit,
        "since": grid.to_iso(capsule.since.timestamp()),
        "ended": None if capsule.ended is None else grid.to_iso(capsule.ended.timestamp()),
        "open": capsule.open,
        "events": [
            {
                "at": grid.to_iso(each.at.timestamp()),
                "event": each.event,
                "state": each.state,
                "text": each.text,
                "value": each.value,
                "told": each.told,
            }
            for each in capsule.events
        ],
        **{name: _look_summary(look) for name, look in looks.items()},
    }


def _look_summary(look: Look | None) -> dict[str, Any] | None:
    if look is None:
        return None
    return {
        "at": grid.to_iso(look.at.timestamp()),
        "polytop": look.polytop,
        "windows": dict(_state_counts(look.total)),
        "picture": look.picture is not None,
    }


def _state_counts(series: CapsuleSeries) -> Iterator[tuple[str, int]]:
    """Yield each state of the windows with the number of those in it."""
    for state in dict.fromkeys(state for state, _ in series.states):
        yield state.value, sum(size for each, size in series.states if each is state)


# -- for people


def _clock(moment: datetime, zone: tzinfo | None, form: str = "%Y-%m-%d %H:%M") -> str:
    return moment.astimezone(zone).strftime(form)


def _lasted(capsule: Capsule) -> str:
    """How long it lasted, or that it has no end yet."""
    if capsule.ended is None:
        return "no end yet"
    return lasting((capsule.ended - capsule.since).total_seconds())


def _table(capsules: Sequence[Capsule], zones: Callable[[str], tzinfo | None]) -> Iterator[str]:
    """A head line and a line for each incident, aligned."""
    rows = [("ID", "SINCE", "LASTED", "SEVERITY", "PROFILE", "ALERT")]
    for each in capsules:
        since = _clock(each.since, zones(each.profile), "%Y-%m-%d %H:%M %Z")
        names = printable(each.profile, _NAME), printable(each.rule, _NAME)
        rows.append((each.id, since, _lasted(each), printable(each.severity, 8), *names))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _lines(capsule: Capsule, zone: tzinfo | None) -> list[str]:
    place = capsule.region or capsule.base_url
    names = (capsule.profile, f"{capsule.account_id}/{capsule.project_id}", place)
    until = "" if capsule.ended is None else f" to {_clock(capsule.ended, zone)}"
    limit = "" if capsule.limit is None else f", limit {capsule.limit}"
    lines = [
        f"{capsule.id}  {' · '.join(map(printable, (*names, capsule.client_env)))}",
        f'{printable(capsule.severity).upper()} "{printable(capsule.rule)}"'
        f" from {_clock(capsule.since, zone)}{until} ({_lasted(capsule)}){limit}",
        printable(capsule.open),
        "",
    ]
    wide = max((len(each.event) for each in capsule.events), default=0)
    for each in capsule.events:
        when = _clock(each.at, zone, "%Y-%m-%d %H:%M:%S %Z")
        lines.append(f"  {when}  {printable(each.event):{wide}}  {printable(each.text)}")
    if capsule.beginning is None:
        lines += ["", "nobody looked at its beginning"]
    for name, look in (("beginning", capsule.beginning), ("end", capsule.end)):
        lines += [] if look is None else ["", *_look_lines(look, name, zone)]
    return lines


def _look_lines(look: Look, name: str, zone: tzinfo | None) -> list[str]:
    """What was known at the beginning or the end (`name`)."""
    counts = ", ".join(f"{size} {state}" for state, size in _state_counts(look.total))
    at = _clock(look.at, zone, "%Y-%m-%d %H:%M:%S %Z")
    lines = [
        f"its {name}, seen at {at} by polytop {printable(look.polytop)}",
        *(printable(line) for line in look.text.split("\n")),
        f"  windows: {counts}",
    ]
    for row in look.rows[:_ROWS]:
        peak = max((each for each in row.values if each is not None), default=None)
        name = row.name or row.id or "no variant"
        lines.append(f"  peak {'—' if peak is None else peak:>4}  {printable(name, _NAME)}")
    if (more := len(look.rows) + look.rows_left_out - _ROWS) > 0:
        lines.append(f"  and {format_count(more, 'row')} more")
    for mark in look.marks:
        lines.append(f"  mark {_clock(mark.time, zone)}  {printable(mark.text)}")
    return lines


def _markdown(lines: Sequence[str]) -> str:
    """The lines as a block of code: nothing in it is markup."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return "\n".join((f"{fence}text", *lines, fence, ""))
