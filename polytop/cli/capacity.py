"""``polytop capacity``: an Erlang-B what-if."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from polytop.cli.commands import Command
from polytop.cli.options import WINDOW, Length, Number, overrides, target_options

if TYPE_CHECKING:
    from polytop.cli.oneshot import Look, Way
    from polytop.cli.whatif import Load, Measured

_CALL = Length(1, 86_400, "a call is between 1s and 1d long")


class _Share(click.ParamType[float]):
    """A share above 0 and below 1: ``1%`` or ``0.01``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        text = value.strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            share = 0.0
        if not 0 < share < 1:
            self.fail(f"{value!r} is no share: write 1% or 0.01", param, ctx)
        return share


@click.command("capacity", cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@target_options
@click.option(
    "--peak",
    type=Number(0, 1e6),
    metavar="ERLANGS",
    help="The offered load itself: the mean of calls that run in the busy hour.",
)
@click.option("--calls-per-hour", type=Number(0, 1e9), metavar="N", help="Calls that arrive …")
@click.option("--length", type=_CALL, metavar="SPAN", help="… and their mean length: 4m, 90s.")
@click.option(
    "--window",
    type=WINDOW,
    default="7d",
    show_default=True,
    metavar="SPAN",
    help="Without either: the profile's peak of this span is asked for.",
)
@click.option(
    "--blocking",
    type=_Share(),
    default="1%",
    show_default=True,
    metavar="SHARE",
    help="Share of the calls that may be turned away.",
)
@click.option(
    "--growth",
    type=Number(0, 1_000, min_open=True),
    default=1.0,
    metavar="FACTOR",
    help="What the load is multiplied by, such as 1.2.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(**options: Any) -> None:
    """What-if by Erlang B: the limit that a load needs, and what a limit turns away.

    The load is given (--peak), or calls and their length are, or it is the peak of a profile.
    """
    load = _given(options)
    if load is None:
        from polytop.cli.logs import open_log
        from polytop.cli.oneshot import Way

        open_log()
        load, limit = _measured(options, Way())
    else:
        limit = options["limit"]
    if load is None:
        sys.exit(1)
    _print(load, limit, options)


def _given(options: Mapping[str, Any]) -> "Load | None":
    """The load that the options say, or None where it is to be measured."""
    peak, calls, length = options["peak"], options["calls_per_hour"], options["length"]
    if (calls is None) != (length is None):
        raise click.UsageError("--calls-per-hour and --length go together")
    if peak is not None and calls is not None:
        raise click.UsageError("--peak and --calls-per-hour cannot be given together")
    if peak is None and calls is None:
        return None
    from polytop.cli.whatif import Load, arrivals

    if peak is not None:
        return Load(peak, "peak", "given")
    try:
        return arrivals(calls, length)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _measured(options: Mapping[str, Any], way: "Way") -> "tuple[Load | None, int | None]":
    """The peak of the profile as a load, None where it cannot be had, and the limit."""
    import asyncio

    from polytop.cli.oneshot import look, planned, words
    from polytop.cli.whatif import measured_load
    from polytop.config.paths import config_file
    from polytop.config.profiles import load_config

    plan = planned(overrides(options), os.environ, load_config(config_file()))
    assert plan.profile is not None
    looked = asyncio.run(look(plan, options["window"], os.environ, way, breakdown=False))
    limit = options["limit"] or (None if plan.filters.active() else plan.profile.limit)
    found = _peak(looked)
    if found is None:
        said = words(looked.errors[0]) if looked.errors else "no window of this span has data"
        click.echo(f"polytop capacity: {said}", err=True)
        return None, limit
    return measured_load(found), limit


def _peak(looked: "Look") -> "Measured | None":
    from polytop.cli.whatif import Measured

    snapshot = looked.snapshot
    if looked.failed or snapshot is None or snapshot.summary.peak is None:
        return None
    peak = snapshot.summary.peak
    reached = snapshot.capacity.limit is not None and peak.value >= snapshot.capacity.limit
    name = looked.plan.name
    return Measured(name, snapshot.start, snapshot.end, peak.window, peak.value, reached)


def _print(load: "Load", limit: int | None, options: Mapping[str, Any]) -> None:
    from polytop.cli.plain import Style, pen_for, put
    from polytop.cli.whatif import WhatIf, document, lines
    from polytop.model.erlang import MOST_LOAD

    asked = WhatIf(load, options["blocking"], options["growth"], limit)
    if asked.offered > MOST_LOAD:
        most = f"{MOST_LOAD:,.0f}".replace(",", " ")
        raise click.UsageError(f"a load is at most {most} erlangs: check the numbers")
    if options["as_json"]:
        import json

        put(json.dumps(document(asked)))
        return
    pen = pen_for(sys.stdout, os.environ)
    put("\n".join(pen.write(each, Style.PLAIN) for each in lines(asked)), pen)
