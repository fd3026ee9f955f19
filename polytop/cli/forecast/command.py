"""``polytop forecast``: print the forecast once, for people and scripts."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.group import Command
from polytop.cli.options import length, overrides, target_options

if TYPE_CHECKING:
    from polytop.cli.runtime.client import Connection
    from polytop.cli.runtime.one_shot import ProfileQuery, ProfileReading
    from polytop.model.forecast import Outlook
    from polytop.monitor.cache import HistoryCache

_HORIZON = length(900, 5_400, "a horizon is between 15m and 90m")
_WIDEST = 100
_PATIENCE = 20.0
"""Seconds without a byte after which the API counts as unreachable: weeks may be asked for."""


@click.command("forecast", cls=Command)
@target_options
@click.option("--horizon", type=_HORIZON, default="90m", help="How far ahead: 15m to 90m.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Write ASCII characters alone.")
@click.option("--utc", is_flag=True, help="Show UTC instead of local time.")
def command(**options: Any) -> None:
    """The next 15 to 90 minutes with an interval, and when the limit is reached.

    The method is the one that did best on the project's own last weeks; its errors stand beside
    those of last week's value, and nothing is forecast where that is as good. What the local
    history lacks of six weeks is asked for and kept. Exits 1 if the API cannot be asked; then the
    history alone is used.
    """
    from polytop.api.limits import Timeouts
    from polytop.cli.logs import open_log
    from polytop.cli.runtime.client import Connection

    open_log()
    sys.exit(run(options, os.environ, Connection(timeouts=Timeouts(read=_PATIENCE))))


def run(options: Mapping[str, Any], environ: Mapping[str, str], connection: "Connection") -> int:
    """Read and print; returns the exit status. Raises ConfigError if nothing can be asked."""
    import asyncio

    from polytop.cli.export.progress import ProgressLine
    from polytop.cli.runtime.config import user_config
    from polytop.cli.runtime.history import history_cache
    from polytop.cli.runtime.one_shot import read_profile, resolve_query, tell_troubles
    from polytop.monitor.view_data import FORECAST_SPAN

    config = user_config()
    query = resolve_query(overrides(options), environ, config)
    memory = history_cache(config.history)
    progress = ProgressLine(sys.stderr)
    try:
        lacking = _lacking(query, memory, connection.clock())
        if lacking:
            progress.show("asking for what the history lacks of six weeks")
        reading = asyncio.run(
            read_profile(query, FORECAST_SPAN, environ, connection, breakdown=False, memory=memory)
        )
        progress.clear()
        reading = _with_nowcasts(reading, memory)
        if not reading.failed and lacking:
            kept = "and kept in the history" if memory else "and not kept: the history is off"
            _say(f"{lacking} windows of the last six weeks were asked for, {kept}")
        _print(reading, options)
        tell_troubles("forecast", (reading,), memory)
    finally:
        progress.clear()
        if memory is not None:
            memory.close()
    return 1 if reading.failed else 0


def _lacking(query: "ProfileQuery", memory: "HistoryCache | None", now: float) -> int:
    """The number of windows of six weeks that the history lacks, the last hours left out."""
    from polytop.history.types import Scope
    from polytop.model import grid
    from polytop.monitor.view_data import FORECAST_SPAN

    assert query.profile is not None
    start = grid.floor(now) + grid.STEP - FORECAST_SPAN
    end = grid.floor(now) - 2 * grid.RECENT
    if memory is None:
        return grid.count(start, end)
    stored = memory.read(Scope(query.profile.target(), query.filters), start, end)
    return sum(grid.count(*run) for run in stored.lacking(start, end))


def _with_nowcasts(reading: "ProfileReading", memory: "HistoryCache | None") -> "ProfileReading":
    """The reading with the likely ends of its windows, which the history tells."""
    from polytop.monitor.nowcaster import Nowcaster

    snapshot, profile = reading.snapshot, reading.query.profile
    if memory is None or snapshot is None or profile is None or reading.failed:
        return reading
    nowcaster = Nowcaster(memory, profile.target())
    nowcasts = nowcaster.predict(snapshot.view.filters, snapshot.fetched_at)
    found = replace(snapshot, nowcasts=nowcasts, final_after=nowcaster.final_after)
    return replace(reading, snapshot=found)


def _say(words: str) -> None:
    click.echo(f"polytop forecast: {words}", err=True)


def _print(reading: "ProfileReading", options: Mapping[str, Any]) -> None:
    from polytop.cli.output import columns_of, pen_for, print_lines

    outlook = outlook_of(reading, options["horizon"])
    if options["as_json"]:
        import json

        from polytop.cli.forecast.document import document

        print_lines(json.dumps(document(reading, outlook)))
        return
    from polytop.cli.forecast.text import block
    from polytop.ui.time_format import Zone

    assert reading.query.profile is not None
    zone = Zone() if options["utc"] else Zone(reading.query.profile.zone())
    pen = pen_for(sys.stdout, os.environ, options["ascii_only"])
    width = min(_WIDEST, columns_of(sys.stdout) or 80)
    print_lines("\n".join(block(reading, outlook, width, zone, pen)), pen)


def outlook_of(reading: "ProfileReading", horizon: int) -> "Outlook | None":
    """The forecast of `reading`; None if it failed and nothing at all is known."""
    from polytop.monitor.forecaster import ProjectForecaster

    snapshot, profile = reading.snapshot, reading.query.profile
    if snapshot is None or profile is None or (reading.failed and not snapshot.summary.known):
        return None
    forecaster = ProjectForecaster(profile.zone())
    return forecaster.forecast(snapshot.total, reading.at, snapshot.capacity.limit, horizon)
