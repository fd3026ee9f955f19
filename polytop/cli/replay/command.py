"""``polytop replay``: exported files in the monitor's screen, without a network."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from polytop.cli.group import Command
from polytop.cli.options import TIME, Number, monitor_options, seconds_of
from polytop.model import grid
from polytop.model.target import ClientEnv, Filters
from polytop.model.text import printable
from polytop.model.timeparse import TimeInput

if TYPE_CHECKING:
    from polytop.cli.replay.files import Recording
    from polytop.cli.replay.source import ReplayClock
    from polytop.ui.ports import MonitoredProfile


@click.command("replay", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE …", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=Number(0.1, 3_600),
    metavar="X",
    help="Play it X times as fast; without it, the clock stands still at the end.",
)
@click.option(
    "--from",
    "start",
    type=TIME,
    help="Where to start playing: 14:30, or -2h before the end; by default the start.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Contracted concurrency.")
@click.option(
    "--client-env",
    type=click.Choice([each.value for each in ClientEnv]),
    default="live",
    help="The recorded environment: the file does not contain it.",
)
@click.option("--variant-id", metavar="ID", help="Only this variant.")
@click.option("--variant-name", metavar="NAME", help="Only the variant of this name.")
@monitor_options
@click.pass_context
def command(ctx: click.Context, /, files: tuple[Path, ...], **options: Any) -> None:
    """Show or play an export in the monitor's screen, without a network.

    FILE is what polytop export writes as json, jsonl or csv, or an answer of the API as curl
    saves it; .gz too. A file holds either the total or variants: give one of each to see both, as
    the total is not the sum of the variants. Without --speed, all of it is shown.
    """
    chosen = ctx.get_parameter_source("window") is not ParameterSource.DEFAULT
    sys.exit(run(files, options, window_chosen=chosen))


def run(files: tuple[Path, ...], options: Mapping[str, Any], *, window_chosen: bool) -> int:
    """Show the recording; returns the exit status. Raises FileError and UsageError."""
    from polytop.cli.replay.files import load_recording
    from polytop.cli.runtime.monitored import GivenProfiles
    from polytop.cli.runtime.screen import show

    if options["variant_id"] is not None and options["variant_name"] is not None:
        raise click.UsageError("give --variant-id or --variant-name, not both")
    recording = load_recording(files)
    clock = clock_of(recording, options["speed"], options["start"])
    for words in remarks(recording):
        click.echo(f"polytop replay: {words}", err=True)
    profile = build_replay_profile(files, recording, clock, options)
    shown = {**options, **initial_view(recording, options, window_chosen=window_chosen)}
    return show(profile, GivenProfiles({profile.subject.profile: lambda: profile}), shown)


def clock_of(recording: "Recording", speed: float | None, start: TimeInput | None) -> "ReplayClock":
    """The clock of the replay: still at the end of the recording, or running towards it.

    Raises UsageError for a `start` outside the recording, or without a speed.
    """
    from polytop.cli.replay.source import ReplayClock

    if speed is None:
        if start is not None:
            raise click.UsageError("--from is where to start playing: give a --speed too")
        return ReplayClock(recording.end, recording.end, 0.0)
    # After the first window, so that there is something to see.
    begin: float = recording.start + grid.STEP
    if start is not None:
        begin = seconds_of("--from", start, recording.end, None)
    if not recording.start <= begin < recording.end:
        span = f"{grid.to_iso(recording.start)} to {grid.to_iso(recording.end)}"
        if start is not None:
            raise click.UsageError(f"--from is outside the recording, which goes from {span}")
        begin = recording.end
    return ReplayClock(begin, recording.end, speed)


def initial_view(
    recording: "Recording", options: Mapping[str, Any], *, window_chosen: bool
) -> dict[str, int | None]:
    """The first span, `window` (seconds), and its `end` (epoch seconds, None follows the clock).

    It is exactly the recording if the clock stands still, and at most the usual span if it is
    played; a span that the user chose stays.
    """
    from polytop.ui.view_state import SPANS

    still = not options["speed"]
    length = recording.end - recording.start
    if not still:
        # With the running window, in whole hours.
        length = min(-(-(length + grid.STEP) // 3_600) * 3_600, options["window"])
    span = options["window"] if window_chosen else max(SPANS[0], min(SPANS[-1], length))
    return {"window": span, "end": recording.end if still else None}


def remarks(recording: "Recording") -> tuple[str, ...]:
    """Remarks about the recording, for stderr."""
    words = []
    if recording.total is None:
        words.append(
            "the total is not in the file, and variants do not add up to it: "
            "replay an export without --slice-by together with it"
        )
    if recording.doubled:
        times = "window is" if recording.doubled == 1 else "windows are"
        words.append(
            f"{recording.doubled} {times} given twice with different values: the higher is shown"
        )
    return tuple(words)


def build_replay_profile(
    files: tuple[Path, ...],
    recording: "Recording",
    clock: "ReplayClock",
    options: Mapping[str, Any],
) -> "MonitoredProfile":
    """The recording as a profile under the filters of `options`."""
    from polytop.cli.replay.source import replay_source
    from polytop.cli.runtime.monitored import build_monitored_profile
    from polytop.ui.render.context import Subject

    filters = Filters(
        ClientEnv(options["client_env"]), options["variant_id"], options["variant_name"]
    )
    source = replay_source(recording, clock, filters.client_env, options["limit"])
    name = printable(files[0].name, 60) + (f" +{len(files) - 1}" if len(files) > 1 else "")
    if recording.total is None:
        name = f"no total: {name}"
    note = f"replay ×{clock.speed:g}" if clock.speed else "replay"
    subject = Subject(name, source.target, note, recorded=clock.stop)
    return build_monitored_profile(source, subject, filters)
